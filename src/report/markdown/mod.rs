//! A plan as a comment on GitHub and GitLab: what is risky first, what changes in a table, the details
//! folded.
//!
//! Source: <https://github.github.com/gfm/>

mod detail;
mod drawing;
mod escape;
mod fit;

#[cfg(test)]
mod tests;

use crate::plan::Action;
use crate::resource::Severity;
use crate::spec::count;

use super::model::{Change, Refused, Report, Setting, Shape};
use super::rows::{Row, in_order};
use escape::{cell, code, cut, prose};
use fit::{LIMIT, Section};

/// How many letters of a name or a value stand in a line.
const NAME: usize = 200;

/// How many letters of a message stand in a line.
const MESSAGE: usize = 600;

/// So many risks need no line that sums them up.
const FEW: usize = 5;

/// How many settings of a change its line in the table names.
const SETTINGS: usize = 4;

/// How much of the room each part may take; the details take what is left.
const REFUSALS: usize = 12_000;
const RISKS: usize = 12_000;
const TABLE: usize = 14_000;
const NOTES: usize = 4_000;
const DRAWING: usize = 6_000;

/// The whole plan; without the details of its changes where it is to be short.
pub fn plan(report: &Report, short: bool) -> String {
    let rows = in_order(report);
    let mut text = head(report);
    text += &refused(report).within(REFUSALS);
    for severity in [Severity::Danger, Severity::Caution] {
        text += &risks(report, severity).within(RISKS / 2);
    }
    text += &table(&rows).within(TABLE);
    if report.changes_left_out > 0 {
        let left_out = count(report.changes_left_out, "further change");
        text += &format!("{left_out} not shown here (`--only`).\n\n");
    }
    let mut rest = drawing::section(report).within(DRAWING);
    rest += &not_declared(report).within(NOTES);
    rest += &foreign(report).within(NOTES);
    if !short {
        text += &detail::section(&rows, LIMIT.saturating_sub(text.len() + rest.len()));
    }
    text += &rest;
    format!("{}\n", text.trim_end())
}

/// What finds the comment of a stack again, so that it is written anew and not once more.
pub fn marker(report: &Report) -> String {
    let Report { stack, account, region, .. } = report;
    let [stack, account, region] = [stack, account, region].map(|text| escape::mark(text));
    format!("<!-- provision:stack={stack} account={account} region={region} -->")
}

fn head(report: &Report) -> String {
    let sign = match (report.refused.is_empty(), report.is_empty(), report.worst()) {
        (false, _, _) => "⛔",
        (true, true, _) if !report.drift || report.drifts().is_empty() => "✅",
        (true, true, _) => "🟡",
        (true, false, Some(Severity::Danger)) => "🔴",
        (true, false, Some(Severity::Caution)) => "🟡",
        (true, false, None) => "🟢",
    };
    let what = match (report.destroy, report.drift) {
        (true, _) => "Destroy",
        (false, true) => "Drift of",
        (false, false) => "Plan for",
    };
    let counts = report.summary.actions().map(|(action, count)| format!("{count} to {action}"));
    let counts = match (report.drift, report.is_empty()) {
        (true, _) if report.drifts().is_empty() => "none".to_owned(),
        (true, _) => report.drifts(),
        (false, true) => "no changes".to_owned(),
        (false, false) => counts.collect::<Vec<_>>().join(", "),
    };
    let refused = match report.refused.len() {
        0 => String::new(),
        many => format!(", refused for {}", count(many, "reason")),
    };
    let stakes = report.at_stake.iter().filter_map(|stake| {
        let many = usize::try_from(stake.count?).ok().filter(|many| *many > 0)?;
        Some(format!(" · {} in {}", count(many, &stake.noun), code(&stake.address)))
    });
    format!(
        "{marker}\n### {sign} {what} {stack}: {counts}{refused}\n\n\
         {region} of account {account} · {unchanged} unchanged{stakes}\n\n{risks}",
        marker = marker(report),
        stack = code(&report.stack),
        region = code(&report.region),
        account = code(&report.account),
        unchanged = count(report.summary.unchanged, "resource"),
        stakes = stakes.collect::<String>(),
        risks = risk_line(report),
    )
}

/// One line: what sorts of risks there are, and where.
fn risk_line(report: &Report) -> String {
    if report.is_empty() && report.risks.is_empty() {
        return String::new();
    }
    let group = |group: &super::model::RiskGroup<'_>| {
        let named = group.addresses.iter().take(2).map(|address| code(&cut(address, NAME)));
        let named: Vec<String> = named.collect();
        let more = match group.addresses.len() - named.len() {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("**{}**: {}{more}", group.title, named.join(", "))
    };
    let groups: Vec<String> = report.risk_groups().iter().map(group).collect();
    // Few are all seen at a glance in their boxes.
    if (1..=FEW).contains(&report.risks.len()) {
        return String::new();
    }
    match groups.is_empty() {
        true => "**Risks**: none of those that are looked for.\n\n".to_owned(),
        false => format!("{}\n\n", groups.join(" · ")),
    }
}

/// Risks of one severity, in a box.
fn risks(report: &Report, severity: Severity) -> Section {
    let (alert, left_out): (&str, fn(usize) -> String) = match severity {
        Severity::Danger => ("CAUTION", |count| format!("> - … and {count} more\n")),
        Severity::Caution => ("WARNING", |count| format!("> - … and {count} more\n")),
    };
    let risks = report.risks.iter().filter(|risk| risk.severity == severity);
    let part = |risk: &super::model::Risk| {
        let (title, address) = (risk.kind.title(), code(&cut(&risk.address, NAME)));
        format!("> - **{title}** {address}: {}\n", prose(&cut(&risk.message, MESSAGE)))
    };
    let before = format!("> [!{alert}]\n");
    Section { before, parts: risks.map(part).collect(), after: "\n".to_owned(), left_out }
}

fn refused(report: &Report) -> Section {
    let part = |refused: &Refused| {
        let Refused { address, path, reason, help, paste } = refused;
        let path = path.as_ref().map(|path| format!(" {}", code(&cut(path, NAME))));
        let mut text = format!(
            "- {}{}: {}  \n  **Instead**: {}\n",
            code(&cut(address, NAME)),
            path.unwrap_or_default(),
            prose(&cut(reason, MESSAGE)),
            prose(&cut(help, MESSAGE)),
        );
        if let Some(paste) = paste {
            let yaml = serde_saphyr::to_string(paste).unwrap_or_default();
            let lines: Vec<String> = yaml.lines().map(|line| cut(line, NAME)).collect();
            let block = escape::fence("yaml", &lines);
            text += "\n";
            text += &block.lines().map(|line| format!("  {line}\n")).collect::<String>();
            text += "\n";
        }
        text
    };
    Section {
        before: "#### Refused: this plan is not carried out\n\n".to_owned(),
        parts: report.refused.iter().map(part).collect(),
        after: "\n".to_owned(),
        left_out: |count| format!("- … and {count} more\n"),
    }
}

fn sign(action: Action) -> &'static str {
    match action {
        Action::Create => "🟩",
        Action::Update => "🟨",
        Action::Replace => "🟧",
        Action::Delete => "🟥",
    }
}

fn table(rows: &[Row<'_>]) -> Section {
    let row = |Row { change, worst }: &Row<'_>| {
        // Spaces that do not break, so that the column stays on one line.
        let action = format!("{}\u{a0}{}", sign(change.action), change.action);
        let warning = match worst {
            Some(Severity::Danger) => "\u{a0}🔴",
            Some(Severity::Caution) => "\u{a0}⚠️",
            None => "",
        };
        let address = cell(&cut(&change.address, NAME));
        let source = change.source.map(|source| format!(" ({})", source.text()));
        let source = source.unwrap_or_default();
        format!("| {action}{warning} | {address} | {}{source} |\n", what(change))
    };
    Section {
        before: "| Action | Resource | What |\n|---|---|---|\n".to_owned(),
        parts: rows.iter().map(row).collect(),
        after: "\n".to_owned(),
        left_out: |count| {
            let changes = self::count(count, "further change");
            format!("\n… and {changes}; `provision plan` shows them all.\n")
        },
    }
}

/// What happens to a resource, in the few words that a table has room for.
fn what(change: &Change) -> String {
    if let Some(parent) = &change.goes_with {
        return format!("goes with {}", cell(&cut(parent, NAME)));
    }
    let settings: Vec<&Setting> = change.told().collect();
    match (change.action, &settings[..]) {
        (Action::Create, all) if change.name.is_empty() && !all.is_empty() => named(all),
        (Action::Create | Action::Delete, _) if change.name.is_empty() => cell(&change.kind),
        (Action::Create | Action::Delete, _) => {
            format!("{} {}", cell(&change.kind), cell(&cut(&change.name, NAME)))
        }
        (_, []) => String::new(),
        (_, [one]) => inline(one).unwrap_or_else(|| named(&settings)),
        (_, all) => named(all),
    }
}

fn named(settings: &[&Setting]) -> String {
    let names = settings.iter().take(SETTINGS).map(|setting| cell(&cut(&setting.path, NAME)));
    let names = names.collect::<Vec<_>>().join(", ");
    match settings.len().saturating_sub(SETTINGS) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// A setting with its values, where they are short.
fn inline(setting: &Setting) -> Option<String> {
    let Shape::Inline { before, after } = &setting.shape else { return None };
    let one = |value: &Option<String>| match value {
        Some(value) => cell(&cut(value, NAME)),
        None => "none".to_owned(),
    };
    Some(format!("{} {} → {}", cell(&cut(&setting.path, NAME)), one(before), one(after)))
}

fn not_declared(report: &Report) -> Section {
    let row = |note: &super::model::NotDeclared| {
        let texts = [&note.address, &note.path, &note.text()].map(|text| cell(&cut(text, NAME)));
        format!("| {} |\n", texts.join(" | "))
    };
    let settings = count(report.not_declared.len(), "setting");
    Section {
        before: format!(
            "<details><summary>Not declared, left as it is: {settings}</summary>\n\n\
             | Resource | Setting | In AWS |\n|---|---|---|\n"
        ),
        parts: report.not_declared.iter().map(row).collect(),
        after: "\n</details>\n\n".to_owned(),
        left_out: |count| format!("\n… and {count} more.\n"),
    }
}

fn foreign(report: &Report) -> Section {
    let resources = count(report.foreign.len(), "resource");
    let part =
        |foreign: &super::model::Foreign| format!("- {}\n", code(&cut(&foreign.address, NAME)));
    Section {
        before: format!(
            "<details><summary>Of somebody else, left alone: {resources}</summary>\n\n"
        ),
        parts: report.foreign.iter().map(part).collect(),
        after: "\n</details>\n\n".to_owned(),
        left_out: |count| format!("- … and {count} more\n"),
    }
}
