//! What a browser's parser makes of a page.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind;
use html5ever::tokenizer::{
    BufferQueue, Tag, TagKind, Token, TokenSink, TokenSinkResult, Tokenizer,
};
use proptest::prelude::*;

use super::*;
use crate::report::made;
use crate::report::model::{Change, Line, Sign};
use crate::report::style::plain;

/// The elements of a page, and those that nothing stands in.
const ELEMENTS: &[&str] = &[
    "html", "head", "title", "style", "script", "body", "header", "nav", "main", "section",
    "footer", "h1", "h2", "h3", "h4", "p", "a", "ul", "li", "dl", "dt", "dd", "div", "span",
    "strong", "code", "pre", "table", "thead", "tbody", "tr", "th", "td", "details", "summary",
    "del", "ins", "mark", "colgroup", "label", "button", "output", "svg", "defs", "marker", "g",
    "text",
];
const EMPTY: &[&str] = &["meta", "br", "col", "input", "path", "rect"];

/// The attributes of a page: none that loads or runs anything.
const ATTRIBUTES: &[&str] = &[
    "aria-hidden",
    "aria-label",
    "aria-labelledby",
    "aria-live",
    "aria-pressed",
    "autocomplete",
    "charset",
    "class",
    "colspan",
    "content",
    "d",
    "data-action",
    "data-filter",
    "data-risky",
    "for",
    "height",
    "hidden",
    "href",
    "http-equiv",
    "id",
    "lang",
    "marker-end",
    "markerHeight",
    "markerWidth",
    "markerheight",
    "markerwidth",
    "name",
    "open",
    "orient",
    "refx",
    "refy",
    "role",
    "rx",
    "scope",
    "spellcheck",
    "tabindex",
    "type",
    "viewbox",
    "width",
    "x",
    "y",
];

/// What a parser found in a page.
#[derive(Debug, Default)]
struct Parsed {
    /// How often each element is there.
    elements: BTreeMap<String, usize>,
    /// What is open where the parser is.
    open: Vec<String>,
    ids: BTreeSet<String>,
    /// What refers to an id.
    targets: BTreeSet<String>,
    /// The levels of the headings.
    headings: Vec<u32>,
    /// What stands in `code`.
    codes: BTreeSet<String>,
    /// What stands where the parser is, within `code`.
    code: String,
    style: String,
    script: String,
    /// Everything else that is text.
    text: String,
}

impl Parsed {
    fn start(&mut self, tag: &Tag) {
        let name = tag.name.to_string();
        let is_empty = EMPTY.contains(&name.as_str());
        assert!(is_empty || ELEMENTS.contains(&name.as_str()), "<{name}>");
        assert!(!tag.had_duplicate_attributes, "{tag:?}");
        *self.elements.entry(name.clone()).or_default() += 1;
        for attribute in &tag.attrs {
            let (key, value) = (attribute.name.local.to_string(), attribute.value.to_string());
            assert!(ATTRIBUTES.contains(&key.as_str()), "<{name} {key}>");
            match key.as_str() {
                "id" => assert!(self.ids.insert(value.clone()), "{value} is there twice"),
                "for" | "aria-labelledby" => {
                    self.targets.insert(value);
                }
                "href" => {
                    let target = value.strip_prefix('#').unwrap_or_else(|| panic!("{value}"));
                    self.targets.insert(target.to_owned());
                }
                _ => {}
            }
        }
        if let Some(level) = name.strip_prefix('h').and_then(|level| level.parse().ok()) {
            self.headings.push(level);
        }
        if name == "code" {
            self.code.clear();
        }
        if !is_empty {
            self.open.push(name);
        }
    }

    fn end(&mut self, tag: &Tag) {
        assert_eq!(self.open.pop().as_deref(), Some(&*tag.name), "{:?}", self.open);
        if &*tag.name == "code" {
            self.codes.insert(std::mem::take(&mut self.code));
        }
    }

    fn text(&mut self, text: &str) {
        match self.open.last().map(String::as_str) {
            Some("style") => self.style += text,
            Some("script") => self.script += text,
            Some("code") => self.code += text,
            _ => self.text += text,
        }
    }
}

struct Sink(RefCell<Parsed>);

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut parsed = self.0.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                parsed.start(&tag);
                match &*tag.name {
                    "style" => return TokenSinkResult::RawData(RawKind::Rawtext),
                    "script" => return TokenSinkResult::RawData(RawKind::ScriptData),
                    _ => {}
                }
            }
            Token::TagToken(tag) => parsed.end(&tag),
            Token::CharacterTokens(text) => parsed.text(&text),
            Token::DoctypeToken(_) | Token::EOFToken => {}
            Token::CommentToken(_) | Token::NullCharacterToken | Token::ParseError(_) => {
                panic!("{token:?}")
            }
        }
        TokenSinkResult::Continue
    }
}

/// Holds what a parser makes of a page against what every page must be.
fn check(report: &Report) -> Parsed {
    let queue = BufferQueue::default();
    queue.push_back(StrTendril::from(plan(report)));
    let tokenizer = Tokenizer::new(Sink(RefCell::default()), Default::default());
    let _ = tokenizer.feed(&queue);
    tokenizer.end();
    let parsed = tokenizer.sink.0.into_inner();
    assert_eq!(parsed.open, Vec::<String>::new());
    assert_eq!(parsed.style.trim(), STYLE.trim(), "the styles are the same in every page");
    assert_eq!(parsed.script.trim(), SCRIPT.trim(), "so is the script");
    let lost: Vec<&String> = parsed.targets.difference(&parsed.ids).collect();
    assert!(lost.is_empty(), "nothing has these ids: {lost:?}");
    assert_eq!(parsed.headings.first(), Some(&1));
    assert_eq!(parsed.headings.iter().filter(|level| **level == 1).count(), 1);
    let steps = parsed.headings.windows(2);
    assert!(steps.into_iter().all(|pair| pair[1] <= pair[0] + 1), "{:?}", parsed.headings);
    parsed
}

#[test]
fn any_plan_is_a_well_formed_page_and_its_texts_stay_texts() {
    let checked = made::runner(200, 2).run(&made::plan(), |plan| {
        let report = Report::new(&plan, &made::headline());
        let parsed = check(&report);
        let folded = [&report.not_declared.is_empty(), &report.foreign.is_empty()];
        let folded = folded.iter().filter(|empty| !**empty).count();
        let unchanged = usize::from(!report.unchanged.is_empty());
        let all = report.changes.len() + folded + unchanged;
        prop_assert_eq!(parsed.elements.get("details").copied().unwrap_or_default(), all);
        let told = report.changes.iter().flat_map(Change::told);
        let paths = told.map(|setting| &setting.path);
        let names = report.changes.iter().map(|change| &change.address).chain(paths);
        prop_assert!(parsed.text.contains("Plan for demo"), "{}", parsed.text);
        for name in names {
            prop_assert!(parsed.codes.contains(&plain(name)), "{name:?}: {:?}", parsed.codes);
        }
        Ok(())
    });
    checked.unwrap();
}

#[test]
fn a_page_of_any_size_tells_all_and_is_made_at_once() {
    for (changes, settings) in [(40, 3), (500, 10), (30, 900)] {
        let report = made::large(changes, settings);
        let parsed = check(&report);
        // One line for each in the table, and one block.
        assert_eq!(parsed.elements["h3"], changes);
        assert!(parsed.ids.contains(&format!("r{}", changes - 1)));
        let boxes = parsed.elements.get("svg").copied().unwrap_or_default();
        assert_eq!(boxes, usize::from(changes <= 200), "too much to look at is not drawn");
    }
}

#[test]
fn a_document_stands_side_by_side_and_the_changed_words_of_a_line_are_marked() {
    let line = |sign, text: &str| Line { sign, text: text.to_owned() };
    let table = diff::table(&[
        line(Sign::Skipped(2), ""),
        line(Sign::Same, "Effect: Allow"),
        line(Sign::Removed, "Action: cognito-idp:Get"),
        line(Sign::Added, "Action: cognito-idp:*"),
        line(Sign::Added, "Resource: <all>"),
    ]);
    insta::assert_snapshot!(table);
    let new = diff::table(&[line(Sign::Added, "a")]);
    assert!(new.contains("After") && !new.contains("Before"), "{new}");
}

#[test]
fn a_plan_that_changes_nothing_says_so_and_a_drift_says_drift() {
    let nothing = Report::new(&crate::plan::Plan::default(), &made::headline());
    let page = plan(&nothing);
    check(&nothing);
    assert!(page.contains("No changes: AWS is as the file declares"), "{page}");
    let mut drift = made::large(4, 2);
    drift.drift = true;
    check(&drift);
    assert!(plan(&drift).contains("<h1>Drift of demo</h1>"));
}

#[test]
fn a_page_is_as_it_was() {
    let page = plan(&made::large(4, 2));
    insta::assert_snapshot!(page.replace(STYLE, "…\n").replace(SCRIPT, "…\n"));
}
