//! Why a plan may not be carried out, each with its place in the stack file.

use annotate_snippets::{Level, Renderer};

use crate::plan::{Plan, Refusal};
use crate::resource::Address;
use crate::spec::{Loaded, Place, Problem, Sources};

use super::problems;
use super::style::{indented, plain};

/// All refusals, as a compiler would print problems; without places where there is no file.
pub fn text(plan: &Plan, loaded: Option<&Loaded>, colour: bool) -> String {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
    let level = Level::ERROR.with_name("refused");
    let none = Sources::default();
    let sources = loaded.map_or(&none, |loaded| &loaded.sources);
    let mut text = String::new();
    for refusal in &plan.refusals {
        let problem = problem(refusal, loaded);
        let group = problems::group(&problem, sources, level.clone());
        text += &renderer.render(&[group]).to_string();
        text += "\n";
        // Without a snippet there is no line to hang it on.
        if let (None, Some(help)) = (loaded, &problem.help) {
            text += &format!("  = help: {}\n", indented(help));
        }
        if let Some(paste) = &refusal.paste {
            text += "\n";
            let yaml = serde_saphyr::to_string(paste).unwrap_or_default();
            text += &yaml.lines().map(|line| format!("    {}\n", plain(line))).collect::<String>();
        }
        text += "\n";
    }
    text
}

fn problem(refusal: &Refusal, loaded: Option<&Loaded>) -> Problem {
    let Refusal { address, path, reason, help, paste: _ } = refusal;
    let what = match path {
        Some(path) => format!("{address} {path}: {reason}"),
        None => format!("{address}: {reason}"),
    };
    let at = loaded.map_or_else(Place::default, |loaded| {
        let below = path.iter().flat_map(|path| path.split('.'));
        let all = address.segments().iter().map(String::as_str).chain(below);
        loaded.tree.place_of(&Address::new(all))
    });
    Problem::new(at, plain(&what)).help(help.as_str())
}
