//! Sets up MiniStack: a virtual environment with the one version of it that is known to work.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::process::{Output, Stdio};

use tokio::process::Command;

use super::lock::Lock;
use super::places::{Places, last_lines, remove_folder};
use super::{LocalError, VERSION};

/// What is installed: MiniStack, and all that it and the functions need, each in one version and with
/// the hashes of its files, so that what PyPI or a mirror puts in their place is refused.
pub(super) const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The first Python that MiniStack runs on.
const PYTHON: (u32, u32) = (3, 10);

/// The programs that make a virtual environment, by name or path.
pub(super) struct Tools<'a> {
    pub(super) python: &'a Path,
    pub(super) uv: &'a Path,
}

impl Default for Tools<'_> {
    fn default() -> Self {
        Self { python: Path::new("python3"), uv: Path::new("uv") }
    }
}

/// What made the virtual environment, and so installs into it.
#[derive(Clone, Copy)]
enum Maker {
    Python,
    Uv,
}

/// Makes the virtual environment unless it is there.
///
/// It cannot be made elsewhere and moved, since the paths in it are absolute: so it counts as
/// made once the marker is in it, and until then as rubbish.
pub(super) async fn install(
    places: &Places,
    lock: &Lock,
    tools: &Tools<'_>,
    progress: &mut (dyn FnMut(&str) + Send),
) -> Result<(), LocalError> {
    if is_ready(places)? {
        return Ok(());
    }
    let environment = places.environment(VERSION);
    progress(&format!("Setting up the local cloud in {} (once)", environment.display()));
    let maker = make(places, lock, tools).await?;
    progress(&format!("Installing MiniStack {VERSION} (110 MB)"));
    fill(places, lock, tools, maker).await?;
    let marker = places.ready(VERSION);
    fs::write(&marker, VERSION).map_err(LocalError::disk("write", marker))
}

/// Returns whether it was made to the end, and the Python that it links to is still there.
fn is_ready(places: &Places) -> Result<bool, LocalError> {
    for path in [places.ready(VERSION), places.python(VERSION), places.program(VERSION)] {
        if !path.try_exists().map_err(LocalError::disk("read", path))? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Makes an empty virtual environment: with python3, or with uv where python3 cannot.
async fn make(places: &Places, lock: &Lock, tools: &Tools<'_>) -> Result<Maker, LocalError> {
    let environment = places.environment(VERSION);
    remove_folder(&environment)?;
    let reason = match make_with_python(places, lock, tools).await? {
        Ok(()) => return Ok(Maker::Python),
        Err(reason) => reason,
    };
    remove_folder(&environment)?;
    let oldest = format!(">={}.{}", PYTHON.0, PYTHON.1);
    let arguments = ["venv", "--no-project", "--python", &oldest].map(OsStr::new);
    let arguments = arguments.into_iter().chain([environment.as_os_str()]);
    match run(places, lock, tools.uv, arguments).await? {
        None => Err(reason),
        Some(output) if output.status.success() => Ok(Maker::Uv),
        Some(output) => Err(LocalError::UvVenv { output: said(&output) }),
    }
}

/// Returns why python3 cannot do it, in the inner result.
async fn make_with_python(
    places: &Places,
    lock: &Lock,
    tools: &Tools<'_>,
) -> Result<Result<(), LocalError>, LocalError> {
    let question = ["-c", "import sys; print('%d.%d' % sys.version_info[:2])"].map(OsStr::new);
    // A stand-in for a Python that is not installed (as pyenv's, or Apple's) fails here.
    let found = match run(places, lock, tools.python, question).await? {
        Some(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => return Ok(Err(LocalError::NoPython)),
    };
    if version(&found).is_none_or(|found| found < PYTHON) {
        return Ok(Err(LocalError::OldPython { found }));
    }
    let environment = places.environment(VERSION);
    let arguments = [OsStr::new("-m"), OsStr::new("venv"), environment.as_os_str()];
    Ok(match run(places, lock, tools.python, arguments).await? {
        None => Err(LocalError::NoPython),
        Some(output) if output.status.success() => Ok(()),
        Some(output) => Err(LocalError::NoVenv { output: said(&output) }),
    })
}

/// Installs the packages, and no other files than those whose hashes are known.
async fn fill(
    places: &Places,
    lock: &Lock,
    tools: &Tools<'_>,
    maker: Maker,
) -> Result<(), LocalError> {
    let python = places.python(VERSION);
    let requirements = places.requirements(VERSION);
    fs::write(&requirements, REQUIREMENTS).map_err(LocalError::disk("write", &requirements))?;
    let from = ["--require-hashes", "--requirement"].map(OsStr::new);
    let (tool, program, arguments) = match maker {
        Maker::Python => {
            let arguments =
                ["-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--quiet"];
            ("pip", python.as_path(), arguments.map(OsStr::new).to_vec())
        }
        Maker::Uv => {
            let mut arguments = ["pip", "install", "--quiet", "--python"].map(OsStr::new).to_vec();
            arguments.push(python.as_os_str());
            ("uv", tools.uv, arguments)
        }
    };
    let arguments = arguments.into_iter().chain(from).chain([requirements.as_os_str()]);
    let packages = || format!("ministack=={VERSION} and what it needs");
    match run(places, lock, program, arguments).await? {
        Some(output) if output.status.success() => Ok(()),
        Some(output) => {
            Err(LocalError::Packages { packages: packages(), tool, output: said(&output) })
        }
        None => {
            let output = format!("(`{}` is not there)", program.display());
            Err(LocalError::Packages { packages: packages(), tool, output })
        }
    }
}

/// Fails unless that `node` runs.
pub(super) async fn require_node(node: &str) -> Result<(), LocalError> {
    let outcome =
        Command::new(node).arg("--version").stdin(Stdio::null()).kill_on_drop(true).output().await;
    match outcome {
        Ok(output) if output.status.success() => Ok(()),
        _ => Err(LocalError::NoNode),
    }
}

/// Runs a program to its end; `None` if there is no such program.
async fn run(
    places: &Places,
    lock: &Lock,
    program: &Path,
    arguments: impl IntoIterator<Item = &OsStr>,
) -> Result<Option<Output>, LocalError> {
    let outcome = Command::new(program)
        .args(arguments)
        // The user's own Python settings must not reach into the virtual environment, nor pip
        // install beside it; those for the index and the proxy stay.
        .env_remove("PYTHONHOME")
        .env_remove("PYTHONPATH")
        .env_remove("PIP_PREFIX")
        .env_remove("PIP_TARGET")
        // Versions are chosen already; a constraint without hashes would be refused beside them.
        .env_remove("PIP_CONSTRAINT")
        .env_remove("PIP_REQUIREMENT")
        .env_remove("UV_CONSTRAINT")
        .env_remove("UV_OVERRIDE")
        .env("PIP_USER", "0")
        // Else a module of the user's that is named `pip`, or a uv project, would come first.
        .current_dir(places.local())
        // It writes into the virtual environment, so it has a part in the turn.
        .stdin(lock.shared()?)
        .kill_on_drop(true)
        .output()
        .await;
    match outcome {
        Ok(output) => Ok(Some(output)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(LocalError::Program { program: program.display().to_string(), source }),
    }
}

/// Returns the end of what a program said: its errors, or its output if there are none.
fn said(output: &Output) -> String {
    let errors = last_lines(&output.stderr);
    if errors.is_empty() { last_lines(&output.stdout) } else { errors }
}

/// Reads `3.11` as numbers.
fn version(text: &str) -> Option<(u32, u32)> {
    let (major, minor) = text.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
