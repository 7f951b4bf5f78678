//! The matrix as one JSON document: all that each agent reaches.

use policy_core::ir::{Access, Agent, Mode};
use policy_core::reach::Survey;
use serde::Serialize;

use super::super::changes::{Part, Passage, Side, reach};
use super::sections::of;

/// The format.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    safe_ports: String,
    agents: Vec<OfAgent<'a>>,
}

#[derive(Serialize)]
struct OfAgent<'a> {
    name: &'a str,
    access: Access,
    mode: Mode,
    reach: Vec<Line<'a>>,
}

#[derive(Serialize)]
struct Line<'a> {
    cell: Option<&'static str>,
    #[serde(flatten)]
    part: Part,
    by: Option<Passage<'a>>,
}

/// The document for these agents.
pub fn json<'a>(side: Side<'a>, agents: &[&'a Agent]) -> Result<String, serde_json::Error> {
    let survey = Survey::new(side.policy);
    let mut all = Vec::new();
    for agent in agents {
        let entries = reach(side, &survey, agent);
        let line = |entry| Line {
            cell: of(entry).map(super::cell::Cell::word),
            part: Part::of(entry),
            by: Passage::of(&entry.after),
        };
        all.push(OfAgent {
            name: agent.name.as_str(),
            access: agent.access,
            mode: agent.mode,
            reach: entries.iter().map(line).collect(),
        });
    }
    let document = Document {
        version: VERSION,
        safe_ports: side.policy.safe_ports.to_string(),
        agents: all,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
