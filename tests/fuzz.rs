//! Whatever a stack file holds: `check` and `plan` end, say what is wrong with a place, and take no more
//! memory than a machine has.
//!
//! `cargo test` tries some hundreds. A longer campaign, here of ten minutes, from a seed of one's own:
//!
//! ```text
//! FUZZ_SECONDS=600 FUZZ_SEED=1 cargo test --test all fuzz::campaign -- --ignored --nocapture
//! ```
//!
//! What it finds is given with the seed that makes it again: [`OF_OLD`] keeps them.

mod bytes;
mod structures;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use provision::aws::{Given, kinds};
use provision::plan::{self, Lookup, Subject};
use provision::report;
use provision::report::model::{Headline, Report};
use provision::report::text::View;
use provision::resource::{Declared, Live, Piece};
use provision::spec::{self, Loaded, Options, load_text};

use crate::support::memory::{MemoryCloud, lookup};

/// How long one file may take, in a program that is not optimised and beside other tests.
const AT_MOST: Duration = Duration::from_secs(30);

/// Numbers that follow from a seed: SplitMix64, <https://prng.di.unimi.it/splitmix64.c>.
pub struct Dice(u64);

impl Dice {
    /// The next number.
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `end`, which is not 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    /// Whether it falls so, `percent` times of a hundred.
    pub fn falls(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of several.
    pub fn one_of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

fn declare(loaded: &Loaded) -> Vec<Declared> {
    let bundles = loaded.stack.functions().map(|(key, _)| (key.clone(), "sha".to_owned()));
    let given =
        Given { region: "us-east-1".into(), bundles: bundles.collect(), ..Given::default() };
    kinds::declare(&loaded.stack, &given)
}

/// What the whole stack of the tests leaves in a cloud.
static LIVE: LazyLock<Vec<Live>> = LazyLock::new(|| {
    let text = crate::end_to_end::STACK.replace("${env.TOKEN_SECRET}", "known");
    let loaded = load_text(Path::new("x.yaml"), &text, &Options::default(), &kinds::vocabulary());
    let declared = declare(&loaded.expect("the stack of the tests is right"));
    let cloud = MemoryCloud::default();
    crate::any_to_any::apply(&declared, &cloud);
    cloud.resources()
});

/// Puts a file through all that `check` and `plan` do with it.
fn swallow(bytes: &[u8]) {
    let Ok(text) = spec::text(bytes) else { return };
    let options = Options { variables: BTreeMap::new(), ..Options::default() };
    match load_text(Path::new("x.yaml"), &text, &options, &kinds::vocabulary()) {
        Err(problems) => {
            assert!(!problems.problems.is_empty(), "refused, and nobody knows why");
            for problem in &problems.problems {
                assert!(!problem.message.is_empty());
                let range = &problem.at.range;
                let end = text.len();
                assert!(range.start <= range.end && range.end <= end, "{problem:?} of {end}");
                assert!(text.is_char_boundary(range.start), "{problem:?}");
            }
            let _ = report::problems::text(&problems, false);
            let _ = report::problems::text(&problems, true);
        }
        Ok(loaded) => plan_against_nothing_and_all(&loaded),
    }
}

fn plan_against_nothing_and_all(loaded: &Loaded) {
    let declared = declare(loaded);
    if !kinds::check(&declared).is_empty() {
        return;
    }
    let Ok(declared) = plan::order(declared) else { return };
    let missing = |_: &Piece| Lookup::Missing("it is not set".to_owned());
    for (live, lookup) in
        [(Vec::new(), &lookup as &dyn Fn(&Piece) -> Lookup), (LIVE.clone(), &missing)]
    {
        let subject = Subject { declared: declared.clone(), live, kinds: &kinds::infos(), lookup };
        let Ok(plan) = plan::build(subject, &plan::Options::default()) else { continue };
        let headline = Headline {
            stack: loaded.stack.stack.clone(),
            region: "us-east-1".into(),
            account: "123456789012".into(),
            destroy: false,
        };
        let told = Report::new(&plan, &headline);
        let _ = report::text::plan(&told, View::default());
        let _ = report::json::text(&report::json::plan(&told));
        let _ = report::markdown::plan(&told, false);
        let _ = report::refusals::text(&plan, Some(loaded), false);
    }
}

/// The same, and fails where it does not end.
fn ends(bytes: Vec<u8>, what: &str) {
    let (sender, receiver) = channel();
    let shown = String::from_utf8_lossy(&bytes).into_owned();
    // As much stack as a program's first thread has.
    let thread = std::thread::Builder::new().stack_size(8 * 1024 * 1024).spawn(move || {
        swallow(&bytes);
        let _ = sender.send(());
    });
    let thread = thread.unwrap();
    let ended = receiver.recv_timeout(AT_MOST);
    assert_ne!(ended, Err(RecvTimeoutError::Timeout), "{what}: it does not end:\n{shown}");
    if let Err(fault) = thread.join() {
        eprint_and_resume(what, &shown, fault);
    }
}

#[expect(clippy::disallowed_macros, reason = "what makes the fault again must be seen")]
fn eprint_and_resume(what: &str, shown: &str, fault: Box<dyn std::any::Any + Send>) -> ! {
    eprintln!("{what} is a fault:\n{shown}");
    std::panic::resume_unwind(fault)
}

proptest! {
    // The same files in every run.
    #![proptest_config(ProptestConfig {
        cases: 600, rng_seed: RngSeed::Fixed(4), ..ProptestConfig::default()
    })]

    #[test]
    fn any_bytes_are_a_stack_or_a_problem(seed in any::<u64>()) {
        ends(bytes::file(&mut Dice(seed)), &format!("bytes of {seed}"));
    }

    #[test]
    fn any_structure_is_a_stack_or_a_problem(seed in any::<u64>()) {
        ends(structures::file(&mut Dice(seed)), &format!("structure of {seed}"));
    }
}

/// What once was a fault: seeds of bytes and of structures.
const OF_OLD: (&[u64], &[u64]) = (&[], &[]);

#[test]
fn what_once_was_a_fault_is_none() {
    OF_OLD.0.iter().for_each(|seed| ends(bytes::file(&mut Dice(*seed)), "bytes"));
    OF_OLD.1.iter().for_each(|seed| ends(structures::file(&mut Dice(*seed)), "structure"));
}

/// Some of what is made is a stack, so that plans are tried too.
#[test]
fn some_of_the_files_are_stacks() {
    let is_stack = |bytes: Vec<u8>| {
        let text = spec::text(&bytes[..]).unwrap_or_default();
        load_text(Path::new("x.yaml"), &text, &Options::default(), &kinds::vocabulary()).is_ok()
    };
    let of_bytes = (0..150).filter(|seed| is_stack(bytes::file(&mut Dice(*seed)))).count();
    let of_structures =
        (0..300).filter(|seed| is_stack(structures::file(&mut Dice(*seed)))).count();
    assert!(of_bytes > 5 && of_structures > 5, "{of_bytes} and {of_structures}");
}

/// A variable of the environment, as a number.
fn number(name: &str) -> Option<u64> {
    std::env::var_os(name)?.to_str()?.parse().ok()
}

/// The most memory that this process ever had, in megabytes; Linux alone says.
fn most_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kilobytes| kilobytes / 1024)
}

#[test]
#[ignore = "five minutes"]
#[expect(clippy::disallowed_macros, reason = "a campaign says how it went")]
fn campaign() {
    let until = Instant::now() + Duration::from_secs(number("FUZZ_SECONDS").unwrap_or(300));
    let first = number("FUZZ_SEED").unwrap_or(0);
    let mut seed = first;
    let mut slowest = (Duration::ZERO, 0);
    while Instant::now() < until {
        let start = Instant::now();
        ends(bytes::file(&mut Dice(seed)), &format!("bytes of {seed}"));
        ends(structures::file(&mut Dice(seed)), &format!("structure of {seed}"));
        slowest = slowest.max((start.elapsed(), seed));
        seed += 1;
    }
    let (took, of) = slowest;
    println!("{} files from {first}; the slowest, {of}, took {took:?}", 2 * (seed - first));
    let memory = most_memory();
    println!("most memory: {memory:?} MB");
    assert!(memory.is_none_or(|memory| memory < 1024), "{memory:?} MB");
}
