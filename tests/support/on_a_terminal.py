"""Runs a command on a terminal of its own, types one line when it asks, and passes on what it shows."""

import os
import pty
import sys

answer, command = sys.argv[1], sys.argv[2:]
asked = False
shown = b""


def read(terminal):
    global asked, shown
    data = os.read(terminal, 4096)
    shown += data
    if not asked and shown.endswith((b"Only `yes` is taken for it: ", b"name to go on: ")):
        asked = True
        os.write(terminal, answer.encode() + b"\n")
    return data


sys.exit(os.waitstatus_to_exitcode(pty.spawn(command, read)))
