//! Changes as JSON: the lines that `diff` and `plan` have in common.

use std::net::IpAddr;

use policy_core::decide::{BuiltIn, Cause, Kind};
use policy_core::port::Port;
use policy_core::reach::diff::{ChangeKind, EdgeChange, Presence, SettingChange};
use serde::Serialize;

use super::reach::{Entry, Outcome, Statement};
use super::words::route_of;
use super::{AgentChanges, Changes};

/// The format.
const VERSION: u32 = 1;

/// The document of `diff`.
#[derive(Serialize)]
pub struct Document<'a> {
    version: u32,
    widens: bool,
    #[serde(flatten)]
    lines: Lines<'a>,
}

/// What differs; the same in the documents of `diff` and `plan`.
#[derive(Default, Serialize)]
pub struct Lines<'a> {
    changes: Vec<Line<'a>>,
    edges: Vec<EdgeLine<'a>>,
    settings: &'a [SettingChange],
}

/// A part of an agent's reach that differs.
#[derive(Serialize)]
struct Line<'a> {
    agent: &'a str,
    presence: Presence,
    kind: ChangeKind,
    #[serde(flatten)]
    part: Part,
    before: Option<Passage<'a>>,
    after: Option<Passage<'a>>,
}

/// Destinations and ports, and one request out of all.
#[derive(Serialize)]
pub(in crate::report) struct Part {
    witness: String,
    method: &'static str,
    resolving_to: Option<IpAddr>,
    route: Option<&'static str>,
    places: Vec<String>,
    ports: String,
    // Ports that only CONNECT reaches, or only other methods do.
    #[serde(skip_serializing_if = "String::is_empty")]
    ports_plain_only: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    ports_connect_only: String,
}

/// How a policy lets a request pass, or why not.
#[derive(Serialize)]
pub(in crate::report) struct Passage<'a> {
    route: Option<&'static str>,
    guarded: bool,
    host_port: Option<Port>,
    statement: Option<Statement<'a>>,
    rule: Option<BuiltIn>,
}

/// An edge of one policy alone.
#[derive(Serialize)]
struct EdgeLine<'a> {
    from: &'a str,
    to: &'a str,
    kind: ChangeKind,
    local_name: &'a str,
}

impl<'a> Document<'a> {
    /// Of what differs.
    pub fn of(changes: &'a Changes<'a>) -> Self {
        Self {
            version: VERSION,
            widens: changes.widens,
            lines: Lines::of(changes),
        }
    }
}

impl<'a> Lines<'a> {
    /// Of what differs.
    pub fn of(changes: &'a Changes<'a>) -> Self {
        let of_agent = |agent: &'a AgentChanges<'a>| {
            let line = |entry| Line::of(agent, entry);
            agent.entries.iter().map(line)
        };
        let edge = |edge: &'a EdgeChange| EdgeLine {
            from: &edge.from,
            to: &edge.to,
            kind: edge.kind,
            local_name: &edge.local_name,
        };
        Self {
            changes: changes.agents.iter().flat_map(of_agent).collect(),
            edges: changes.edges.iter().map(edge).collect(),
            settings: &changes.settings,
        }
    }
}

impl<'a> Line<'a> {
    fn of(agent: &'a AgentChanges<'a>, entry: &Entry<'a>) -> Self {
        Self {
            agent: &agent.name,
            presence: agent.presence,
            kind: entry.kind,
            part: Part::of(entry),
            before: Passage::of(&entry.before),
            after: Passage::of(&entry.after),
        }
    }
}

impl Part {
    pub(in crate::report) fn of(entry: &Entry<'_>) -> Self {
        let ports = &entry.ports;
        Self {
            witness: entry.witness.to_string(),
            method: match entry.witness.kind {
                Kind::Connect => "connect",
                Kind::Plain | Kind::OtherScheme => "plain",
            },
            resolving_to: entry.witness.resolving_to,
            route: entry.after.way.or(entry.before.way).map(route_of),
            places: entry.places.iter().map(ToString::to_string).collect(),
            ports: ports.usual.to_string(),
            ports_plain_only: ports.plain.to_string(),
            ports_connect_only: ports.connect.to_string(),
        }
    }
}

impl<'a> Passage<'a> {
    /// Nothing for an agent that the policy does not have.
    pub(in crate::report) fn of(outcome: &Outcome<'a>) -> Option<Self> {
        let rule = match outcome.cause? {
            Cause::Statement(_) => None,
            Cause::BuiltIn(rule) => Some(rule),
        };
        Some(Self {
            route: outcome.way.map(route_of),
            guarded: outcome.way.is_some_and(|way| way.is_guarded),
            host_port: outcome.host_port,
            statement: outcome.statement,
            rule,
        })
    }
}
