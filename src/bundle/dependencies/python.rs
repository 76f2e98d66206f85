//! Installs Python packages for a runtime of AWS Lambda, with pip or uv.

use std::ffi::OsString;
use std::path::Path;

use super::super::BundleError;
use super::requirements::FILE;
use super::tool::{Tools, masked, said};

/// Succeeds where there is a pip: one of Python's own, not a file of the code folder.
const PROBE: &str = "import sys; sys.path = [folder for folder in sys.path if folder]; import pip";

/// Runs pip as it would run on the function's machine.
///
/// `--platform` and `--python-version` choose wheels, but conditions on packages (`colorama;
/// sys_platform == "win32"`) pip judges by the Python that it runs on, so that another machine
/// would install others. Nor may a `pip.conf` ask for an installation beside the given folder.
/// Its arguments: the version and the processor, then pip's own.
const PIP: &str = r#"
import os, runpy, sys
sys.path = [folder for folder in sys.path if folder]
from pip._vendor.packaging import markers
version, machine = sys.argv[1:3]
environment = {
    "implementation_name": "cpython",
    "implementation_version": version + ".0",
    "os_name": "posix",
    "platform_machine": machine,
    "platform_python_implementation": "CPython",
    "platform_release": "",
    "platform_system": "Linux",
    "platform_version": "",
    "python_full_version": version + ".0",
    "python_version": version,
    "sys_platform": "linux",
}
os.environ.update(PIP_USER="0", PIP_REQUIRE_VIRTUALENV="0")
markers.default_environment = lambda: dict(environment)
sys.argv[0:3] = ["pip"]
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"#;

/// Settings of the user's own installations, which this one is not; those for the index, the proxy
/// and certificates stay.
const WITHOUT: &[&str] = &[
    "PIP_TARGET",
    "PIP_PREFIX",
    "PIP_ROOT",
    "PIP_PLATFORM",
    "PIP_PYTHON_VERSION",
    "PIP_IMPLEMENTATION",
    "PIP_ABI",
    "PIP_NO_BINARY",
    "PIP_ONLY_BINARY",
    "PIP_NO_DEPS",
    "PIP_DRY_RUN",
    "PIP_REQUIREMENT",
    "PIP_CONSTRAINT",
    "PIP_EDITABLE",
    "PIP_REPORT",
    "UV_PYTHON",
    "UV_NO_BINARY",
    "UV_CONSTRAINT",
    "UV_OVERRIDE",
    "UV_COMPILE_BYTECODE",
    "UV_PROJECT_ENVIRONMENT",
    "VIRTUAL_ENV",
    "CONDA_PREFIX",
    "PYTHONHOME",
    "PYTHONPATH",
];

/// What packages are installed for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Target {
    runtime: String,
    architecture: String,
}

impl Target {
    /// `None` for another runtime than Python.
    pub(super) fn of(runtime: &str, architecture: &str) -> Option<Self> {
        let minor = runtime.strip_prefix("python3.")?;
        minor.parse::<u32>().ok()?;
        Some(Self { runtime: runtime.to_owned(), architecture: architecture.to_owned() })
    }

    /// `3.13`
    fn version(&self) -> &str {
        self.runtime.trim_start_matches("python")
    }

    fn machine(&self) -> &'static str {
        if self.architecture == "arm64" { "aarch64" } else { "x86_64" }
    }

    /// The minor version of the newest glibc 2 that wheels may ask for: Amazon Linux 2023 has 2.34.
    /// Amazon Linux 2, up to Python 3.11, has 2.26, of which pip and uv both know 2.17.
    ///
    /// AWS: <https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html>
    fn glibc(&self) -> u32 {
        let minor = self.version().trim_start_matches("3.").parse::<u32>();
        if minor.is_ok_and(|minor| minor <= 11) { 17 } else { 34 }
    }

    /// The tags of the wheels that can be used, the best first.
    fn platforms(&self) -> Vec<String> {
        let machine = self.machine();
        // The first glibc on the processor, and the names that its wheels had before.
        let (first, before): (u32, &[&str]) = match machine {
            "aarch64" => (17, &["manylinux2014"]),
            _ => (5, &["manylinux2014", "manylinux2010", "manylinux1"]),
        };
        let numbered = (first..=self.glibc()).rev().map(|minor| format!("manylinux_2_{minor}"));
        let named = before.iter().map(|name| (*name).to_owned());
        numbered.chain(named).map(|name| format!("{name}_{machine}")).collect()
    }
}

/// Installs into an empty folder what the requirements of a code folder name.
pub(super) async fn install(
    tools: &Tools,
    code: &Path,
    target: &Target,
    into: &Path,
) -> Result<(), BundleError> {
    // Paths in the requirements start from the code folder.
    let probe = tools.run("python3", &["-c", PROBE], code, WITHOUT).await?;
    let (tool, output) = if probe.is_some_and(|probe| probe.status.success()) {
        ("pip", tools.run("python3", &pip(target, into), code, WITHOUT).await?)
    } else {
        ("uv", tools.run("uv", &uv(target, into), code, WITHOUT).await?)
    };
    let path = code.join(FILE);
    match output {
        None => Err(BundleError::NoPip { path }),
        Some(output) if output.status.success() => Ok(()),
        Some(output) => {
            let status = output.status.to_string();
            let output = said(&output);
            Err(match without_wheel(&output) {
                Some(requirement) => BundleError::NoWheel {
                    tool,
                    requirement: masked(requirement),
                    runtime: target.runtime.clone(),
                    architecture: target.architecture.clone(),
                    output,
                },
                None => BundleError::NotInstalled { tool, path, status, output },
            })
        }
    }
}

fn pip(target: &Target, into: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> =
        ["-c", PIP, target.version(), target.machine()].map(Into::into).into();
    arguments.extend(
        [
            "install",
            "--requirement",
            FILE,
            "--only-binary=:all:",
            "--implementation",
            "cp",
            "--python-version",
            target.version(),
            "--no-compile",
            "--no-input",
            "--quiet",
            "--disable-pip-version-check",
            "--progress-bar",
            "off",
            "--target",
        ]
        .map(Into::into),
    );
    arguments.push(into.into());
    for platform in target.platforms() {
        arguments.extend(["--platform".into(), platform.into()]);
    }
    arguments
}

fn uv(target: &Target, into: &Path) -> Vec<OsString> {
    let platform = match target.glibc() {
        17 => format!("{}-manylinux2014", target.machine()),
        minor => format!("{}-manylinux_2_{minor}", target.machine()),
    };
    let mut arguments: Vec<OsString> = [
        "pip",
        "install",
        "--requirement",
        FILE,
        "--only-binary",
        ":all:",
        "--python-version",
        target.version(),
        "--python-platform",
        &platform,
        "--no-compile",
        "--no-progress",
        "--quiet",
        "--link-mode",
        "copy",
        "--target",
    ]
    .map(Into::into)
    .into();
    arguments.push(into.into());
    arguments
}

/// The requirement for which there is no wheel, in what pip or uv said.
///
/// pip says the same where the index could not be reached, after it has tried again.
fn without_wheel(said: &str) -> Option<&str> {
    if said.contains("WARNING: Retrying") {
        return None;
    }
    let after = |words: &str| said.split_once(words).map(|(_, after)| after);
    match after("No matching distribution found for ") {
        Some(rest) => rest.lines().next(),
        None => after("Wheels are required for `")?.split('`').next(),
    }
}
