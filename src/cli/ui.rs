//! The two streams: stdout carries the result, stderr the talk.

use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::plan::Plan;
use crate::report::style::{self, paint};
use crate::report::text::View;
use crate::spec::Loaded;

use super::args::Color;
use super::failure::Failure;

/// Prints.
pub struct Ui {
    choice: ColorChoice,
    quiet: bool,
}

impl Ui {
    /// With the colours that the command line asks for; quiet where only errors are to be said.
    pub fn new(color: Color, quiet: bool) -> Self {
        let choice = match color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        };
        Self { choice, quiet }
    }

    /// Prints a result. A reader that has gone away, as `head` does, is no error.
    pub fn result(&self, text: &str) {
        let mut out = AutoStream::new(std::io::stdout().lock(), self.choice);
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }

    /// Says something, unless only errors are to be said.
    pub fn say(&self, text: &str) {
        if !self.quiet {
            self.insist(text);
        }
    }

    /// Says what must be said: what went wrong.
    pub fn insist(&self, text: &str) {
        let mut err = AutoStream::new(std::io::stderr().lock(), self.choice);
        let _ = writeln!(err, "{text}");
    }

    /// Says something without a line's end, as a question does.
    pub fn ask(&self, text: &str) {
        let mut err = AutoStream::new(std::io::stderr().lock(), self.choice);
        let _ = write!(err, "{text}").and_then(|()| err.flush());
    }

    /// Says why the program ends, unless that was said.
    pub fn failure(&self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        self.insist(&format!(
            "{}: {}",
            paint(style::DELETE, "error"),
            style::plain(&failure.message)
        ));
        if let Some(help) = &failure.help {
            self.insist(&format!("  help: {}", style::plain(help)));
        }
    }

    /// Says why a plan may not be carried out.
    pub fn refusals(&self, plan: &Plan, loaded: Option<&Loaded>) {
        let text = crate::report::refusals::text(plan, loaded, self.colours_on_stderr());
        self.insist(text.trim_end());
    }

    /// Whether stderr shows colours.
    pub fn colours_on_stderr(&self) -> bool {
        AutoStream::new(std::io::stderr(), self.choice).current_choice() != ColorChoice::Never
    }

    /// How a plan is shown on stdout.
    pub fn view(&self) -> View {
        let size = terminal_size::terminal_size_of(std::io::stdout());
        View { width: size.map(|(width, _)| width.0.into()), summary: None }
    }

    /// Whether somebody can answer.
    pub fn can_ask(&self) -> bool {
        std::io::stdin().is_terminal()
    }

    /// Whether somebody reads what is said.
    pub fn is_read(&self) -> bool {
        std::io::stderr().is_terminal()
    }
}
