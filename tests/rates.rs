//! AWS's quotas of requests a second, kept by a server as AWS keeps them.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Instant;

use crate::end_to_end::World;
use crate::support::emulators::Emulator;
use crate::support::proxy::rates::Quotas;

/// A stack of so many functions, routes, app clients and users.
fn stack(functions: usize, routes: usize, clients: usize, users: usize) -> String {
    let mut text = String::from("stack: many\nexpires: 8h\nuser_pool:\n  app_clients:\n");
    for n in 0..clients {
        writeln!(text, "    c{n}: {{ explicit_auth_flows: [ALLOW_REFRESH_TOKEN_AUTH] }}").unwrap();
    }
    text += "  groups: { staff: {} }\n  users:\n";
    for n in 0..users {
        let password = "password: { env: TEST1_PASSWORD }";
        writeln!(text, "    u{n}: {{ email: u{n}@example.com, {password}, groups: [staff] }}")
            .unwrap();
    }
    text += "lambdas:\n";
    for n in 0..functions {
        let code = "runtime: python3.13, handler: generate_token.lambda_handler, \
                    code: code/generate_token";
        writeln!(text, "  f{n}: {{ {code} }}").unwrap();
    }
    text += "http_api:\n  routes:\n";
    for n in 0..routes {
        writeln!(text, "    GET /r{n}: f{}", n % functions).unwrap();
    }
    text
}

/// What one run met with.
struct Figures {
    requests: usize,
    throttled: Vec<String>,
    seconds: f64,
    least: f64,
}

/// Applies a stack, plans it and destroys it, each within the quotas; what each run met with.
async fn runs(emulator: Emulator, file: &str) -> Vec<(&'static str, Figures)> {
    let world = World::new(emulator).await;
    world.write(file);
    let mut all = Vec::new();
    let apply: &[&str] = &["apply", "--yes", "--rates", "aws"];
    let plan: &[&str] = &["plan", "--exit-code", "--rates", "aws"];
    let destroy: &[&str] = &["destroy", "--yes", "--rates", "aws"];
    for (what, arguments) in [("apply", apply), ("plan", plan), ("destroy", destroy)] {
        let quotas = Arc::new(Quotas::default());
        world.proxy.interfere(quotas.clone());
        let start = Instant::now();
        let _ = world.run(arguments).await.exits(0);
        all.push((
            what,
            Figures {
                requests: world.proxy.count(),
                throttled: quotas.throttled(),
                seconds: start.elapsed().as_secs_f64(),
                least: quotas.least(),
            },
        ));
    }
    all
}

/// A stack that needs more than every quota lets through at once.
#[tokio::test(flavor = "multi_thread")]
async fn fewer_than_one_in_a_hundred_requests_come_too_soon() {
    let figures = runs(Emulator::moto().await, &stack(17, 45, 9, 40)).await;
    let (mut requests, mut throttled) = (0, Vec::new());
    for (what, run) in figures {
        assert!(what != "apply" || run.least > 0.8, "no quota is met with: {}", run.least);
        requests += run.requests;
        throttled.extend(run.throttled);
    }
    assert!(throttled.len() * 100 < requests, "{throttled:?} of {requests}");
}

/// The benchmark: how near to the quotas it comes.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "a benchmark; CONTRIBUTING.md has the command"]
#[expect(clippy::disallowed_macros, reason = "a benchmark shows its figures")]
async fn a_large_stack_takes_as_long_as_the_quotas_dictate() {
    for (what, run) in runs(Emulator::moto().await, &stack(40, 100, 60, 200)).await {
        let Figures { requests, throttled, seconds, least } = run;
        let (count, ratio) = (throttled.len(), seconds / least);
        println!(
            "{what}: {requests} requests, {count} throttled, {seconds:.1} s, the quotas dictate \
             {least:.1} s: {ratio:.2}; {throttled:?}"
        );
    }
}
