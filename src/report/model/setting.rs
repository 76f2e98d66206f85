//! One setting that changes: its values for programs, and its lines for people.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

use crate::plan::{self, Action, Shown, Source};

/// How many lines around a changed one are shown.
const CONTEXT: usize = 3;

/// How many lines a document may have to be shown whole.
const SHORT: usize = 12;

/// How wide a value may be before it is shown in lines of its own.
const WIDE: usize = 100;

/// What stands for a value that must not be shown.
const MASK: &str = "(sensitive)";

/// One setting that changes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Setting {
    /// Dotted path in the resource's settings, as in the stack file.
    pub path: String,
    /// What it is; `null` for nothing, `"(sensitive)"` for what must not be shown.
    pub before: Value,
    /// What it is to be; what is known only after apply stands as the file refers to it:
    /// `"${user_pool.id}"`.
    pub after: Value,
    /// Whether a value, or a part of it, is masked.
    pub sensitive: bool,
    /// Whether `after` holds something that is known only after apply.
    pub known_after_apply: bool,
    /// Where the difference comes from, where the file as it was is known (`--against`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<Source>,
    /// How people read it.
    #[serde(skip)]
    pub shape: Shape,
}

/// How people read a change of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// On one line each; none for nothing.
    Inline {
        /// What it is.
        before: Option<String>,
        /// What it is to be.
        after: Option<String>,
    },
    /// A document or a long text: its changed lines with some around them, or all of a new one.
    Lines(Vec<Line>),
}

/// One line of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What happens to it.
    pub sign: Sign,
    /// The line.
    pub text: String,
}

/// What happens to a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It comes.
    Added,
    /// It goes.
    Removed,
    /// It stays.
    Same,
    /// So many lines that stay are left out here.
    Skipped(usize),
}

impl Setting {
    pub(super) fn new(change: &plan::Change, action: Action) -> Self {
        let plan::Change { path, before, after } = change;
        let (is, to_be) = (value(before), value(after));
        Self {
            path: path.clone(),
            sensitive: is_masked(&is) || is_masked(&to_be),
            known_after_apply: matches!(after, Shown::Unknown(_)),
            source: None,
            shape: shape(before, after, action),
            before: is,
            after: to_be,
        }
    }

    /// Whether it is a tag or a note that says whose the resource is.
    pub fn is_bookkeeping(&self) -> bool {
        self.path.contains("tags.provision:") || self.path == "key"
    }
}

fn value(shown: &Shown) -> Value {
    match shown {
        Shown::Absent => Value::Null,
        Shown::Sensitive => MASK.into(),
        Shown::Value(value) | Shown::Unknown(value) => value.clone(),
    }
}

fn is_masked(value: &Value) -> bool {
    match value {
        Value::String(text) => text == MASK,
        Value::Array(items) => items.iter().any(is_masked),
        Value::Object(map) => map.values().any(is_masked),
        _ => false,
    }
}

fn shape(before: &Shown, after: &Shown, action: Action) -> Shape {
    let lines = |shown: &Shown| match shown {
        Shown::Value(value) | Shown::Unknown(value) => lines(value),
        Shown::Absent | Shown::Sensitive => Vec::new(),
    };
    let items = |shown: &Shown| match shown {
        Shown::Value(Value::Array(items)) | Shown::Unknown(Value::Array(items)) => items.len(),
        _ => 0,
    };
    // Of two longer lists people want to see what comes and what goes.
    let lists = action == Action::Update && items(before).max(items(after)) > 1;
    if lists || is_long(before) || is_long(after) {
        return Shape::Lines(difference(&lines(before), &lines(after)));
    }
    let inline = |shown: &Shown| match shown {
        Shown::Absent => None,
        Shown::Sensitive => Some(MASK.to_owned()),
        Shown::Value(value) | Shown::Unknown(value) => Some(text(value)),
    };
    Shape::Inline { before: inline(before), after: inline(after) }
}

/// Whether a value takes lines of its own.
fn is_long(shown: &Shown) -> bool {
    match shown {
        Shown::Value(value) | Shown::Unknown(value) => match value {
            Value::Object(map) => !map.is_empty(),
            Value::String(text) => text.contains('\n') || text.chars().count() > WIDE,
            Value::Array(_) => text(value).chars().count() > WIDE,
            _ => false,
        },
        Shown::Absent | Shown::Sensitive => false,
    }
}

/// A value on one line.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "\"\"".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(text).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// A value in lines.
fn lines(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => text.lines().flat_map(short).collect(),
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Object(_) => pretty(value).lines().map(str::to_owned).collect(),
        other => vec![other.to_string()],
    }
}

/// How people order the members of a statement of a policy.
const STATEMENT: &[&str] = &[
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// A document as a stack file writes it, in the spelling that equal documents share: YAML has a line
/// for each part, and none changes because another one comes after it.
fn pretty(document: &Value) -> String {
    let document = arranged(plan::normal_form(document));
    serde_saphyr::to_string(&document).unwrap_or_else(|_| document.to_string())
}

/// With members in an order, and a list of one text as the text: both mean the same in a policy.
fn arranged(value: Value) -> Value {
    match value {
        Value::Array(mut items) if items.len() == 1 && items[0].is_string() => items.remove(0),
        Value::Array(items) => items.into_iter().map(arranged).collect(),
        Value::Object(map) => {
            let is_statement = map.contains_key("Effect");
            let place = |key: &str| {
                let known = STATEMENT.iter().position(|name| is_statement && *name == key);
                (known.unwrap_or(STATEMENT.len()), key.to_owned())
            };
            let mut members: Vec<(String, Value)> = map.into_iter().collect();
            members.sort_by_key(|(key, _)| place(key));
            let below = |(key, below)| (key, arranged(below));
            Value::Object(members.into_iter().map(below).collect::<Map<_, _>>())
        }
        other => other,
    }
}

/// A long line of a text in parts, at places that do not move when something before them changes:
/// after what ends an element of HTML, and after the end of a sentence or of a clause.
fn short(line: &str) -> Vec<String> {
    if line.chars().count() <= WIDE {
        return vec![line.to_owned()];
    }
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, letter) in line.char_indices() {
        let part = &line[start..at];
        let ends = match letter {
            '<' => part.trim_end().ends_with('>') && is_closed(part),
            ' ' => part.ends_with(['.', '!', '?', ';', ',', ':']),
            _ => false,
        };
        if ends {
            parts.push(part.trim_end().to_owned());
            start = if letter == ' ' { at + 1 } else { at };
        }
    }
    parts.push(line[start..].to_owned());
    parts
}

/// Whether the last tag of a piece of HTML ends an element.
fn is_closed(part: &str) -> bool {
    let tag = part.rfind('<').map_or("", |at| &part[at..]);
    tag.starts_with("</") || tag.starts_with("<br") || tag.ends_with("/>")
}

/// What one document has and the other does not, with some lines around it.
fn difference(before: &[String], after: &[String]) -> Vec<Line> {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.iter().map(String::as_str).collect(), after.iter().map(String::as_str).collect());
    let diff = TextDiff::from_slices(&before, &after);
    let mut lines = Vec::new();
    let mut told = 0;
    let is_short = before.len() <= SHORT && after.len() <= SHORT;
    for group in diff.grouped_ops(if is_short { SHORT } else { CONTEXT }) {
        let start = group.first().map_or(told, |op| op.old_range().start);
        skip(&mut lines, start - told);
        for op in &group {
            told = op.old_range().end;
            for change in diff.iter_changes(op) {
                let sign = match change.tag() {
                    ChangeTag::Delete => Sign::Removed,
                    ChangeTag::Insert => Sign::Added,
                    ChangeTag::Equal => Sign::Same,
                };
                lines.push(Line { sign, text: change.value().to_owned() });
            }
        }
    }
    skip(&mut lines, before.len() - told);
    lines
}

fn skip(lines: &mut Vec<Line>, count: usize) {
    if count > 0 {
        lines.push(Line { sign: Sign::Skipped(count), text: String::new() });
    }
}
