//! Files: the stack file itself, variable files, and the code that a stack names.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bundle::{self, Bundle};
use crate::resource::{Vocabulary, with_causes};
use crate::spec::{self, Loaded, Options, Place, Problem, Problems};

use super::args::Common;
use super::failure::Failure;

/// A stack file without problems, and the code that it names.
pub struct Read {
    /// The file.
    pub loaded: Loaded,
    /// The code of each function, by its key.
    pub bundles: BTreeMap<String, Arc<Bundle>>,
}

/// Whether a command needs the functions' code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// It does.
    Packed,
    /// It does not: a stack can be destroyed without it.
    Left,
}

/// Finds the stack file: the path itself, else `stacks/X`, `stacks/X.yaml`, `stacks/X.yml`.
pub fn find(stack: &str) -> Result<PathBuf, Failure> {
    let tries = [
        PathBuf::from(stack),
        Path::new("stacks").join(stack),
        Path::new("stacks").join(format!("{stack}.yaml")),
        Path::new("stacks").join(format!("{stack}.yml")),
    ];
    tries.iter().find(|path| path.is_file()).cloned().ok_or_else(|| {
        let all: Vec<String> = tries.iter().map(|path| path.display().to_string()).collect();
        Failure::usage(format!("there is no stack file `{stack}`"))
            .help(format!("looked for {}", all.join(", ")))
    })
}

/// Reads the stack file of the command line and packs the code that it names.
///
/// # Errors
///
/// No `--stack`, no such file, a variable that is no `NAME=VALUE`; or every problem of the file.
pub fn read(
    common: &Common,
    vocabulary: &Vocabulary,
    code: Code,
) -> Result<Result<Read, Problems>, Failure> {
    let Some(stack) = &common.stack else {
        return Err(Failure::usage("no stack file is named").help("name one with `--stack FILE`"));
    };
    let path = find(stack)?;
    let options = Options { variables: variables(common)? };
    let loaded = match spec::load(&path, &options, vocabulary) {
        Ok(loaded) => loaded,
        Err(problems) => return Ok(Err(problems)),
    };
    let mut problems = Vec::new();
    let mut bundles = BTreeMap::new();
    for (key, lambda) in loaded.stack.functions().filter(|_| code == Code::Packed) {
        match pack(&loaded, key, &lambda.given, &common.allow_paths) {
            Ok(bundle) => drop(bundles.insert(key.clone(), Arc::new(bundle))),
            Err(problem) => problems.push(*problem),
        }
    }
    if problems.is_empty() {
        Ok(Ok(Read { loaded, bundles }))
    } else {
        Ok(Err(Problems::new(problems, loaded.sources)))
    }
}

fn variables(common: &Common) -> Result<BTreeMap<String, String>, Failure> {
    let mut all = BTreeMap::new();
    for path in &common.variable_files {
        let text = std::fs::read_to_string(path)
            .map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
        let entries = spec::variables_of(&text)
            .map_err(|reason| Failure::usage(format!("{}: {reason}", path.display())))?;
        all.extend(entries);
    }
    for given in &common.variables {
        let (name, value) = given.split_once('=').ok_or_else(|| {
            Failure::usage(format!("`--var {given}` is no variable"))
                .help("write `--var NAME=VALUE`")
        })?;
        all.insert(name.to_owned(), value.to_owned());
    }
    Ok(all)
}

fn pack(
    loaded: &Loaded,
    key: &str,
    lambda: &spec::stack::Lambda,
    allowed: &[PathBuf],
) -> Result<Bundle, Box<Problem>> {
    let place = |setting: &str| {
        let node = loaded.tree.find(["lambdas", key, setting]);
        node.map_or_else(Place::default, |node| node.at.clone())
    };
    let at = place("code");
    let path = loaded.resolve(&lambda.code, &at);
    if path.exists() && !is_within_tree(&path, &loaded.path, allowed) {
        let message = format!("`{}` lies outside the tree of the stack file", lambda.code);
        let help =
            "the tree is the repository, else the working directory; `--allow-path` allows more";
        return Err(Box::new(Problem::new(at, message).help(help).rule("code-outside-tree")));
    }
    let bundle = bundle::pack(&path)
        .map_err(|error| Problem::new(at, with_causes(&error)).rule("code-not-packed"))?;
    let has_layers = lambda.layers.as_ref().is_some_and(|layers| !layers.is_empty());
    match bundle.missing_handler(&lambda.runtime, &lambda.handler) {
        Some(candidates) if !has_layers => {
            let message = format!("the handler `{}` is not in the code", lambda.handler);
            let help = match candidates.first() {
                None => "write it as `file.function`".to_owned(),
                Some(first) if bundle.left_out.contains(first) => {
                    format!("`{first}` is left out as a test: rename it")
                }
                Some(_) => format!("looked for {}", candidates.join(", ")),
            };
            Err(Box::new(
                Problem::new(place("handler"), message).help(help).rule("handler-not-in-code"),
            ))
        }
        _ => Ok(bundle),
    }
}

/// Whether a file lies in the tree of a stack file: the nearest folder above that holds `.git`, else
/// the working directory where the stack file is in it, else the stack file's own folder.
fn is_within_tree(path: &Path, stack: &Path, allowed: &[PathBuf]) -> bool {
    let Ok(path) = path.canonicalize() else { return true };
    let Ok(stack) = stack.canonicalize() else { return true };
    let own = stack.parent().unwrap_or(Path::new("/")).to_owned();
    let repository = stack.ancestors().skip(1).find(|folder| folder.join(".git").exists());
    let here = std::env::current_dir().ok().filter(|here| stack.starts_with(here));
    let root = repository.map(Path::to_owned).or(here).unwrap_or(own);
    let more = allowed.iter().filter_map(|folder| folder.canonicalize().ok());
    std::iter::once(root).chain(more).any(|folder| path.starts_with(folder))
}
