//! The command line: arguments to flow. The only layer that prints.
//!
//! One file per command; `flow` has what they share: reading the file, planning, applying.

mod apply;
mod args;
mod check;
mod code;
mod completions;
mod confirm;
mod destroy;
mod drift;
mod explain;
mod failure;
mod files;
mod flow;
mod interrupt;
mod local;
mod lock;
mod outputs;
mod passwords;
mod plan;
mod saved;
mod schema;
mod session;
mod ui;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::Parser;

use args::{Arguments, Command};
use failure::{Exit, Failure};
use interrupt::Interrupt;
use ui::Ui;

/// Runs the program.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let arguments = match Arguments::try_parse_from(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // What was typed wrong is quoted, so it is printed as everything else is.
            let ui = Ui::new(args::Color::Auto, false);
            let text = error.render().ansi().to_string();
            if error.use_stderr() {
                ui.say(text.trim_end());
                return Exit::Usage.into();
            }
            ui.result(&text);
            return Exit::Done.into();
        }
    };
    let quiet = matches!(&arguments.command, Some(Command::Plan(plan)) if plan.quiet);
    let ui = Ui::new(arguments.common.color, quiet);
    start_log(arguments.common.verbose, &ui);
    ui.tell_of_faults();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            ui.failure(&Failure::failed(format!("the program cannot start: {error}")));
            return Exit::Failed.into();
        }
    };
    let ran = AssertUnwindSafe(|| {
        runtime.block_on(async {
            let interrupt = Interrupt::listen();
            interrupt.or_stop(dispatch(arguments, &ui, &interrupt)).await
        })
    });
    let ended = catch_unwind(ran);
    // Somebody may still be asked: nobody waits for the answer.
    runtime.shutdown_background();
    match ended {
        Ok(Ok(exit)) => exit.into(),
        // The fault was told of where it happened.
        Err(_) => Exit::Failed.into(),
        Ok(Err(failure)) => {
            ui.failure(&failure);
            failure.exit.into()
        }
    }
}

async fn dispatch(arguments: Arguments, ui: &Ui, interrupt: &Interrupt) -> Result<Exit, Failure> {
    let Arguments { common, apply: bare, command } = arguments;
    if command.is_some() && bare.is_given() {
        let message = "options of `apply` stand before another command";
        return Err(Failure::usage(message).help("write the command first, then its options"));
    }
    match command {
        None => match common.stack {
            Some(_) => apply::run(&common, &bare, ui, interrupt).await,
            None => Err(Failure::usage("nothing to do").help(
                "`provision --stack FILE` applies a stack file; `provision --help` lists the commands",
            )),
        },
        Some(Command::Apply(apply)) => apply::run(&common, &apply, ui, interrupt).await,
        Some(Command::Plan(plan)) => plan::run(&common, &plan, ui, interrupt).await,
        Some(Command::Destroy(destroy)) => destroy::run(&common, &destroy, ui, interrupt).await,
        Some(Command::Unlock) => lock::unlock(&common, ui, interrupt).await,
        Some(Command::Check) => check::run(&common, ui).await,
        Some(Command::Outputs(outputs)) => outputs::run(&common, &outputs, ui, interrupt).await,
        Some(Command::Explain(explain)) => explain::run(&explain, ui),
        Some(Command::Schema(schema)) => schema::run(&schema, ui),
        Some(Command::Completions(completions)) => completions::run(&completions, ui),
        Some(Command::Local(local)) => local::run(&local, ui).await,
    }
}

/// `-v`: the program's own log, `-vv` the SDK's too, to stderr. Never the user interface.
fn start_log(verbose: u8, ui: &Ui) {
    let filter = match verbose {
        0 => return,
        1 => "provision=debug",
        _ => "provision=trace,aws_config=debug,aws_smithy_runtime=info",
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(ui.colours_on_stderr())
        .with_writer(ui::Log::default)
        .init();
}
