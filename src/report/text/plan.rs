//! A plan: what it is about, its risks, its changes, what is left alone, and how much of what.

use std::collections::BTreeMap;

use crate::plan::Action;
use crate::report::model::{Change, Foreign, Report};
use crate::report::style::{self, FAINT, STRONG, paint, plain};
use crate::resource::Severity;
use crate::spec::count;

use super::change::{self, pad};

/// How many resources a line of risks names.
const NAMED: usize = 3;

/// How many lines are seen at once, at least.
const SCREEN: usize = 30;

/// How much of a plan is shown, and for what terminal.
#[derive(Clone, Copy, Debug, Default)]
pub struct View {
    /// How wide the terminal is; none for a pipe.
    pub width: Option<usize>,
    /// How little of the changes is shown; none for all of them.
    pub summary: Option<Summary>,
}

/// One line for each of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Summary {
    /// For each resource.
    Resource,
    /// For each kind and action.
    Kind,
}

/// The whole plan.
pub fn plan(report: &Report, view: View) -> String {
    let changes = match view.summary {
        None => {
            // Where everything goes, what it was is of no use.
            let text = |c| change::text(c, view.width, !report.destroy);
            report.changes.iter().map(|c| format!("\n{}", text(c))).collect()
        }
        Some(Summary::Resource) => by_resource(report, view.width),
        Some(Summary::Kind) => by_kind(report),
    };
    let mut text = title(report);
    text += &risks(report);
    text += &changes;
    if report.changes_left_out > 0 {
        let count = count(report.changes_left_out, "further change");
        text += &format!("\n{}\n", paint(FAINT, format!("{count} not shown (--only)")));
    }
    text += &notes(report, view.summary.is_some());
    text += "\n";
    // Who reads the end of a long plan has its beginning out of sight.
    match text.lines().count() > SCREEN {
        true => text + &headline(report),
        false => text + &summary(report) + "\n",
    }
}

/// The plan in a few lines: what is risky about it, and how much of what.
pub fn headline(report: &Report) -> String {
    let mut text = String::new();
    for group in report.risk_groups() {
        let title = format!("{} {}", sign(group.severity), group.title);
        let title = paint(of(group.severity), title);
        let named: Vec<String> = group.addresses.iter().take(NAMED).map(|a| plain(a)).collect();
        let more = group.addresses.len() - named.len();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        text += &format!("{title}: {}{more}\n", named.join(", "));
    }
    format!("{text}{}\n", summary(report))
}

/// One line: how much of what.
pub fn summary(report: &Report) -> String {
    let kept = count(report.summary.unchanged, "resource");
    let refused = match report.refused.len() {
        0 => String::new(),
        many => paint(style::DELETE, format!("; refused for {}", count(many, "reason"))),
    };
    if report.drift {
        return drift(report);
    }
    if report.is_empty() {
        return match report.refused.is_empty() {
            true => format!("No changes: {kept} as declared"),
            false => format!("Plan: nothing can be done; {kept} unchanged{refused}"),
        };
    }
    let counts = report
        .summary
        .actions()
        .map(|(action, count)| paint(style::of(action), format!("{count} to {action}")));
    format!("Plan: {}; {kept} unchanged{refused}", counts.collect::<Vec<_>>().join(", "))
}

/// The same where it is told as drift; without colours.
pub fn drift(report: &Report) -> String {
    let told = report.drifts();
    match told.is_empty() {
        true => format!("No drift: {} as declared", count(report.summary.unchanged, "resource")),
        false => format!("Drift: {told}"),
    }
}

fn title(report: &Report) -> String {
    let Report { stack, region, account, at_stake, .. } = report;
    let of = |stake: &crate::report::model::AtStake| {
        let noun = usize::try_from(stake.count?).ok().filter(|many| *many > 0);
        Some(format!("; {} in {}", count(noun?, &stake.noun), plain(&stake.address)))
    };
    let stakes: String = at_stake.iter().filter_map(of).collect();
    format!("{} in {region} of {account}{stakes}\n", paint(STRONG, plain(stack)))
}

fn sign(severity: Severity) -> &'static str {
    match severity {
        Severity::Danger => "!",
        Severity::Caution => "?",
    }
}

fn of(severity: Severity) -> anstyle::Style {
    match severity {
        Severity::Danger => style::DELETE.bold(),
        Severity::Caution => style::UPDATE,
    }
}

/// Every risk on a line of its own, aligned.
fn risks(report: &Report) -> String {
    if report.risks.is_empty() {
        return String::new();
    }
    let titles = report.risks.iter().map(|risk| risk.kind.title().len());
    let width = titles.max().unwrap_or_default();
    let mut text = format!("\n{}\n", paint(STRONG, "Look at these first:"));
    for risk in &report.risks {
        let title = format!("{} {:width$}", sign(risk.severity), risk.kind.title());
        text += &format!(
            "  {}  {}: {}\n",
            paint(of(risk.severity), title),
            plain(&risk.address),
            plain(&risk.message)
        );
    }
    text
}

fn by_resource(report: &Report, width: Option<usize>) -> String {
    let addresses: Vec<String> = report.changes.iter().map(|c| plain(&c.address)).collect();
    let longest = change::widest(addresses.iter().map(String::as_str));
    let mut text = if addresses.is_empty() { String::new() } else { "\n".to_owned() };
    for (change, address) in report.changes.iter().zip(&addresses) {
        let style = style::of(change.action);
        let what = format!("{} {:7}", style::sign(change.action), change.action.to_string());
        let paths: Vec<String> = change.told().map(|setting| plain(&setting.path)).collect();
        let room = width.unwrap_or(change::WIDE).saturating_sub(longest + 14).max(20);
        let paths = match (change.action, &change.goes_with) {
            (_, Some(parent)) => format!("goes with {}", plain(parent)),
            (Action::Update | Action::Replace, None) => change::cut(&paths.join(", "), room),
            (Action::Create | Action::Delete, None) => String::new(),
        };
        let line = format!("  {} {}  {paths}", paint(style, what), pad(address, longest));
        text += line.trim_end();
        text += "\n";
    }
    text
}

fn by_kind(report: &Report) -> String {
    let mut counts: BTreeMap<(&str, Action), Vec<&Change>> = BTreeMap::new();
    for change in &report.changes {
        counts.entry((&change.kind, change.action)).or_default().push(change);
    }
    let longest = counts.keys().map(|(kind, _)| kind.len()).max().unwrap_or_default();
    let mut text = if counts.is_empty() { String::new() } else { "\n".to_owned() };
    for ((kind, action), changes) in counts {
        let what = format!("{} {:7}", style::sign(action), action.to_string());
        let what = paint(style::of(action), what);
        text += &format!("  {what} {kind:longest$} {:>5}\n", changes.len());
    }
    text
}

/// What is left as it is.
fn notes(report: &Report, short: bool) -> String {
    let mut text = String::new();
    if !report.not_declared.is_empty() && short {
        let count = count(report.not_declared.len(), "setting");
        text += &format!("\n{count} not declared, left as they are\n");
    } else if !report.not_declared.is_empty() {
        text += "\nNot declared, left as it is:\n";
        let names: Vec<String> = report
            .not_declared
            .iter()
            .map(|note| plain(&format!("{} {}", note.address, note.path)))
            .collect();
        let longest = change::widest(names.iter().map(String::as_str)).min(change::NAMES);
        for (note, name) in report.not_declared.iter().zip(&names) {
            text += &format!("  {} = {}\n", pad(name, longest), plain(&note.text()));
        }
    }
    text + &foreign(report, short)
}

/// What is somebody else's: what stays, and what goes along with a resource that is deleted.
fn foreign(report: &Report, short: bool) -> String {
    let (lost, left): (Vec<&Foreign>, Vec<&Foreign>) =
        report.foreign.iter().partition(|foreign| foreign.goes_with.is_some());
    let mut text = String::new();
    for (all, what) in [(left, "left alone"), (lost, "made by hand, lost with what they stand in")]
    {
        if all.is_empty() {
            continue;
        }
        let end = if short { "" } else { ":" };
        text += &format!("\n{} of somebody else, {what}{end}\n", count(all.len(), "resource"));
        for foreign in all.into_iter().filter(|_| !short) {
            let along = foreign.goes_with.iter().map(|parent| format!(" goes with {parent}"));
            let line = foreign.address.clone() + &along.collect::<String>();
            text += &format!("  {}\n", plain(&line));
        }
    }
    text
}
