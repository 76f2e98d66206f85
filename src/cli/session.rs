//! From arguments to a connected cloud and what the file declares.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::mpsc;

use crate::aws::lock::{self, Holder, Seen};
use crate::aws::{self, Aws, Connection, Environment, Generated, Given, Parts, Secrets, kinds};
use crate::engine::{Cloud, CloudError};
use crate::local::{self, LocalCloud};
use crate::plan::{self, Options, Plan, Subject};
use crate::report::text::Headline;
use crate::resource::{Address, Declared, KindInfo, Live};
use crate::spec::{Loaded, Problem, Problems};

use super::args::{Common, Planning, Rates};
use super::code::Code;
use super::failure::{Exit, Failure};
use super::files::{self, Read};
use super::interrupt::Interrupt;
use super::ui::Ui;

/// A stack, and the cloud that it lives in.
pub struct Session {
    /// The cloud.
    pub aws: Aws,
    /// The local cloud, where that is it.
    pub local: Option<LocalCloud>,
    /// The file; none for a stack whose file is gone.
    pub loaded: Option<Loaded>,
    /// What the file declares.
    pub declared: Vec<Declared>,
    /// Passwords that were made.
    pub generated: mpsc::UnboundedReceiver<Generated>,
    /// Whether somebody wants to stop.
    pub interrupt: Interrupt,
    region: String,
    stack: String,
    kinds: BTreeMap<&'static str, KindInfo>,
}

/// Reads the stack file; prints its problems where it has any.
pub async fn read(common: &Common, code: Code, ui: &Ui) -> Result<Read, Failure> {
    let read = files::read(common, &kinds::vocabulary(), code, ui).await?;
    read.map_err(|problems| printed(&problems, ui))
}

/// Prints problems.
pub fn printed(problems: &Problems, ui: &Ui) -> Failure {
    ui.insist(crate::report::problems::text(problems, ui.colours_on_stderr()).trim_end());
    Failure::printed(Exit::Usage)
}

/// What the file declares, in a region.
///
/// # Errors
///
/// Names beyond AWS's limits, and resources that refer to each other in a circle.
pub fn declare(
    read: &Read,
    region: &str,
    strict: bool,
    local: bool,
) -> Result<Vec<Declared>, Problems> {
    let Read { loaded, bundles } = read;
    let given = Given {
        region: region.to_owned(),
        strict,
        bundles: bundles.iter().map(|(key, b)| (key.clone(), b.sha256.clone())).collect(),
        large: bundles.iter().filter(|(_, b)| !b.is_direct()).map(|(key, _)| key.clone()).collect(),
        expires: loaded.stack.expires.map(|expires| aws::expiry(expires.0)),
        local,
    };
    let declared = kinds::declare(&loaded.stack, &given);
    let problems = |problems| Problems::new(problems, loaded.sources.clone());
    let wrong = kinds::check(&declared).into_iter();
    let wrong = wrong.map(|(address, message, help)| {
        loaded.problem(&address, message).help(help).rule("beyond-aws-limit")
    });
    let wrong: Vec<Problem> = wrong.collect();
    if !wrong.is_empty() {
        return Err(problems(wrong));
    }
    plan::order(declared).map_err(|circle| {
        let circle = circle.0.first().map(|address| loaded.problem(address, circle.to_string()));
        let at = circle.map(|problem| problem.rule("circular-references"));
        problems(at.into_iter().collect())
    })
}

impl Session {
    /// Connects, and declares what the file asks for.
    pub async fn open(
        common: &Common,
        read: Option<Read>,
        stack_name: Option<&str>,
        planning: &Planning,
        ui: &Ui,
        interrupt: &Interrupt,
    ) -> Result<Self, Failure> {
        let local = match common.local {
            true => Some(start_local(read.as_ref(), ui).await?),
            false => None,
        };
        let of_file = read.as_ref().and_then(|read| read.loaded.stack.region.clone());
        let connection = connection(common, of_file, local.as_ref());
        let (config, region) = aws::connect(&connection).await?;
        let declared = match &read {
            Some(read) => declare(read, &region, planning.strict, common.local)
                .map_err(|problems| printed(&problems, ui))?,
            None => Vec::new(),
        };
        let environment: Environment = Arc::new(variable);
        let outputs = read.iter().flat_map(|read| read.loaded.stack.outputs.values());
        let secrets = Secrets::read(&config, &environment, &declared, outputs).await;
        let (sender, generated) = mpsc::unbounded_channel();
        let (loaded, bundles) = match read {
            Some(Read { loaded, bundles }) => (Some(loaded), bundles),
            None => (None, BTreeMap::new()),
        };
        let of_file = loaded.as_ref().map(|loaded| loaded.stack.stack.as_str());
        let stack = stack_name.or(of_file).unwrap_or_default().to_owned();
        let parts = Parts {
            stack: stack.clone(),
            region: region.clone(),
            bundles,
            secrets,
            environment,
            generated: sender,
            adopt: planning.adopt.iter().cloned().map(|adopt| (adopt.address, adopt.id)).collect(),
            beside: planning.beside,
            stop: interrupt.asked(),
        };
        let aws = Aws::new(&config, parts);
        let kinds = kinds::infos();
        let interrupt = interrupt.clone();
        Ok(Self { aws, local, loaded, declared, generated, interrupt, region, stack, kinds })
    }

    /// Observes and plans; the account guard of the file holds.
    pub async fn plan(&self, options: &Options) -> Result<Plan, Failure> {
        let live = self.observe(options).await?;
        let mut plan = self.plan_for(&self.declared, live, options)?;
        if plan.refusals.is_empty() && options.targets.is_empty() {
            aws::note_what_was_made(&mut plan);
        }
        Ok(plan)
    }

    /// The plan, and what the plan would be for the file as it was, against the same AWS.
    pub async fn plan_against(
        &self,
        was: &Read,
        planning: &Planning,
    ) -> Result<(Plan, Plan), Failure> {
        let options = planning.options();
        let declared = declare(was, &self.region, planning.strict, self.local.is_some())
            .map_err(|problems| Failure::usage(problems.to_string()))?;
        let live = self.observe(&options).await?;
        let old = self.plan_for(&declared, live.clone(), &options)?;
        Ok((self.plan_for(&self.declared, live, &options)?, old))
    }

    async fn observe(&self, options: &Options) -> Result<Vec<Live>, Failure> {
        let observed = self.aws.observe(&self.declared);
        let (account, live) = futures::try_join!(self.aws.account(), observed)?;
        self.guard(account)?;
        self.check_targets(&options.targets, &live)?;
        Ok(live)
    }

    fn plan_for(
        &self,
        declared: &[Declared],
        live: Vec<Live>,
        options: &Options,
    ) -> Result<Plan, Failure> {
        let subject = Subject {
            declared: if options.destroy { Vec::new() } else { declared.to_vec() },
            live,
            kinds: &self.kinds,
            lookup: &|piece| self.aws.lookup(piece),
        };
        let plan = plan::build(subject, options);
        plan.map_err(|circle| Failure::usage(circle.to_string()))
    }

    /// The same for a plan that is to be carried out: with the stack's lock as it is now.
    pub async fn plan_to_write(
        &self,
        options: &Options,
    ) -> Result<(Plan, Result<Seen, CloudError>), Failure> {
        let lock = self.aws.lock();
        let (plan, seen) = futures::join!(self.plan(options), lock.see());
        Ok((plan?, seen))
    }

    /// A target that names nothing is a slip of the pen, not an order to do nothing.
    fn check_targets(&self, targets: &BTreeSet<Address>, live: &[Live]) -> Result<(), Failure> {
        let declared = self.declared.iter().map(|declared| &declared.address);
        let known: Vec<&Address> = declared.chain(live.iter().map(|live| &live.address)).collect();
        names_something("--target", targets, &known)
    }

    /// The same for what is to be shown of a plan.
    pub fn check_only(&self, only: &[Address], plan: &Plan) -> Result<(), Failure> {
        let declared = self.declared.iter().map(|declared| &declared.address);
        let planned = plan.steps.iter().map(|step| &step.address);
        let foreign = plan.foreign.iter().map(|foreign| &foreign.address);
        let known: Vec<&Address> = declared.chain(planned).chain(foreign).collect();
        names_something("--only", only, &known)
    }

    fn guard(&self, account: &str) -> Result<(), Failure> {
        let wanted = self.loaded.as_ref().and_then(|loaded| loaded.stack.account.as_deref());
        match wanted {
            // The local cloud has one account of its own.
            Some(wanted) if wanted != account && self.local.is_none() => Err(Failure {
                exit: Exit::Refused,
                ..Failure::failed(format!(
                    "the stack file is for account {wanted}, and these credentials are of {account}"
                ))
            }
            .help("choose another profile, or change `account` in the file")),
            _ => Ok(()),
        }
    }

    /// What a plan is about.
    pub async fn headline(&self, destroy: bool) -> Result<Headline, Failure> {
        let account = self.aws.account().await?;
        let (stack, region) = (self.stack.clone(), self.region.clone());
        Ok(Headline { stack, region, account: account.to_owned(), destroy })
    }
}

/// That each address is one of those that are known, or above one.
fn names_something<'a>(
    option: &str,
    addresses: impl IntoIterator<Item = &'a Address>,
    known: &[&Address],
) -> Result<(), Failure> {
    let is_known = |one: &Address| known.iter().any(|address| address.is_within(one));
    let Some(stranger) = addresses.into_iter().find(|one| !is_known(one)) else { return Ok(()) };
    let names: Vec<String> = known.iter().map(ToString::to_string).collect();
    let near = crate::spec::nearest(&stranger.to_string(), names.iter().map(String::as_str));
    let help = near.map(|near| format!("did you mean `{near}`?"));
    Err(Failure { help, ..Failure::usage(format!("`{option} {stranger}` names no resource")) })
}

/// Who takes the lock.
///
/// # Errors
///
/// A system without randomness.
pub fn holder(doing: &str) -> Result<Holder, Failure> {
    let mut random = [0; 8];
    getrandom::fill(&mut random)
        .map_err(|error| Failure::failed(format!("the system has no randomness: {error}")))?;
    let run = random.iter().map(|byte| format!("{byte:02x}")).collect();
    let user = ["USER", "LOGNAME", "GITHUB_ACTOR"].into_iter().find_map(variable);
    let host = rustix::system::uname();
    let host = host.nodename().to_string_lossy().into_owned();
    let who = format!("{}@{host}", user.as_deref().unwrap_or("somebody"));
    let since = lock::now();
    let until = since + lock::LEASE.as_secs();
    Ok(Holder { run, who, doing: doing.to_owned(), since, until, process: aws::this_process() })
}

/// Starts the local cloud; it runs Node functions with this machine's Node.
async fn start_local(read: Option<&Read>, ui: &Ui) -> Result<LocalCloud, Failure> {
    let functions = read.into_iter().flat_map(|read| read.loaded.stack.functions());
    if functions.into_iter().any(|(_, lambda)| lambda.given.runtime.starts_with("nodejs")) {
        local::require_node().await?;
    }
    let cache = cache()?;
    Ok(local::start(&cache, &mut |line| ui.say(line)).await?)
}

/// The folder for what can be made again.
pub fn cache() -> Result<std::path::PathBuf, Failure> {
    Ok(local::default_cache(&variable)?)
}

/// A variable of the program's environment.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn connection(common: &Common, of_file: Option<String>, local: Option<&LocalCloud>) -> Connection {
    let region = common.region.clone().or(of_file);
    match local {
        Some(local) => Connection {
            region: region.or_else(|| Some(local::REGION.to_owned())),
            endpoint_url: Some(local.endpoint()),
            local_keys: true,
            ..Connection::default()
        },
        None => Connection {
            region,
            profile: common.profile.clone(),
            role_arn: common.role_arn.clone(),
            endpoint_url: common.endpoint_url.clone(),
            local_keys: false,
            ca_bundle: std::env::var_os("AWS_CA_BUNDLE").map(Into::into),
            keep_rates: common.rates == Rates::Aws,
        },
    }
}
