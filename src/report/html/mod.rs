//! A plan as a page of its own: one file that a browser shows without any network, such as an artifact
//! of a CI run.
//!
//! Everything can be read without the script; with it the changes can be searched and filtered. The
//! script and the styles are the same in every page: what is told of a plan stands in the page as text
//! alone, escaped, and never in either of them.

mod change;
mod diff;
mod drawing;
pub mod escape;
mod layout;
mod notes;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::plan::Action;
use crate::resource::Severity;
use crate::spec::count;

use super::model::Report;
use super::rows::{Row, in_order};
use super::{style, text as lines};
use escape::{code, text};

/// How the page looks.
const STYLE: &str = include_str!("page.css");

/// What makes it searchable.
const SCRIPT: &str = include_str!("page.js");

/// What the page may load and run: nothing but what stands in it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// A report with what its parts need of each other.
struct Page<'a> {
    report: &'a Report,
    /// The changes in the order in which they are shown.
    rows: Vec<Row<'a>>,
    /// The place of each change in the page, by address.
    places: BTreeMap<&'a str, usize>,
}

impl<'a> Page<'a> {
    fn new(report: &'a Report) -> Self {
        let rows = in_order(report);
        let mut places = BTreeMap::new();
        for (at, row) in rows.iter().enumerate() {
            places.entry(row.change.address.as_str()).or_insert(at);
        }
        Self { report, rows, places }
    }

    /// An address, as a link where the page has its change.
    fn link(&self, address: &str) -> String {
        match self.places.get(address) {
            Some(at) => format!("<a href=\"#c{at}\">{}</a>", code(address)),
            None => code(address),
        }
    }
}

/// A part of the page: its anchor, its heading and what stands below it.
struct Part {
    id: &'static str,
    title: String,
    /// How many of what it has, for the list of contents; none where that says nothing.
    many: Option<usize>,
    body: String,
}

impl Part {
    fn html(&self) -> String {
        let Self { id, title, many, body } = self;
        let many = many.map(|many| format!(" <span class=\"many\">{many}</span>"));
        format!(
            "<section id=\"{id}\" aria-labelledby=\"{id}-title\">\n\
             <h2 id=\"{id}-title\">{title}{}</h2>\n{body}</section>\n",
            many.unwrap_or_default()
        )
    }

    fn entry(&self) -> String {
        let Self { id, title, many, body: _ } = self;
        let many = many.map(|many| format!(" <span class=\"many\">{many}</span>"));
        format!("<li><a href=\"#{id}\">{title}{}</a></li>\n", many.unwrap_or_default())
    }
}

/// The whole page.
pub fn plan(report: &Report) -> String {
    let page = Page::new(report);
    let parts = [
        notes::refused(&page),
        notes::risks(&page),
        drawing::part(&page),
        change::part(&page),
        notes::not_declared(&page),
        notes::foreign(&page),
        notes::unchanged(report),
    ];
    let parts: Vec<Part> = parts.into_iter().flatten().collect();
    let contents: String = parts.iter().map(Part::entry).collect();
    let contents = match parts.len() {
        0 => String::new(),
        _ => format!("<nav aria-label=\"Contents\">\n<ul>\n{contents}</ul>\n</nav>\n"),
    };
    let body: String = parts.iter().map(Part::html).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <a class=\"skip\" href=\"#main\">Skip to the plan</a>\n\
         {head}{contents}<main id=\"main\">\n{body}</main>\n{foot}\
         <script>\n{SCRIPT}</script>\n</body>\n</html>\n",
        title = text(&format!("{}: {}", what(report), counts(report))),
        head = head(report),
        foot = format_args!(
            "<footer>Made by <code>provision plan</code> {}; nothing of it is carried out by \
             looking at it.</footer>\n",
            env!("CARGO_PKG_VERSION")
        ),
    )
}

fn what(report: &Report) -> String {
    let what = match (report.drift, report.destroy) {
        (true, _) => "Drift of",
        (_, true) => "Destroy",
        (_, false) => "Plan for",
    };
    format!("{what} {}", report.stack)
}

/// How much of what, in words.
fn counts(report: &Report) -> String {
    if report.drift {
        return lines::drift(report);
    }
    let counts = report.summary.actions().map(|(action, count)| format!("{count} to {action}"));
    match report.is_empty() {
        true => "no changes".to_owned(),
        false => counts.collect::<Vec<_>>().join(", "),
    }
}

fn head(report: &Report) -> String {
    let stakes = report.at_stake.iter().filter_map(|stake| {
        let many = usize::try_from(stake.count?).ok().filter(|many| *many > 0)?;
        let (many, address) = (text(&count(many, &stake.noun)), code(&stake.address));
        Some(format!(" · <strong>{many}</strong> in {address}"))
    });
    let chips = report.summary.actions().map(|(action, count)| {
        format!(
            "<li class=\"chip {action}\">{} <strong>{count}</strong> to {action}</li>\n",
            sign(Some(action))
        )
    });
    let drift = match report.drift {
        true => format!("<p>{}</p>\n", text(&lines::drift(report))),
        false => String::new(),
    };
    format!(
        "<header>\n<h1>{}</h1>\n<p class=\"where\">{} of account {}{}</p>\n{}{drift}\
         <ul class=\"chips\">\n{}<li class=\"chip\"><strong>{}</strong> unchanged</li>\n</ul>\n\
         </header>\n",
        text(&what(report)),
        code(&report.region),
        code(&report.account),
        stakes.collect::<String>(),
        verdict(report),
        chips.collect::<String>(),
        report.summary.unchanged,
    )
}

/// How the plan is told as a whole, in a line.
fn verdict(report: &Report) -> String {
    let (class, words) = match (report.refused.is_empty(), report.is_empty(), report.worst()) {
        (false, ..) => {
            let reasons = count(report.refused.len(), "reason");
            ("danger", format!("⛔ Refused for {reasons}: this plan is not carried out."))
        }
        (true, true, _) if report.drift => return String::new(),
        (true, true, _) => ("fine", "✓ No changes: AWS is as the file declares.".to_owned()),
        (true, false, Some(Severity::Danger)) => {
            let dangers = report.risks.iter().filter(|risk| risk.severity == Severity::Danger);
            let dangers = count(dangers.count(), "risk");
            ("danger", format!("▲ {dangers} of losing or opening something: look at these first."))
        }
        (true, false, Some(Severity::Caution)) => {
            let cautions = count(report.risks.len(), "risk");
            ("caution", format!("△ {cautions} worth a second look."))
        }
        (true, false, None) => ("fine", "✓ None of the risks that are looked for.".to_owned()),
    };
    format!("<p class=\"verdict {class}\">{words}</p>\n")
}

/// The sign of an action, which its colour repeats.
fn sign(action: Option<Action>) -> String {
    let sign = match action {
        // As wide as the others.
        Some(Action::Delete) => "−",
        Some(action) => style::sign(action),
        None => "·",
    };
    format!("<span class=\"sign\" aria-hidden=\"true\">{sign}</span>")
}

/// An action with its sign.
fn badge(action: Action) -> String {
    format!("<span class=\"badge {action}\">{} {action}</span>", sign(Some(action)))
}

/// How bad a risk is: its sign and the word.
fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Danger => {
            "<span class=\"badge danger\"><span aria-hidden=\"true\">▲</span> danger</span>"
        }
        Severity::Caution => {
            "<span class=\"badge caution\"><span aria-hidden=\"true\">△</span> caution</span>"
        }
    }
}
