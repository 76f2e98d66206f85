//! A folder is a layer, and imports only go down.

use std::fs;
use std::path::{Path, PathBuf};

/// Each layer and what it may use besides itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("resource", &[]),
    ("spec", &["resource"]),
    ("plan", &["resource"]),
    ("engine", &["plan", "resource"]),
    ("bundle", &[]),
    ("aws", &["bundle", "engine", "plan", "resource", "spec"]),
    ("local", &[]),
    ("report", &["engine", "plan", "resource", "spec"]),
    ("cli", &["aws", "bundle", "engine", "local", "plan", "report", "resource", "spec"]),
];

fn files_of(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_of(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

#[test]
fn every_layer_uses_only_the_layers_below_it() {
    for (layer, allowed) in MAY_USE {
        for file in files_of(&source().join(layer)) {
            let text = fs::read_to_string(&file).unwrap();
            for after in text.split("crate::").skip(1) {
                let used: String =
                    after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                let ok = used == *layer || allowed.contains(&used.as_str());
                assert!(ok, "{}: `{layer}` may not use `{used}`", file.display());
            }
        }
    }
}

#[test]
fn every_folder_is_a_layer_that_this_test_knows() {
    for entry in fs::read_dir(source()).unwrap().map(|entry| entry.unwrap()) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            assert!(MAY_USE.iter().any(|(layer, _)| *layer == name), "{name}");
        }
    }
}

#[test]
fn sdk_types_stay_in_aws_and_printing_in_cli() {
    for file in files_of(&source()) {
        let text = fs::read_to_string(&file).unwrap();
        let within = |layer: &str| file.starts_with(source().join(layer));
        let names_sdk = ["aws_sdk_", "aws_smithy_", "aws_config"].iter().any(|n| text.contains(n));
        // The log's filter names the SDK's crates as texts.
        let is_filter = file.ends_with("src/cli/mod.rs");
        assert!(within("aws") || is_filter || !names_sdk, "{}: SDK types", file.display());
        let prints =
            ["std::io::stdout", "std::io::stderr", "println!"].iter().any(|n| text.contains(n));
        assert!(within("cli") || !prints, "{}: printing", file.display());
    }
}
