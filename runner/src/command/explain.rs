//! `explain FILE AGENT HOST:PORT`: the verdict, what decides, and what would change it.

use std::net::IpAddr;

use policy_core::ast::Destination;
use policy_core::decide::{Cause, Kind, Resolved};
use policy_core::explain::{Asked, remedies};
use policy_render::file_set::{FileSet, MANIFEST};
use policy_render::manifest::Manifest;

use crate::cli::{ExplainArgs, Format, Global};
use crate::compile::{self, Read};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::explanation::{Explanation, Line};
use crate::{facts_file, ui};

/// Runs the command. An answer is an answer: the exit code does not tell allow from deny.
pub fn run(args: &ExplainArgs, global: &Global) -> Result<Exit, Error> {
    let facts = facts_file::facts(global.facts.as_deref())?;
    let Some(Read { sources, policy }) = compile::read(&args.file, &facts)? else {
        return Ok(Exit::Findings);
    };
    let addresses: Vec<IpAddr> = args.resolves.iter().copied().flatten().collect();
    let agent = policy.agent(&args.agent);
    let agent = agent.ok_or_else(|| Error::no_agent(&policy, &args.file, &args.agent))?;
    let asked = Asked {
        agent: &agent.name,
        destination: &args.destination,
        kind: match (args.connect, args.plain) {
            (true, _) => Some(Kind::Connect),
            (_, true) => Some(Kind::Plain),
            _ => None,
        },
        resolved: match args.resolves.as_slice() {
            [] => Resolved::Public,
            _ => Resolved::To(&addresses),
        },
    };
    let answer = asked
        .answer(&policy)
        .ok_or_else(|| Error::no_agent(&policy, &args.file, &args.agent))?;
    let files = policy_render::render(&policy, &sources)?;
    let agent = policy.agent(&args.agent);
    let agent = agent.map_or(args.agent.as_str(), |agent| agent.name.as_str());
    let explanation = Explanation {
        sources: &sources,
        policy: &policy,
        asked,
        remedies: remedies(&sources, &facts, &policy, &asked),
        lines: lines(&files, agent, answer.verdict.cause)?,
        answer,
    };
    match args.format {
        Format::Human => ui::part(explanation.human()),
        Format::Json => ui::raw(&explanation.json()?),
    }
    Ok(Exit::Fine)
}

/// Reads `HOST:PORT`.
pub fn destination(text: &str) -> Result<Destination, String> {
    policy_core::parse::destination(text).map_err(|report| {
        let found = report.diagnostics().iter();
        let told = found.map(|found| match &found.help {
            Some(help) => format!("{}: {help}", found.message),
            None => found.message.clone(),
        });
        told.collect::<Vec<_>>().join("; ")
    })
}

/// Reads an address, or `nothing`.
pub fn resolved(text: &str) -> Result<Option<IpAddr>, String> {
    if text == "nothing" {
        return Ok(None);
    }
    let read = text.parse().map(Some);
    read.map_err(|_| "this is neither an IP address nor `nothing`".to_owned())
}

/// The printed lines that come from the statement of the agent's that decides.
fn lines(files: &FileSet, agent: &str, cause: Cause<'_>) -> Result<Vec<Line>, Error> {
    let Cause::Statement(origin) = cause else {
        return Ok(Vec::new());
    };
    let manifest: Manifest = serde_json::from_str(files.get(MANIFEST).unwrap_or_default())?;
    let key = origin.key.to_string();
    let mut found = Vec::new();
    for (file, by_agent) in &manifest.lines {
        let numbers = by_agent.get(agent).and_then(|by_key| by_key.get(&key));
        let numbers = numbers.map_or(&[][..], Vec::as_slice);
        let text = files.get(file).unwrap_or_default();
        for (number, text) in (1..).zip(text.lines()) {
            if numbers.contains(&number) {
                let (file, text) = (file.clone(), text.to_owned());
                found.push(Line {
                    file,
                    line: number,
                    text,
                });
            }
        }
    }
    Ok(found)
}
