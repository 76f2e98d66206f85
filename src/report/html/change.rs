//! The changes: a table of all, and each with its settings in a block that folds.

use crate::plan::{Action, Source};
use crate::report::model::{Change, Setting, Shape};
use crate::report::rows::Row;
use crate::spec::count;

use super::escape::{code, prose, text};
use super::{Page, Part, badge, diff, severity, sign};

/// How many settings of a change its line in the table names.
const SETTINGS: usize = 4;

/// All changes; nothing where there are none.
pub fn part(page: &Page<'_>) -> Option<Part> {
    let many = page.rows.len();
    let left_out = page.report.changes_left_out;
    if many + left_out == 0 {
        return None;
    }
    let mut body = controls(page);
    if many > 0 {
        body += &table(page);
        body += "<div class=\"details\">\n";
        let blocks = page.rows.iter().enumerate().map(|(at, row)| block(page, at, row));
        body += &blocks.collect::<String>();
        body += "</div>\n";
    }
    if left_out > 0 {
        let left_out = count(left_out, "further change");
        body += &format!("<p>{left_out} not shown here (<code>--only</code>).</p>\n");
    }
    Some(Part { id: "changes", title: "Changes".to_owned(), many: Some(many), body })
}

/// What filters the changes: out of sight until the script is there to serve it.
fn controls(page: &Page<'_>) -> String {
    let button = |filter: &str, label: String| {
        format!(
            "<button type=\"button\" aria-pressed=\"false\" data-filter=\"{filter}\">{label}\
             </button>\n"
        )
    };
    let mut buttons = String::new();
    for action in [Action::Replace, Action::Delete, Action::Update, Action::Create] {
        let many = page.rows.iter().filter(|row| row.change.action == action).count();
        if many > 0 {
            let label =
                format!("{} {action} <span class=\"many\">{many}</span>", sign(Some(action)));
            buttons += &button(&action.to_string(), label);
        }
    }
    let risky = page.rows.iter().filter(|row| row.worst.is_some()).count();
    if risky > 0 {
        let label = format!(
            "<span aria-hidden=\"true\">▲</span> risky <span class=\"many\">{risky}</span>"
        );
        buttons += &button("risky", label);
    }
    format!(
        "<div class=\"controls\" id=\"controls\" role=\"search\" aria-label=\"Changes\" hidden>\n\
         <label for=\"search\">Search <span class=\"hint\">address, kind, setting or value</span>\
         </label>\n<input id=\"search\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\">\n\
         <div class=\"buttons\" role=\"group\" aria-label=\"Only\">\n{buttons}</div>\n\
         <div class=\"buttons\" role=\"group\" aria-label=\"All that are shown\">\n\
         <button type=\"button\" id=\"expand\">Expand all</button>\n\
         <button type=\"button\" id=\"collapse\">Collapse all</button>\n</div>\n\
         <output id=\"found\" for=\"search\" aria-live=\"polite\"></output>\n</div>\n"
    )
}

fn table(page: &Page<'_>) -> String {
    let mut rows = String::new();
    for (at, Row { change, worst }) in page.rows.iter().enumerate() {
        let address = code(&change.address);
        rows += &format!(
            "<tr id=\"r{at}\"><td>{}</td><th scope=\"row\"><a href=\"#c{at}\">{address}</a></th>\
             <td>{}</td><td>{}</td></tr>\n",
            badge(change.action),
            summary(change),
            worst.map_or("", severity)
        );
    }
    format!(
        "<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table of changes\">\n\
         <table class=\"all\">\n<thead><tr><th scope=\"col\">Action</th><th scope=\"col\">Resource\
         </th><th scope=\"col\">What</th><th scope=\"col\">Risk</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )
}

/// What happens to a resource, in the few words that a table has room for.
fn summary(change: &Change) -> String {
    if let Some(parent) = &change.goes_with {
        return format!("goes with {}", code(parent));
    }
    let settings: Vec<&Setting> = change.told().collect();
    if settings.is_empty() || change.action == Action::Delete {
        return text(&change.kind);
    }
    let names = settings.iter().take(SETTINGS).map(|setting| code(&setting.path));
    let names = names.collect::<Vec<_>>().join(", ");
    match settings.len().saturating_sub(SETTINGS) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

fn block(page: &Page<'_>, at: usize, Row { change, worst }: &Row<'_>) -> String {
    let Change { address, kind, action, .. } = change;
    let risky = if worst.is_some() { " data-risky" } else { "" };
    let name = match change.name.is_empty() || address.contains(&change.name) {
        true => String::new(),
        false => format!(" <span class=\"name\">{}</span>", text(&change.name)),
    };
    // A browser opens what the target of a link stands in: thus the anchor is within.
    format!(
        "<details class=\"change {action}\" data-action=\"{action}\"{risky}>\n\
         <summary><h3>{} {}</h3>{name} <span class=\"kind\">{}</span> {}</summary>\n\
         <div class=\"inside\" id=\"c{at}\">\n{}{}</div>\n</details>\n",
        badge(*action),
        code(address),
        text(kind),
        worst.map_or("", severity),
        facts(page, change),
        settings(change)
    )
}

/// What is known of a change besides its settings.
fn facts(page: &Page<'_>, change: &Change) -> String {
    let mut facts = String::new();
    let mut fact = |name: &str, what: String| {
        facts += &format!("<div><dt>{name}</dt><dd>{what}</dd></div>\n");
    };
    let risks = page.report.risks.iter().filter(|risk| risk.address == change.address);
    for risk in risks {
        let title = text(risk.kind.title());
        let what = format!("{} {title}: {}", severity(risk.severity), prose(&risk.message));
        fact("Risk", what);
    }
    if let Some(reason) = &change.reason {
        fact("Why", prose(reason));
    }
    if let Some(parent) = &change.goes_with {
        fact("Goes with", page.link(parent));
    }
    if let Some(source) = change.source {
        fact("Differs by", from(source).to_owned());
    }
    if !change.name.is_empty() {
        fact("Name", code(&change.name));
    }
    if let Some(id) = &change.id {
        fact("Id", code(id));
    }
    let waits: Vec<String> = change.waits_for.iter().map(|address| page.link(address)).collect();
    if !waits.is_empty() {
        fact("Waits for", waits.join(", "));
    }
    match facts.is_empty() {
        true => String::new(),
        false => format!("<dl>\n{facts}</dl>\n"),
    }
}

/// The settings: those with short values in a table, and the documents below it.
fn settings(change: &Change) -> String {
    let (mut rows, mut documents) = (String::new(), String::new());
    for setting in change.told() {
        let (path, notes) = (code(&setting.path), notes(setting));
        match &setting.shape {
            Shape::Inline { before, after } => {
                rows += &row(&format!("{path}{notes}"), before, after, change.action);
            }
            Shape::Lines(lines) => {
                documents += &format!("<h4>{path}{notes}</h4>\n{}", diff::table(lines));
            }
        }
    }
    if rows.is_empty() && documents.is_empty() {
        return "<p>No settings to tell of.</p>\n".to_owned();
    }
    let heads = match change.action {
        Action::Create => "<th scope=\"col\">Value</th>",
        Action::Delete => "<th scope=\"col\">Was</th>",
        Action::Update | Action::Replace => {
            "<th scope=\"col\">Before</th><th scope=\"col\">After</th>"
        }
    };
    let table = match rows.is_empty() {
        true => String::new(),
        false => format!(
            "<table class=\"settings\">\n<thead><tr><th scope=\"col\">Setting</th>{heads}</tr>\
             </thead>\n<tbody>\n{rows}</tbody>\n</table>\n"
        ),
    };
    table + &documents
}

fn row(name: &str, before: &Option<String>, after: &Option<String>, action: Action) -> String {
    let value = |value: &Option<String>, class: &str, sign: &str, tag: &str| match value {
        Some(value) => format!(
            "<td class=\"{class}\"><span class=\"sign\">{sign}</span> <{tag}>{}</{tag}></td>",
            code(value)
        ),
        None => "<td class=\"nothing\">none</td>".to_owned(),
    };
    let gone = || value(before, "gone", "−", "del");
    let come = || value(after, "come", "+", "ins");
    let values = match action {
        Action::Create => come(),
        Action::Delete => gone(),
        Action::Update | Action::Replace => gone() + &come(),
    };
    format!("<tr><th scope=\"row\">{name}</th>{values}</tr>\n")
}

/// What is to be known of a setting's values.
fn notes(setting: &Setting) -> String {
    let mut notes = String::new();
    if setting.known_after_apply {
        notes += " <span class=\"note\">known after apply</span>";
    }
    if setting.sensitive {
        notes += " <span class=\"note\">sensitive</span>";
    }
    if let Some(source) = setting.source {
        notes += &format!(" <span class=\"note\">from {}</span>", from(source));
    }
    notes
}

fn from(source: Source) -> &'static str {
    match source {
        Source::File => "the file",
        Source::Aws => "AWS",
        Source::Both => "the file and AWS",
    }
}
