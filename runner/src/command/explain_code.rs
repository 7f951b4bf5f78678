//! `explain-code CODE`: what a diagnostic means, out of the page that documents them all.

use policy_core::diagnostic::Code;

use crate::cli::ExplainCodeArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::ui;

/// What fits on any terminal.
const WIDTH: usize = 80;

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
    let mut text = format!("{level}[{code}]\n");
    let mut is_example = false;
    for paragraph in code.explanation().split("\n\n") {
        text.push('\n');
        is_example |= paragraph.starts_with("```");
        if !is_example {
            text.push_str(&wrapped(paragraph, 0));
            continue;
        }
        let lines = paragraph.lines().filter(|line| !line.starts_with("```"));
        lines.for_each(|line| text.push_str(&format!("    {line}\n")));
        is_example = !paragraph.ends_with("\n```");
    }
    text
}

/// Text in lines of at most [`WIDTH`] characters, all but the first of them set in.
fn wrapped(text: &str, indent: usize) -> String {
    let mut lines = String::new();
    let mut column = indent;
    for word in text.split_whitespace() {
        let len = word.chars().count();
        if column > indent && column + 1 + len > WIDTH {
            lines.push_str(&format!("\n{:indent$}", ""));
            column = indent;
        }
        if column > indent {
            lines.push(' ');
            column += 1;
        }
        lines.push_str(word);
        column += len;
    }
    lines + "\n"
}

/// Every code with its summary.
fn list() -> String {
    let width = Code::ALL.iter().map(|code| code.name().len()).max();
    let indent = width.unwrap_or(0) + 2;
    let line = |code: &Code| {
        let summary = wrapped(&code.summary(), indent);
        format!("{:indent$}{summary}", code.name())
    };
    Code::ALL.iter().map(line).collect()
}
