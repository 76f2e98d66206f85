//! A run that breaks off anywhere, and the next one: nothing is doubled, lost or orphaned.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Value;

use super::site::{Files, KILLED, Phase, Site};
use super::stacks::{CASES, Case};
use crate::support::emulators::Emulator;
use crate::support::holdings::{Holdings, differences};
use crate::support::proxy::faults::{Break, BreakAt};

const PHASES: &[Phase] = &[Phase::First, Phase::Update, Phase::Back, Phase::Destroy];

/// What an undisturbed run does.
struct Undisturbed {
    /// How many requests it sends.
    requests: usize,
    /// What is there at its end.
    holdings: Holdings,
}

/// How a sweep went.
#[derive(Default)]
struct Tally {
    runs: usize,
    faults: usize,
    violations: Vec<String>,
}

/// The emulators that stand where each phase of a stack begins.
struct Grounds {
    root: Emulator,
    copies: BTreeMap<Phase, Emulator>,
}

impl Grounds {
    /// Of moto: it is brought to where each phase begins once, and copied for each run.
    async fn moto(case: &'static Case, files: &Files) -> Self {
        let root = Emulator::moto().await;
        let mut copies: BTreeMap<Phase, Emulator> = BTreeMap::new();
        copies.insert(Phase::First, root.copy().await);
        for (phase, after) in [(Phase::Update, Phase::First), (Phase::Back, Phase::Update)] {
            let emulator = copies[&after].copy().await;
            let _ = Site::new(case, &emulator, files).await.run(after, None).await.exits(0);
            copies.insert(phase, emulator);
        }
        copies.insert(Phase::Destroy, copies[&Phase::Back].copy().await);
        Self { root, copies }
    }

    /// Of MiniStack: it is emptied and brought there anew for each run.
    async fn ministack() -> Self {
        Self { root: Emulator::ministack().await, copies: BTreeMap::new() }
    }

    /// Runs something on a stack that is where a phase begins.
    async fn begin<T>(
        &self,
        case: &'static Case,
        files: &Files,
        phase: Phase,
        act: impl AsyncFnOnce(&Site<'_>) -> T,
    ) -> T {
        match self.copies.get(&phase) {
            Some(ground) => {
                let emulator = ground.copy().await;
                let site = Site::new(case, &emulator, files).await;
                act(&site).await
            }
            None => {
                self.root.reset().await;
                let site = Site::new(case, &self.root, files).await;
                site.prepare(phase).await;
                act(&site).await
            }
        }
    }
}

async fn undisturbed(site: &Site<'_>, phase: Phase) -> Undisturbed {
    let _ = site.proxy.take();
    let _ = site.run(phase, None).await.exits(0);
    let requests = site.proxy.take().len();
    Undisturbed { requests, holdings: site.holdings().await }
}

/// What is wrong with what is there at the end of an undisturbed run.
fn unsound(holdings: &Holdings, phase: Phase) -> Vec<String> {
    let mut wrong = Vec::new();
    if phase == Phase::Destroy {
        wrong.extend(holdings.keys().map(|what| format!("{what} is left")));
    }
    for (what, value) in holdings.iter().filter(|(what, _)| what.starts_with("pool ")) {
        let entries: Vec<&str> =
            value["ledger"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        for kind in ["client ", "group ", "resource server ", "domain "] {
            for child in holdings.keys().filter(|key| key.starts_with(kind)) {
                let noted = entries.iter().filter(|entry| entry.ends_with(&format!(": {child}")));
                if noted.count() != 1 {
                    wrong.push(format!("{child} is not once in the ledger of {what}: {entries:?}"));
                }
            }
        }
        let odd = entries.iter().filter(|e| e.ends_with("intent") || e.ends_with("is there"));
        wrong.extend(odd.map(|entry| format!("the ledger of {what} has {entry}")));
    }
    wrong
}

/// Breaks one run off and runs it again; what is wrong then.
async fn break_off(
    site: &Site<'_>,
    phase: Phase,
    what: Break,
    n: usize,
    expected: &Holdings,
) -> (bool, Vec<String>) {
    let mut wrong = Vec::new();
    let broken = site.run(phase, Some(Arc::new(BreakAt { what, n }))).await;
    let reached = site.proxy.take().len() >= n;
    match broken.code {
        0 | 1 | 4 => {}
        // The first reads are a part of the plan; it says that AWS could not be reached.
        KILLED if what == Break::Kill => {}
        code => wrong.push(format!("the broken run exits {code}: {}", broken.stderr)),
    }
    if broken.stderr.contains("panicked") {
        wrong.push(format!("the broken run panics: {}", broken.stderr));
    }
    let second = site.run(phase, None).await;
    if second.code != 0 {
        wrong.push(format!("the second run exits {}: {}", second.code, second.stderr));
    }
    let found = site.holdings().await;
    wrong.extend(differences(expected, &found));
    let _ = site.proxy.take();
    let third = site.run(phase, None).await;
    let writes = site.proxy.take_writes();
    if third.code != 0 || !writes.is_empty() {
        let (code, text) = (third.code, &third.stderr);
        wrong.push(format!("the third run exits {code} and writes {writes:?}: {text}"));
    }
    (reached, wrong)
}

/// Breaks the run off at these of its requests.
async fn sweep(
    case: &'static Case,
    files: &Files,
    grounds: &Grounds,
    phases: &[Phase],
    breaks: &[Break],
    points: impl Fn(Phase, Break, usize) -> Vec<usize>,
    tally: &mut Tally,
) {
    for phase in phases.iter().copied() {
        let undisturbed =
            grounds.begin(case, files, phase, async |site| undisturbed(site, phase).await).await;
        let at = |what: &str| format!("{} {phase:?} {what}", case.name);
        let unsound = unsound(&undisturbed.holdings, phase);
        tally
            .violations
            .extend(unsound.into_iter().map(|wrong| at(&format!("undisturbed: {wrong}"))));
        for what in breaks.iter().copied() {
            for n in points(phase, what, undisturbed.requests) {
                let expected = &undisturbed.holdings;
                let (reached, wrong) = grounds
                    .begin(case, files, phase, async |site| {
                        break_off(site, phase, what, n, expected).await
                    })
                    .await;
                tally.runs += 1;
                tally.faults += usize::from(reached);
                for wrong in wrong {
                    let line = at(&format!("{what:?} at {n}: {wrong}"));
                    super::note(&line);
                    tally.violations.push(line);
                }
            }
        }
    }
}

impl Tally {
    fn is_clean(&self) {
        let mut text = String::new();
        for violation in &self.violations {
            writeln!(text, "{violation}").unwrap();
        }
        assert!(self.violations.is_empty(), "{} runs:\n{text}", self.runs);
    }
}

/// Everything: all stacks, all phases, all breaks, at every request.
///
/// `FAULT_STACKS`, `FAULT_PHASES` and `FAULT_BREAKS` name the ones that are wanted, with commas;
/// `FAULT_EMULATOR` is `moto` or `ministack`; `FAULT_STEP` takes every so-many-th request, from
/// `FAULT_SEED` on.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes hours; CONTRIBUTING.md has the command"]
async fn a_run_that_breaks_off_anywhere_is_made_good_by_the_next() {
    let files = Files::new();
    let wanted = |list: &str, name: &str| {
        super::variable(list).is_none_or(|list| list.split(',').any(|part| part == name))
    };
    let number = |name: &str, default: usize| {
        super::variable(name).map_or(default, |text| text.parse().unwrap())
    };
    let (step, seed) = (number("FAULT_STEP", 1), number("FAULT_SEED", 0));
    let phases: Vec<Phase> = PHASES
        .iter()
        .copied()
        .filter(|phase| wanted("FAULT_PHASES", &format!("{phase:?}")))
        .collect();
    let breaks: Vec<Break> =
        [Break::Kill, Break::Cut, Break::Lose, Break::CutFromThere, Break::LoseAndCut]
            .into_iter()
            .filter(|what| wanted("FAULT_BREAKS", &format!("{what:?}")))
            .collect();
    let mut tally = Tally::default();
    for case in CASES.iter().filter(|case| wanted("FAULT_STACKS", case.name)) {
        let grounds = match super::variable("FAULT_EMULATOR").as_deref() {
            Some("ministack") => Grounds::ministack().await,
            _ => Grounds::moto(case, &files).await,
        };
        let points = |_, _, requests| (1 + seed % step..=requests).step_by(step).collect();
        sweep(case, &files, &grounds, &phases, &breaks, points, &mut tally).await;
        super::note(&format!(
            "{}: {} runs so far, {} faults, {} violations",
            case.name,
            tally.runs,
            tally.faults,
            tally.violations.len()
        ));
    }
    tally.is_clean();
}
