//! `provision completions`

use clap::CommandFactory;

use super::args::{Arguments, Completions};
use super::failure::{Exit, Failure};
use super::ui::Ui;

/// Runs the command.
pub fn run(completions: &Completions, ui: &Ui) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(completions.shell, &mut Arguments::command(), "provision", &mut script);
    ui.result(&String::from_utf8_lossy(&script));
    Ok(Exit::Done)
}
