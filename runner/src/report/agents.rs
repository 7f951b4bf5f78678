//! Agents as their policy has them: what is granted, why and until when, and who messages whom.

use std::fmt::Write as _;

use ipnet::Ipv4Net;
use policy_core::ast::{AgentItem, Grant, Statement, Tail};
use policy_core::facts::Facts;
use policy_core::host::HostPattern;
use policy_core::ir::{Access, Agent, Mode, Policy};
use policy_core::port::Port;
use policy_core::print::statement_text;
use policy_core::sources::Sources;
use serde::Serialize;

use super::place::{Beginning, beginning};
use super::visible;
use crate::style::{BOLD, DIM, PLAIN};

/// The format of the JSON documents.
const VERSION: u32 = 1;

/// All about one agent.
#[derive(Clone, Debug, Serialize)]
pub struct Sheet<'a> {
    version: u32,
    name: &'a str,
    id: &'a str,
    place: Beginning<'a>,
    /// Its addresses; nothing before the first `up`.
    addresses: Option<Ipv4Net>,
    provider: Option<&'a str>,
    implied_hosts: &'a [HostPattern],
    access: Access,
    mode: Mode,
    sessions: u16,
    grants: Vec<GrantLine<'a>>,
    cdp: Option<Browser>,
    edges_out: Vec<EdgeLine<'a>>,
    edges_in: Vec<EdgeLine<'a>>,
}

/// An `allow`, a `deny`, a `lan` or a `cdp`.
#[derive(Clone, Debug, Serialize)]
struct GrantLine<'a> {
    kind: &'static str,
    /// What it names, as written.
    targets: String,
    because: Option<&'a str>,
    since: Option<String>,
    until: Option<String>,
    /// Whether its last day is over, so that it grants nothing.
    is_over: bool,
    place: Beginning<'a>,
}

#[derive(Clone, Copy, Debug, Serialize)]
struct Browser {
    listen: Port,
    host_port: Port,
}

/// One direction of an edge.
#[derive(Clone, Debug, Serialize)]
pub struct EdgeLine<'a> {
    from: &'a str,
    to: &'a str,
    local_name: &'a str,
}

/// The document of `edge list`.
#[derive(Serialize)]
struct Edges<'a> {
    version: u32,
    edges: Vec<EdgeLine<'a>>,
}

/// The document of `agent list`.
#[derive(Serialize)]
struct List<'a> {
    version: u32,
    agents: Vec<Sheet<'a>>,
}

impl<'a> Sheet<'a> {
    /// Of one agent of a policy.
    pub fn of(sources: &'a Sources, policy: &'a Policy, facts: &Facts, agent: &'a Agent) -> Self {
        let edges = edges(policy);
        let own = |name: &str| agent.name.as_str() == name;
        let (mut edges_out, mut edges_in) = (edges.clone(), edges);
        edges_out.retain(|edge| own(edge.from));
        edges_in.retain(|edge| own(edge.to));
        Self {
            version: VERSION,
            name: agent.name.as_str(),
            id: &agent.id,
            place: beginning(sources, agent.span),
            addresses: facts.ledger.blocks.get(&*agent.id).copied(),
            provider: agent.provider.as_ref().map(|name| name.as_str()),
            implied_hosts: &agent.provider_hosts,
            access: agent.access,
            mode: agent.mode,
            sessions: agent.sessions,
            grants: grants(sources, facts, agent),
            cdp: agent.cdp.as_ref().map(|cdp| Browser {
                listen: cdp.listen,
                host_port: cdp.host_port,
            }),
            edges_out,
            edges_in,
        }
    }

    /// As a JSON document.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(self)? + "\n")
    }

    /// For a terminal.
    pub fn human(&self) -> String {
        let Beginning { file, line, .. } = self.place;
        // Writing to a string cannot fail, here and below.
        let mut text = format!("{BOLD}{}{PLAIN}  {DIM}{file}:{line}{PLAIN}\n", self.name);
        let mut row = |key: &str, value: &str| {
            let _ = writeln!(text, "  {key:<10} {value}");
        };
        row("id", self.id);
        match self.addresses {
            Some(block) => row("addresses", &block.to_string()),
            None => row("addresses", "none yet: `portreeve up` deals them"),
        }
        let hosts: Vec<String> = self.implied_hosts.iter().map(ToString::to_string).collect();
        match self.provider {
            Some(name) => row("provider", &format!("{name}: {}", hosts.join(" "))),
            None => row("provider", "none"),
        }
        row("access", &self.access.to_string());
        if self.mode == Mode::Report {
            row("mode", "report: what it may not reach is only logged");
        }
        row("sessions", &self.sessions.to_string());
        if let Some(Browser { listen, host_port }) = self.cdp {
            row(
                "browser",
                &format!("port {listen}, which is host:{host_port}"),
            );
        }
        for grant in &self.grants {
            row(grant.kind, &grant.words());
        }
        for edge in &self.edges_out {
            row("messages", &format!("{} as {}", edge.to, edge.local_name));
        }
        for edge in &self.edges_in {
            row(
                "hears",
                &format!("{}, which calls it {}", edge.from, edge.local_name),
            );
        }
        text
    }
}

impl GrantLine<'_> {
    fn words(&self) -> String {
        let mut text = self.targets.clone();
        let mut add = |part: String| {
            if !text.is_empty() {
                text.push_str("  ");
            }
            text.push_str(&part);
        };
        if let Some(because) = self.because {
            add(format!("\"{}\"", visible(because)));
        }
        if let Some(since) = &self.since {
            add(format!("since {since}"));
        }
        if let Some(until) = &self.until {
            let over = if self.is_over { ", which is over" } else { "" };
            add(format!("until {until}{over}"));
        }
        let Beginning { file, line, .. } = self.place;
        add(format!("{DIM}{file}:{line}{PLAIN}"));
        text
    }
}

fn grants<'a>(sources: &'a Sources, facts: &Facts, agent: &Agent) -> Vec<GrantLine<'a>> {
    let statements = sources
        .files()
        .iter()
        .flat_map(|file| &file.tree.statements);
    let blocks = statements.filter_map(|item| match &item.node {
        Statement::Agent { name, block } if name.value == agent.name => Some(block),
        _ => None,
    });
    let mut lines = Vec::new();
    for item in blocks.flat_map(|block| &block.items) {
        let (kind, bare, tail) = match &item.node {
            AgentItem::Allow(grant) => ("allow", AgentItem::Allow(bare(grant)), &grant.tail),
            AgentItem::Deny(grant) => ("deny", AgentItem::Deny(bare(grant)), &grant.tail),
            AgentItem::Lan(lan) => {
                let mut bare = lan.clone();
                bare.tail = Tail::default();
                ("lan", AgentItem::Lan(bare), &lan.tail)
            }
            AgentItem::Cdp(cdp) => {
                let mut bare = cdp.clone();
                bare.tail = Tail::default();
                ("cdp", AgentItem::Cdp(bare), &cdp.tail)
            }
            _ => continue,
        };
        let text = statement_text(&bare);
        let targets = text.strip_prefix(kind).unwrap_or(&text).trim().to_owned();
        let until = tail.until.as_ref().map(|day| day.value);
        lines.push(GrantLine {
            kind,
            targets,
            because: tail.because.as_ref().map(|text| &*text.value),
            since: tail.since.as_ref().map(|day| day.value.to_string()),
            until: until.map(|day| day.to_string()),
            is_over: until.is_some_and(|day| day < facts.today),
            place: beginning(sources, item.span),
        });
    }
    lines
}

fn bare(grant: &Grant) -> Grant {
    Grant {
        targets: grant.targets.clone(),
        tail: Tail::default(),
    }
}

/// The edges by the names of their agents.
fn edges(policy: &Policy) -> Vec<EdgeLine<'_>> {
    let name = |id: &str| {
        let agent = policy.agents.iter().find(|agent| &*agent.id == id);
        agent.map_or("", |agent| agent.name.as_str())
    };
    let edges = policy.edges.iter();
    edges
        .map(|edge| EdgeLine {
            from: name(&edge.from),
            to: name(&edge.to),
            local_name: &edge.local_name,
        })
        .collect()
}

/// The edges, a line for each direction.
pub fn edges_human(policy: &Policy) -> String {
    let mut text = String::new();
    for EdgeLine {
        from,
        to,
        local_name,
    } in edges(policy)
    {
        let name = match local_name == to.to_ascii_lowercase().replace('_', "-") {
            true => String::new(),
            false => format!(" as {local_name}"),
        };
        let _ = writeln!(text, "{from} -> {to}{name}");
    }
    text
}

/// The edges as a JSON document.
pub fn edges_json(policy: &Policy) -> Result<String, serde_json::Error> {
    let document = Edges {
        version: VERSION,
        edges: edges(policy),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// All agents, a line for each.
pub fn list_human(sheets: &[Sheet<'_>]) -> String {
    let width = |cells: &mut dyn Iterator<Item = usize>| cells.max().unwrap_or(0);
    let names = width(&mut sheets.iter().map(|sheet| sheet.name.len())).max("agent".len());
    let provider = |sheet: &Sheet<'_>| sheet.provider.unwrap_or("none").to_owned();
    let providers = width(&mut sheets.iter().map(|sheet| provider(sheet).len()));
    let providers = providers.max("provider".len());
    let mut text = format!(
        "{BOLD}{:names$}  {:10}  {:providers$}  allow  deny  lan  browser  messages{PLAIN}\n",
        "agent", "access", "provider"
    );
    for sheet in sheets {
        let n = |kind: &str| {
            let own = sheet.grants.iter().filter(|grant| grant.kind == kind);
            own.filter(|grant| !grant.is_over).count()
        };
        let browser = match &sheet.cdp {
            Some(browser) => browser.listen.to_string(),
            None => "-".to_owned(),
        };
        let access = match sheet.mode {
            Mode::Enforce => sheet.access.to_string(),
            Mode::Report => "report".to_owned(),
        };
        let _ = writeln!(
            text,
            "{:names$}  {access:10}  {:providers$}  {:>5}  {:>4}  {:>3}  {browser:>7}  {:>8}",
            sheet.name,
            provider(sheet),
            n("allow"),
            n("deny"),
            n("lan"),
            sheet.edges_out.len(),
        );
    }
    text
}

/// All agents as a JSON document.
pub fn list_json(agents: Vec<Sheet<'_>>) -> Result<String, serde_json::Error> {
    let document = List {
        version: VERSION,
        agents,
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
