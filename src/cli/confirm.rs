//! Questions.

use std::io::BufRead;

use super::args::Common;
use super::failure::{Exit, Failure};
use super::ui::Ui;

/// Refuses to go on where a question will come and nobody can answer it.
pub fn somebody_must_answer(common: &Common, ui: &Ui) -> Result<(), Failure> {
    if common.yes || ui.can_ask() {
        return Ok(());
    }
    Err(Failure::usage("this asks before it writes, and the standard input is not a terminal")
        .help("`--yes` carries the plan out without asking"))
}

/// Asks a question that only `yes` answers with yes.
pub async fn yes(question: &str, ui: &Ui) -> Result<bool, Failure> {
    ui.ask(&format!("{question} Only `yes` is taken for it: "));
    Ok(answer().await?.trim() == "yes")
}

/// Asks for a stack's name, where `lost` would be lost with it.
///
/// # Errors
///
/// Another name, or nobody who can answer: the plan is refused.
pub async fn name(stack: &str, lost: &str, ui: &Ui) -> Result<(), Failure> {
    if ui.can_ask() {
        ui.ask(&format!("{lost}. Type the stack's name to go on: "));
        if answer().await?.trim() == stack {
            return Ok(());
        }
    }
    Err(refused(stack, lost))
}

/// Holds a name that was given with the command against the stack's.
///
/// # Errors
///
/// Another name: the plan is refused.
pub fn given_name(stack: &str, given: &str) -> Result<(), Failure> {
    match given == stack {
        true => Ok(()),
        false => Err(refused(stack, &format!("`--confirm {given}` names another stack"))),
    }
}

fn refused(stack: &str, why: &str) -> Failure {
    Failure { exit: Exit::Refused, ..Failure::failed(why) }
        .help(format!("`--confirm {stack}` removes the stack and all that goes with it"))
}

/// Waits for a line beside everything else: somebody may press Ctrl-C in place of an answer.
async fn answer() -> Result<String, Failure> {
    let read = tokio::task::spawn_blocking(|| {
        let mut line = String::new();
        std::io::stdin().lock().read_line(&mut line).map(|_| line)
    });
    let unreadable = |error: &dyn std::fmt::Display| {
        Failure::failed(format!("the answer cannot be read: {error}"))
    };
    read.await.map_err(|error| unreadable(&error))?.map_err(|error| unreadable(&error))
}
