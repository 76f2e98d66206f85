//! The details of each change: a folded block with what its settings were and are to be.

use crate::plan::Action;
use crate::report::model::{Change, Line, Setting, Shape, Sign};
use crate::resource::Severity;
use crate::spec::count;

use super::escape::{cut, fence, html, prose};
use super::fit::Section;
use super::{MESSAGE, Row, sign};

/// How much one change may take where others wait for room.
const ONE: usize = 8_000;

/// How many letters of a line are shown.
const WIDE: usize = 1_000;

/// As many changes as have room.
pub fn section(rows: &[Row<'_>], room: usize) -> String {
    let rows: Vec<&Row<'_>> =
        rows.iter().filter(|row| row.change.told().next().is_some()).collect();
    let each = (room / rows.len().max(1)).max(ONE);
    let parts = rows
        .iter()
        .map(|Row { change, worst }| block(change, *worst == Some(Severity::Danger), each));
    let section = Section {
        before: String::new(),
        parts: parts.collect(),
        after: String::new(),
        left_out: |number| {
            let changes = count(number, "change");
            format!("The details of {changes} are left out here; `provision plan` shows them.\n\n")
        },
    };
    section.within(room)
}

fn block(change: &Change, open: bool, room: usize) -> String {
    let open = if open { " open" } else { "" };
    let action = format!("{} {}", sign(change.action), change.action);
    let address = html(&cut(&change.address, super::NAME));
    let before = format!("<details{open}><summary>{action} {address}</summary>\n\n");
    let reason = match &change.reason {
        Some(reason) => format!("**Why**: {}\n\n", prose(&cut(reason, MESSAGE))),
        None => String::new(),
    };
    let mut lines: Vec<String> =
        change.told().flat_map(|setting| lines(setting, change.action)).collect();
    let after = "\n</details>\n\n";
    let around = before.len() + reason.len() + after.len() + 200;
    let mut left = room.saturating_sub(around);
    let mut fits = |line: &String| {
        // Its end of line counts too.
        let fits = line.len() < left;
        left = left.saturating_sub(line.len() + 1);
        fits
    };
    let taken = lines.iter().take_while(|line| fits(line)).count();
    let more = lines.len() - taken;
    lines.truncate(taken);
    if more > 0 {
        lines.push(format!("# … {}", count(more, "further line")));
    }
    format!("{before}{reason}{}{after}", fence("diff", &lines))
}

/// A setting as lines of a diff.
fn lines(setting: &Setting, action: Action) -> Vec<String> {
    let path = &setting.path;
    let mut later = String::new();
    if setting.known_after_apply {
        later += " (known after apply)";
    }
    if let Some(source) = setting.source {
        later += &format!(" ({})", source.text());
    }
    let mut lines = Vec::new();
    match &setting.shape {
        Shape::Inline { before, after } => {
            if let Some(before) = before {
                lines.push(format!("- {path}: {before}"));
            }
            match after {
                Some(after) => lines.push(format!("+ {path}: {after}{later}")),
                None if action == Action::Create => lines.push(format!("+ {path}: (none)")),
                None => {}
            }
        }
        Shape::Lines(all) => {
            let sign = if action == Action::Create { "+" } else { " " };
            lines.push(format!("{sign} {path}:{later}"));
            lines.extend(all.iter().map(line));
        }
    }
    lines.iter().map(|line| cut(line, WIDE)).collect()
}

fn line(line: &Line) -> String {
    let text = &line.text;
    match line.sign {
        Sign::Added => format!("+     {text}"),
        Sign::Removed => format!("-     {text}"),
        Sign::Same => format!("      {text}"),
        Sign::Skipped(many) => format!("@@ {} unchanged @@", count(many, "line")),
    }
}
