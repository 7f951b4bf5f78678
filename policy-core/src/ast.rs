//! The policy as written: every statement in its place, comments included.
//!
//! The tree owns its text and knows nothing of defaults. [`crate::print`] writes it back in the
//! canonical form; parsing that gives an equal tree.

use ipnet::{IpNet, Ipv4Net};
use jiff::civil::Date;

use crate::diagnostic::Code;
use crate::host::HostPattern;
use crate::name::Name;
use crate::port::{Port, PortSet};
use crate::span::{Located, Span};

/// One file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct File {
    /// The statements, in their order.
    pub statements: Vec<Item<Statement>>,
    /// Comments after the last statement.
    pub end: Vec<Comment>,
}

/// A statement with the comments that belong to it.
#[derive(Clone, Debug)]
pub struct Item<T> {
    /// Whether an empty line stands before it (before its comments, if it has any).
    pub blank_before: bool,
    /// The comment lines above it.
    pub comments: Vec<Comment>,
    /// Whether an empty line stands between the comments and the statement.
    pub blank_after_comments: bool,
    /// Whether it stands on the line of the one before it, as the patterns of a set may. A matter
    /// of layout: items that differ in it alone are equal.
    pub follows: bool,
    /// The statement.
    pub node: T,
    /// The warnings it silences. Always empty for a pattern of a set.
    pub despite: Vec<Despite>,
    /// From its first word to its last.
    pub span: Span,
    /// The comment on its last line, without `#` and the blanks around it.
    pub trailing: Option<Box<str>>,
}

impl<T: PartialEq> PartialEq for Item<T> {
    fn eq(&self, other: &Self) -> bool {
        // The span is where it stands, not what it says, and so is the line.
        self.blank_before == other.blank_before
            && self.comments == other.comments
            && self.blank_after_comments == other.blank_after_comments
            && self.node == other.node
            && self.despite == other.despite
            && self.trailing == other.trailing
    }
}

impl<T: Eq> Eq for Item<T> {}

/// `despite lan-wide,lan-every-port "the whole laboratory"`: findings of these codes in the
/// statement are known and meant. It says nothing about what is enforced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Despite {
    /// At least one, each a code that may warn, each once in its statement.
    pub codes: Vec<Located<Code>>,
    /// Why it is meant; not blank.
    pub reason: Located<Box<str>>,
}

/// A comment on a line of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// Whether an empty line stands before it. Always false for the first comment of an item,
    /// whose own flag says it.
    pub blank_before: bool,
    /// The text without `#` and the blanks around it.
    pub text: Box<str>,
}

/// The braces of a block, with what stands inside.
#[derive(Clone, Debug)]
pub struct Block<T> {
    /// The statements.
    pub items: Vec<Item<T>>,
    /// The comment behind the opening brace, on the same line.
    pub opening: Option<Box<str>>,
    /// Comments before the closing brace.
    pub end: Vec<Comment>,
    /// Whether both braces stand on one line. A matter of layout: blocks that differ in it alone
    /// are equal.
    pub one_line: bool,
}

impl<T: PartialEq> PartialEq for Block<T> {
    fn eq(&self, other: &Self) -> bool {
        self.items == other.items && self.opening == other.opening && self.end == other.end
    }
}

impl<T: Eq> Eq for Block<T> {}

impl<T> Default for Block<T> {
    fn default() -> Self {
        Self {
            items: Vec::new(),
            opening: None,
            end: Vec::new(),
            one_line: false,
        }
    }
}

/// A statement at the top of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Statement {
    /// `policy 1`
    Policy(Located<u32>),
    /// `gateway onecli { address host:port }`
    Gateway {
        /// What messages and logs call it.
        name: Located<Name>,
        /// Its settings.
        block: Block<GatewayItem>,
    },
    /// `network { … }`
    Network(Block<NetworkItem>),
    /// `safe-ports 80 443`
    SafePorts(Vec<Located<Port>>),
    /// `provider claude { … }`
    Provider(NamedSet),
    /// `hosts github { … }`
    Hosts(NamedSet),
    /// `include "team/*.reeve"`
    Include(Located<Box<str>>),
    /// `agent coder { … }`
    Agent {
        /// Its name.
        name: Located<Name>,
        /// What it may do.
        block: Block<AgentItem>,
    },
    /// `edge coder -> reviewer as review`
    Edge(Edge),
    /// `test "coder" { … }`
    Test {
        /// What a failure is called.
        title: Located<Box<str>>,
        /// The questions.
        block: Block<Can>,
    },
    /// `invariant "no metadata" { … }`
    Invariant {
        /// What a failure is called.
        title: Located<Box<str>>,
        /// What must hold.
        block: Block<Reaches>,
    },
}

/// A named list of host patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedSet {
    /// Its name.
    pub name: Located<Name>,
    /// The patterns. Several may share a line; each carries the comments next to it.
    pub block: Block<HostPattern>,
}

/// A statement of `gateway`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GatewayItem {
    /// `address host.docker.internal:10255`; the host is a name or an address literal, checked
    /// by the parser to be one word without brackets.
    Address {
        /// The host.
        host: Located<Box<str>>,
        /// The port.
        port: Located<Port>,
    },
}

/// A statement of `network`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NetworkItem {
    /// `subnet 172.30.0.0/20`
    Subnet(Located<Ipv4Net>),
    /// `isolation per-agent`
    Isolation(Located<Isolation>),
    /// `proxy-port 3128`
    ProxyPort(Located<Port>),
}

/// Whether agents share a Docker network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Isolation {
    /// Each agent has a network of its own.
    #[default]
    PerAgent,
    /// All agents share one.
    Shared,
}

/// A statement of `agent`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AgentItem {
    /// `id ag-1715731200000-x1y2z3`: `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`.
    Id(Located<Box<str>>),
    /// `provider claude`, or `provider none`.
    Provider(Located<Name>),
    /// `access list`
    Access(Located<Access>),
    /// `allow TARGET… tail`
    Allow(Grant),
    /// `deny TARGET… tail`
    Deny(Grant),
    /// `lan 192.168.1.20:8838 tail`
    Lan(Lan),
    /// `cdp 9223 -> host:9222 tail`
    Cdp(Cdp),
    /// `sessions 4`, at least 1.
    Sessions(Located<u16>),
    /// `mode enforce`
    Mode(Located<Mode>),
}

/// An agent's reach into the internet.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Every public address and name.
    Full,
    /// What `allow` names.
    List,
    /// The model provider alone.
    #[default]
    ModelOnly,
}

/// Whether a verdict is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// It is.
    #[default]
    Enforce,
    /// It is only logged; the agent is treated as `full`.
    Report,
}

/// What `allow` and `deny` have in common.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// At least one.
    pub targets: Vec<Located<Target>>,
    /// Reason and dates.
    pub tail: Tail,
}

/// What an internet grant names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// `pypi.org`, `*.crates.io:443`
    Host {
        /// The names.
        pattern: HostPattern,
        /// The one port; the safe ports where there is none.
        port: Option<Port>,
    },
    /// `@github`
    Set(Name),
}

/// `lan …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lan {
    /// Where to.
    pub target: Located<LanTarget>,
    /// The ports; every port where there are none.
    pub ports: Option<Located<PortSet>>,
    /// Reason and dates.
    pub tail: Tail,
}

/// Where a LAN grant leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LanTarget {
    /// An address (a /32) or a network, without host bits.
    Net(IpNet),
    /// The Docker host.
    Host,
}

/// `cdp …`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cdp {
    /// The port to listen on; computed where there is none.
    pub listen: Option<Located<Port>>,
    /// Chrome's port on the host; 9222 where there is none.
    pub host_port: Option<Located<Port>>,
    /// Reason and dates.
    pub tail: Tail,
}

/// `because "…" since 2026-05-15 until 2027-01-31`
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tail {
    /// Why the statement is there.
    pub because: Option<Located<Box<str>>>,
    /// Since when; a note, without effect.
    pub since: Option<Located<Date>>,
    /// The last day, in UTC.
    pub until: Option<Located<Date>>,
}

/// `edge FROM -> TO as NAME`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Who may send.
    pub from: Located<Name>,
    /// Who receives.
    pub to: Located<Name>,
    /// `<->`: the other way as well.
    pub both: bool,
    /// What the sender calls the receiver.
    pub local_name: Option<Located<Name>>,
}

/// One line of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Can {
    /// Who asks.
    pub agent: Located<Name>,
    /// `can`, or `cannot`.
    pub can: bool,
    /// What for; at least one.
    pub destinations: Vec<Located<Destination>>,
    /// The route that `can` demands.
    pub via: Option<Located<Route>>,
}

/// A host and a port as a question names them: any host text, since asking for an odd one is
/// the point of many a test. Brackets around IPv6 are kept off; `host` is the Docker host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// The host as written, one word.
    pub host: Box<str>,
    /// The port.
    pub port: Port,
}

/// How a request leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Route {
    /// Through the parent proxy.
    Gateway,
    /// From Squid to the address.
    Direct,
    /// Through a CDP listener to the host.
    Forward,
}

/// One line of an invariant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reaches {
    /// Who alone may reach the targets: empty for `nobody`.
    pub only: Vec<Located<Name>>,
    /// What is guarded; at least one.
    pub targets: Vec<Located<Guarded>>,
}

/// What an invariant guards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Guarded {
    /// Names or addresses.
    pub what: Extent,
    /// One port; every port where there is none.
    pub port: Option<Port>,
}

/// A set of hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Names.
    Names(HostPattern),
    /// Addresses.
    Net(IpNet),
}
