//! `provision schema`

use super::args::{Schema, Schemas};
use super::failure::{Exit, Failure};
use super::ui::Ui;

/// Runs the command.
pub fn run(schema: &Schema, ui: &Ui) -> Result<Exit, Failure> {
    let schema = match schema.of {
        Schemas::Stack => crate::spec::schema(),
        Schemas::Plan => crate::report::model::schema(),
    };
    ui.result(&format!("{schema:#}\n"));
    Ok(Exit::Done)
}
