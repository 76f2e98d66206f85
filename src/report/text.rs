//! A plan and its outcome for people.

use serde_json::Value;

use crate::engine::{Ending, Endings};
use crate::plan::{Action, Change, Foreign, Plan, Shown, Step};
use crate::spec::count;

use super::style::{self, FAINT, STRONG, indented, paint, plain};

/// How wide a value may be on the line of its setting.
const WIDE: usize = 100;

/// What a plan is about, for its headline.
#[derive(Clone, Debug)]
pub struct Headline {
    /// The stack's name.
    pub stack: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// Whether it is a plan to destroy.
    pub destroy: bool,
}

/// The whole plan.
pub fn plan(plan: &Plan, headline: &Headline) -> String {
    let Headline { stack, region, account, destroy: _ } = headline;
    let mut text = format!("{} in {region} of {account}\n", paint(STRONG, stack));
    for step in &plan.steps {
        text += "\n";
        text += &self::step(step);
    }
    if !plan.undeclared.is_empty() {
        text += "\nNot declared, left as it is:\n";
        for note in &plan.undeclared {
            text += &format!("  {} {} = {}\n", note.address, plain(&note.path), value(&note.value));
        }
    }
    text += &foreign(plan);
    text += "\n";
    text += &summary(plan);
    text + "\n"
}

/// What is somebody else's: what stays, and what goes along with a resource that is deleted.
fn foreign(plan: &Plan) -> String {
    let (lost, left): (Vec<&Foreign>, Vec<&Foreign>) =
        plan.foreign.iter().partition(|foreign| foreign.goes_with.is_some());
    let mut text = String::new();
    for (all, what) in [(left, "left alone"), (lost, "made by hand, lost with what they stand in")]
    {
        if all.is_empty() {
            continue;
        }
        text += &format!("\n{} of somebody else, {what}:\n", count(all.len(), "resource"));
        for foreign in all {
            text += &format!("  {}", foreign.address);
            text +=
                &foreign.goes_with.iter().map(|p| format!(" goes with {p}")).collect::<String>();
            text += "\n";
        }
    }
    text
}

/// One line: how much of what.
pub fn summary(plan: &Plan) -> String {
    let kept = count(plan.kept.len(), "resource");
    if plan.is_empty() {
        return format!("No changes: {kept} as declared");
    }
    let actions = [Action::Create, Action::Update, Action::Replace, Action::Delete];
    let counts = actions.iter().filter_map(|action| {
        let count = plan.count(*action);
        (count > 0).then(|| paint(style::of(*action), format!("{count} to {action}")))
    });
    format!("Plan: {}; {kept} unchanged", counts.collect::<Vec<_>>().join(", "))
}

/// One step with its changes.
fn step(step: &Step) -> String {
    let style = style::of(step.action);
    let name = if step.name.is_empty() || step.address.key() == step.name {
        String::new()
    } else {
        paint(FAINT, format!("  ({})", plain(&step.name)))
    };
    let mut text = format!(
        "{} {}{name}\n",
        paint(style, style::sign(step.action)),
        paint(style, format!("{} {}", step.action, step.address)),
    );
    match (&step.reason, &step.goes_with) {
        (Some(reason), _) => text += &format!("    {}\n", paint(FAINT, plain(reason))),
        (None, Some(parent)) => {
            text += &format!("    {}\n", paint(FAINT, format!("goes with {parent}")))
        }
        (None, None) => {}
    }
    let own = |change: &&Change| !is_bookkeeping(&change.path) || step.action == Action::Update;
    for change in step.changes.iter().filter(own) {
        text += &self::change(change, step.action);
    }
    text
}

/// Tags that say whose a resource is go without saying on a new one.
fn is_bookkeeping(path: &str) -> bool {
    path.contains("tags.provision:")
}

fn change(change: &Change, action: Action) -> String {
    let Change { path, before, after } = change;
    let path = plain(path);
    if let (Shown::Value(before @ Value::Object(_)), Shown::Value(after @ Value::Object(_))) =
        (before, after)
    {
        return format!("    {path}:\n{}", document(before, after));
    }
    if let (
        Shown::Absent,
        Shown::Value(after @ Value::Object(_)) | Shown::Unknown(after @ Value::Object(_)),
    ) = (before, after)
    {
        return format!("    {path}:\n{}", whole_document(after));
    }
    let after = shown(after);
    if action == Action::Create {
        return format!("    {path}: {after}\n");
    }
    let before = shown(before);
    if before.chars().count() + after.chars().count() > WIDE {
        return format!("    {path}:\n      {before}\n   -> {after}\n");
    }
    format!("    {path}: {before} -> {after}\n")
}

fn shown(shown: &Shown) -> String {
    match shown {
        Shown::Absent => "(none)".to_owned(),
        Shown::Sensitive => "(sensitive)".to_owned(),
        Shown::Value(value) => self::value(value),
        Shown::Unknown(value) => format!("{} (known after apply)", self::value(value)),
    }
}

fn value(value: &Value) -> String {
    plain(&match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(self::value).collect();
            return format!("[{}]", items.join(", "));
        }
        other => other.to_string(),
    })
}

/// A document in the spelling that equal documents share, a line for each of its parts.
fn pretty(document: &Value) -> String {
    let mut document = without_short_lists(crate::plan::normal_form(document));
    document.sort_all_objects();
    serde_json::to_string_pretty(&document).unwrap_or_default()
}

/// A list of one text reads as the text; both mean the same in a policy.
fn without_short_lists(value: Value) -> Value {
    match value {
        Value::Array(mut items) if items.len() == 1 && items[0].is_string() => items.remove(0),
        Value::Array(items) => items.into_iter().map(without_short_lists).collect(),
        Value::Object(map) => {
            map.into_iter().map(|(key, below)| (key, without_short_lists(below))).collect()
        }
        other => other,
    }
}

fn whole_document(document: &Value) -> String {
    pretty(document).lines().map(|line| format!("      {}\n", plain(line))).collect()
}

/// A document's changed lines, each with two around it.
fn document(before: &Value, after: &Value) -> String {
    let (before, after) = (pretty(before), pretty(after));
    let diff = similar::TextDiff::from_lines(&before, &after);
    let mut text = String::new();
    for group in diff.grouped_ops(2) {
        for op in &group {
            for line in diff.iter_changes(op) {
                let (sign, style) = match line.tag() {
                    similar::ChangeTag::Delete => ("-", style::DELETE),
                    similar::ChangeTag::Insert => ("+", style::CREATE),
                    similar::ChangeTag::Equal => (" ", FAINT),
                };
                let line = plain(line.value().trim_end_matches('\n'));
                text += &format!("      {}\n", paint(style, format!("{sign} {line}")));
            }
        }
    }
    text
}

/// How a run ended, in one line and one more for each step that was not done.
pub fn outcome(plan: &Plan, endings: &Endings) -> String {
    let mut text = String::new();
    let mut failed = 0;
    for step in &plan.steps {
        match endings.steps.get(&step.address) {
            Some(Ending::Failed(error)) => {
                failed += 1;
                let what = format!("{} {}", step.action, step.address);
                text += &format!(
                    "{} {}: {}\n",
                    paint(style::DELETE, "failed"),
                    what,
                    indented(&error.message)
                );
                if let Some(help) = &error.help {
                    text += &format!("  help: {}\n", indented(help));
                }
            }
            Some(Ending::Skipped(why)) => {
                text += &format!(
                    "{} {} {}: {}\n",
                    paint(FAINT, "skipped"),
                    step.action,
                    step.address,
                    indented(why)
                );
            }
            Some(Ending::Done) | None => {}
        }
    }
    if let Some(error) = &endings.other {
        text += &format!("{}: {}\n", paint(style::DELETE, "failed"), indented(&error.message));
        if let Some(help) = &error.help {
            text += &format!("  help: {}\n", indented(help));
        }
    }
    let done = format!("{} of {} done", endings.done(), count(plan.steps.len(), "step"));
    text += &match (endings.all_done(), endings.interrupted) {
        (true, _) => format!("Done: {done}\n"),
        (false, true) => format!("Interrupted: {done}; run the same command again to go on\n"),
        (false, false) => {
            format!("Not finished: {done}, {failed} failed; run the same command again to go on\n")
        }
    };
    text
}
