//! `provision local`

use crate::local::{self, LocalCloud};

use super::args::{Local, LocalCommand};
use super::failure::{Exit, Failure};
use super::session::cache;
use super::ui::Ui;

/// Runs the command.
pub async fn run(local: &Local, ui: &Ui) -> Result<Exit, Failure> {
    let cache = cache()?;
    match local.command {
        LocalCommand::Start => {
            let cloud = local::start(&cache, &mut |line| ui.say(line)).await?;
            ui.result(&about(&cloud));
        }
        LocalCommand::Stop => {
            let stopped = local::stop(&cache).await?;
            ui.result(if stopped { "stopped\n" } else { "not running\n" });
        }
        LocalCommand::Status => match local::find(&cache).await? {
            Some(cloud) => ui.result(&about(&cloud)),
            None => ui.result("not running\n"),
        },
        LocalCommand::Reset => {
            let reset = local::reset(&cache).await?;
            ui.result(if reset { "emptied\n" } else { "not running\n" });
        }
    }
    Ok(Exit::Done)
}

fn about(cloud: &LocalCloud) -> String {
    format!(
        "running at {}, process {}, log {}\n",
        cloud.endpoint(),
        cloud.process_id,
        cloud.log_file().display()
    )
}
