//! What GitHub's and GitLab's parser makes of a plan. GitLab renders with this very parser; it is the
//! port of GitHub's.

use comrak::nodes::{NodeValue, TableAlignment};
use comrak::{Arena, Options, parse_document};
use proptest::prelude::*;

use super::*;
use crate::report::made;
use crate::report::style::plain;

/// GitHub's limit, in characters.
const GITHUB: usize = 65_536;

/// What a parser found in a document.
#[derive(Debug, Default)]
struct Parsed {
    /// Each table: how many columns, and how many rows below its head.
    tables: Vec<(usize, usize)>,
    /// What stands in code spans.
    codes: Vec<String>,
    /// The languages of fences.
    fences: Vec<String>,
    /// Everything that is text.
    text: String,
    /// The headings' levels.
    headings: Vec<u8>,
    /// The tags of raw HTML, in their order.
    tags: Vec<String>,
    /// What must not be there.
    alien: Vec<String>,
}

fn options() -> Options<'static> {
    let mut options = Options::default();
    let extension = &mut options.extension;
    extension.table = true;
    extension.strikethrough = true;
    extension.autolink = true;
    extension.tasklist = true;
    extension.footnotes = true;
    extension.alerts = true;
    extension.math_dollars = true;
    options.render.r#unsafe = true;
    options
}

fn parse(markdown: &str) -> Parsed {
    let arena = Arena::new();
    let options = options();
    let root = parse_document(&arena, markdown, &options);
    let mut parsed = Parsed::default();
    for node in root.descendants() {
        match &node.data().value {
            NodeValue::Table(table) => {
                assert_eq!(table.alignments, vec![TableAlignment::None; table.num_columns]);
                let rows = node.children().count() - 1;
                for row in node.children() {
                    assert_eq!(row.children().count(), table.num_columns, "a row's cells");
                }
                parsed.tables.push((table.num_columns, rows));
            }
            NodeValue::Code(code) => parsed.codes.push(code.literal.clone()),
            NodeValue::CodeBlock(block) => {
                assert!(block.fenced && block.closed, "{}", block.literal);
                parsed.fences.push(block.info.clone());
            }
            NodeValue::Text(text) => parsed.text += &format!("{text}\n"),
            NodeValue::Heading(heading) => parsed.headings.push(heading.level),
            NodeValue::HtmlBlock(block) => parsed.tags.extend(tags(&block.literal)),
            NodeValue::Document
            | NodeValue::Paragraph
            | NodeValue::Strong
            | NodeValue::SoftBreak
            | NodeValue::LineBreak
            | NodeValue::List(_)
            | NodeValue::Item(_)
            | NodeValue::Alert(_)
            | NodeValue::TableRow(_)
            | NodeValue::TableCell => {}
            other => parsed.alien.push(format!("{other:?}")),
        }
    }
    parsed
}

/// The tags of a piece of HTML; a comment is one.
fn tags(html: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        let end = rest[at..].find('>').unwrap_or(rest.len() - at - 1);
        found.push(rest[at..=at + end].to_owned());
        rest = &rest[at + end + 1..];
    }
    found
}

/// Holds what a parser makes of a plan against what it must be.
fn check(report: &Report) -> Parsed {
    let markdown = plan(report, false);
    assert!(markdown.len() <= GITHUB, "{} bytes", markdown.len());
    let parsed = parse(&markdown);
    let shown = || format!("{parsed:?}\n{markdown}");
    assert!(parsed.alien.is_empty(), "{:?}\n{}", parsed.alien, shown());
    let [marker, tags @ ..] = &parsed.tags[..] else { panic!("{}", shown()) };
    assert_eq!(*marker, super::marker(report));
    let mut open: Vec<&str> = Vec::new();
    for tag in tags {
        match tag.as_str() {
            "<details>" | "<details open>" => {
                assert!(open.is_empty(), "{}", shown());
                open.push("details");
            }
            "<summary>" => open.push("summary"),
            "<code>" => open.push("code"),
            "</code>" => assert_eq!(open.pop(), Some("code"), "{}", shown()),
            "</summary>" => assert_eq!(open.pop(), Some("summary"), "{}", shown()),
            "</details>" => assert_eq!(open.pop(), Some("details"), "{}", shown()),
            other => panic!("{other}: {}", shown()),
        }
    }
    assert!(open.is_empty(), "{}", shown());
    let expected = if report.refused.is_empty() { &[3][..] } else { &[3, 4] };
    assert_eq!(parsed.headings, expected, "{}", shown());
    assert!(parsed.fences.iter().all(|f| ["diff", "yaml", "mermaid"].contains(&f.as_str())));
    // What a site looks for in text, after it was rendered: mentions and references.
    let letters: Vec<char> = parsed.text.chars().collect();
    for pair in letters.windows(2) {
        let acts = matches!(pair[0], '@' | '#' | '!' | '~' | '%') && pair[1].is_alphanumeric();
        assert!(!acts, "{}{}: {}", pair[0], pair[1], shown());
    }
    parsed
}

/// Holds so many made plans against what a comment must be.
fn hold(cases: u32, seed: u8) {
    let checked = made::runner(cases, seed).run(&made::plan(), |plan| {
        let report = Report::new(&plan, &made::headline());
        let parsed = check(&report);
        let all = (3, report.changes.len());
        prop_assert!(report.changes.is_empty() || parsed.tables.contains(&all), "{parsed:?}");
        for change in &report.changes {
            let address = plain(&cut(&change.address, NAME));
            prop_assert!(parsed.codes.contains(&address), "{address}: {:?}", parsed.codes);
        }
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn any_plan_is_well_formed_and_its_texts_stay_texts() {
    hold(300, 0);
}

/// `cargo test --lib any_of_many_plans -- --ignored`: some minutes.
#[test]
#[ignore = "a campaign"]
fn any_of_many_plans_is_well_formed() {
    (1..=20).for_each(|seed| hold(1_000, seed));
}

#[test]
fn a_plan_of_any_size_fits_and_says_what_is_left_out() {
    for (changes, settings) in [(40, 3), (500, 10), (5_000, 2), (30, 900)] {
        let report = made::large(changes, settings);
        let markdown = plan(&report, false);
        let parsed = check(&report);
        let shown = parsed.fences.iter().filter(|fence| *fence == "diff").count();
        assert!(shown > 0 && markdown.len() > 20_000, "{changes}: {shown}, {}", markdown.len());
        let with_details = changes - changes / 4;
        let left_out = with_details - shown;
        let says = format!("The details of {left_out} changes are left out here");
        assert_eq!(left_out > 0, markdown.contains(&says), "{changes} {left_out}");
        let (_, rows) = parsed.tables[0];
        let says = format!("… and {} further changes;", changes - rows);
        assert_eq!(rows < changes, markdown.contains(&says), "{changes} {rows}");
    }
}

#[test]
fn a_comment_is_found_again_by_stack_account_and_region() {
    let marker = super::marker(&made::large(1, 1));
    assert_eq!(marker, "<!-- provision:stack=demo account=123456789012 region=us-east-1 -->");
    assert!(plan(&made::large(3, 1), false).starts_with(&marker));
}

#[test]
fn a_short_plan_has_no_details() {
    let report = made::large(4, 2);
    assert!(plan(&report, false).contains("```diff") || plan(&report, false).contains("````diff"));
    assert!(!plan(&report, true).contains("diff"));
}
