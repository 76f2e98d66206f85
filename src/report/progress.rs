//! Progress of a run, a line for each event.

use std::time::Duration;

use crate::engine::{Ending, Event};

use super::style::{self, FAINT, indented, paint};

/// The line of an event; none for one that says nothing new.
pub fn line(event: &Event<'_>, since_start: Duration) -> Option<String> {
    let at = paint(FAINT, format!("{:>6.1}s", since_start.as_secs_f32()));
    match event {
        // What goes along with its parent makes no request of its own.
        Event::Started(step) | Event::Running(step) | Event::Ended(step, _)
            if step.goes_with.is_some() =>
        {
            None
        }
        Event::Started(step) => Some(format!("{at}  {} {} …", step.action, step.address)),
        Event::Running(step) => Some(format!("{at}  {} {}: goes on", step.action, step.address)),
        Event::Ended(step, ending) => {
            let sign = paint(style::of(step.action), style::sign(step.action));
            let what = format!("{} {}", step.action, step.address);
            Some(match ending {
                Ending::Done => format!("{at} {sign}{what}: done"),
                Ending::Failed(error) => {
                    format!(
                        "{at} {}{what}: failed: {}",
                        paint(style::DELETE, "!"),
                        indented(&error.message)
                    )
                }
                Ending::Skipped(why) => format!("{at}  {what}: skipped: {}", indented(why)),
            })
        }
    }
}
