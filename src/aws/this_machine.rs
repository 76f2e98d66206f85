//! Which machine this is, so that a lock tells whether its holder can still be at work.

use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

/// A process, on one machine from one start of it to the next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Process {
    /// What tells the machine, its start, and the process's container, from all others.
    machine: String,
    /// The process's number there.
    id: i32,
}

/// This process; none where the system does not say on which machine it runs.
pub fn this_process() -> Option<Process> {
    let id = i32::try_from(std::process::id()).ok()?;
    Some(Process { machine: machine()?, id })
}

/// What Linux says: its name, a number for this start of it, and one for what counts its processes.
fn machine() -> Option<String> {
    let start = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
    let counted = std::fs::read_link("/proc/self/ns/pid").ok()?;
    let name = rustix::system::uname();
    Some(format!("{} {} {}", name.nodename().to_str().ok()?, start.trim(), counted.to_str()?))
}

impl Process {
    /// Whether it is known to have ended: it ran on this machine, and runs no more.
    pub fn is_over(&self) -> bool {
        let Some(id) = Pid::from_raw(self.id) else { return false };
        machine().as_ref() == Some(&self.machine) && test_kill_process(id) == Err(Errno::SRCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_over_where_it_ran_here_and_is_gone() {
        let Some(here) = this_process() else { return };
        let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let process = Process { id: child.id().try_into().unwrap(), ..here.clone() };
        assert!(!here.is_over());
        assert!(!process.is_over());
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(process.is_over());
        let elsewhere = Process { machine: "another".to_owned(), ..process };
        assert!(!elsewhere.is_over(), "of another machine nothing is known");
    }
}
