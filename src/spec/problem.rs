//! Problems of a stack file, each with its place.

use std::path::PathBuf;

use super::node::Place;

/// One thing wrong with a stack file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong: a sentence without its full stop, naming the offending text.
    pub message: String,
    /// Where.
    pub at: Place,
    /// What to write instead.
    pub help: Option<String>,
    /// The name of the rule that is broken, as `mfa-needs-factor`: it never changes, to be searched
    /// for.
    pub rule: Option<&'static str>,
}

impl Problem {
    /// A problem at a place.
    pub fn new(at: Place, message: impl Into<String>) -> Self {
        Self { message: message.into(), at, help: None, rule: None }
    }

    /// Names the rule that is broken.
    pub fn rule(mut self, name: &'static str) -> Self {
        self.rule = Some(name);
        self
    }

    /// Adds what to write instead.
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds what to write instead, where something is known.
    pub fn help_if(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The path as it was given.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
}

/// The files that were read; a [`Place`] points into them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources(pub Vec<Source>);

impl Sources {
    /// Line and column, both from 1, of the start of a place.
    pub fn line_and_column(&self, at: &Place) -> (usize, usize) {
        let text = self.0.get(at.file).map_or("", |source| source.text.as_str());
        let before = text.get(..at.range.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

/// Every problem of a stack file, in the order of their places, and the files they point into.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} in the stack file", count(problems.len(), "problem"))]
pub struct Problems {
    /// At least one.
    pub problems: Vec<Problem>,
    /// The files.
    pub sources: Sources,
}

impl Problems {
    /// Sorts the problems by place and drops repetitions.
    pub fn new(mut problems: Vec<Problem>, sources: Sources) -> Self {
        problems.sort_by_key(|p| (p.at.file, p.at.range.start, p.at.range.end, p.message.clone()));
        problems.dedup();
        Self { problems, sources }
    }
}

/// `1 problem`, `2 problems`
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// The longest word that is compared with others.
const LONGEST_WORD: usize = 200;

/// The most words that one is compared with.
const MOST_CANDIDATES: usize = 200;

/// The most words that are listed.
const MOST_LISTED: usize = 40;

/// The candidate that `text` most likely was meant to be.
///
/// A text of more than [`LONGEST_WORD`] bytes is nobody's slip of the pen, and of thousands of
/// candidates only the first are looked at: comparing takes its time.
pub fn nearest<'a>(text: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if text.len() > LONGEST_WORD {
        return None;
    }
    let candidates =
        candidates.into_iter().filter(|c| c.len() <= LONGEST_WORD).take(MOST_CANDIDATES);
    let distance = |candidate: &str| {
        strsim::damerau_levenshtein(&text.to_lowercase(), &candidate.to_lowercase())
    };
    let close = |candidate: &str, distance: usize| {
        distance <= (candidate.chars().count().max(text.chars().count()) / 3).max(1)
    };
    // Whoever wrote the beginning of a word meant that word.
    let begins = |candidate: &str| text.chars().count() > 3 && candidate.starts_with(text);
    let ranked = candidates.map(|c| (!begins(c), distance(c), c));
    let ranked = ranked.filter(|(other, distance, c)| !other || close(c, *distance));
    ranked.min().map(|(_, _, candidate)| candidate)
}

/// `did you mean …`, or the list of what may stand there.
pub fn suggestion<'a>(
    text: &str,
    candidates: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<String> {
    if let Some(near) = nearest(text, candidates.clone()) {
        return Some(format!("did you mean `{near}`?"));
    }
    let mut candidates = candidates.into_iter();
    let mut all: Vec<String> =
        candidates.by_ref().take(MOST_LISTED).map(|c| format!("`{c}`")).collect();
    all.extend(candidates.next().map(|_| "…".to_owned()));
    (!all.is_empty()).then(|| format!("what may stand here: {}", all.join(", ")))
}
