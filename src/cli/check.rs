//! `provision check`

use crate::report::style::{STRONG, paint};
use crate::spec::count;

use super::args::Common;
use super::code::Code;
use super::failure::{Exit, Failure};
use super::session;
use super::ui::Ui;

/// The region that names are checked with where none is known: the longest of them.
const LONGEST_REGION: &str = "ap-southeast-1";

/// Runs the command.
pub async fn run(common: &Common, ui: &Ui) -> Result<Exit, Failure> {
    let read = session::read(common, Code::Checked, ui).await?;
    let region = common.region.clone().or_else(|| read.loaded.stack.region.clone());
    let region = region.as_deref().unwrap_or(LONGEST_REGION);
    let declared = session::declare(&read, region, false, common.local)
        .map_err(|found| session::printed(&found, ui))?;
    let stack = &read.loaded.stack.stack;
    ui.say(&format!("{}: {}, no problem", paint(STRONG, stack), count(declared.len(), "resource")));
    Ok(Exit::Done)
}
