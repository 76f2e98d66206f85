//! A run that breaks off anywhere, and the next one: nothing is doubled, lost or orphaned.

use std::sync::Arc;

use futures::future::join_all;
use serde_json::Value;

use super::grounds::Grounds;
use super::site::{Files, KILLED, Phase, Site};
use super::stacks::{CASES, Case};
use crate::support::emulators::Emulator;
use crate::support::holdings::{Holdings, differences};
use crate::support::proxy::faults::{Break, BreakAt};

const PHASES: &[Phase] = &[Phase::First, Phase::Update, Phase::Back, Phase::Destroy];

/// How a sweep went.
#[derive(Default)]
struct Tally {
    runs: usize,
    faults: usize,
    violations: Vec<String>,
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
    grounds: &Grounds<'_>,
    (name, phase): (&str, Phase),
    breaks: impl IntoIterator<Item = (Break, usize)>,
    tally: &mut Tally,
) {
    let end = &grounds.calm(phase).end;
    let at = |what: String| format!("{name} {phase:?} {what}");
    let unsound = unsound(end, phase).into_iter();
    tally.violations.extend(unsound.map(|wrong| at(format!("undisturbed: {wrong}"))));
    for (what, n) in breaks {
        let act = async |site: &Site<'_>| break_off(site, phase, what, n, end).await;
        let (reached, wrong) = grounds.begin(phase, act).await;
        tally.runs += 1;
        tally.faults += usize::from(reached);
        for wrong in wrong {
            let line = at(format!("{what:?} at {n}: {wrong}"));
            super::note(&line);
            tally.violations.push(line);
        }
    }
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.runs += other.runs;
        self.faults += other.faults;
        self.violations.extend(other.violations);
    }

    fn is_clean(&self) {
        let Self { runs, faults, violations } = self;
        super::note(&format!("{runs} runs, {faults} faults, {} violations", violations.len()));
        assert!(violations.is_empty(), "{runs} runs:\n{}", violations.join("\n"));
    }
}

/// How many points of each phase are broken off at in every run of the tests.
const POINTS: usize = 2;

/// Some points of each phase, a different break at each; which ones, the stack's name decides.
fn some_points(name: &str, phase: Phase, requests: usize) -> Vec<(Break, usize)> {
    let seed: usize = name.bytes().map(usize::from).sum::<usize>() + phase as usize;
    let part = requests / POINTS;
    let point = |index: usize| {
        let what = [Break::Kill, Break::Lose, Break::Cut][(seed + index) % 3];
        (what, 1 + index * part + (seed * 7 + index) % part)
    };
    (0..POINTS).map(point).collect()
}

async fn some_of(case: &'static Case, root: &Emulator, files: &Files) -> Tally {
    let grounds = Grounds::on_copies(root, case, files, PHASES).await;
    let mut tally = Tally::default();
    for phase in PHASES.iter().copied() {
        let points = some_points(case.name, phase, grounds.calm(phase).requests);
        sweep(&grounds, (case.name, phase), points, &mut tally).await;
    }
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_breaks_off_is_made_good_by_the_next_on_moto() {
    let (files, root) = (Files::new(), Emulator::moto().await);
    let mut tally = Tally::default();
    for done in join_all(CASES.iter().map(|case| some_of(case, &root, &files))).await {
        tally.add(done);
    }
    assert_eq!(tally.runs, CASES.len() * PHASES.len() * POINTS);
    tally.is_clean();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_breaks_off_is_made_good_by_the_next_on_ministack() {
    let (files, phases) = (Files::new(), &[Phase::First, Phase::Destroy]);
    let case = CASES.iter().find(|case| case.name == "secured-api").unwrap();
    let emulator = Emulator::ministack().await;
    let grounds = Grounds::emptied(emulator, case, &files, phases).await;
    let mut tally = Tally::default();
    for phase in phases.iter().copied() {
        let points = some_points(case.name, phase, grounds.calm(phase).requests);
        sweep(&grounds, (case.name, phase), points, &mut tally).await;
    }
    tally.is_clean();
}

/// What of everything is wanted, as the environment says.
struct Wanted {
    phases: Vec<Phase>,
    breaks: Vec<Break>,
    cases: Vec<&'static Case>,
    on_ministack: bool,
    step: usize,
    seed: usize,
}

impl Wanted {
    fn read() -> Self {
        let is_in = |list: &str, name: &str| {
            super::variable(list).is_none_or(|list| list.split(',').any(|part| part == name))
        };
        let number = |name: &str, default: usize| {
            super::variable(name).map_or(default, |text| text.parse().unwrap())
        };
        let phases = PHASES.iter().copied();
        let breaks = [Break::Kill, Break::Cut, Break::Lose, Break::CutFromThere, Break::LoseAndCut];
        Self {
            phases: phases.filter(|p| is_in("FAULT_PHASES", &format!("{p:?}"))).collect(),
            breaks: breaks
                .into_iter()
                .filter(|what| is_in("FAULT_BREAKS", &format!("{what:?}")))
                .collect(),
            cases: CASES.iter().filter(|case| is_in("FAULT_STACKS", case.name)).collect(),
            on_ministack: super::variable("FAULT_EMULATOR").as_deref() == Some("ministack"),
            step: number("FAULT_STEP", 1),
            seed: number("FAULT_SEED", 0),
        }
    }
}

/// Everything: all stacks, all phases, all breaks, at every request.
///
/// `FAULT_STACKS`, `FAULT_PHASES` and `FAULT_BREAKS` name those that are wanted, with commas;
/// `FAULT_EMULATOR` is `moto` or `ministack`; `FAULT_STEP` takes every so-many-th request, and
/// `FAULT_SEED` says from which one on.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes hours; CONTRIBUTING.md has the command"]
async fn a_run_that_breaks_off_anywhere_is_made_good_by_the_next() {
    let Wanted { phases, breaks, cases, on_ministack, step, seed } = Wanted::read();
    let files = Files::new();
    let root = if on_ministack { Emulator::ministack().await } else { Emulator::moto().await };
    let mut root = Some(root);
    let mut tally = Tally::default();
    for case in cases {
        let grounds = match root.take() {
            Some(emulator) if on_ministack => {
                Grounds::emptied(emulator, case, &files, &phases).await
            }
            Some(emulator) => {
                let grounds = Grounds::on_copies(&emulator, case, &files, &phases).await;
                root = Some(emulator);
                grounds
            }
            None => unreachable!("it is put back"),
        };
        for phase in phases.iter().copied() {
            let requests = grounds.calm(phase).requests;
            let points = (1 + seed % step..=requests).step_by(step);
            let points = points.flat_map(|n| breaks.iter().map(move |what| (*what, n)));
            sweep(&grounds, (case.name, phase), points, &mut tally).await;
            let (runs, wrong) = (tally.runs, tally.violations.len());
            super::note(&format!(
                "{} {phase:?}: {requests} requests; so far {runs} runs, {wrong} violations",
                case.name
            ));
        }
        root = grounds.into_emulator().or(root);
    }
    tally.is_clean();
}
