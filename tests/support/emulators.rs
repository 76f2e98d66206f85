//! The two emulators, each test with an instance of its own.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use provision::local;
use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest, Sha256};

use super::http;
use super::run::{cache, project};

/// The version of moto that the tests are written for, and all that it needs, with hashes.
const MOTO: &str = include_str!("moto.txt");

/// What checks workflows and scripts, with hashes.
const CHECKERS: &str = include_str!("checkers.txt");

/// A moto is told of one copy at a time.
static COPYING: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

/// A running emulator; it ends with this value.
pub struct Emulator {
    /// Where it listens.
    pub port: u16,
    process: Process,
    /// What names the port of the next copy.
    copies: PathBuf,
    _folder: Option<tempfile::TempDir>,
}

enum Process {
    MiniStack(PathBuf),
    Moto(Child),
    Copy(Pid),
}

impl Emulator {
    /// MiniStack, as `--local` starts it.
    pub async fn ministack() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let installed = local::install(&cache(), &mut |_| {}).await.unwrap();
        let own = folder.path().join("local");
        fs::create_dir_all(&own).unwrap();
        std::os::unix::fs::symlink(&installed, own.join(installed.file_name().unwrap())).unwrap();
        let cloud = local::start(folder.path(), &mut |_| {}).await.unwrap();
        let process = Process::MiniStack(folder.path().to_owned());
        Self { port: cloud.port, process, copies: PathBuf::new(), _folder: Some(folder) }
    }

    /// moto, which resets what `UpdateUserPool` leaves out, as AWS does.
    pub async fn moto() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let python = python_with("moto", "moto", MOTO);
        let port = free_port();
        let log = fs::File::create(folder.path().join("moto.log")).unwrap();
        let child = Command::new(python)
            .arg(project().join("tests/support/moto_with_pool_tags.py"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .env("MOTO_COPY_TO", folder.path().join("copy"))
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let copies = folder.path().join("copy");
        let process = Process::Moto(child);
        let emulator = Self { port, process, copies, _folder: Some(folder) };
        answers(port).await;
        emulator
    }

    /// One with all that this one holds: of a moto that nobody calls at this moment.
    pub async fn copy(&self) -> Self {
        let pid = match &self.process {
            Process::Moto(child) => Pid::from_child(child),
            Process::Copy(pid) => *pid,
            Process::MiniStack(_) => panic!("MiniStack cannot be copied"),
        };
        let one_at_a_time = COPYING.lock().await;
        let port = free_port();
        let copies = self.copies.clone();
        fs::write(&copies, port.to_string()).unwrap();
        kill_process(pid, Signal::USR1).unwrap();
        answers(port).await;
        drop(one_at_a_time);
        let pid = fs::read_to_string(copies.with_extension(port.to_string())).unwrap();
        let pid = Pid::from_raw(pid.parse().unwrap()).unwrap();
        Self { port, process: Process::Copy(pid), copies, _folder: None }
    }

    /// Empties it.
    pub async fn reset(&self) {
        let path = match &self.process {
            Process::MiniStack(_) => "_ministack/reset",
            Process::Moto(_) | Process::Copy(_) => "moto-api/reset",
        };
        let url = format!("http://127.0.0.1:{}/{path}", self.port);
        assert_eq!(http::send("POST", &url, &[], "").await.status, 200);
    }
}

/// Waits until something listens on a port.
#[expect(clippy::disallowed_methods, reason = "moto tells nobody when it is ready")]
async fn answers(port: u16) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
        assert!(Instant::now() < deadline, "moto does not answer");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

impl Drop for Emulator {
    fn drop(&mut self) {
        match &mut self.process {
            Process::MiniStack(cache) => {
                let cache = cache.clone();
                let stop = std::thread::spawn(move || {
                    let runtime =
                        tokio::runtime::Builder::new_current_thread().enable_all().build();
                    drop(runtime.map(|runtime| runtime.block_on(local::stop(&cache))));
                });
                let _ = stop.join();
            }
            Process::Moto(child) => {
                let _ = child.kill();
                let _ = child.wait();
            }
            Process::Copy(pid) => {
                let _ = kill_process(*pid, Signal::KILL);
            }
        }
    }
}

/// A Python with the packages of `tests/support/NAME.txt`, installed once in the version that the file has
/// of `package`; tests that start together wait for the first.
pub fn python_with(name: &str, package: &str, requirements: &str) -> PathBuf {
    let is_it = |line: &str| line.strip_prefix(package)?.strip_prefix("==").map(str::to_owned);
    let version = requirements.lines().find_map(is_it).unwrap();
    let version = version.split(' ').next().unwrap();
    let folder = cache().join(format!("{name}-{version}"));
    install(&folder, name).unwrap_or_else(|said| panic!("{said}"));
    folder.join("bin/python")
}

/// Where `check-jsonschema` and `shellcheck` are; nothing where they cannot be had, and says so.
pub fn checkers() -> Option<PathBuf> {
    let digest = Sha256::digest(CHECKERS);
    let name = digest.iter().take(6).fold("checkers-".to_owned(), |n, b| n + &format!("{b:02x}"));
    let folder = cache().join(name);
    match install(&folder, "checkers") {
        Ok(()) => Some(folder.join("bin")),
        Err(said) => {
            // Not captured: it is said although the test passes.
            let _ =
                writeln!(std::io::stderr(), "left out: no checks of workflows and scripts: {said}");
            None
        }
    }
}

/// Makes a virtual environment of `tests/support/NAME.txt`.
fn install(folder: &Path, name: &str) -> Result<(), String> {
    fs::create_dir_all(cache()).unwrap();
    let lock = fs::File::create(cache().join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    if !folder.join("ready").exists() {
        let _ = fs::remove_dir_all(folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
        let requirements = project().join(format!("tests/support/{name}.txt"));
        let mut pip = Command::new(folder.join("bin/pip"));
        run(pip.args(["install", "-q", "--require-hashes", "-r"]).arg(requirements))?;
        fs::write(folder.join("ready"), "").unwrap();
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command.output().map_err(|error| error.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr);
    output.status.success().then_some(()).ok_or_else(|| format!("{command:?}: {said}"))
}
