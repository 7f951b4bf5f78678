//! `agent-destinations.json`: the edges as rows of NanoClaw's table of that name.

use policy_core::ir::Policy;
use serde::Serialize;

/// The format of the file.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct AgentDestinations<'a> {
    version: u32,
    rows: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    agent_group_id: &'a str,
    local_name: &'a str,
    target_type: &'static str,
    target_id: &'a str,
}

/// The text of the file, by sender and local name.
pub(crate) fn render(policy: &Policy) -> Result<String, serde_json::Error> {
    let rows = policy.edges.iter().map(|edge| Row {
        agent_group_id: &edge.from,
        local_name: &edge.local_name,
        target_type: "agent",
        target_id: &edge.to,
    });
    crate::to_json(&AgentDestinations {
        version: VERSION,
        rows: rows.collect(),
    })
}
