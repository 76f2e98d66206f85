//! Kept plans: `plan --out FILE` writes one, `apply --plan FILE` carries it out.
//!
//! The format is described in `docs/saved-plan.md`.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::aws::{kinds, lock};
use crate::plan::{FieldsOf, Moved, Plan, Saved};
use crate::resource::{Address, shown};
use crate::spec::Duration;

use super::args::{Adopt, Apply, Common, Planning};
use super::code::Code;
use super::failure::{Exit, Failure};
use super::files;
use super::flow::{self, Doing};
use super::session::{self, Session};
use super::ui::Ui;

/// The version of the format; another one is refused.
const VERSION: u32 = 1;

/// The largest file that is read as a plan.
const LARGEST: u64 = 64 * 1024 * 1024;

/// A kept plan, and what it was made for.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    format_version: u32,
    /// The program and its version.
    made_by: String,
    /// When, in seconds since 1970.
    made_at: u64,
    stack: String,
    region: String,
    account: String,
    /// The stack file.
    file: PathBuf,
    /// The variables that were given, those of files included.
    variables: BTreeMap<String, String>,
    options: Options,
    plan: Saved,
}

/// How it was planned.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Options {
    targets: Vec<String>,
    allow_replace: Vec<String>,
    adopt: BTreeMap<String, Option<String>>,
    beside: bool,
    strict: bool,
}

impl Options {
    fn of(planning: &Planning) -> Self {
        let texts = |addresses: &[Address]| addresses.iter().map(ToString::to_string).collect();
        let adopt = planning.adopt.iter();
        Self {
            targets: texts(&planning.targets),
            allow_replace: texts(&planning.allow_replace),
            adopt: adopt.map(|adopt| (adopt.address.to_string(), adopt.id.clone())).collect(),
            beside: planning.beside,
            strict: planning.strict,
        }
    }

    fn into_planning(self) -> Result<Planning, Failure> {
        let Self { targets, allow_replace, adopt, beside, strict } = self;
        let address = |text: &String| {
            text.parse::<Address>().map_err(|error| Failure::usage(format!("the plan: {error}")))
        };
        let adopt = adopt
            .iter()
            .map(|(text, id)| address(text).map(|address| Adopt { address, id: id.clone() }));
        Ok(Planning {
            targets: targets.iter().map(address).collect::<Result<_, _>>()?,
            allow_replace: allow_replace.iter().map(address).collect::<Result<_, _>>()?,
            adopt: adopt.collect::<Result<_, _>>()?,
            beside,
            strict,
        })
    }
}

/// Keeps a plan in a file that only its owner may read.
///
/// # Errors
///
/// A file that cannot be written.
pub async fn keep(
    path: &Path,
    plan: &Plan,
    session: &Session,
    common: &Common,
    planning: &Planning,
) -> Result<(), Failure> {
    let headline = session.headline(false).await?;
    let kept = Kept {
        format_version: VERSION,
        made_by: concat!("provision ", env!("CARGO_PKG_VERSION")).to_owned(),
        made_at: lock::now(),
        stack: headline.stack,
        region: headline.region,
        account: headline.account,
        file: files::find(common.stack.as_deref().unwrap_or_default())?,
        variables: files::variables(common)?,
        options: Options::of(planning),
        plan: Saved::of(plan, &session.declared),
    };
    let unwritable = |error: &dyn std::error::Error| {
        Failure::failed(format!("the plan cannot be kept in {}: {error}", path.display()))
    };
    let value = serde_json::to_value(&kept).map_err(|error| unwritable(&error))?;
    write(path, &(shown::json(&value) + "\n")).map_err(|error| unwritable(&error))
}

/// Writes a file whole or not at all, and readable for its owner alone.
fn write(path: &Path, text: &str) -> std::io::Result<()> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
    file.write_all(text.as_bytes())?;
    file.persist(path).map(drop).map_err(|error| error.error)
}

fn read(path: &Path) -> Result<Kept, Failure> {
    let shown = path.display();
    let wrong = |what: String| {
        Failure::usage(format!("{shown} is no plan that this program can carry out: {what}"))
            .help("`plan --out FILE` makes one")
    };
    let about = std::fs::metadata(path).map_err(|error| wrong(error.to_string()))?;
    if !about.is_file() || about.len() > LARGEST {
        return Err(wrong("it is no file of a plan's size".to_owned()));
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(error.to_string()))?;
    let value: Value = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
    let version = &value["format_version"];
    if *version != VERSION {
        return Err(wrong(format!("its format has the version {version}, and this is {VERSION}")));
    }
    serde_json::from_value(value).map_err(|error| wrong(error.to_string()))
}

/// `apply --plan FILE`: exactly what the plan says, or nothing.
///
/// # Errors
///
/// A plan of another stack, account or region, one that is too old, and all that moved since.
pub async fn run(common: &Common, apply: &Apply, path: &Path, ui: &Ui) -> Result<Exit, Failure> {
    let kept = read(path)?;
    is_recent(&kept, apply.max_age)?;
    let mut common = common.clone();
    if !common.variables.is_empty() || !common.variable_files.is_empty() {
        let message = "a kept plan has its own variables";
        return Err(Failure::usage(message).help("leave `--var` and `--var-file` out"));
    }
    common.variables =
        kept.variables.iter().map(|(name, value)| format!("{name}={value}")).collect();
    common.stack.get_or_insert_with(|| kept.file.to_string_lossy().into_owned());
    common.region.get_or_insert_with(|| kept.region.clone());
    let Kept { stack, region, account, options, plan: saved, .. } = kept;
    let planning = options.into_planning()?;
    let read = session::read(&common, Code::Packed, ui).await?;
    let session = Session::open(&common, Some(read), None, &planning, ui).await?;
    let headline = session.headline(false).await?;
    let pairs = [
        ("stack", &stack, &headline.stack),
        ("region", &region, &headline.region),
        ("account", &account, &headline.account),
    ];
    if let Some((what, planned, now)) = pairs.into_iter().find(|(_, a, b)| a != b) {
        return Err(refused(format!("the plan is for the {what} {planned}, and this is {now}"))
            .help("make a plan for this one with `plan --out FILE`"));
    }
    let (fresh, seen) = session.plan_to_write(&planning.options()).await?;
    let fields: FieldsOf<'_> = &|kind| kinds::find(kind).map_or(&[], |kind| kind.info().fields);
    let plan = saved.hold(fresh, fields).map_err(|moved| has_moved(&moved, ui))?;
    // Whoever made the plan known has been asked.
    common.yes = true;
    flow::carry_out(session, &plan, seen, &common, apply.format, Doing::Apply, ui).await
}

fn is_recent(kept: &Kept, most: Duration) -> Result<(), Failure> {
    let age = lock::now().saturating_sub(kept.made_at);
    if age <= u64::from(most.0) {
        return Ok(());
    }
    let age = Duration(u32::try_from(age).unwrap_or(u32::MAX) / 60 * 60);
    Err(refused(format!("the plan is {age} old, and may be {most} old at most"))
        .help("plan again; `--max-age` allows older ones"))
}

fn refused(message: String) -> Failure {
    Failure { exit: Exit::Refused, ..Failure::failed(message) }
}

/// Tells all that moved.
fn has_moved(moved: &[Moved], ui: &Ui) -> Failure {
    for Moved { address, what } in moved {
        ui.say(&format!("moved since the plan: {}: {}", shown::line(address), shown::line(what)));
    }
    refused("nothing was written: what the plan was made for has moved since".to_owned())
        .help("plan again, and look at what changed")
}
