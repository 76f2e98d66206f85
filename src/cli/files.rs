//! Files: the stack file itself and variable files.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::bundle::Bundle;
use crate::resource::Vocabulary;
use crate::spec::{self, Loaded, Options, Problems, Tree};

use super::args::Common;
use super::code::{self, Code};
use super::failure::Failure;
use super::ui::Ui;

/// A stack file without problems, and the code that it names.
pub struct Read {
    /// The file.
    pub loaded: Loaded,
    /// The code of each function, by its key.
    pub bundles: BTreeMap<String, Arc<Bundle>>,
}

/// Finds the stack file: the path itself, else `stacks/X`, `stacks/X.yaml`, `stacks/X.yml`.
pub fn find(stack: &str) -> Result<PathBuf, Failure> {
    let tries = [
        PathBuf::from(stack),
        Path::new("stacks").join(stack),
        Path::new("stacks").join(format!("{stack}.yaml")),
        Path::new("stacks").join(format!("{stack}.yml")),
    ];
    if let Some(path) = tries.iter().find(|path| path.is_file()) {
        return Ok(path.clone());
    }
    // What is there and is no file is said to be what it is.
    if let Some(path) = tries.iter().find(|path| path.symlink_metadata().is_ok())
        && let Err(reason) = spec::read_text(path)
    {
        let message = format!("`{}` cannot be read as a stack file: {reason}", path.display());
        return Err(Failure::usage(message));
    }
    Err({
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
pub async fn read(
    common: &Common,
    vocabulary: &Vocabulary,
    code: Code,
    ui: &Ui,
) -> Result<Result<Read, Problems>, Failure> {
    let Some(stack) = &common.stack else {
        return Err(Failure::usage("no stack file is named").help("name one with `--stack FILE`"));
    };
    let path = find(stack)?;
    let here = std::env::current_dir().ok();
    let tree = Tree::of(&path, here.as_deref(), &common.allow_paths);
    let options = Options { variables: variables(common)?, tree: Some(tree.clone()) };
    let loaded = match spec::load(&path, &options, vocabulary) {
        Ok(loaded) => loaded,
        Err(problems) => return Ok(Err(problems)),
    };
    match code::pack(&loaded, code, &tree, ui).await? {
        Ok(bundles) => Ok(Ok(Read { loaded, bundles })),
        Err(problems) => Ok(Err(Problems::new(problems, loaded.sources))),
    }
}

/// The variables of the command line: those of files, and those given one by one, which win.
///
/// # Errors
///
/// A file that cannot be read, and what is no `NAME=VALUE`.
pub fn variables(common: &Common) -> Result<BTreeMap<String, String>, Failure> {
    let mut all = BTreeMap::new();
    for path in &common.variable_files {
        // Unlike a stack file it may be a pipe, as a shell makes one of `<(command)`.
        let text = File::open(path).map_err(spec::TextError::from).and_then(spec::text);
        let text = text.map_err(|error| Failure::usage(format!("{}: {error}", path.display())))?;
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
