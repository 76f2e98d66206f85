//! `provision schema`

use super::failure::{Exit, Failure};
use super::ui::Ui;

/// Runs the command.
pub fn run(ui: &Ui) -> Result<Exit, Failure> {
    ui.result(&format!("{:#}\n", crate::spec::schema()));
    Ok(Exit::Done)
}
