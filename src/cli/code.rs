//! The code that a stack names: with its dependencies, packed.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use futures::{StreamExt, stream};

use crate::bundle::{self, Bundle, BundleError, DIRECT, Dependencies, Installed, Installer};
use crate::resource::with_causes;
use crate::spec::stack::{self, Lambda};
use crate::spec::{Loaded, OUTSIDE, Place, Problem, Tree};

use super::failure::Failure;
use super::session::cache;
use super::ui::Ui;

/// How many package managers run at a time.
const AT_ONCE: usize = 4;

/// What a command needs of the functions' code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Code {
    /// The bundles that a plan compares and an apply uploads.
    Packed,
    /// To know whether it can be packed: its dependencies are not installed.
    Checked,
    /// Nothing: a stack can be destroyed without it.
    Left,
}

/// The code of each function, by its key.
pub type Bundles = BTreeMap<String, Arc<Bundle>>;

/// A function and what its bundle is made from.
struct Function<'a> {
    key: &'a str,
    lambda: &'a Lambda,
    path: PathBuf,
    needs: Option<Dependencies>,
}

/// Packs the code of all functions: what several have in common is installed and packed once.
///
/// # Errors
///
/// In the inner result every problem with the code, at its place in the stack file.
pub async fn pack(
    loaded: &Loaded,
    code: Code,
    files: &Tree,
    ui: &Ui,
) -> Result<Result<Bundles, Vec<Problem>>, Failure> {
    let declared = loaded.stack.functions().filter(|_| code != Code::Left);
    let mut functions = Vec::new();
    let mut problems = Vec::new();
    for (key, lambda) in declared {
        let stack::Code::Path(code) = &lambda.given.code else { continue };
        match Function::of(loaded, key, code, &lambda.given, files) {
            Ok(function) => functions.push(function),
            Err(problem) => problems.push(*problem),
        }
    }
    let (needy, plain): (Vec<_>, Vec<_>) =
        functions.into_iter().partition(|function| function.needs.is_some());
    let mut packing =
        Packing { loaded, packed: BTreeMap::new(), bundles: Bundles::new(), problems };
    plain.iter().for_each(|function| packing.add(function, &Outcomes::new()));
    // Nobody should wait for packages to be told of a slip of the pen.
    let installed = match code == Code::Packed && packing.problems.is_empty() {
        true => install(&needy, ui).await?,
        false => Outcomes::new(),
    };
    needy.iter().for_each(|function| packing.add(function, &installed));
    let Packing { bundles, problems, .. } = packing;
    Ok(if problems.is_empty() { Ok(bundles) } else { Err(problems) })
}

/// How installing went, by the dependencies' keys.
type Outcomes<'a> = BTreeMap<&'a str, Result<Installed, BundleError>>;

/// Installs what is not installed yet, and says so: it takes its time.
async fn install<'a>(functions: &'a [Function<'_>], ui: &Ui) -> Result<Outcomes<'a>, Failure> {
    let mut wanted: BTreeMap<&str, (&Dependencies, Vec<String>)> = BTreeMap::new();
    for function in functions {
        let Some(needs) = &function.needs else { continue };
        let (_, names) = wanted.entry(needs.key()).or_insert((needs, Vec::new()));
        names.push(format!("`{}`", function.key));
    }
    if wanted.is_empty() {
        return Ok(Outcomes::new());
    }
    let installer = &Installer::new(&cache()?, Vec::new());
    let outcomes = stream::iter(wanted).map(async |(key, (needs, names))| {
        if let Some(installed) = installer.find(needs) {
            return (key, Ok(installed));
        }
        let names = names.join(", ");
        ui.say(&format!("Installing the dependencies of {names} ({})", needs.named_in()));
        let outcome = installer.install(needs).await;
        for note in outcome.iter().flat_map(|installed| &installed.notes) {
            ui.say(&format!("note: {note}"));
        }
        (key, outcome)
    });
    Ok(outcomes.buffer_unordered(AT_ONCE).collect().await)
}

impl<'a> Function<'a> {
    fn of(
        loaded: &Loaded,
        key: &'a str,
        code: &str,
        lambda: &'a Lambda,
        files: &Tree,
    ) -> Result<Self, Box<Problem>> {
        let at = place(loaded, key, "code");
        let path = loaded.resolve(code, &at);
        if !files.holds(&path) {
            let message = format!("`{code}` lies outside the tree of the stack file");
            return Err(Box::new(
                Problem::new(at, message).help(OUTSIDE).rule("code-outside-tree"),
            ));
        }
        let architecture = lambda.architectures.iter().flatten().next();
        let architecture = architecture.map_or("x86_64", String::as_str);
        let needs =
            Dependencies::of(&path, &lambda.runtime, architecture, &|path| files.holds(path));
        let needs = needs.map_err(|error| not_packed(at, &error))?;
        Ok(Self { key, lambda, path, needs })
    }

    /// What is wrong where the handler is not in a bundle.
    fn missing_handler(&self, loaded: &Loaded, bundle: &Bundle) -> Option<Problem> {
        let Lambda { runtime, handler, layers, .. } = self.lambda;
        let has_layers = layers.as_ref().is_some_and(|layers| !layers.is_empty());
        let candidates = match bundle.missing_handler(runtime, handler) {
            Some(candidates) if !has_layers => candidates,
            _ => return None,
        };
        let message = format!("the handler `{handler}` is not in the code");
        let help = match candidates.first() {
            None => "write it as `file.function`".to_owned(),
            Some(first) if bundle.left_out.contains(first) => {
                format!(
                    "`{first}` is left out: rename it, or write `!{first}` in `.provisionignore`"
                )
            }
            Some(_) => format!("looked for {}", candidates.join(", ")),
        };
        let at = place(loaded, self.key, "handler");
        Some(Problem::new(at, message).help(help).rule("handler-not-in-code"))
    }
}

/// A bundle, or what is wrong with it.
type Packed = Result<Arc<Bundle>, String>;

/// What was packed so far.
struct Packing<'a> {
    loaded: &'a Loaded,
    /// By folder and the key of what is packed with it.
    packed: BTreeMap<(PathBuf, Option<&'a str>), Packed>,
    bundles: Bundles,
    problems: Vec<Problem>,
}

impl<'a> Packing<'a> {
    /// Packs a function, unless that was done for another.
    fn add(&mut self, function: &'a Function<'_>, installed: &Outcomes<'_>) {
        let needed = function.needs.as_ref().map(Dependencies::key);
        let installed = needed.and_then(|key| installed.get(key));
        let path = function.path.canonicalize().unwrap_or_else(|_| function.path.clone());
        let before = self.packed.get(&(path.clone(), needed)).cloned();
        // A package manager has much to say: once is enough.
        let is_told = before.is_some() && matches!(installed, Some(Err(_)));
        let bundle = before.unwrap_or_else(|| match installed {
            Some(Err(error)) => Err(with_causes(error)),
            Some(Ok(installed)) => packed(bundle::pack_with(&function.path, installed)),
            None => packed(match &function.needs {
                Some(needs) => bundle::pack_without(&function.path, needs),
                None => bundle::pack(&function.path),
            }),
        });
        self.packed.insert((path, needed), bundle.clone());
        let bundle = match bundle {
            Ok(bundle) => bundle,
            Err(_) if is_told => return,
            Err(message) => {
                let at = place(self.loaded, function.key, "code");
                return self.problems.push(Problem::new(at, message).rule("code-not-packed"));
            }
        };
        if let Err(problem) = can_upload(self.loaded, function, &bundle, DIRECT) {
            return self.problems.push(*problem);
        }
        // What is not installed may hold the handler.
        if needed.is_none() || installed.is_some() {
            self.problems.extend(function.missing_handler(self.loaded, &bundle));
        }
        self.bundles.insert(function.key.to_owned(), bundle);
    }
}

/// Refuses code that is too large for a request, where no bucket is named that it could go through.
fn can_upload(
    loaded: &Loaded,
    function: &Function<'_>,
    bundle: &Bundle,
    direct: u64,
) -> Result<(), Box<Problem>> {
    match bundle.check_zipped(&function.path, direct) {
        Err(error) if loaded.stack.code_bucket.is_none() => {
            let at = place(loaded, function.key, "code");
            let help = "or name an S3 bucket as `code_bucket`, through which larger code goes";
            Err(Box::new(Problem::new(at, with_causes(&error)).help(help).rule("code-too-large")))
        }
        _ => Ok(()),
    }
}

fn packed(bundle: Result<Bundle, BundleError>) -> Packed {
    bundle.map(Arc::new).map_err(|error| with_causes(&error))
}

fn not_packed(at: Place, error: &BundleError) -> Problem {
    let problem = Problem::new(at, with_causes(error));
    match error {
        BundleError::OutsideTree { .. } => problem.help(OUTSIDE).rule("code-outside-tree"),
        _ => problem.rule("code-not-packed"),
    }
}

fn place(loaded: &Loaded, key: &str, setting: &str) -> Place {
    let node = loaded.tree.find(["lambdas", key, setting]);
    node.map_or_else(Place::default, |node| node.at.clone())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::resource::Vocabulary;
    use crate::spec::{self, Options};

    #[test]
    fn code_that_is_too_large_for_a_request_needs_a_bucket() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("app.py"), "pass").unwrap();
        let bundle = bundle::pack(folder.path()).unwrap();
        let limit = bundle.zip.len() as u64 - 1;
        let lambda = Lambda::default();
        let function =
            Function { key: "fn", lambda: &lambda, path: folder.path().into(), needs: None };
        let refused = |file: &str, limit: u64| {
            let options = Options::default();
            let loaded =
                spec::load_text(Path::new("x.yaml"), file, &options, &Vocabulary::default());
            can_upload(&loaded.unwrap(), &function, &bundle, limit).err()
        };
        assert!(refused("stack: demo", limit + 1).is_none());
        assert!(refused("stack: demo\ncode_bucket: mine", limit).is_none());
        let problem = refused("stack: demo", limit).unwrap();
        assert!(problem.message.contains("app.py (4 bytes)"), "{}", problem.message);
        assert!(problem.help.unwrap().contains("code_bucket"));
    }
}
