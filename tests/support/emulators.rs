//! The two emulators, each test with an instance of its own.

use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use provision::local;

use super::run::{cache, project};

/// The version of moto that the tests are written for.
const MOTO: &str = "5.2.5";

/// A running emulator; it ends with this value.
pub struct Emulator {
    /// Where it listens.
    pub port: u16,
    process: Process,
    _folder: tempfile::TempDir,
}

enum Process {
    MiniStack(PathBuf),
    Moto(Child),
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
        Self { port: cloud.port, process, _folder: folder }
    }

    /// moto, which resets what `UpdateUserPool` leaves out, as AWS does.
    #[expect(clippy::disallowed_methods, reason = "moto tells nobody when it is ready")]
    pub async fn moto() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let python = python_with("moto", &format!("moto[server]=={MOTO}"), MOTO);
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let log = fs::File::create(folder.path().join("moto.log")).unwrap();
        let child = Command::new(python)
            .arg(project().join("tests/support/moto_with_pool_tags.py"))
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        let emulator = Self { port, process: Process::Moto(child), _folder: folder };
        let deadline = Instant::now() + Duration::from_secs(60);
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < deadline, "moto does not answer");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        emulator
    }
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
        }
    }
}

/// A Python with a package, installed once; tests that start together wait for the first.
pub fn python_with(name: &str, package: &str, version: &str) -> PathBuf {
    let folder = cache().join(format!("{name}-{version}"));
    fs::create_dir_all(cache()).unwrap();
    let lock = fs::File::create(cache().join(format!("{name}.lock"))).unwrap();
    lock.lock().unwrap();
    if !folder.join("ready").exists() {
        let _ = fs::remove_dir_all(&folder);
        run(Command::new("python3").args(["-m", "venv"]).arg(&folder));
        run(Command::new(folder.join("bin/pip")).args(["install", "-q", package]));
        fs::write(folder.join("ready"), "").unwrap();
    }
    folder.join("bin/python")
}

fn run(command: &mut Command) {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
