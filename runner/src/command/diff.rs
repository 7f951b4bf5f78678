//! `diff OLD NEW`: who gains, loses or is re-routed to what, exactly.

use crate::cli::{DiffArgs, DiffFormat, Global};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::changes::{Changes, Document, Side, human, markdown};
use crate::{compile, facts_file, ui};

/// Runs the command.
pub fn run(args: &DiffArgs, global: &Global) -> Result<Exit, Error> {
    let facts = facts_file::facts(global.facts.as_deref())?;
    let old = compile::read(&args.old, &facts)?;
    let new = compile::read(&args.new, &facts)?;
    let (Some(old), Some(new)) = (&old, &new) else {
        return Ok(Exit::Findings);
    };
    let changes = Changes::between(Side::of(old), Side::of(new));
    match args.format {
        DiffFormat::Human => ui::part(human(&changes, ui::width())),
        DiffFormat::Json => ui::result(serde_json::to_string_pretty(&Document::of(&changes))?),
        DiffFormat::Markdown => ui::part(markdown(&changes)),
    }
    if args.deny_widening && changes.widens {
        ui::note("refused: the new policy gives what the old one kept (--deny-widening)");
        return Ok(Exit::Findings);
    }
    Ok(Exit::Fine)
}
