//! Checks the references that stay in the file until AWS answers.

use crate::resource::{
    Address, Pattern, Piece, Reference, Template, Vocabulary, closing_brace, escape,
};

use super::node::{Node, NodeValue};
use super::problem::{Problem, suggestion};
use super::shape::{Setting, Visit};

/// The words that may start a reference.
const ROOTS: &[&str] = &[
    "user_pool",
    "lambdas",
    "http_api",
    "var",
    "stack",
    "region",
    "account",
    "env",
    "ssm",
    "secret",
];

/// The walk that finds unknown references.
pub struct References<'a> {
    /// The file, for what it declares.
    pub tree: Node,
    /// What can be referred to.
    pub vocabulary: &'a Vocabulary,
    /// What was found.
    pub problems: Vec<Problem>,
}

impl Visit for References<'_> {
    fn text(&mut self, node: &mut Node, setting: &Setting<'_>) -> bool {
        let NodeValue::Text(text) = &node.value else { return false };
        if setting.path.first().is_some_and(|root| root == "vars") {
            return true;
        }
        let text = if setting.policy { escape_policy_variables(text) } else { text.clone() };
        node.value = NodeValue::Text(text.clone());
        let template = match Template::parse(&text) {
            Ok(template) => template,
            Err(error) => {
                let help = if error.inner.contains(':') {
                    Some("IAM's own variables stand in policy documents alone; `$${` is a literal `${`".to_owned())
                } else {
                    suggestion(root_of(&error.inner), ROOTS.iter().copied())
                };
                self.problems.push(
                    Problem::new(node.at.clone(), error.reason)
                        .help_if(help)
                        .rule("malformed-reference"),
                );
                return false;
            }
        };
        let mut plain = true;
        for piece in template.pieces() {
            plain &= matches!(piece, Piece::Literal(_));
            if let Some(problem) = self.piece(piece, node, setting) {
                self.problems.push(problem);
            }
        }
        plain
    }
}

impl References<'_> {
    fn piece(&self, piece: &Piece, node: &Node, setting: &Setting<'_>) -> Option<Problem> {
        let first = setting.path.first().map(String::as_str);
        let identity = setting.path.len() == 1
            && matches!(first, Some("stack" | "region" | "account" | "extends" | "expires"));
        if identity && !matches!(piece, Piece::Literal(_)) {
            let message = format!("`{}` may hold `${{var.…}}` alone", setting.path[0]);
            return Some(Problem::new(node.at.clone(), message).rule("no-reference-here"));
        }
        match piece {
            // An unknown variable was found when the variables were filled in.
            Piece::Output(reference) if reference.address.segments()[0] == "var" => None,
            Piece::Output(reference) => self.output(reference, node, setting),
            piece if piece.is_secret() && !setting.sensitive => {
                let name = setting.path.last().map_or("", String::as_str);
                let message = format!("`{piece}` is a secret, and `{name}` is shown in plans");
                let help = "secrets stand in passwords, client secrets and a function's environment; \
                    for anything else use `--var`";
                Some(Problem::new(node.at.clone(), message).help(help).rule("secret-would-show"))
            }
            _ => None,
        }
    }

    fn output(&self, reference: &Reference, node: &Node, setting: &Setting<'_>) -> Option<Problem> {
        let Reference { address, output } = reference;
        let problem =
            |message: String| Problem::new(node.at.clone(), message).rule("unknown-reference");
        let root = root_of(address.segments().first().map_or("", String::as_str)).to_owned();
        if !ROOTS.contains(&root.as_str()) {
            let message = format!("`${{{reference}}}` is not known");
            return Some(problem(message).help_if(suggestion(&root, ROOTS.iter().copied())));
        }
        let place = self.vocabulary.0.iter().find(|(pattern, _)| pattern.matches(address));
        let Some((pattern, outputs)) = place else {
            let message = format!("`${{{reference}}}` is not known: `{address}` has no outputs");
            return Some(problem(message).help_if(self.known_below(&root)));
        };
        if let Some(help) = self.undeclared(address, *pattern) {
            let message =
                format!("`${{{reference}}}` is not known: the file declares no `{address}`");
            return Some(problem(message).help_if(help));
        }
        let Some(known) = outputs.iter().find(|known| known.name == output) else {
            let message = format!("`{address}` has no output `{output}`");
            let names = outputs.iter().map(|output| output.name);
            return Some(problem(message).help_if(suggestion(output, names)));
        };
        (known.sensitive && !setting.sensitive).then(|| {
            problem(format!("`${{{reference}}}` is a secret, and this setting is shown in plans"))
                .help("secrets stand in a function's environment")
                .rule("secret-would-show")
        })
    }

    /// Whether the file lacks the resource; then, what it has instead.
    fn undeclared(&self, address: &Address, pattern: Pattern) -> Option<Option<String>> {
        let parts: Vec<&str> = pattern.0.split('.').collect();
        let named = parts.iter().rposition(|part| *part == "*").unwrap_or(parts.len() - 1);
        let segments: Vec<&str> = address.segments().iter().map(String::as_str).collect();
        let needed = &segments[..=named];
        let is_there = |node: &Node| !matches!(node.value, NodeValue::Null);
        if self.tree.find(needed.iter().copied()).is_some_and(is_there) {
            return None;
        }
        let (last, above) = needed.split_last()?;
        let siblings = self.tree.find(above.iter().copied()).map_or(&[][..], Node::entries);
        let names: Vec<&str> = siblings.iter().map(|(key, _)| key.text.as_str()).collect();
        Some(if above.is_empty() { None } else { suggestion(last, names) })
    }

    /// An example of what can be referred to below a root.
    fn known_below(&self, root: &str) -> Option<String> {
        let all: Vec<String> = self.vocabulary.0.iter().map(|(p, _)| p.0.to_owned()).collect();
        let below = all.iter().filter(|place| place.starts_with(root)).map(String::as_str);
        let list: Vec<String> = below.map(|place| format!("`{place}`")).collect();
        (!list.is_empty()).then(|| format!("what has outputs: {}", list.join(", ")))
    }
}

/// The first word of a reference's inside.
fn root_of(inner: &str) -> &str {
    inner.split(['.', '[']).next().unwrap_or(inner)
}

/// Escapes IAM's own variables (`${aws:username}`, `${*}`, `${?}`, `${$}`): they are AWS's to fill in.
fn escape_policy_variables(text: &str) -> String {
    let mut escaped = String::new();
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        escaped += before;
        let inner = closing_brace(&from[2..]).map_or("", |end| &from[2..end + 2]);
        let policy_variable = matches!(inner, "*" | "?" | "$")
            || (inner.contains(':') && !ROOTS.contains(&root_of(inner)));
        if policy_variable && !before.ends_with('$') {
            escaped += &escape("${");
        } else {
            escaped += "${";
        }
        rest = &from[2..];
    }
    escaped + rest
}
