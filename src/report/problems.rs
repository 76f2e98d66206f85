//! The problems of a stack file, each with its line.

use std::path::Path;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::resource::shown;
use crate::spec::{Problem, Problems, Sources, count};

use super::style::plain;

/// How many problems are shown: nobody reads more, and each looks for its line anew.
const MOST: usize = 100;

/// All problems as a compiler would print them.
pub fn text(problems: &Problems, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for problem in problems.problems.iter().take(MOST) {
        text += &renderer.render(&[group(problem, &problems.sources, Level::ERROR)]).to_string();
        text += "\n\n";
    }
    let first = problems.sources.0.first().map_or_else(String::new, |s| path(&s.path));
    let more = problems.problems.len().saturating_sub(MOST);
    let more = if more > 0 { format!(", of which {more} are not shown") } else { String::new() };
    text + &format!("{} in {first}{more}\n", count(problems.problems.len(), "problem"))
}

/// One problem with the lines that it is about.
pub(super) fn group<'a>(problem: &'a Problem, sources: &'a Sources, level: Level<'a>) -> Group<'a> {
    let title = level.primary_title(shown::lines(&problem.message));
    let title = match problem.rule {
        Some(rule) => title.id(rule),
        None => title,
    };
    let Some(source) = sources.0.get(problem.at.file) else {
        return Group::with_title(title);
    };
    // A place at the very end, or one that is empty, still points at something.
    let end = source.text.len();
    let start = problem.at.range.start.min(end);
    let range = start..problem.at.range.end.clamp(start, end);
    let snippet = Snippet::source(source.text.as_str())
        .path(path(&source.path))
        .annotation(AnnotationKind::Primary.span(range));
    let group = title.element(snippet);
    match &problem.help {
        Some(help) => group.element(Level::HELP.message(shown::lines(help))),
        None => group,
    }
}

/// A file's name may hold anything.
fn path(path: &Path) -> String {
    plain(&path.display().to_string())
}
