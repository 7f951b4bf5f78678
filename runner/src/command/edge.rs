//! `edge …`: who may message whom.

use policy_edit::{EdgeWish, Request};

use crate::cli::{EdgeArgs, EdgeCommand, EdgeEnds, Format, Global};
use crate::compile::{self, Read};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::agents::{edges_human, edges_json};
use crate::{edit, ui};

/// Runs the command.
pub fn run(args: &EdgeArgs, global: &Global) -> Result<Exit, Error> {
    let path = &args.policy.policy;
    let request = match &args.command {
        EdgeCommand::List => {
            let facts = edit::facts(global)?;
            let Some(Read { policy, .. }) = compile::read(path, &facts)? else {
                return Ok(Exit::Findings);
            };
            match args.options.format {
                Format::Human => ui::part(edges_human(&policy)),
                Format::Json => ui::raw(&edges_json(&policy)?),
            }
            return Ok(Exit::Fine);
        }
        EdgeCommand::Add(ends) => Request::AddEdge(wish(ends)),
        EdgeCommand::Remove(ends) => Request::RemoveEdge(wish(ends)),
    };
    edit::run(path, &request, &args.options, global)
}

fn wish(ends: &EdgeEnds) -> EdgeWish {
    EdgeWish {
        from: ends.from.clone(),
        to: ends.to.clone(),
        both: ends.both,
        local_name: ends.local_name.clone(),
    }
}
