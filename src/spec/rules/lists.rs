//! Rules about lists.

use super::Report;
use crate::spec::node::{Node, NodeValue};
use crate::spec::problem::Problem;

/// What holds no settings of AWS: variables of the file's own, and policies, in which repetition
/// does no harm.
const NOT_SETTINGS: &[&str] = &["vars", "inline_policies"];

/// Nothing stands twice in a list: AWS keeps sets, and refuses repetition in some.
pub fn repetition(report: &mut Report<'_>) {
    let mut found = Vec::new();
    walk(&report.loaded.tree, &mut found);
    report.problems.extend(found);
}

fn walk(node: &Node, found: &mut Vec<Problem>) {
    for (_, below) in
        node.entries().iter().filter(|(key, _)| !NOT_SETTINGS.contains(&key.text.as_str()))
    {
        walk(below, found);
    }
    let NodeValue::List(items) = &node.value else { return };
    for (index, item) in items.iter().enumerate() {
        let text = item.scalar();
        if let Some(text) =
            text.filter(|text| items[..index].iter().any(|i| i.scalar().as_ref() == Some(text)))
        {
            let problem = Problem::new(item.at.clone(), format!("`{text}` stands twice"));
            found.push(problem.help("remove one of the two").rule("same-entry"));
        }
        walk(item, found);
    }
}
