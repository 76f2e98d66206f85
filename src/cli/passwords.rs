//! Passwords that were made: shown once.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use tokio::sync::mpsc;

use crate::aws::Generated;
use crate::report::text::Headline;

use super::failure::Failure;
use super::session::cache;
use super::ui::Ui;

/// Shows passwords on the terminal; where nobody reads that, writes them to a file of mode 600.
pub fn show(
    generated: &mut mpsc::UnboundedReceiver<Generated>,
    headline: &Headline,
    ui: &Ui,
) -> Result<(), Failure> {
    let mut lines = Vec::new();
    while let Ok(Generated { address, password }) = generated.try_recv() {
        lines.push(format!("{address}  {}", password.expose()));
    }
    if lines.is_empty() {
        return Ok(());
    }
    if ui.is_read() {
        ui.say("\nPasswords that were made, shown this once:");
        lines.iter().for_each(|line| ui.say(&format!("  {line}")));
        return Ok(());
    }
    let folder = cache()?.join("passwords");
    let Headline { stack, region, account, destroy: _ } = headline;
    let path = folder.join(format!("{account}-{region}-{stack}"));
    // Passwords that are set already must not be lost to what somebody put in the file's place.
    let spare = folder.join(format!("{account}-{region}-{stack}.{}", std::process::id()));
    let write = || -> io::Result<&Path> {
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let (mut file, path) = match private(&path) {
            Ok(file) => (file, &path),
            Err(_) => (private(&spare)?, &spare),
        };
        lines.iter().try_for_each(|line| writeln!(file, "{line}"))?;
        Ok(path)
    };
    let path = write().map_err(|error| {
        Failure::failed(format!(
            "passwords were made, and cannot be kept in {}: {error}",
            path.display()
        ))
    })?;
    ui.say(&format!("Passwords that were made are in {}", path.display()));
    Ok(())
}

/// Opens a file for appending that its owner alone can read, whatever the umask is and whatever mode it
/// has already.
///
/// # Errors
///
/// A symbolic link, a second name of some file, or what is no file: somebody could read it elsewhere.
fn private(path: &Path) -> io::Result<File> {
    // A pipe is not waited for.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    let options = options.create(true).append(true).mode(0o600).custom_flags(flags.bits() as i32);
    let file = options.open(path)?;
    let about = file.metadata()?;
    if !about.is_file() || about.nlink() > 1 {
        return Err(io::Error::other("it is no file of its own: remove it"));
    }
    file.set_permissions(Permissions::from_mode(0o600))?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn only_its_owner_reads_a_file_of_passwords() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new");
        drop(private(&path).unwrap());
        assert_eq!(mode(&path), 0o600);
        // One that is there with another mode is taken back.
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        writeln!(private(&path).unwrap(), "x").unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn nothing_is_written_to_where_somebody_else_could_read_it() {
        let folder = tempfile::tempdir().unwrap();
        let [target, link, second, pipe] =
            ["target", "link", "second", "pipe"].map(|name| folder.path().join(name));
        std::fs::write(&target, "theirs").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(private(&link).is_err());
        std::os::unix::fs::symlink(folder.path().join("nothing"), folder.path().join("l")).unwrap();
        assert!(private(&folder.path().join("l")).is_err());
        std::fs::hard_link(&target, &second).unwrap();
        assert!(private(&second).is_err());
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success() && private(&pipe).is_err());
        assert_eq!(std::fs::read_to_string(&target).unwrap(), "theirs");
    }
}
