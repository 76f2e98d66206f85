"""Runs a command on a terminal of its own, types one line when it asks, and passes on what it shows.

With ANSWER_WHEN in the environment the line is typed once that file is there; a file of that name and
`.asked` says that the question was asked.
"""

import os
import pty
import sys
import time

answer, command = sys.argv[1], sys.argv[2:]
when = os.environ.get("ANSWER_WHEN")
asked = False
shown = b""


def read(terminal):
    global asked, shown
    data = os.read(terminal, 4096)
    shown += data
    if not asked and shown.endswith((b"Only `yes` is taken for it: ", b"name to go on: ")):
        asked = True
        if when:
            open(when + ".asked", "w").close()
            while not os.path.exists(when):
                time.sleep(0.02)
        # Ctrl-C is no line.
        os.write(terminal, answer.encode() + (b"" if answer == "\x03" else b"\n"))
    return data


sys.exit(os.waitstatus_to_exitcode(pty.spawn(command, read)))
