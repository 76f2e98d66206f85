//! Rules about resources of others that a file uses: `existing`.

use super::Report;

/// What may be used without being made: the place, and what it is called.
const PLACES: &[(&[&str], &str)] = &[(&["user_pool"], "user pool"), (&["http_api"], "API")];

/// A function that is made needs its code and how to run it.
pub fn needed(report: &mut Report<'_>) {
    let loaded = report.loaded;
    for (key, _) in loaded.stack.functions() {
        for (setting, help) in [
            ("code", "The code: a folder, a file or a `.zip`, relative to this file"),
            ("runtime", "The runtime, as `python3.13` or `nodejs22.x`."),
            ("handler", "What is called: `file.function`."),
        ] {
            if loaded.tree.find(["lambdas", key, setting]).is_none() {
                report.rule("function-incomplete").at(
                    &["lambdas", key],
                    format!("`{key}` needs `{setting}`"),
                    help,
                );
            }
        }
    }
}

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
