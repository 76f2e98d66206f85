//! The colours: by meaning, and never the only sign of it.

use std::fmt::Display;

use anstyle::{AnsiColor, Style};

use crate::plan::Action;

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

/// A text of somebody else, without what a terminal would act on or what would show it otherwise than
/// it is: controls, and the invisible letters that turn the order of others round.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if is_hidden(c) && c != '\n' { '\u{fffd}' } else { c }).collect()
}

/// The same on one line.
pub fn one_line(text: &str) -> String {
    plain(&text.replace('\n', "\\n"))
}

/// Whether a letter is not seen, but acts.
pub fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
            | '\u{e0000}'..='\u{e007f}')
}
