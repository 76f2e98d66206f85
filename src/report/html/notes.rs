//! What stands around the changes: refusals, risks, and what is left alone.

use crate::report::model::{Foreign, Report};
use crate::spec::count;

use super::escape::{code, prose, text};
use super::{Page, Part, severity};

/// Why the plan is not carried out, each with what to do and to paste.
pub fn refused(page: &Page<'_>) -> Option<Part> {
    let all = &page.report.refused;
    let mut body = "<ul class=\"cards\">\n".to_owned();
    for refused in all {
        let path = refused.path.as_ref().map(|path| format!(" {}", code(path)));
        body += &format!(
            "<li class=\"card danger\"><p>{}{}: {}</p>\n<p><strong>Instead</strong>: {}</p>\n",
            page.link(&refused.address),
            path.unwrap_or_default(),
            prose(&refused.reason),
            prose(&refused.help)
        );
        if let Some(paste) = &refused.paste {
            let yaml = serde_saphyr::to_string(paste).unwrap_or_default();
            let lines: Vec<String> = yaml.lines().map(text).collect();
            body += &format!(
                "<p>To paste into the stack file:</p>\n\
                 <pre tabindex=\"0\"><code>{}</code></pre>\n",
                lines.join("\n")
            );
        }
        body += "</li>\n";
    }
    part("refused", "Refused", all.len(), body + "</ul>\n")
}

/// What a reviewer must not miss, the gravest first.
pub fn risks(page: &Page<'_>) -> Option<Part> {
    let all = &page.report.risks;
    let mut body = "<ul class=\"cards\">\n".to_owned();
    for risk in all {
        let class = match risk.severity {
            crate::resource::Severity::Danger => "danger",
            crate::resource::Severity::Caution => "caution",
        };
        body += &format!(
            "<li class=\"card {class}\">{} <strong>{}</strong>: {}<br>{}</li>\n",
            severity(risk.severity),
            text(risk.kind.title()),
            page.link(&risk.address),
            prose(&risk.message)
        );
    }
    part("risks", "Look at these first", all.len(), body + "</ul>\n")
}

/// Live settings that the file does not mention.
pub fn not_declared(page: &Page<'_>) -> Option<Part> {
    let all = &page.report.not_declared;
    let mut rows = String::new();
    for note in all {
        rows += &format!(
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>\n",
            page.link(&note.address),
            code(&note.path),
            code(&note.text())
        );
    }
    let body = format!(
        "<p>Live settings that the file does not mention and that are not AWS's default. They stay \
         as they are.</p>\n<details>\n<summary>{}</summary>\n<div class=\"wide\" tabindex=\"0\" \
         role=\"region\" aria-label=\"Not declared\">\n<table class=\"notes\">\n<thead><tr><th scope=\"col\">Resource\
         </th><th scope=\"col\">Setting</th><th scope=\"col\">In AWS</th></tr></thead>\n\
         <tbody>\n{rows}</tbody>\n</table>\n</div>\n</details>\n",
        count(all.len(), "setting")
    );
    part("not-declared", "Not declared", all.len(), body)
}

/// Somebody else's resources: what goes along with a deleted one first.
pub fn foreign(page: &Page<'_>) -> Option<Part> {
    let all = &page.report.foreign;
    let (lost, left): (Vec<&Foreign>, Vec<&Foreign>) =
        all.iter().partition(|foreign| foreign.goes_with.is_some());
    let mut body = String::new();
    for (some, open, what) in
        [(lost, " open", "made by hand, lost with what they stand in"), (left, "", "left alone")]
    {
        if some.is_empty() {
            continue;
        }
        let item = |foreign: &&Foreign| {
            let along = foreign.goes_with.iter();
            let along: String =
                along.map(|parent| format!(" goes with {}", page.link(parent))).collect();
            format!("<li>{} {}{along}</li>\n", code(&foreign.address), text(&foreign.kind))
        };
        body += &format!(
            "<details{open}>\n<summary>{}, {what}</summary>\n<ul class=\"list\">\n{}</ul>\n</details>\n",
            count(some.len(), "resource"),
            some.iter().map(item).collect::<String>()
        );
    }
    part("foreign", "Of somebody else", all.len(), body)
}

/// What is as declared.
pub fn unchanged(report: &Report) -> Option<Part> {
    let all = &report.unchanged;
    let items: String = all.iter().map(|one| format!("<li>{}</li>\n", code(one))).collect();
    let body = format!(
        "<details>\n<summary>{}, as the file declares</summary>\n\
         <ul class=\"list\">\n{items}</ul>\n</details>\n",
        count(all.len(), "resource")
    );
    part("unchanged", "Unchanged", all.len(), body)
}

/// A part that is there where it has something to tell.
fn part(id: &'static str, title: &str, many: usize, body: String) -> Option<Part> {
    (many > 0).then(|| Part { id, title: title.to_owned(), many: Some(many), body })
}
