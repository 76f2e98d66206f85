//! Questions.

use std::io::BufRead;

use super::args::Common;
use super::failure::Failure;
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

/// Asks for a stack's name.
pub async fn name(stack: &str, lost: &str, ui: &Ui) -> Result<bool, Failure> {
    if !ui.can_ask() {
        return Ok(false);
    }
    ui.ask(&format!("{lost} will lose their accounts. Type the stack's name to go on: "));
    Ok(answer().await?.trim() == stack)
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
