//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::plan::Options;
use crate::resource::Address;
use crate::spec::Duration;

/// Declare an Amazon Cognito sign-in back end in one YAML file, compare it with live AWS, and apply
/// the difference.
#[derive(Debug, Parser)]
#[command(name = "provision", version, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(flatten)]
    pub apply: Apply,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub struct Common {
    /// The stack file: a path, or NAME for stacks/NAME.yaml
    #[arg(long, short, global = true, value_name = "FILE")]
    pub stack: Option<String>,
    /// Answer every question with yes
    #[arg(long, short, global = true)]
    pub yes: bool,
    /// Use the local cloud on this machine in place of AWS; it is set up and started as needed
    #[arg(long, global = true)]
    pub local: bool,
    /// The AWS region
    #[arg(long, global = true)]
    pub region: Option<String>,
    /// The profile of the AWS configuration
    #[arg(long, global = true)]
    pub profile: Option<String>,
    /// A role to take on before anything else is asked
    #[arg(long, global = true, value_name = "ARN")]
    pub role_arn: Option<String>,
    /// Where AWS is: an emulator or a proxy
    #[arg(long, global = true, value_name = "URL", conflicts_with = "local")]
    pub endpoint_url: Option<String>,
    /// When AWS's quotas of requests a second are kept
    #[arg(long, global = true, value_enum, default_value_t)]
    pub rates: Rates,
    /// A variable of the stack file; may be given again
    #[arg(long = "var", global = true, value_name = "NAME=VALUE")]
    pub variables: Vec<String>,
    /// A YAML file of variables; may be given again
    #[arg(long = "var-file", global = true, value_name = "FILE")]
    pub variable_files: Vec<PathBuf>,
    /// A further folder in which files that the stack names may lie; may be given again
    #[arg(long = "allow-path", global = true, value_name = "FOLDER")]
    pub allow_paths: Vec<PathBuf>,
    /// Do without the lock that keeps two applies of a stack apart
    #[arg(long, global = true)]
    pub no_lock: bool,
    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
    /// Say more about what happens; twice: still more
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Color {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Also into a pipe.
    Always,
    /// Not at all.
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what would change
    Plan(Plan),
    /// Show what would change, ask, and change it; what `provision --stack FILE` does
    Apply(Apply),
    /// Remove everything that a stack made
    Destroy(Destroy),
    /// Show who holds the stack's lock and, asked, break it
    Unlock,
    /// Say everything about a stack file that can be said without AWS
    Check,
    /// Print a stack's outputs
    Outputs(Outputs),
    /// Say what a setting of the stack file means, what may stand there and whether it can change
    Explain(Explain),
    /// Print the JSON Schema of stack files, or of another format
    Schema(Schema),
    /// Print a script that completes commands in a shell
    Completions(Completions),
    /// Start, stop and look at the local cloud
    Local(Local),
}

/// When AWS's quotas of requests a second are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Rates {
    /// At AWS itself; at another endpoint once it throttles
    #[default]
    Auto,
    /// At any endpoint
    Aws,
}

/// How a plan is shown that is not carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// For people.
    #[default]
    Text,
    /// For a comment on a pull request.
    Markdown,
    /// For a browser: one file that needs no network.
    Html,
    /// For programs.
    Json,
}

/// One line for each of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Summary {
    /// For each resource.
    Resource,
    /// For each kind and action.
    Kind,
}

/// How a run is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// What is planned.
#[derive(Clone, Debug, Default, Args)]
pub struct Planning {
    /// Only this resource and what it needs; may be given again
    #[arg(long = "target", value_name = "ADDRESS")]
    pub targets: Vec<Address>,
    /// Let this resource be replaced; may be given again
    #[arg(long, value_name = "ADDRESS")]
    pub allow_replace: Vec<Address>,
    /// Take over this resource, which somebody made by hand: ADDRESS, or ADDRESS=ID where its name is
    /// not the declared one; may be given again
    #[arg(long, value_name = "ADDRESS[=ID]")]
    pub adopt: Vec<Adopt>,
    /// Make a pool and an API although others of their names are there
    #[arg(long)]
    pub beside: bool,
    /// Hold settings that the file does not mention to AWS's defaults
    #[arg(long)]
    pub strict: bool,
}

/// A resource that is to be taken over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Adopt {
    /// Where the file declares it.
    pub address: Address,
    /// Its id, where its name alone does not find it.
    pub id: Option<String>,
}

impl std::str::FromStr for Adopt {
    type Err = crate::resource::BadAddress;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A route's key may hold `=`, but only in quotes.
        let end = text.rfind(']').map_or(0, |at| at + 1);
        let (address, id) = match text[end..].split_once('=') {
            Some((rest, id)) => (&text[..end + rest.len()], Some(id.to_owned())),
            None => (text, None),
        };
        Ok(Self { address: address.parse()?, id })
    }
}

impl Planning {
    /// What the planner is to know of it.
    pub fn options(&self) -> Options {
        Options {
            allow_replace: self.allow_replace.iter().cloned().collect(),
            targets: self.targets.iter().cloned().collect(),
            ..Options::default()
        }
    }
}

#[derive(Clone, Debug, Args)]
pub struct Plan {
    #[command(flatten)]
    pub planning: Planning,
    /// Keep the plan in a file, for `apply --plan`
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    pub format: PlanFormat,
    /// One line for each resource, or for each kind, in place of all settings
    #[arg(long, value_enum, value_name = "PER", num_args = 0..=1, require_equals = true,
        default_missing_value = "resource")]
    pub summary: Option<Summary>,
    /// Show only this resource and what stands below it; may be given again
    #[arg(long, value_name = "ADDRESS")]
    pub only: Vec<Address>,
    /// Say nothing but errors, and of the plan only the headline: how much of what, and its risks
    #[arg(long, short)]
    pub quiet: bool,
    /// Exit with 2 where there are changes; with `--drift` also where something is not declared
    #[arg(long)]
    pub exit_code: bool,
    /// Say what in AWS differs from the file: settings that are not declared and what is somebody
    /// else's count too
    #[arg(long, conflicts_with = "out")]
    pub drift: bool,
    /// The file as it was: another file, or the same in a commit or branch of its Git repository; says of
    /// each difference whether it comes from the file or from AWS
    #[arg(long, value_name = "REF|FILE", requires = "drift")]
    pub against: Option<String>,
}

#[derive(Clone, Debug, Default, Args)]
pub struct Apply {
    #[command(flatten)]
    pub planning: Planning,
    /// Let this resource be deleted although nobody is asked; may be given again
    #[arg(long, value_name = "ADDRESS")]
    pub allow_delete: Vec<Address>,
    /// Carry out a plan that `plan --out` kept: exactly that, or nothing where something moved
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = ["targets", "allow_replace", "adopt", "beside", "strict", "allow_delete"]
    )]
    pub plan: Option<PathBuf>,
    /// How old such a plan may be
    #[arg(long, value_name = "DURATION", default_value = "7d")]
    pub max_age: Duration,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

impl Apply {
    /// Whether any option was typed.
    pub fn is_given(&self) -> bool {
        let Self { planning, allow_delete, plan, max_age: _, format } = self;
        let Planning { targets, allow_replace, adopt, beside, strict } = planning;
        !targets.is_empty()
            || !allow_replace.is_empty()
            || !adopt.is_empty()
            || *beside
            || !allow_delete.is_empty()
            || plan.is_some()
            || *strict
            || *format != Format::Text
    }
}

#[derive(Clone, Debug, Args)]
pub struct Destroy {
    /// The stack's name, where its file is gone: what its tags name is removed
    #[arg(long, value_name = "NAME", conflicts_with = "stack")]
    pub stack_name: Option<String>,
    /// Lift protection against deletion
    #[arg(long)]
    pub remove_protection: bool,
    /// The stack's name once more, where the pool holds users that the file does not declare
    #[arg(long, value_name = "NAME")]
    pub confirm: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    pub format: Format,
}

/// How outputs are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    #[default]
    Text,
    /// One JSON object.
    Json,
    /// `NAME="value"`, as dotenv reads it.
    Env,
    /// A JavaScript module.
    Js,
}

#[derive(Clone, Debug, Args)]
pub struct Outputs {
    /// How to print them
    #[arg(long, value_enum, default_value_t)]
    pub format: OutputFormat,
    /// Only this one, without its name
    pub name: Option<String>,
}

#[derive(Clone, Debug, Args)]
pub struct Explain {
    /// The setting's path, as `user_pool.app_clients.*.auth_session_validity`, or the beginning of
    /// one; without it, what a stack file holds
    pub path: Option<String>,
}

/// A format with a schema.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Schemas {
    /// Stack files.
    #[default]
    Stack,
    /// What `plan --format json` prints.
    Plan,
}

#[derive(Clone, Debug, Args)]
pub struct Schema {
    /// Of which format
    #[arg(long, value_enum, default_value_t)]
    pub of: Schemas,
}

#[derive(Clone, Debug, Args)]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
}

#[derive(Clone, Debug, Args)]
pub struct Local {
    #[command(subcommand)]
    pub command: LocalCommand,
}

#[derive(Clone, Copy, Debug, Subcommand)]
pub enum LocalCommand {
    /// Set it up on first use, and start it
    Start,
    /// Stop it
    Stop,
    /// Say whether it runs, and where
    Status,
    /// Empty it
    Reset,
}
