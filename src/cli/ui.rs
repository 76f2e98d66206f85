//! The two streams: stdout carries the result, stderr the talk.

use std::io::{IsTerminal, Write};

use anstream::{AutoStream, ColorChoice};

use crate::plan::Plan;
use crate::report::style::{self, paint};
use crate::report::text::View;
use crate::resource::mask::masked;
use crate::resource::shown;
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
        let _ = out.write_all(shown::screened(text).as_bytes()).and_then(|()| out.flush());
    }

    /// Prints values for a program that reads them: as they are, unless it is a person who reads.
    pub fn values(&self, text: &str) {
        let mut out = std::io::stdout().lock();
        if out.is_terminal() {
            drop(out);
            return self.result(&shown::lines(text));
        }
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
        let _ = writeln!(err, "{}", shown::screened(text));
    }

    /// Says something without a line's end, as a question does.
    pub fn ask(&self, text: &str) {
        let mut err = AutoStream::new(std::io::stderr().lock(), self.choice);
        let _ = write!(err, "{}", shown::screened(text)).and_then(|()| err.flush());
    }

    /// Says why the program ends, unless that was said.
    pub fn failure(&self, failure: &Failure) {
        if failure.message.is_empty() {
            return;
        }
        self.insist(&format!(
            "{}: {}",
            paint(style::DELETE, "error"),
            style::indented(&masked(&failure.message))
        ));
        if let Some(help) = &failure.help {
            self.insist(&format!("  help: {}", style::indented(help)));
        }
    }

    /// Lets a fault of this program be told of as everything else is: without secrets, and without
    /// what a terminal would act on.
    pub fn tell_of_faults(&self) {
        let ui = Self { choice: self.choice, quiet: self.quiet };
        std::panic::set_hook(Box::new(move |fault| {
            let place = fault.location().map_or_else(String::new, |at| format!(" ({at})"));
            let said = fault.payload_as_str().unwrap_or("nothing is known of it");
            let message = format!("a fault of this program{place}: {said}");
            let help = "run the same command again to go on; with RUST_BACKTRACE=1 it says more";
            ui.failure(&Failure::failed(message).help(help));
            let trace = std::backtrace::Backtrace::capture();
            if trace.status() == std::backtrace::BacktraceStatus::Captured {
                ui.say(&shown::lines(&trace.to_string()));
            }
        }));
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

/// Where the log goes: to stderr as everything else does.
#[derive(Default)]
pub struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        // The log writes whole events, so no letter is cut in two.
        let text = shown::screened(&masked(&String::from_utf8_lossy(bytes)));
        std::io::stderr().lock().write_all(text.as_bytes()).map(|()| bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        std::io::stderr().lock().flush()
    }
}
