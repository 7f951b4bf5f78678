//! `show NAME`: all about an agent.

use std::path::Path;

use policy_core::name::Name;

use crate::cli::{Format, Global};
use crate::compile::{self, Read};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::agents::Sheet;
use crate::{edit, ui};

/// Runs the command.
pub fn run(name: &Name, format: Format, path: &Path, global: &Global) -> Result<Exit, Error> {
    let facts = edit::facts(global)?;
    let Some(Read { sources, policy }) = compile::read(path, &facts)? else {
        return Ok(Exit::Findings);
    };
    let agent = policy.agent(name.as_str());
    let agent = agent.ok_or_else(|| Error::no_agent(&policy, path, name.as_str()))?;
    let sheet = Sheet::of(&sources, &policy, &facts, agent);
    match format {
        Format::Human => ui::part(sheet.human()),
        Format::Json => ui::raw(&sheet.json()?),
    }
    Ok(Exit::Fine)
}
