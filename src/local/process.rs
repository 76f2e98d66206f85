//! Knows MiniStack's process again, and ends it.

use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

use super::places::{Places, remove_folder};
use super::running::{self, Running};
use super::{LocalError, pause};

const POLL: Duration = Duration::from_millis(50);
const ASKED: Duration = Duration::from_secs(10);
const KILLED: Duration = Duration::from_secs(5);

/// Ends what `running.json` names, if it still runs, and removes what is left of it; returns
/// whether it ran. The caller holds the lock.
pub(super) async fn end_recorded(places: &Places) -> Result<bool, LocalError> {
    let mut ran = false;
    if let Some(running) = running::read(places)? {
        ran = end(places, &running).await?;
    }
    running::remove(places)?;
    remove_folder(&places.temporary())?;
    Ok(ran)
}

/// Asks a MiniStack to end, then kills it; returns false if it had ended before.
///
/// The signals go to its process group, so that the functions it runs end with it. It leads that
/// group, and is looked at before each signal: an id that another process has by now gets none.
async fn end(places: &Places, running: &Running) -> Result<bool, LocalError> {
    let program = places.program(&running.version);
    let process_id = running.process_id;
    for (signal, at_most) in [(Signal::TERM, ASKED), (Signal::KILL, KILLED)] {
        if !is_ministack(process_id, &program).await? {
            return Ok(signal == Signal::KILL);
        }
        send(process_id, signal)
            .map_err(|source| LocalError::Unstoppable { process_id, source })?;
        let deadline = Instant::now() + at_most;
        while Instant::now() < deadline {
            if !is_ministack(process_id, &program).await? {
                return Ok(true);
            }
            pause(POLL).await;
        }
    }
    let source = io::Error::new(io::ErrorKind::TimedOut, "it outlives SIGKILL");
    Err(LocalError::Unstoppable { process_id, source })
}

/// Signals a process group; one that has just ended is fine.
fn send(process_id: u32, signal: Signal) -> io::Result<()> {
    let group = i32::try_from(process_id).ok().and_then(Pid::from_raw);
    let group = group.ok_or_else(|| io::Error::other("not the id of a process"))?;
    match kill_process_group(group, signal) {
        Ok(()) | Err(Errno::SRCH) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether a process lives and runs that program: not one that was given the id since.
pub(super) async fn is_ministack(process_id: u32, program: &Path) -> Result<bool, LocalError> {
    let program = program.as_os_str().as_bytes();
    // Of a process that has ended and was not waited for, /proc has an empty command line, and ps
    // only its name.
    if Path::new("/proc/self/cmdline").exists() {
        return match std::fs::read(format!("/proc/{process_id}/cmdline")) {
            Ok(line) => Ok(line.split(|byte| *byte == 0).any(|argument| argument == program)),
            Err(_) => Ok(false),
        };
    }
    let output = Command::new("ps")
        .args(["-ww", "-o", "command=", "-p", &process_id.to_string()])
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .map_err(|source| LocalError::Program { program: "ps".to_owned(), source })?;
    Ok(output.stdout.windows(program.len()).any(|part| part == program))
}
