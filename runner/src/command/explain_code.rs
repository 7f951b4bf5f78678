//! `explain-code CODE`: what a diagnostic means, out of the page that documents them all.

use policy_core::diagnostic::Code;

use crate::cli::ExplainCodeArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::ui;

/// Runs the command.
pub fn run(args: &ExplainCodeArgs) -> Result<Exit, Error> {
    match &args.code {
        Some(name) => {
            let code = Code::ALL.iter().find(|code| code.name() == name);
            ui::part(code.map_or(String::new(), |code| section(*code)));
        }
        None => ui::part(list()),
    }
    Ok(Exit::Fine)
}

/// The section with its examples set in, instead of fenced.
fn section(code: Code) -> String {
    let level = code.usual_severity().name();
    let mut text = format!("{level}[{code}]\n\n");
    let mut is_example = false;
    for line in code.explanation().lines() {
        if line.starts_with("```") {
            is_example = !is_example;
        } else if is_example && !line.is_empty() {
            text.push_str(&format!("    {line}\n"));
        } else {
            text.push_str(&format!("{line}\n"));
        }
    }
    text
}

/// Every code with its summary.
fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.name().len()).max();
    let width = width.unwrap_or(0);
    Code::ALL
        .iter()
        .map(|code| format!("{:width$}  {}\n", code.name(), code.summary()))
        .collect()
}
