//! Every rule: a file that breaks it and nothing else, what is printed, and the file right next to it
//! that is accepted.

mod client;
mod file;
mod function;
mod http_api;
mod pool;
mod sizes;

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use provision::aws::kinds;
use provision::report;
use provision::spec::{Options, load_text};
use regex::Regex;

/// What breaks a rule, and what does not.
pub struct Case {
    /// The rule's name.
    pub rule: &'static str,
    /// A stack file without its name that breaks the rule and no other.
    pub wrong: &'static str,
    /// The same without what is wrong.
    pub right: &'static str,
}

/// A case of the table.
pub const fn case(rule: &'static str, wrong: &'static str, right: &'static str) -> Case {
    Case { rule, wrong, right }
}

const ALL: &[(&str, &[Case])] = &[
    ("pool", pool::CASES),
    ("client", client::CASES),
    ("function", function::CASES),
    ("http_api", http_api::CASES),
    ("file", file::CASES),
];

/// The rules that a file breaks, and what is printed.
fn check(text: &str) -> (Vec<&'static str>, String) {
    // A file may say its own name, where that is what it is about.
    let text =
        if text.contains("stack:") { text.to_owned() } else { format!("stack: demo\n{text}") };
    match load_text(Path::new("demo.yaml"), &text, &Options::default(), &kinds::vocabulary()) {
        Ok(_) => (Vec::new(), String::new()),
        Err(problems) => {
            let rules = problems.problems.iter().map(|p| p.rule.unwrap_or("no name")).collect();
            (rules, report::problems::text(&problems, false))
        }
    }
}

#[test]
fn every_rule_is_broken_by_its_case_alone_and_what_is_next_to_it_is_accepted() {
    for (part, cases) in ALL {
        let mut text = String::new();
        for Case { rule, wrong, right } in *cases {
            let (broken, printed) = check(wrong);
            assert_eq!(broken, [*rule], "{wrong}\n{printed}");
            assert!(printed.starts_with(&format!("error[{rule}]: ")), "{printed}");
            // What must stand there is in the message itself.
            let is_told = ["wrong-form", "out-of-range", "too-long"].contains(rule);
            assert!(
                is_told || printed.contains("= help: "),
                "{rule} says nothing of what to write:\n{printed}"
            );
            let _ = writeln!(text, "{printed}");
            let (broken, printed) = check(right);
            assert!(broken.is_empty(), "{rule}: {right}\n{printed}");
        }
        insta::assert_snapshot!(*part, text);
    }
}

#[test]
fn one_more_than_the_most_is_refused() {
    let mut text = String::new();
    for (rule, wrong, right) in sizes::cases() {
        let (broken, printed) = check(&wrong);
        assert_eq!(broken, [rule], "{printed}");
        // The lines that it is about are too long to read.
        let of_interest = |line: &&str| line.starts_with("error") || line.contains("= help: ");
        printed.lines().filter(of_interest).for_each(|line| text += &format!("{line}\n"));
        let (broken, printed) = check(&right);
        assert!(broken.is_empty(), "{rule}: {printed}");
    }
    insta::assert_snapshot!(text);
}

/// Every name in hyphens that stands in quotes in the reader of stack files is that of a rule.
fn names() -> BTreeSet<String> {
    fn walk(folder: &Path, names: &mut BTreeSet<String>) {
        let name = Regex::new("\"([a-z]+(-[a-z]+)+)\"").unwrap();
        for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                walk(&entry.path(), names);
            } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(entry.path()).unwrap();
                // Not what a type says of itself to the schema, and not tests.
                let text = text.split("#[cfg(test)]").next().unwrap();
                let lines = text.lines().filter(|line| !line.contains("\"x-"));
                for line in lines {
                    names.extend(name.captures_iter(line).map(|found| found[1].to_owned()));
                }
            }
        }
    }
    let mut names = BTreeSet::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/spec");
    walk(&source.join("rules"), &mut names);
    names
}

#[test]
fn every_rule_has_a_case_and_there_are_many() {
    let written = ALL.iter().flat_map(|(_, cases)| *cases).map(|case| case.rule);
    let made = sizes::cases().into_iter().map(|(rule, _, _)| rule);
    let tested: BTreeSet<String> = written.chain(made).map(str::to_owned).collect();
    let names = names();
    let without: Vec<_> = names.difference(&tested).collect();
    assert!(without.is_empty(), "rules without a case: {without:?}");
    assert!(names.len() >= 80, "{} rules", names.len());
}
