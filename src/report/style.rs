//! The colours: by meaning, and never the only sign of it.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::plan::Action;
use crate::resource::shown;

/// What is made.
pub const CREATE: Style = AnsiColor::Green.on_default();
/// What changes.
pub const UPDATE: Style = AnsiColor::Yellow.on_default();
/// What goes.
pub const DELETE: Style = AnsiColor::Red.on_default();
/// What stands back.
pub const FAINT: Style = Style::new().dimmed();
/// What stands out.
pub const STRONG: Style = Style::new().bold();

/// The style of an action.
pub fn of(action: Action) -> Style {
    match action {
        Action::Create => CREATE,
        Action::Update => UPDATE,
        Action::Replace | Action::Delete => DELETE,
    }
}

/// The sign of an action.
pub fn sign(action: Action) -> &'static str {
    match action {
        Action::Create => "+",
        Action::Update => "~",
        Action::Replace => "±",
        Action::Delete => "-",
    }
}

/// A text in a style. The stream that prints it takes the colours out where they are not wanted.
pub fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A text of somebody else on one line, without what a terminal would act on.
pub fn plain(text: &str) -> String {
    shown::line(text)
}

/// The same of a text with several lines: those after the first are indented, so that none of them
/// passes for a line of this program's own.
pub fn indented(text: &str) -> String {
    shown::lines(text.trim_end()).replace('\n', "\n  ")
}
