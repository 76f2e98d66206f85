//! Rules about resources of others that a file uses: `existing`.

use super::Report;

/// What may be used without being made: the place, and what it is called.
const PLACES: &[(&[&str], &str)] = &[(&["user_pool"], "user pool"), (&["http_api"], "API")];

/// What is somebody else's is read and referred to; nothing of it can be declared.
pub fn existing(report: &mut Report<'_>) {
    let tree = &report.loaded.tree;
    let functions = tree.get("lambdas").map_or(&[][..], |node| node.entries()).iter();
    let functions: Vec<(Vec<&str>, &str)> =
        functions.map(|(key, _)| (vec!["lambdas", key.text.as_str()], "function")).collect();
    let places = PLACES.iter().map(|(path, noun)| (path.to_vec(), *noun)).chain(functions);
    for (path, noun) in places {
        let Some(node) = tree.find(path.iter().copied()) else { continue };
        if node.get("existing").is_none() {
            continue;
        }
        for (key, _) in node.entries().iter().filter(|(key, _)| key.text != "existing") {
            let mut path = path.clone();
            path.push(&key.text);
            let message = format!("`{}` cannot stand beside `existing`", key.text);
            let help = format!(
                "a {noun} of others is read and referred to, never changed: remove one of the two"
            );
            report.rule("beside-existing").at_key(&path, message, help);
        }
    }
}
