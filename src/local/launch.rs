//! Starts MiniStack and waits until it answers.

use std::ffi::OsString;
use std::fs::{self, File};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::process::{Child, Command};

use super::places::{Places, last_lines, remove_folder};
use super::running::{self, Running};
use super::{
    ACCESS_KEY, LocalCloud, LocalError, REGION, SECRET_KEY, VERSION, http, pause, process,
};

const POLL: Duration = Duration::from_millis(50);
const DEADLINE: Duration = Duration::from_secs(60);
/// How often another port is tried, when someone else took the free one first.
const ATTEMPTS: u32 = 3;

/// The variables that MiniStack gets from its caller; the last five are what the usual ways of
/// installing Python and Node.js need.
///
/// The others are kept from it: it passes its environment on to the functions, so that a key of
/// AWS's, a token or an `AWS_ENDPOINT_URL` of the user's shell would end up in them, and reads a
/// hundred settings from it, persistence, TLS and Docker among them.
const PASSED_ON: [&str; 12] = [
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "LANG",
    "LC_ALL",
    "LC_CTYPE",
    "LD_LIBRARY_PATH",
    "VOLTA_HOME",
    "ASDF_DIR",
    "ASDF_DATA_DIR",
    "MISE_DATA_DIR",
];

/// Starts it on a free port. The caller holds the lock, and nothing runs.
pub(super) async fn launch(places: &Places) -> Result<LocalCloud, LocalError> {
    let mut attempt = 1;
    loop {
        match launch_once(places).await {
            // Its own words: the status is the same for whatever ends it.
            Err(LocalError::Ended { output, .. })
                if attempt < ATTEMPTS && output.contains("already in use") =>
            {
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

async fn launch_once(places: &Places) -> Result<LocalCloud, LocalError> {
    let temporary = places.temporary();
    remove_folder(&temporary)?;
    fs::create_dir_all(&temporary).map_err(LocalError::disk("make the folder", temporary))?;
    let port = free_port()?;
    // A clock that is set to before 1970 spoils a date for people to read, nothing else.
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let label = format!("provision-{}-{}", std::process::id(), since.as_nanos());
    let mut child = spawn(places, port, &label)?;
    let process_id = child.id().expect("a child has its id until it is waited for");
    let version = VERSION.to_owned();
    let running = Running { port, process_id, version, label, started: since.as_secs() };
    // Written before it answers: if this process ends now, the next one finds it and ends it.
    let outcome = match running::write(places, &running) {
        Ok(()) => until_it_answers(places, &running, &mut child).await,
        Err(error) => Err(error),
    };
    match outcome {
        Ok(()) => Ok(running.cloud(places)),
        Err(error) => {
            // What made the start fail is worth more than what makes the cleaning up fail.
            let _ = child.start_kill();
            let _ = child.wait().await;
            let _ = process::end_recorded(places).await;
            Err(error)
        }
    }
}

fn free_port() -> Result<u16, LocalError> {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map(|address| address.port())
        .map_err(|source| LocalError::NoPort { source })
}

fn spawn(places: &Places, port: u16, label: &str) -> Result<Child, LocalError> {
    let python = places.python(VERSION);
    let log = File::create(places.log()).map_err(LocalError::disk("write", places.log()))?;
    let errors = log.try_clone().map_err(LocalError::disk("write", places.log()))?;
    Command::new(&python)
        .arg(places.program(VERSION))
        .env_clear()
        .envs(std::env::vars_os().filter(is_passed_on))
        .env("AUTH", "true")
        .env("BIND_HOST", "127.0.0.1")
        .env("GATEWAY_PORT", port.to_string())
        .env("IOT_MTLS_ENABLED", "0")
        .env("MINISTACK_EDITION", label)
        .env("PERSIST_STATE", "0")
        .env("TMPDIR", places.temporary())
        .env("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        .env("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
        .env("AWS_DEFAULT_REGION", REGION)
        .env("AWS_EC2_METADATA_DISABLED", "true")
        // Else a function's SDK would read the user's own.
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .current_dir(places.run())
        .stdin(Stdio::null())
        .stdout(log)
        .stderr(errors)
        // Its own group: Ctrl-C in the terminal is not for it.
        .process_group(0)
        .spawn()
        .map_err(|source| LocalError::Program { program: python.display().to_string(), source })
}

fn is_passed_on((name, _): &(OsString, OsString)) -> bool {
    PASSED_ON.iter().any(|passed_on| name == passed_on)
}

async fn until_it_answers(
    places: &Places,
    running: &Running,
    child: &mut Child,
) -> Result<(), LocalError> {
    let deadline = Instant::now() + DEADLINE;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Err(ended(places, status));
        }
        if http::answers(running.port, &running.label).await {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let (log, output) = (places.log(), log_end(places));
            let seconds = DEADLINE.as_secs();
            return Err(LocalError::NoAnswer { port: running.port, seconds, log, output });
        }
        pause(POLL).await;
    }
}

fn ended(places: &Places, status: ExitStatus) -> LocalError {
    LocalError::Ended { status: status.to_string(), log: places.log(), output: log_end(places) }
}

fn log_end(places: &Places) -> String {
    match fs::read(places.log()) {
        Ok(bytes) => last_lines(&bytes),
        Err(error) => format!("(cannot be read: {error})"),
    }
}
