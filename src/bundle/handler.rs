use super::Bundle;

pub(super) fn missing(bundle: &Bundle, runtime: &str, handler: &str) -> Option<Vec<String>> {
    if handler.starts_with('/') {
        return None;
    }
    if runtime.starts_with("python") {
        missing_python(bundle, handler)
    } else if runtime.starts_with("nodejs") {
        missing_node(bundle, handler)
    } else {
        None
    }
}

// The runtime splits at the last dot, reads `/` as `.`, and imports the module.
fn missing_python(bundle: &Bundle, handler: &str) -> Option<Vec<String>> {
    let Some((module, _function)) = handler.rsplit_once('.') else { return Some(Vec::new()) };
    let module = module.replace('.', "/");
    let candidates = vec![format!("{module}.py"), format!("{module}/__init__.py")];
    let found = candidates.iter().any(|path| bundle.has(path)) || has_extension(bundle, &module);
    (!found).then_some(candidates)
}

// A compiled module's name carries interpreter and platform: `mod.cpython-313-x86_64-linux-gnu.so`.
fn has_extension(bundle: &Bundle, module: &str) -> bool {
    bundle.entries.iter().any(|entry| {
        entry.path.strip_prefix(module).is_some_and(|rest| {
            rest.starts_with('.') && rest.ends_with(".so") && !rest.contains('/')
        })
    })
}

// The runtime splits the last part of the path at its first dot: `dir/index.api.get` is `api.get`
// of `dir/index`.
fn missing_node(bundle: &Bundle, handler: &str) -> Option<Vec<String>> {
    let handler = handler.strip_prefix("./").unwrap_or(handler);
    let file_start = handler.rfind('/').map_or(0, |slash| slash + 1);
    let Some(dot) = handler[file_start..].find('.') else { return Some(Vec::new()) };
    let module = &handler[..file_start + dot];
    let candidates = ["js", "mjs", "cjs"].map(|extension| format!("{module}.{extension}")).to_vec();
    (!candidates.iter().any(|path| bundle.has(path))).then_some(candidates)
}

#[cfg(test)]
mod tests {
    use super::super::{Bundle, Entry};

    fn bundle(paths: &[&str]) -> Bundle {
        let mut paths = paths.to_vec();
        paths.sort_unstable();
        let entries = paths.iter().map(|path| Entry { path: (*path).into(), size: 1 }).collect();
        Bundle::of(Vec::new(), entries, Vec::new())
    }

    #[test]
    fn a_python_handler_is_found_by_slashes_or_dots() {
        let bundle = bundle(&["app.py", "pkg/mod.py", "api/__init__.py"]);
        for handler in ["app.handler", "pkg/mod.func", "pkg.mod.func", "api.handler"] {
            assert_eq!(bundle.missing_handler("python3.13", handler), None, "{handler}");
        }
    }

    #[test]
    fn a_compiled_python_handler_is_found() {
        let bundle = bundle(&["fast.cpython-313-x86_64-linux-gnu.so"]);
        assert_eq!(bundle.missing_handler("python3.13", "fast.handler"), None);
        assert!(bundle.missing_handler("python3.13", "fas.handler").is_some());
    }

    #[test]
    fn a_missing_python_handler_names_what_was_looked_for() {
        let bundle = bundle(&["app.py"]);
        assert_eq!(
            bundle.missing_handler("python3.13", "pkg.mod.func"),
            Some(vec!["pkg/mod.py".into(), "pkg/mod/__init__.py".into()])
        );
    }

    #[test]
    fn a_node_handler_is_found_with_each_extension() {
        let bundle = bundle(&["index.mjs", "dir/main.js", "old.cjs"]);
        for handler in ["index.handler", "./index.handler", "dir/main.api.get", "old.handler"] {
            assert_eq!(bundle.missing_handler("nodejs22.x", handler), None, "{handler}");
        }
    }

    #[test]
    fn a_missing_node_handler_names_what_was_looked_for() {
        let bundle = bundle(&["index.mjs"]);
        assert_eq!(
            bundle.missing_handler("nodejs22.x", "dir/index.handler"),
            Some(vec!["dir/index.js".into(), "dir/index.mjs".into(), "dir/index.cjs".into()])
        );
    }

    #[test]
    fn a_handler_without_a_function_has_no_candidates() {
        let bundle = bundle(&["index.mjs"]);
        assert_eq!(bundle.missing_handler("nodejs22.x", "index"), Some(Vec::new()));
        assert_eq!(bundle.missing_handler("python3.13", "index"), Some(Vec::new()));
    }

    #[test]
    fn other_runtimes_and_layers_are_not_checked() {
        let bundle = bundle(&["bootstrap"]);
        assert_eq!(bundle.missing_handler("provided.al2023", "anything"), None);
        assert_eq!(bundle.missing_handler("java21", "a.B::c"), None);
        assert_eq!(bundle.missing_handler("nodejs22.x", "/opt/nodejs/wrap.handler"), None);
    }
}
