//! The stack file as it was: what `plan --drift --against` compares with.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::args::Common;
use super::code::Code;
use super::failure::Failure;
use super::files::{self, Read};
use super::session;
use super::ui::Ui;

/// Reads the file as it was: `against` is another file, else a commit or branch of the file's own
/// repository.
///
/// # Errors
///
/// What is neither, a commit without the file, and every problem of the file as it was.
pub async fn read(common: &Common, against: &str, ui: &Ui) -> Result<Read, Failure> {
    if Path::new(against).is_file() {
        let common = Common { stack: Some(against.to_owned()), ..common.clone() };
        return session::read(&common, Code::Packed, ui).await;
    }
    let stack = files::find(common.stack.as_deref().unwrap_or_default())?;
    let folder = tempfile::tempdir().map_err(|e| Failure::failed(format!("no folder: {e}")))?;
    let (commit, within) = (against.to_owned(), folder.path().to_owned());
    let checked_out = tokio::task::spawn_blocking(move || check_out(&stack, &commit, &within));
    let stack = checked_out.await.map_err(|e| Failure::failed(e.to_string()))??;
    let mut common = Common { stack: Some(stack.display().to_string()), ..common.clone() };
    common.allow_paths.push(folder.path().to_owned());
    // Its code is packed by now; nothing is read from the folder after this.
    session::read(&common, Code::Packed, ui).await
}

/// Writes the repository as it was at a commit into a folder; the stack file's path there.
fn check_out(stack: &Path, commit: &str, within: &Path) -> Result<PathBuf, Failure> {
    let stack = stack.canonicalize().map_err(|error| Failure::failed(error.to_string()))?;
    let home = stack.parent().unwrap_or(Path::new("/"));
    let top = git(home, &["rev-parse", "--show-toplevel"])
        .map_err(|_| neither(commit, "and the stack file is in no Git repository"))?;
    let top = PathBuf::from(top.trim_end());
    // A name that begins with a dash is an option to Git.
    let verified =
        git(&top, &["rev-parse", "--verify", "--end-of-options", &format!("{commit}^{{commit}}")])
            .map_err(|_| neither(commit, "and no commit or branch of the file's repository"))?;
    let place = stack.strip_prefix(&top).map_err(|error| Failure::failed(error.to_string()))?;
    let mut archive = Command::new("git")
        .current_dir(&top)
        .args(["archive", "--format=tar", verified.trim()])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| Failure::failed(format!("git: {error}")))?;
    let tar = archive.stdout.take().map(Stdio::from).unwrap_or_else(Stdio::null);
    let unpacked = Command::new("tar").arg("-x").arg("-C").arg(within).stdin(tar).status();
    let unpacked = unpacked.map_err(|error| Failure::failed(format!("tar: {error}")))?;
    let archived = archive.wait().map_err(|error| Failure::failed(format!("git: {error}")))?;
    if !unpacked.success() || !archived.success() {
        return Err(Failure::failed(format!("`{commit}` cannot be checked out")));
    }
    let stack = within.join(place);
    match stack.is_file() {
        true => Ok(stack),
        false => Err(Failure::usage(format!("`{commit}` has no `{}`", place.display()))
            .help("name a commit that has the stack file, or the file as it was")),
    }
}

fn neither(against: &str, why: &str) -> Failure {
    Failure::usage(format!("`--against {against}` is no file, {why}"))
        .help("name the file as it was, or a commit or branch that has it")
}

/// What git says.
fn git(folder: &Path, arguments: &[&str]) -> Result<String, Failure> {
    let output = Command::new("git").current_dir(folder).args(arguments).output();
    let output = output.map_err(|error| Failure::failed(format!("git: {error}")))?;
    if !output.status.success() {
        return Err(Failure::failed(String::from_utf8_lossy(&output.stderr).into_owned()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}
