//! Throttling, failures and resets at any request; credentials that run out; quotas that are used up.

use std::sync::Arc;

use futures::future::join_all;

use super::site::{Files, Phase, Site};
use super::stacks::{CASES, Case};
use crate::support::emulators::Emulator;
use crate::support::holdings::differences;
use crate::support::proxy::faults::{Chance, ExpiredFrom};
use crate::support::proxy::script::{Line, Script};

/// Three of ten requests are throttled, one of ten fails, one of twenty is reset.
const ACCIDENTS: (u64, u64, u64) = (300, 100, 50);

/// Applies a stack under accidents; how many there were, and what is wrong then.
async fn apply(
    case: &'static Case,
    root: &Emulator,
    files: &Files,
    seed: u64,
) -> (usize, Vec<String>) {
    let calm = root.copy().await;
    let _ = Site::new(case, &calm, files).await.run(Phase::First, None).await.exits(0);
    let calm = Site::new(case, &calm, files).await.holdings().await;

    let emulator = root.copy().await;
    let site = Site::new(case, &emulator, files).await;
    let (throttled, failed, reset) = ACCIDENTS;
    let chance = Arc::new(Chance::new(seed, throttled, failed, reset));
    let ran = site.run(Phase::First, Some(chance.clone())).await;
    let mut wrong = Vec::new();
    if ran.code != 0 {
        wrong.push(format!("it exits {}: {}", ran.code, ran.stderr));
    }
    wrong.extend(differences(&calm, &site.holdings().await));
    let _ = site.proxy.take();
    let again = site.run(Phase::First, None).await;
    let writes = site.proxy.take_writes();
    if again.code != 0 || !writes.is_empty() {
        wrong.push(format!("the next exits {} and writes {writes:?}", again.code));
    }
    let wrong = wrong.into_iter().map(|wrong| format!("{} with seed {seed}: {wrong}", case.name));
    (chance.injected(), wrong.collect())
}

async fn apply_all(seeds: impl Iterator<Item = u64>) {
    let files = Files::new();
    let root = Emulator::moto().await;
    let (mut accidents, mut runs, mut all) = (0, 0, Vec::new());
    for seed in seeds {
        let applies = CASES.iter().map(|case| apply(case, &root, &files, seed));
        for (injected, wrong) in join_all(applies).await {
            accidents += injected;
            runs += 1;
            all.extend(wrong);
        }
    }
    super::note(&format!("{runs} applies, {accidents} accidents, {} violations", all.len()));
    assert!(accidents > runs * 20, "{accidents} accidents in {runs} runs");
    assert!(all.is_empty(), "{}", all.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_stack_is_applied_although_half_of_the_requests_fail() {
    apply_all(7..8).await;
}

/// `FAULT_SEED` is the first of `FAULT_SEEDS` seeds.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes; CONTRIBUTING.md has the command"]
async fn every_stack_is_applied_with_many_seeds() {
    let number = |name: &str, default: u64| {
        super::variable(name).map_or(default, |text| text.parse().unwrap())
    };
    let first = number("FAULT_SEED", 1);
    apply_all(first..first + number("FAULT_SEEDS", 10)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_that_run_out_are_told_once_and_the_run_goes_on_with_new_ones() {
    let files = Files::new();
    let root = Emulator::moto().await;
    let case = CASES.iter().find(|case| case.name == "auth-service").unwrap();
    let calm = root.copy().await;
    let calm = Site::new(case, &calm, &files).await;
    let _ = calm.run(Phase::First, None).await.exits(0);
    let (requests, expected) = (calm.proxy.take().len(), calm.holdings().await);
    // While it plans, at the lock, early, in the middle, and when all but the ledger is written.
    for n in [2, requests / 4, requests / 2, requests - 8, requests - 2] {
        let emulator = root.copy().await;
        let site = Site::new(case, &emulator, &files).await;
        let ran = site.run(Phase::First, Some(Arc::new(ExpiredFrom(n)))).await;
        assert_ne!(ran.code, 0, "from {n}");
        let told = ran.stderr.matches("The security token included").count();
        let of_lock = ran.stderr.matches("the lock was not given back").count();
        assert_eq!(told - of_lock, 1, "from {n}: {}", ran.stderr);
        assert!(ran.stderr.contains("renew them and run the same command again"), "{}", ran.stderr);
        let _ = site.run(Phase::First, None).await.exits(0);
        assert_eq!(
            differences(&expected, &site.holdings().await),
            Vec::<String>::new(),
            "from {n}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_quota_that_is_used_up_is_not_asked_again_and_is_named() {
    let files = Files::new();
    let root = Emulator::moto().await;
    let case = CASES.iter().find(|case| case.name == "db2-token").unwrap();
    let full = (400, "LimitExceededException");
    for (call, quota) in [
        ("cognito-idp:CreateUserPool", "user pools in a region"),
        ("cognito-idp:CreateGroup", "groups of a pool"),
        ("cognito-idp:CreateUserPoolClient", "app clients of a pool"),
    ] {
        let emulator = root.copy().await;
        let site = Site::new(case, &emulator, &files).await;
        let script = Arc::new(Script(vec![Line::first(call, 9, full, "Limit exceeded")]));
        let ran = site.run(Phase::First, Some(script.clone())).await.exits(1);
        assert_eq!(script.0[0].given(), 1, "{call}");
        assert!(ran.stderr.contains(&format!("the quota of {quota}")), "{}", ran.stderr);
        let _ = site.run(Phase::First, None).await.exits(0);
    }
}
