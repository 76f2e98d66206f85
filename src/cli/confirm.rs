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
pub fn yes(question: &str, ui: &Ui) -> Result<bool, Failure> {
    ui.ask(&format!("{question} Only `yes` is taken for it: "));
    Ok(answer()?.trim() == "yes")
}

/// Asks for a stack's name.
pub fn name(stack: &str, lost: &str, ui: &Ui) -> Result<bool, Failure> {
    if !ui.can_ask() {
        return Ok(false);
    }
    ui.ask(&format!("{lost} will lose their accounts. Type the stack's name to go on: "));
    Ok(answer()?.trim() == stack)
}

fn answer() -> Result<String, Failure> {
    let mut line = String::new();
    let read = std::io::stdin().lock().read_line(&mut line);
    read.map_err(|error| Failure::failed(format!("the answer cannot be read: {error}")))?;
    Ok(line)
}
