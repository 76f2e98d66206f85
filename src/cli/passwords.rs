//! Passwords that were made: shown once.

use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;

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
    let write = || -> std::io::Result<()> {
        std::fs::create_dir_all(&folder)?;
        let mut options = std::fs::OpenOptions::new();
        let mut file = options.create(true).append(true).mode(0o600).open(&path)?;
        lines.iter().try_for_each(|line| writeln!(file, "{line}"))
    };
    write().map_err(|error| {
        Failure::failed(format!(
            "passwords were made, and cannot be kept in {}: {error}",
            path.display()
        ))
    })?;
    ui.say(&format!("Passwords that were made are in {}", path.display()));
    Ok(())
}
