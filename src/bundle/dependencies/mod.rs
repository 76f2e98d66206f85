//! A code folder's dependencies: what its `requirements.txt` or `package.json` names, installed for
//! the function's runtime and processor, whatever machine this is.
//!
//! What was installed is kept as one zip in a folder of the cache, under a hash of all that the
//! choice depends on: as long as that stays, no package manager runs, and the bytes stay too.

mod cache;
mod node;
mod python;
mod requirements;
mod tool;
mod wheels;

#[cfg(test)]
mod tests;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::{BundleError, Measure, UNZIPPED, archive, file};

use cache::Cache;
use node::Project;
use python::Target;
use requirements::Requirements;
use tool::Tools;

/// Part of every key: what is left out of an installation, or how it is put down, has another
/// number.
const FORM: &str = "1";

/// What a code folder needs beside its own files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dependencies {
    code: PathBuf,
    wanted: Wanted,
    key: String,
}

/// Whether a file lies where files may lie that a stack names.
pub type Inside<'a> = &'a dyn Fn(&Path) -> bool;

/// Reads a file that says what is installed, or is; `None` where there is none.
fn read_inside(path: &Path, most: u64, inside: Inside<'_>) -> Result<Option<Vec<u8>>, BundleError> {
    if !inside(path) {
        return Err(BundleError::OutsideTree { path: path.into() });
    }
    file::read(path, most)
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Wanted {
    Python(Target, Requirements),
    Node(&'static str, Project),
}

impl Dependencies {
    /// Reads what the code of a function of that runtime (`python3.13`, `nodejs22.x`) and
    /// architecture (`x86_64`, `arm64`) needs.
    ///
    /// `None`: nothing. The code is no folder, the runtime neither Python nor Node, the file that
    /// would name packages is not there or names none.
    ///
    /// # Errors
    ///
    /// The file cannot be read, or names what could not be installed for another machine; it, or one
    /// that it names, lies elsewhere than `inside` allows.
    pub fn of(
        code: &Path,
        runtime: &str,
        architecture: &str,
        inside: Inside<'_>,
    ) -> Result<Option<Self>, BundleError> {
        // A single file has nothing beside it; what is not there is said when it is packed.
        if !code.is_dir() {
            return Ok(None);
        }
        let mut hash = Hash::new(&[FORM, runtime, architecture]);
        let wanted = if let Some(target) = Target::of(runtime, architecture) {
            let Some(requirements) = requirements::read(code, inside)? else { return Ok(None) };
            requirements.parts.iter().for_each(|part| hash.add(part));
            Wanted::Python(target, requirements)
        } else if runtime.starts_with("nodejs") {
            let Some(project) = node::read(code, inside)? else { return Ok(None) };
            project.parts().for_each(|part| hash.add(part));
            let cpu = if architecture == "arm64" { "arm64" } else { "x64" };
            Wanted::Node(cpu, project)
        } else {
            return Ok(None);
        };
        Ok(Some(Self { code: code.into(), wanted, key: hash.done() }))
    }

    /// The same for the same packages, runtime and architecture, and for no others.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The folder at the root of the code that they take the place of.
    pub(super) fn in_place_of(&self) -> Option<&'static str> {
        matches!(self.wanted, Wanted::Node(..)).then_some(node::MODULES)
    }

    /// The file that names the packages: `requirements.txt` or `package.json`.
    pub fn named_in(&self) -> &'static str {
        match self.wanted {
            Wanted::Python(..) => requirements::FILE,
            Wanted::Node(..) => node::FILE,
        }
    }
}

/// Dependencies that are there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// A zip of them alone, with paths as in the bundle.
    pub(super) zip: PathBuf,
    /// The folder at the root of the code that they take the place of.
    pub(super) in_place_of: Option<&'static str>,
    /// What was left to chance when they were installed, for people; each a sentence without its
    /// full stop. Empty where they were there already.
    pub notes: Vec<String>,
}

/// Installs dependencies, with `python3 -m pip` (`uv` where there is none) and `npm`, and keeps
/// them.
#[derive(Clone, Debug)]
pub struct Installer {
    cache: Cache,
    tools: Tools,
}

impl Installer {
    /// Keeps what it installs in the folder `dependencies` of a cache folder.
    ///
    /// The package managers get this program's environment with `variables` laid over it; where
    /// `PATH` is among them they are looked for there.
    pub fn new(cache: &Path, variables: Vec<(OsString, OsString)>) -> Self {
        Self { cache: Cache::new(cache.join("dependencies")), tools: Tools::new(variables) }
    }

    /// Returns what was installed before; runs nothing.
    pub fn find(&self, dependencies: &Dependencies) -> Option<Installed> {
        let zip = self.cache.find(&dependencies.key)?;
        Some(Installed { zip, in_place_of: dependencies.in_place_of(), notes: Vec::new() })
    }

    /// Installs what is not there yet.
    ///
    /// May be called by several processes at once; one that is killed leaves nothing half.
    ///
    /// # Errors
    ///
    /// No package manager, or its failure with the last lines that it said; the cache folder
    /// cannot be written; more than AWS Lambda takes.
    pub async fn install(&self, dependencies: &Dependencies) -> Result<Installed, BundleError> {
        if let Some(found) = self.find(dependencies) {
            return Ok(found);
        }
        let Dependencies { code, wanted, key } = dependencies;
        let work = self.cache.work()?;
        let (files, notes) = match wanted {
            Wanted::Python(target, requirements) => {
                python::install(&self.tools, code, target, work.path()).await?;
                wheels::gather(work.path(), requirements)?
            }
            Wanted::Node(cpu, project) => {
                node::install(&self.tools, code, project, cpu, work.path()).await?;
                (node::gather(work.path())?, project.notes())
            }
        };
        let sizes: Vec<_> = files.iter().map(|(path, file)| file.entry(path)).collect();
        super::check(code, Measure::Unzipped, super::unzipped_bytes(&sizes), UNZIPPED, &sizes)?;
        let (zip, _) = archive::write(code, &files, None)?;
        let zip = self.cache.keep(key, &work, &zip)?;
        Ok(Installed { zip, in_place_of: dependencies.in_place_of(), notes })
    }
}

/// A hash over parts, of which none runs into the next.
struct Hash(Sha256);

impl Hash {
    fn new(parts: &[&str]) -> Self {
        let mut hash = Self(Sha256::new());
        parts.iter().for_each(|part| hash.add(part.as_bytes()));
        hash
    }

    fn add(&mut self, part: &[u8]) {
        self.0.update((part.len() as u64).to_le_bytes());
        self.0.update(part);
    }

    fn done(self) -> String {
        self.0.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}
