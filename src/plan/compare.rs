//! Compares a wanted state with a live one, setting by setting.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::resource::{Field, Rule, duration_text};

use super::fill::Wanted;
use super::policy::normal_form;

/// One setting that changes.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// Dotted path in the resource's state, as in the stack file.
    pub path: String,
    /// What it is.
    pub before: Shown,
    /// What it is to be.
    pub after: Shown,
}

/// A value as a plan may show it.
#[derive(Clone, Debug, PartialEq)]
pub enum Shown {
    /// There is none.
    Absent,
    /// It may be shown.
    Value(Value),
    /// It must not be shown.
    Sensitive,
    /// Known after apply: what it will be made of.
    Unknown(Value),
}

impl Shown {
    /// Whether there is nothing, or an empty text, which says the same.
    pub fn is_nothing(&self) -> bool {
        matches!(self, Self::Absent) || matches!(self, Self::Value(value) if is_empty(value))
    }

    fn of(wanted: &Wanted) -> Self {
        match wanted {
            Wanted::Null => Self::Absent,
            wanted if wanted.is_unknown() => Self::Unknown(wanted.shown()),
            Wanted::Secret(_) | Wanted::Missing(_) => Self::Sensitive,
            wanted => Self::Value(wanted.shown()),
        }
    }

    /// A number of seconds as the file writes it.
    fn into_duration(self) -> Self {
        match self {
            Self::Value(Value::Number(number)) => match number.as_u64() {
                Some(seconds) => Self::Value(duration_text(seconds).into()),
                None => Self::Value(number.into()),
            },
            other => other,
        }
    }

    /// A set in the order of another one, then what only it has: AWS answers in any order.
    fn in_order_of(self, other: &Self) -> Self {
        let (Self::Value(Value::Array(mut items)), Self::Value(order) | Self::Unknown(order)) =
            (self.clone(), other)
        else {
            return self;
        };
        let order = order.as_array().map_or(&[][..], Vec::as_slice);
        let place = |item: &Value| {
            let at = order.iter().position(|other| other == item).unwrap_or(order.len());
            (at, item.to_string())
        };
        items.sort_by_cached_key(place);
        Self::Value(Value::Array(items))
    }

    fn live(value: &Value, sensitive: bool) -> Self {
        match value {
            Value::Null => Self::Absent,
            _ if sensitive => Self::Sensitive,
            value => Self::Value(value.clone()),
        }
    }
}

/// The special rules of a kind's settings.
#[derive(Clone, Copy)]
pub struct Fields(pub &'static [Field]);

impl Fields {
    /// Whether a rule holds at `path`, because it is written there or above.
    pub fn has(self, path: &str, rule: Rule) -> bool {
        self.0.iter().any(|field| field.rule == rule && covers(field.path, path))
    }

    /// What one of the changes opens to others, if any.
    pub fn opens(self, changes: &[Change]) -> Option<&'static str> {
        self.0.iter().find_map(|field| match field.rule {
            Rule::Opens(value, what) => changes
                .iter()
                .any(|c| c.path == field.path && c.after == Shown::Value(value.into()))
                .then_some(what),
            _ => None,
        })
    }

    /// The rule that forbids changing `path` in place, if any: always, or some changes.
    pub fn forbids(self, path: &str) -> Option<Rule> {
        let fixed = |rule: &Rule| match rule {
            Rule::Immutable(_)
            | Rule::AddOnly(_)
            | Rule::Replaces(_)
            | Rule::Stays(_)
            | Rule::Fixed(..) => true,
            Rule::Ordered
            | Rule::Exclusive
            | Rule::Sensitive
            | Rule::Policy
            | Rule::Seconds
            | Rule::IgnoreCase
            | Rule::WriteOnly
            | Rule::Opens(..)
            | Rule::Once => false,
        };
        let field = self.0.iter().find(|field| fixed(&field.rule) && covers(field.path, path));
        field.map(|field| field.rule)
    }
}

fn covers(above: &str, path: &str) -> bool {
    path.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// All of a live state, as it goes; tags that say whose it is and what is empty are not told.
pub fn all_of(live: &Value, fields: Fields) -> Vec<Change> {
    let mut changes = Vec::new();
    gone("", live, fields, &mut changes);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

fn gone(path: &str, live: &Value, fields: Fields, changes: &mut Vec<Change>) {
    match live {
        live if is_empty(live) => {}
        Value::Object(map) if !fields.has(path, Rule::Policy) => {
            for (key, below) in map {
                let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
                gone(&path, below, fields, changes);
            }
        }
        live => {
            let before = Shown::live(live, fields.has(path, Rule::Sensitive));
            let seconds = fields.has(path, Rule::Seconds);
            let before = if seconds { before.into_duration() } else { before };
            changes.push(Change { path: path.to_owned(), before, after: Shown::Absent });
        }
    }
}

/// Everything in which `live` differs from what is wanted, in the order of the paths.
///
/// Against nothing (`null`) everything that is wanted differs, also what can never be read back.
pub fn compare(want: &Wanted, live: &Value, fields: Fields) -> Vec<Change> {
    let mut changes = Vec::new();
    if let (Wanted::Map(map), Value::Null) = (want, live) {
        for (path, wanted) in map.iter().filter(|(path, _)| fields.has(path, Rule::WriteOnly)) {
            let after = match wanted {
                Wanted::Text(_) | Wanted::List(_) => Shown::of(wanted),
                _ => Shown::Sensitive,
            };
            changes.push(Change { path: path.clone(), before: Shown::Absent, after });
        }
    }
    at("", want, live, fields, &mut changes);
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    changes
}

/// Whether two states of one live resource differ in a setting, or in one entry of it, as `a.b`.
///
/// The order of a set, the spelling of a policy and what is empty make no difference, as in a plan.
pub fn differ(one: &Value, other: &Value, path: &str, fields: &'static [Field]) -> bool {
    let value = |state: &Value| match path.split_once('.') {
        Some((setting, entry)) => state[setting][entry].clone(),
        None => state[path].clone(),
    };
    let (one, other) = (value(one), value(other));
    let mut changes = Vec::new();
    // What only one of them has is seen from that one.
    for (from, to) in [(&one, &other), (&other, &one)] {
        at(path, &Wanted::of(from), to, Fields(fields), &mut changes);
    }
    !changes.is_empty()
}

fn at(path: &str, want: &Wanted, live: &Value, fields: Fields, changes: &mut Vec<Change>) {
    if fields.has(path, Rule::WriteOnly) || (fields.has(path, Rule::Once) && !live.is_null()) {
        return;
    }
    if let Wanted::Map(map) = want
        && !fields.has(path, Rule::Policy)
    {
        return mapping(path, map, live, fields, changes);
    }
    if !is_same(path, want, live, fields) {
        let sensitive = fields.has(path, Rule::Sensitive);
        let mut before = Shown::live(live, sensitive);
        let after = Shown::of(want);
        if !fields.has(path, Rule::Ordered) {
            before = before.in_order_of(&after);
        }
        let seconds = fields.has(path, Rule::Seconds);
        let shown = |shown: Shown| if seconds { shown.into_duration() } else { shown };
        changes.push(Change { path: path.to_owned(), before: shown(before), after: shown(after) });
    }
}

fn mapping(
    path: &str,
    want: &BTreeMap<String, Wanted>,
    live: &Value,
    fields: Fields,
    changes: &mut Vec<Change>,
) {
    let none = serde_json::Map::new();
    let have = live.as_object().unwrap_or(&none);
    let mut keys: BTreeSet<&String> = want.keys().collect();
    if fields.has(path, Rule::Exclusive) {
        keys.extend(have.keys());
    }
    for key in keys {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let want = want.get(key).unwrap_or(&Wanted::Null);
        at(&below, want, have.get(key).unwrap_or(&Value::Null), fields, changes);
    }
}

fn is_same(path: &str, want: &Wanted, live: &Value, fields: Fields) -> bool {
    match (want, live) {
        (Wanted::Missing(_), _) => true,
        (wanted, _) if wanted.is_unknown() => false,
        (wanted, live) if is_nothing(wanted) && is_empty(live) => true,
        (Wanted::Map(_), _) => {
            let wanted = want.cleartext();
            wanted.is_ok_and(|want| normal_form(want.expose()) == normal_form(live))
        }
        (Wanted::List(list), Value::Array(have)) => {
            is_same_list(list, have, fields.has(path, Rule::Ordered), ignore_case(path, fields))
        }
        (Wanted::Number(number), Value::Number(have)) => number.as_f64() == have.as_f64(),
        (Wanted::Bool(value), Value::Bool(have)) => value == have,
        (Wanted::Text(text), Value::String(have)) => is_same_text(text, have, path, fields),
        (Wanted::Secret(secret), Value::String(have)) => secret.expose() == have,
        _ => false,
    }
}

fn ignore_case(path: &str, fields: Fields) -> bool {
    fields.has(path, Rule::IgnoreCase)
}

fn is_same_text(text: &str, have: &str, path: &str, fields: Fields) -> bool {
    text == have || (ignore_case(path, fields) && text.eq_ignore_ascii_case(have))
}

fn is_same_list(want: &[Wanted], have: &[Value], ordered: bool, ignore_case: bool) -> bool {
    let spell = |value: Value| {
        let text = value.to_string();
        if ignore_case { text.to_lowercase() } else { text }
    };
    let exposed = want.iter().map(|item| item.cleartext().map(|clear| clear.expose().clone()));
    let Ok(want) = exposed.collect::<Result<Vec<Value>, _>>() else { return false };
    let mut want: Vec<String> = want.into_iter().map(spell).collect();
    let mut have: Vec<String> = have.iter().cloned().map(spell).collect();
    if !ordered {
        for list in [&mut want, &mut have] {
            list.sort();
            list.dedup();
        }
    }
    want == have
}

fn is_nothing(want: &Wanted) -> bool {
    match want {
        Wanted::Null => true,
        Wanted::List(list) => list.is_empty(),
        Wanted::Map(map) => map.is_empty(),
        Wanted::Text(text) => text.is_empty(),
        _ => false,
    }
}

/// Whether a live value says nothing: absent, or empty of its kind.
pub(super) fn is_empty(live: &Value) -> bool {
    match live {
        Value::Null => true,
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}
