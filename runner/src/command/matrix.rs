//! `matrix FILE`: who reaches what.

use policy_core::ir::{Agent, Policy};

use crate::cli::{Format, Global, MatrixArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::changes::Side;
use crate::report::matrix::{human, json};
use crate::{compile, facts_file, ui};

/// Runs the command.
pub fn run(args: &MatrixArgs, global: &Global) -> Result<Exit, Error> {
    let facts = facts_file::facts(global.facts.as_deref())?;
    let Some(read) = compile::read(&args.file, &facts)? else {
        return Ok(Exit::Findings);
    };
    let agents = chosen(args, &read.policy)?;
    let side = Side::of(&read);
    match args.format {
        // Whoever asks for agents by name wants to know why, which a table has no room for.
        Format::Human => {
            let by_agent = !args.agents.is_empty();
            ui::part(human(side, &agents, ui::width(), by_agent));
        }
        Format::Json => ui::part(json(side, &agents)?),
    }
    Ok(Exit::Fine)
}

/// The agents that are asked for; all where none is.
fn chosen<'a>(args: &MatrixArgs, policy: &'a Policy) -> Result<Vec<&'a Agent>, Error> {
    if args.agents.is_empty() {
        return Ok(policy.agents.iter().collect());
    }
    let named = |name: &String| {
        let found = policy.agent(name);
        found.ok_or_else(|| Error::no_agent(policy, &args.file, name))
    };
    args.agents.iter().map(named).collect()
}
