//! Whoever wants to stop is obeyed: whatever the program does, soon, and so that the next run goes on.

use std::fs::File;
use std::process::{Child, ExitStatus};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::{Recorder, STACK};
use crate::end_to_end::{World, with_surroundings_of};
use crate::support::emulators::Emulator;
use crate::support::proxy::script::{Line, Script};
use crate::support::proxy::{Interference, Request, Verdict};

/// What CI leaves before it asks again, and what is promised.
const SOON: Duration = Duration::from_secs(5);

/// The program at work, in a world whose stack file is written.
struct Run {
    child: Child,
    stderr: std::path::PathBuf,
}

impl Run {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let command = world.command(arguments);
        let stderr = world.path().join("stderr");
        let mut child = std::process::Command::new(command.get_program());
        with_surroundings_of(&mut child, &command, world).args(command.get_args());
        child.stdout(File::create(world.path().join("stdout")).unwrap());
        let child = child.stderr(File::create(&stderr).unwrap()).spawn().unwrap();
        Self { child, stderr }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.stderr).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// How it ended, and how long after this was called.
    async fn ends(&mut self) -> (ExitStatus, Duration) {
        let start = Instant::now();
        let mut ended = None;
        wait_for("its end", || {
            ended = self.child.try_wait().unwrap();
            ended.is_some()
        })
        .await;
        (ended.unwrap(), start.elapsed())
    }

    /// It ends soon, as interrupted; what it said.
    async fn stops_soon(mut self) -> String {
        let (ended, took) = self.ends().await;
        let said = self.said();
        assert_eq!(ended.code(), Some(130), "{said}");
        assert!(took < SOON, "{took:?}\n{said}");
        said
    }
}

#[expect(clippy::disallowed_methods, reason = "a program takes its time")]
async fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "no {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Answers one operation never, and lets others pass.
struct Silence {
    operation: &'static str,
    recorder: Arc<Recorder>,
}

impl Silence {
    fn of(operation: &'static str) -> Arc<Self> {
        Arc::new(Self { operation, recorder: Recorder::new() })
    }

    /// Waits until the operation was called.
    async fn broken(&self) {
        wait_for("call of it", || !self.recorder.of(self.operation).is_empty()).await;
    }
}

impl Interference for Silence {
    fn ask(&self, request: &Request) -> Verdict {
        let _ = self.recorder.ask(request);
        if request.operation == self.operation { Verdict::Hang } else { Verdict::Pass }
    }
}

/// A wait that would last for three minutes: IAM does not tell Lambda of the role.
fn unknown_role() -> Arc<Script> {
    let words = "The role defined for the function cannot be assumed by Lambda.";
    let error = (400, "InvalidParameterValueException");
    Arc::new(Script(vec![Line::first("lambda:CreateFunction", 1000, error, words)]))
}

/// Nothing is left locked, and the same command ends what was begun.
async fn goes_on(world: &World) {
    world.proxy.leave_alone();
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wait_ends_soon_after_a_signal_and_the_next_run_goes_on() {
    for signal in [Signal::INT, Signal::TERM] {
        let world = World::new(Emulator::ministack().await).await;
        world.write(STACK);
        let script = unknown_role();
        world.proxy.interfere(script.clone());
        let run = Run::start(&world, &["apply", "--yes"]);
        wait_for("refusal", || script.0[0].given() >= 4).await;
        run.signal(signal);
        let said = run.stops_soon().await;
        assert!(
            said.contains(
                "failed create lambdas.hello: interrupted while waiting for the role of \
                 `busy-hello` to be known to Lambda: CreateFunction"
            ),
            "{said}"
        );
        assert!(said.contains("skipped create lambdas.hello.permissions.http_api"), "{said}");
        assert!(said.contains("Interrupted: "), "{said}");
        goes_on(&world).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_is_finished_and_nothing_new_is_started() {
    let world = World::new(Emulator::ministack().await).await;
    world.write(STACK);
    let slow = Arc::new(Slow(Recorder::new()));
    world.proxy.interfere(slow.clone());
    let run = Run::start(&world, &["apply", "--yes"]);
    wait_for("create", || !slow.0.of("CreateUserPool").is_empty()).await;
    run.signal(Signal::TERM);
    let said = run.stops_soon().await;
    assert!(said.contains("create user_pool: done"), "{said}");
    assert!(slow.0.of("CreateUserPoolClient").is_empty(), "{:?}", slow.0.operations());
    assert!(said.contains("skipped create user_pool.app_clients.web: interrupted"), "{said}");
    goes_on(&world).await;
}

/// Lets the creation of the pool take a while.
struct Slow(Arc<Recorder>);

impl Interference for Slow {
    fn ask(&self, request: &Request) -> Verdict {
        let verdict = self.0.ask(request);
        if request.operation == "CreateUserPool" {
            // Nothing else comes meanwhile: the proxy asks about one request at a time.
            std::thread::sleep(Duration::from_millis(700));
        }
        verdict
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn before_anything_is_written_it_ends_at_once() {
    let world = World::new(Emulator::ministack().await).await;
    world.write(STACK);
    for (arguments, signal) in [
        (&["apply", "--yes"][..], Signal::INT),
        (&["plan"], Signal::TERM),
        (&["destroy", "--yes"], Signal::TERM),
    ] {
        let silence = Silence::of("GetApis");
        world.proxy.interfere(silence.clone());
        let run = Run::start(&world, arguments);
        silence.broken().await;
        run.signal(signal);
        let said = run.stops_soon().await;
        assert!(said.contains("interrupted before anything was written"), "{said}");
    }
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
    goes_on(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_lock_is_taken_it_ends_soon_and_leaves_none() {
    let world = World::new(Emulator::ministack().await).await;
    world.write(STACK);
    let throttled = Line::first("ssm:PutParameter", 1000, (400, "ThrottlingException"), "later");
    let script = Arc::new(Script(vec![throttled]));
    world.proxy.interfere(script.clone());
    let run = Run::start(&world, &["apply", "--yes"]);
    wait_for("refusal", || script.0[0].given() >= 2).await;
    run.signal(Signal::INT);
    let said = run.stops_soon().await;
    assert!(said.contains("interrupted while waiting for"), "{said}");
    assert_eq!(world.proxy.take_writes().iter().filter(|w| *w != "PutParameter").count(), 0);
    goes_on(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_second_signal_does_not_wait_for_a_request_that_hangs() {
    let world = World::new(Emulator::ministack().await).await;
    world.write(STACK);
    let silence = Silence::of("CreateUserPool");
    world.proxy.interfere(silence.clone());
    let mut run = Run::start(&world, &["apply", "--yes"]);
    silence.broken().await;
    run.signal(Signal::TERM);
    wait_for("report", || run.said().contains("skipped") || run.said().contains("!create")).await;
    assert!(run.child.try_wait().unwrap().is_none(), "it waits for the answer");
    run.signal(Signal::TERM);
    let (ended, took) = run.ends().await;
    assert_eq!(ended.code(), Some(130));
    assert!(took < Duration::from_secs(1), "{took:?}");
    // It could not give the lock back.
    let _ = world.run(&["unlock", "--yes"]).await.exits(0);
    goes_on(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_is_left_by_ctrl_c() {
    let world = World::new(Emulator::ministack().await).await;
    world.write(STACK);
    let (code, text) = crate::end_to_end::on_a_terminal(&world, &["apply"], "\u{3}").await;
    assert_eq!(code, 130, "{text}");
    assert!(text.contains("interrupted before anything was written"), "{text}");
    assert_eq!(world.proxy.take_writes(), Vec::<String>::new());
    goes_on(&world).await;
}
