//! One change with its settings.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::plan::{Action, Source};
use crate::report::model::{Change, Line, Setting, Shape, Sign};
use crate::report::style::{self, FAINT, paint, plain};

/// How wide lines may be where nothing says it: in a pipe or a log.
pub const WIDE: usize = 100;

/// How much of a line names may take, so that values have room.
pub const NAMES: usize = 60;

/// A change, its reason, and, where they are wanted, its settings with their values aligned.
pub fn text(change: &Change, width: Option<usize>, settings: bool) -> String {
    let style = style::of(change.action);
    let address = plain(&change.address);
    let name = if change.name.is_empty() || change.address.contains(&change.name) {
        String::new()
    } else {
        paint(FAINT, format!("  ({})", plain(&change.name)))
    };
    let sign = paint(style, style::sign(change.action));
    let from = from(change.source);
    let mut text =
        format!("{sign} {}{name}{from}\n", paint(style, format!("{} {address}", change.action)));
    match (&change.reason, &change.goes_with) {
        (Some(reason), _) => text += &format!("    {}\n", paint(FAINT, plain(reason))),
        (None, Some(parent)) => {
            let parent = plain(&format!("goes with {parent}"));
            text += &format!("    {}\n", paint(FAINT, parent));
        }
        (None, None) => {}
    }
    if !settings {
        return text;
    }
    let inline = change.told().filter(|setting| matches!(setting.shape, Shape::Inline { .. }));
    let names: Vec<String> = inline.map(|setting| plain(&setting.path)).collect();
    let longest = widest(names.iter().map(String::as_str).filter(|name| name.width() <= NAMES));
    for setting in change.told() {
        text += &self::setting(setting, change.action, longest, width.unwrap_or(WIDE));
    }
    text
}

fn setting(setting: &Setting, action: Action, longest: usize, width: usize) -> String {
    let name = plain(&setting.path);
    let later = if setting.known_after_apply { " (known after apply)" } else { "" };
    let from = from(setting.source);
    let (before, after) = match &setting.shape {
        Shape::Lines(lines) => {
            let lines: String = lines.iter().map(line).collect();
            return format!("    {name}:{}{from}\n{lines}", paint(FAINT, later));
        }
        Shape::Inline { before, after } => (before, after),
    };
    let none = || "(none)".to_owned();
    let one = |value: &Option<String>| value.as_deref().map_or_else(none, plain);
    let (before, after) = (one(before), one(after));
    let label = pad(&format!("{name}:"), longest + 1);
    let later = paint(FAINT, later);
    match action {
        Action::Create => return format!("    {label} {after}{later}{from}\n"),
        Action::Delete => {
            return format!("    {label} {}{from}\n", paint(style::DELETE, before));
        }
        Action::Update | Action::Replace => {}
    }
    let taken = 4 + label.width() + 1 + before.width() + 4 + after.width();
    if taken <= width {
        let before = paint(style::DELETE, before);
        let after = paint(style::CREATE, after);
        return format!("    {label} {before} -> {after}{later}{from}\n");
    }
    let before = paint(style::DELETE, format!("- {before}"));
    let after = paint(style::CREATE, format!("+ {after}"));
    format!("    {name}:{from}\n      {before}\n      {after}{later}\n")
}

/// Where a difference comes from, behind what differs.
fn from(source: Option<Source>) -> String {
    source.map_or_else(String::new, |source| paint(FAINT, format!("  [{}]", source.text())))
}

fn line(line: &Line) -> String {
    let text = plain(&line.text);
    let text = match line.sign {
        Sign::Added => paint(style::CREATE, format!("+ {text}")),
        Sign::Removed => paint(style::DELETE, format!("- {text}")),
        Sign::Same => paint(FAINT, format!("  {text}")),
        Sign::Skipped(1) => paint(FAINT, "  (1 line unchanged)"),
        Sign::Skipped(many) => paint(FAINT, format!("  ({many} lines unchanged)")),
    };
    format!("      {text}\n")
}

/// How many columns the widest of some texts takes.
pub fn widest<'a>(texts: impl Iterator<Item = &'a str>) -> usize {
    texts.map(UnicodeWidthStr::width).max().unwrap_or_default()
}

/// A text with spaces behind it, so many columns wide; wide letters count for two.
pub fn pad(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// As much of a text as has room, and a sign that it goes on.
pub fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut taken = 1;
    let fits = |letter: &char| {
        taken += letter.width().unwrap_or_default();
        taken <= width
    };
    text.chars().take_while(fits).chain(['…']).collect()
}
