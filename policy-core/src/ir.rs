//! The policy as it is meant: owned, sorted, complete.
//!
//! No value that has a default is optional here, nothing depends on the order or the layout of
//! the text, and every rule knows the statement that asked for it. What the rules mean is
//! `decide`; how Squid is told is the business of the renderer.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

pub use crate::ast::{Access, Destination, Extent, Guarded, Isolation, Mode, Route};
use crate::host::{HostName, HostPattern, Reach};
use crate::key::Key;
use crate::name::Name;
use crate::port::{Port, PortSet};
use crate::span::{Located, Span};

/// A whole policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The parent proxy.
    pub gateway: Gateway,
    /// The egress network.
    pub network: Network,
    /// The ports an internet name may be asked for.
    pub safe_ports: PortSet,
    /// The Docker host as Squid reaches it.
    pub host_address: Ipv4Addr,
    /// Where names are looked up for agents with `access full`.
    pub resolvers: Vec<IpAddr>,
    /// The agents, by folded name.
    pub agents: Vec<Agent>,
    /// Who may message whom, by sender and local name.
    pub edges: Vec<Edge>,
    /// The policy's own tests, in the order of the text.
    pub tests: Vec<Test>,
    /// The policy's own invariants, in the order of the text.
    pub invariants: Vec<Invariant>,
}

/// The parent proxy, which all traffic to the internet goes through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gateway {
    /// What it is called.
    pub name: Name,
    /// Its name in DNS, where the policy gives one.
    pub host: Option<HostName>,
    /// The address that is dialled.
    pub address: Ipv4Addr,
    /// Its port.
    pub port: Port,
}

/// The names that are closed in every policy, besides the gateway's own.
const FLOOR_NAMES: [(Reach, &str); 2] = [
    (Reach::Within, "localhost"), // RFC 6761 section 6.3
    (Reach::Exact, "metadata.google.internal"),
];

/// Ports of OneCLI's web, gateway and API listeners: none of them is for an agent to dial.
pub const GATEWAY_PORTS: std::ops::RangeInclusive<u16> = 10254..=10256;

impl Gateway {
    /// The ports of the gateway's address that belong to the floor.
    pub fn floor_ports(&self) -> PortSet {
        GATEWAY_PORTS
            .filter_map(|port| Port::try_from(port).ok())
            .chain([self.port])
            .collect()
    }
}

/// The egress network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network {
    /// Cut into one block for each agent.
    pub subnet: Ipv4Net,
    /// One Docker network for each agent, or one for all.
    pub isolation: Isolation,
    /// Where Squid listens.
    pub proxy_port: Port,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    /// Its name.
    pub name: Name,
    /// NanoClaw's agent group id; the name where the policy gives none.
    pub id: Box<str>,
    /// Where its block begins in the text.
    pub span: Span,
    /// Its addresses.
    pub block: Ipv4Net,
    /// Squid's address as the agent sees it.
    pub proxy: Ipv4Addr,
    /// How many containers at once.
    pub sessions: u16,
    /// Its reach into the internet.
    pub access: Access,
    /// The `access` statement; the agent's name where the policy has none.
    pub access_origin: Origin,
    /// Whether verdicts are carried out.
    pub mode: Mode,
    /// Its model provider; `None` where the policy says `provider none`.
    pub provider: Option<Name>,
    /// The provider's hosts, sorted.
    pub provider_hosts: Vec<HostPattern>,
    /// What it may not reach, by canonical text.
    pub denies: Vec<HostRule>,
    /// What it may reach through the gateway, by canonical text.
    pub allows: Vec<HostRule>,
    /// What it may reach directly, by canonical text.
    pub lan: Vec<LanRule>,
    /// Its way to the host's browser.
    pub cdp: Option<Cdp>,
}

/// The statement a rule comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// Its name in logs.
    pub key: Key,
    /// Its place.
    pub span: Span,
    /// The reason it gives.
    pub because: Option<Box<str>>,
}

/// An `allow` or a `deny`, its sets written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostRule {
    /// The statement.
    pub origin: Origin,
    /// The hosts, sorted, each once, where they were written; one out of a set stands at the
    /// statement's `@name`.
    pub hosts: Vec<Located<HostGrant>>,
}

/// A pattern and the port it is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct HostGrant {
    /// One port; every safe port where there is none.
    pub port: Option<Port>,
    /// The names.
    pub pattern: HostPattern,
}

impl HostGrant {
    /// Whether the grant is about this host and port.
    pub fn matches(&self, host: &HostName, port: u16) -> bool {
        self.port.is_none_or(|own| own.get() == port) && self.pattern.matches(host)
    }
}

impl fmt::Display for HostGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.pattern.fmt(f)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// A `lan`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanRule {
    /// The statement.
    pub origin: Origin,
    /// The addresses.
    pub net: Ipv4Net,
    /// The ports.
    pub ports: PortSet,
}

/// A `cdp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cdp {
    /// The statement.
    pub origin: Origin,
    /// The port on Squid's address; no two agents share one.
    pub listen: Port,
    /// Chrome's port on the host; agents may share it.
    pub host_port: Port,
}

/// A permission to send messages, one way.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The sender's id.
    pub from: Box<str>,
    /// What the sender calls the receiver.
    pub local_name: Box<str>,
    /// The receiver's id.
    pub to: Box<str>,
}

/// A `test`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Test {
    /// What a failure is called.
    pub title: Box<str>,
    /// Its questions.
    pub questions: Vec<Question>,
}

/// One destination of a `can` or `cannot`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// The place of the destination.
    pub span: Span,
    /// Who asks.
    pub agent: Name,
    /// What for.
    pub destination: Destination,
    /// Whether it must be allowed.
    pub can: bool,
    /// By which route, if that matters.
    pub via: Option<Route>,
}

/// An `invariant`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// What a failure is called.
    pub title: Box<str>,
    /// What must hold.
    pub lines: Vec<Exclusive>,
}

/// One line of an invariant: nobody but these reaches that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exclusive {
    /// The place of the line.
    pub span: Span,
    /// Who alone may; empty for `nobody`.
    pub only: Vec<Name>,
    /// What is guarded.
    pub targets: Vec<Guarded>,
}

impl Policy {
    /// The agent of that name, ignoring case.
    pub fn agent(&self, name: &str) -> Option<&Agent> {
        let folded = name.to_ascii_lowercase();
        let at = self
            .agents
            .binary_search_by(|agent| agent.name.folded().cmp(&folded))
            .ok()?;
        self.agents.get(at)
    }

    /// The agent that owns a source address.
    pub fn agent_at(&self, source: IpAddr) -> Option<&Agent> {
        let IpAddr::V4(source) = source else {
            return None;
        };
        self.agents
            .iter()
            .find(|agent| agent.block.contains(&source))
    }

    /// The names no statement can open.
    pub fn floor_names(&self) -> Vec<HostPattern> {
        let fixed = FLOOR_NAMES.iter().filter_map(|(reach, name)| {
            let name = name.parse().ok()?;
            Some(HostPattern::new(*reach, name))
        });
        let own = self.gateway.host.iter();
        let own = own.map(|host| HostPattern::new(Reach::Exact, host.clone()));
        let mut names: Vec<HostPattern> = fixed.chain(own).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Whether one of [`Policy::floor_names`] matches: without making the list, since every
    /// request asks.
    pub fn is_floor_name(&self, name: &HostName) -> bool {
        let fixed = |(reach, zone): &(Reach, &str)| {
            let rest = name.as_str().strip_suffix(zone);
            rest.is_some_and(|rest| {
                rest.is_empty() || *reach == Reach::Within && rest.ends_with('.')
            })
        };
        FLOOR_NAMES.iter().any(fixed) || self.gateway.host.as_ref() == Some(name)
    }

    /// The ports for CONNECT: the safe ports without plain HTTP.
    pub fn ssl_ports(&self) -> PortSet {
        self.safe_ports.without(Port::HTTP)
    }
}
