//! A document as it is and as it is to be, side by side, line by line.

use crate::report::model::{Line, Sign};
use crate::report::style::plain;
use crate::spec::count;

use super::escape::text;

/// A row of the table.
#[derive(Debug, PartialEq, Eq)]
pub enum Pair<'a> {
    /// A line that stays.
    Same(&'a str),
    /// A line that goes and one that comes in its place; either may be missing.
    Changed(Option<&'a str>, Option<&'a str>),
    /// So many lines that stay are left out.
    Skipped(usize),
}

/// The lines in rows: what goes next to what comes in its place.
pub fn pairs(lines: &[Line]) -> Vec<Pair<'_>> {
    let mut pairs = Vec::new();
    let (mut old, mut new): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for line in lines {
        match line.sign {
            // What goes stands before what comes in its place; after that, a new piece begins.
            Sign::Removed if new.is_empty() => old.push(&line.text),
            Sign::Removed => {
                join(&mut pairs, &mut old, &mut new);
                old.push(&line.text);
            }
            Sign::Added => new.push(&line.text),
            Sign::Same => {
                join(&mut pairs, &mut old, &mut new);
                pairs.push(Pair::Same(&line.text));
            }
            Sign::Skipped(many) => {
                join(&mut pairs, &mut old, &mut new);
                pairs.push(Pair::Skipped(many));
            }
        }
    }
    join(&mut pairs, &mut old, &mut new);
    pairs
}

fn join<'a>(pairs: &mut Vec<Pair<'a>>, old: &mut Vec<&'a str>, new: &mut Vec<&'a str>) {
    for at in 0..old.len().max(new.len()) {
        pairs.push(Pair::Changed(old.get(at).copied(), new.get(at).copied()));
    }
    old.clear();
    new.clear();
}

/// A document's difference as a table; of one that comes or goes as a whole, its one side.
pub fn table(lines: &[Line]) -> String {
    let has = |sign| lines.iter().any(|line| line.sign == sign);
    let stays = lines.iter().any(|line| matches!(line.sign, Sign::Same | Sign::Skipped(_)));
    let (before, after) = (stays || has(Sign::Removed), stays || has(Sign::Added));
    let heads: String = [(before, "Before"), (after, "After")]
        .iter()
        .filter(|(is, _)| *is)
        .map(|(_, head)| format!("<th scope=\"col\" colspan=\"2\">{head}</th>"))
        .collect();
    let mut rows = String::new();
    for pair in pairs(lines) {
        rows += &match pair {
            Pair::Skipped(many) => {
                let lines = count(many, "line");
                format!("<tr class=\"skipped\"><td colspan=\"4\">{lines} unchanged</td></tr>\n")
            }
            Pair::Same(line) => {
                let line = text(line);
                format!(
                    "<tr><td class=\"s\"></td><td>{line}</td>\
                     <td class=\"s again\"></td><td class=\"again\">{line}</td></tr>\n"
                )
            }
            Pair::Changed(old, new) => {
                let (gone, come) = marked(old, new);
                let old = gone.filter(|_| before);
                let new = come.filter(|_| after);
                let mut cells = String::new();
                if before {
                    cells += &cell(old, "gone", "−", "del");
                }
                if after {
                    cells += &cell(new, "come", "+", "ins");
                }
                format!("<tr>{cells}</tr>\n")
            }
        };
    }
    let (one, columns) = match before && after {
        true => ("", "<col class=\"s\"><col><col class=\"s\"><col>"),
        false => (" one", "<col class=\"s\"><col>"),
    };
    format!(
        "<table class=\"diff{one}\">\n<colgroup>{columns}</colgroup>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n\
         </table>\n"
    )
}

/// A line's sign and the line, which is escaped already.
fn cell(line: Option<String>, class: &str, sign: &str, tag: &str) -> String {
    match line {
        Some(line) => format!(
            "<td class=\"s {class}\">{sign}</td><td class=\"{class}\"><{tag}>{line}</{tag}></td>"
        ),
        None => "<td class=\"s none\"></td><td class=\"none\"></td>".to_owned(),
    }
}

/// Both lines escaped, with what of them is another marked where most of them is the same.
fn marked(old: Option<&str>, new: Option<&str>) -> (Option<String>, Option<String>) {
    let (Some(old), Some(new)) = (old, new) else {
        return (old.map(text), new.map(text));
    };
    // As they are shown, so that nothing is cut up that is shown as one.
    let (old, new): (Vec<char>, Vec<char>) =
        (plain(old).chars().collect(), plain(new).chars().collect());
    let same = |(a, b): &(&char, &char)| a == b;
    let front = old.iter().zip(&new).take_while(same).count();
    let rest = old.len().min(new.len()) - front;
    let back = old.iter().rev().zip(new.iter().rev()).take(rest).take_while(same).count();
    let shared = old[..front].iter().chain(&old[old.len() - back..]);
    let shared = shared.filter(|letter| !letter.is_whitespace()).count();
    let is_much = 3 * shared >= old.len().max(new.len());
    let one = |line: &[char]| {
        let part = |letters: &[char]| text(&letters.iter().collect::<String>());
        let (changed, end) = (&line[front..line.len() - back], &line[line.len() - back..]);
        match is_much && !changed.is_empty() {
            true => {
                format!("{}<mark>{}</mark>{}", part(&line[..front]), part(changed), part(end))
            }
            false => part(line),
        }
    };
    (Some(one(&old)), Some(one(&new)))
}
