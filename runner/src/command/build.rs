//! `build FILE -o DIR`: the files of a policy, proved, without an engine.

use std::path::Path;

use policy_render::file_set::FileSet;

use crate::cli::{BuildArgs, Global};
use crate::compile::{self, Built};
use crate::error::Error;
use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::{facts_file, ledger, ui};

/// Runs the command.
pub fn run(args: &BuildArgs, global: &Global) -> Result<Exit, Error> {
    let mut facts = facts_file::facts(global.facts.as_deref())?;
    if let Some(path) = &args.ledger {
        facts.ledger = ledger::read(path)?;
    }
    let before = facts.ledger.clone();
    let Some(built) = compile::build(&args.file, &facts)? else {
        return Ok(Exit::Findings);
    };
    let mut stale = stale(&args.output, &built.files)?;
    let ledger = args.ledger.as_deref();
    if args.check {
        if let Some(path) = ledger.filter(|_| built.ledger != before) {
            stale.push(path.display().to_string());
        }
        for name in &stale {
            ui::result(format_args!("differs: {name}"));
        }
        return Ok(if stale.is_empty() {
            Exit::Fine
        } else {
            Exit::Findings
        });
    }
    write(&args.output, &built, ledger)?;
    let shown = args.output.display();
    match stale.len() {
        0 => ui::note(format_args!("{shown} is up to date")),
        _ => {
            ui::note(format_args!("proved: {}", built.proof));
            ui::note(format_args!("wrote {} in {shown}", stale.join(", ")));
        }
    }
    Ok(Exit::Fine)
}

/// The names of the files that are missing or say something else.
fn stale(output: &Path, wanted: &FileSet) -> Result<Vec<String>, FileError> {
    let mut names = Vec::new();
    for (name, text) in wanted.iter() {
        let there = files::read_if_there(&output.join(name))?;
        if there.as_deref() != Some(text.as_bytes()) {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

fn write(output: &Path, built: &Built, ledger: Option<&Path>) -> Result<(), Error> {
    // The ledger first: files without it would be dealt other addresses the next time, while a
    // ledger without its files only waits for the next build.
    if let Some(path) = ledger {
        ledger::save(path, &built.ledger)?;
    }
    files::create_folder(output)?;
    for (name, text) in built.files.iter() {
        files::write_if_changed(&output.join(name), text.as_bytes())?;
    }
    Ok(())
}
