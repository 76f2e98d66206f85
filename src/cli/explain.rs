//! `provision explain`

use std::fmt::Write;

use serde_json::Value;

use crate::aws::kinds;
use crate::report::style::{FAINT, STRONG, paint};
use crate::resource::{Address, KindInfo, Removal, Rule, duration_text};
use crate::spec::{Entry, guide, suggestion};

use super::args::Explain;
use super::failure::{Exit, Failure};
use super::ui::Ui;

/// Runs the command.
pub fn run(explain: &Explain, ui: &Ui) -> Result<Exit, Failure> {
    let guide = guide();
    let typed = typed(explain.path.as_deref().unwrap_or_default())?;
    ui.result(&find(&guide, &typed)?);
    Ok(Exit::Done)
}

/// The segments of a path; `*` and `[]` stand for any key or entry.
fn typed(text: &str) -> Result<Vec<String>, Failure> {
    if text.is_empty() {
        return Ok(Vec::new());
    }
    let quoted = text.replace(".*", "[\"*\"]").replace("[]", "[\"*\"]");
    let address: Address =
        quoted.parse().map_err(|error| Failure::usage(format!("{error}")).help(HOW))?;
    Ok(address.segments().to_vec())
}

const HOW: &str = "a path is that of the stack file, as `user_pool.app_clients.web` or \
    `http_api.routes[\"GET /token\"].lambda`; `*` stands for any key";

/// What is to be said of a path, of what begins like it, or of what is named like it elsewhere.
fn find(guide: &[Entry], typed: &[String]) -> Result<String, Failure> {
    let Some((last, above)) = typed.split_last() else {
        return Ok(settings(guide, &[]));
    };
    if let Some(entry) = guide.iter().find(|entry| is(&entry.path, typed)) {
        return Ok(whole(guide, entry));
    }
    let siblings: Vec<&Entry> = guide
        .iter()
        .filter(|e| e.path.len() == typed.len() && is(&e.path[..above.len()], above))
        .collect();
    let begun: Vec<&Entry> = siblings
        .iter()
        .copied()
        .filter(|e| e.path[above.len()].starts_with(last.as_str()))
        .collect();
    let elsewhere = || guide.iter().filter(|e| above.is_empty() && e.path.last() == Some(last));
    let meant: Vec<&Entry> = if begun.is_empty() { elsewhere().collect() } else { begun };
    match meant[..] {
        [] => Err(unknown(guide, typed)),
        [one] => Ok(whole(guide, one)),
        _ => Ok(table(meant.iter().map(|entry| (path(&entry.path), *entry)))),
    }
}

/// Whether a typed path is an entry's.
fn is(path: &[String], typed: &[String]) -> bool {
    let fits = |(own, typed): (&String, &String)| own == "*" || own == typed;
    path.len() == typed.len() && path.iter().zip(typed).all(fits)
}

/// Names the first segment that there is not.
fn unknown(guide: &[Entry], typed: &[String]) -> Failure {
    let known = |end: &usize| guide.iter().any(|entry| is(&entry.path, &typed[..*end]));
    let end = (1..typed.len()).take_while(known).last().unwrap_or(0);
    let siblings =
        guide.iter().filter(|e| e.path.len() == end + 1 && is(&e.path[..end], &typed[..end]));
    let names: Vec<&str> = siblings.map(|entry| entry.path[end].as_str()).collect();
    let place =
        if end == 0 { "a stack file".to_owned() } else { format!("`{}`", path(&typed[..end])) };
    let failure = Failure::usage(format!("there is no setting `{}` in {place}", typed[end]));
    match suggestion(&typed[end], names) {
        Some(help) => failure.help(help),
        None => failure,
    }
}

fn path(segments: &[String]) -> String {
    let joined = segments.iter().fold(String::new(), |mut text, segment| {
        match segment.as_str() {
            "*" => text += ".*",
            plain => {
                let _ = write!(text, ".{}", Address::new([plain]));
            }
        }
        text
    });
    joined.trim_start_matches('.').replace(".[", "[")
}

/// Everything about one entry.
fn whole(guide: &[Entry], entry: &Entry) -> String {
    let kinds = kinds::infos();
    let kind = kinds.values().filter_map(|kind| Some((state_path(kind, &entry.path)?, kind)));
    // The innermost resource that holds it.
    let kind = kind.max_by_key(|(_, kind)| kind.place.0.len());
    let mut text = format!("{}\n\n", paint(STRONG, path(&entry.path)));
    for line in entry.description.lines() {
        let _ = writeln!(text, "  {line}");
    }
    text.push('\n');
    let required = if entry.required { "; required" } else { "" };
    let mut line = |name: &str, says: &str| {
        let _ = writeln!(text, "  {name:<9} {says}");
    };
    line("write", &format!("{}{required}", entry.expected));
    if entry.sensitive {
        line("secrets", "may hold `${env.NAME}` and `${secret.NAME}`; is never shown");
    }
    if let Some((state, kind)) = &kind {
        // A mapping of resources is none of the settings of what holds it.
        let holds_resources = kinds.values().any(|other| {
            other.place.0.strip_prefix(&path(&entry.path)).is_some_and(|rest| rest.starts_with('.'))
        });
        if !state.is_empty() && !holds_resources {
            of_kind(&mut line, kind, state);
        }
        if kind.place.0 == path(&entry.path) {
            of_resource(&mut line, kind);
        }
    }
    if let Some(member) = &entry.member {
        line("member", member);
    }
    if let Some(page) = &entry.page {
        line("AWS", page);
    }
    let below = settings(guide, &entry.path);
    if below.is_empty() { text } else { format!("{text}\n{below}") }
}

/// Where a path stands in the state of a kind: none where it is not below the kind's resources. A
/// resource that is one setting, as the domain, has that in its state.
fn state_path(kind: &KindInfo, path: &[String]) -> Option<Vec<String>> {
    let place: Vec<String> = kind.place.0.split('.').map(str::to_owned).collect();
    let rest = path.strip_prefix(&place[..])?;
    let own = place.last().filter(|name| kind.fields.iter().any(|field| field.path == *name));
    Some(own.into_iter().chain(rest).cloned().collect())
}

/// What becomes of a resource that is no longer declared, and what can be referred to.
fn of_resource(line: &mut impl FnMut(&str, &str), kind: &KindInfo) {
    line("removal", removal(kind.removal));
    let outputs =
        kind.outputs.iter().map(|output| format!("${{{}.{}}}", kind.place.0, output.name));
    let outputs: Vec<String> = outputs.collect();
    if !outputs.is_empty() {
        line("outputs", &outputs.join(", "));
    }
}

/// The default of a setting of a resource, and whether it can change.
fn of_kind(line: &mut impl FnMut(&str, &str), kind: &KindInfo, state: &[String]) {
    let default = state.iter().try_fold(&kind.defaults, |value, key| value.get(key));
    if let Some(default) = default.filter(|value| !value.is_null() && !value.is_object()) {
        let seconds =
            kind.fields.iter().any(|f| f.rule == Rule::Seconds && f.path == state.join("."));
        let text = match default.as_u64() {
            Some(number) if seconds => duration_text(number),
            _ => spelled(default),
        };
        line("default", &format!("{text} (AWS's)"));
    }
    let own_name = format!("{}_{}", kind.name, state.join("."));
    let is_about = |field: &&crate::resource::Field| {
        let own = state.join(".");
        field.path == own_name
            || own
                .strip_prefix(field.path)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let rules: Vec<Rule> = kind.fields.iter().filter(is_about).map(|field| field.rule).collect();
    line("change", &changes(&rules, kind.name));
    for note in rules.iter().filter_map(|rule| note(*rule)) {
        line("", &note);
    }
}

fn changes(rules: &[Rule], kind: &str) -> String {
    let fixed = rules.iter().find_map(|rule| match rule {
        Rule::Immutable(reason) => Some(format!("refused: {reason}")),
        Rule::AddOnly(reason) => Some(format!("more can be added, else refused: {reason}")),
        Rule::Fixed(_, reason) => Some(format!("in place; refused for some entries: {reason}")),
        Rule::Replaces(reason) => {
            Some(format!("replaces the {}: {reason}", kind.replace('_', " ")))
        }
        Rule::Once => Some("none: it is set where it is missing, and then left".to_owned()),
        _ => None,
    });
    fixed.unwrap_or_else(|| "in place".to_owned())
}

fn note(rule: Rule) -> Option<String> {
    let note = match rule {
        Rule::Stays(reason) => return Some(format!("cannot be unset: {reason}")),
        Rule::Opens(value, what) => return Some(format!("`{value}`: {what}")),
        Rule::Ordered => Some("the order of the list matters"),
        Rule::Exclusive => Some("held whole: what the file does not declare is removed"),
        Rule::Policy => Some("compared by what it means, not by its spelling"),
        Rule::IgnoreCase => Some("letters' case does not matter"),
        Rule::WriteOnly => Some("AWS does not tell it, so it is never compared"),
        Rule::Sensitive
        | Rule::Seconds
        | Rule::Once
        | Rule::Immutable(_)
        | Rule::AddOnly(_)
        | Rule::Fixed(..)
        | Rule::Replaces(_) => None,
    };
    note.map(str::to_owned)
}

fn removal(removal: Removal) -> &'static str {
    match removal {
        Removal::Free => "deleted once the file no longer declares it",
        Removal::Guarded => {
            "deleted once the file no longer declares it; with `--yes` only if `--allow-delete` names it"
        }
        Removal::OnlyByDestroy => {
            "only `destroy` deletes it; a file that stops declaring it is refused"
        }
        Removal::Never => "stays: it is data, and goes with what holds it",
    }
}

fn spelled(value: &Value) -> String {
    match value {
        Value::String(text) if text.is_empty() => "none".to_owned(),
        Value::String(text) => format!("`{text}`"),
        Value::Array(items) if items.is_empty() => "none".to_owned(),
        Value::Array(items) => items.iter().map(spelled).collect::<Vec<_>>().join(", "),
        other => format!("`{other}`"),
    }
}

/// The settings directly below a path, each with the first sentence about it.
fn settings(guide: &[Entry], above: &[String]) -> String {
    let below =
        guide.iter().filter(|e| e.path.len() == above.len() + 1 && e.path.starts_with(above));
    let keys: Vec<&Entry> = below.collect();
    // A mapping with keys of one's own: what each of them holds.
    if let [any] = keys[..]
        && any.path.last().is_some_and(|key| key == "*")
    {
        return settings(guide, &any.path);
    }
    table(keys.iter().map(|entry| (path(&entry.path[above.len()..]), *entry)))
}

fn table<'e>(rows: impl Iterator<Item = (String, &'e Entry)> + Clone) -> String {
    let width = rows.clone().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.fold(String::new(), |mut text, (name, entry)| {
        let line = entry.description.lines().next().unwrap_or_default();
        let sentence = line.split_inclusive(". ").next().unwrap_or_default().trim_end();
        let _ = writeln!(text, "  {name:<width$}  {}", paint(FAINT, sentence));
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_a_stack_file_can_hold_is_found_and_described() {
        let guide = guide();
        for entry in &guide {
            assert!(!entry.description.is_empty(), "{:?}", entry.path);
            let said = find(&guide, &entry.path).unwrap_or_else(|failure| panic!("{failure:?}"));
            assert!(said.contains(&entry.expected), "{said}");
        }
    }
}
