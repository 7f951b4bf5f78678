//! What is asked of every agent, and what the policy says must come of it.
//!
//! What goes through Squid is decided by [`decide`], the specification itself. The rest is not for
//! a policy to say: past the proxy nothing leads anywhere, and no name means anything.

use std::net::{IpAddr, Ipv4Addr};

use policy_core::decide::{Cause, Kind, Request, Resolved, decide};
use policy_core::ir::Agent;
use policy_render::deployment::AgentPlan;

use super::bed::Enforced;
use super::cast::{
    self, BROWSER_PORT, DESKTOP, DEVICE, GATEWAY, GATEWAY_PORT, INSIDE_NAME, NAMES, WEB,
};
use super::outcome::Outcome;
use super::probe::Ask;

/// A cell before it is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Who asks.
    pub agent: String,
    /// What it tries.
    pub ask: Ask,
    /// What must come of it.
    pub wanted: Outcome,
    /// What Squid's log must give as the reason, where Squid decides.
    pub rule: Option<String>,
    /// The line of the policy behind it, where a statement decided.
    pub statement: Option<String>,
}

/// One line of the table: the same question for every agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// What the lines around it have in common.
    pub group: &'static str,
    /// What is asked for.
    pub label: String,
    /// One for each agent, in the order of the policy.
    pub questions: Vec<Question>,
}

/// The other side of a question, before it is known who asks.
enum Target {
    /// Through the proxy, in the clear.
    Plain(&'static str, u16),
    /// Through the proxy, in a tunnel.
    Tunnel(&'static str, u16),
    /// The CDP listener of the agent with this name, on the asking agent's own Squid address.
    Listener(&'static str),
    /// The same, but asked through the proxy.
    ProxiedListener(&'static str),
    /// Past the proxy.
    Past(Ipv4Addr, u16),
    /// Squid as another agent sees it.
    OtherSquid,
    /// The CDP listener of another agent, on that agent's Squid address.
    OtherListener,
    /// A name, asked of Squid's container.
    Name(&'static str),
    /// A name, by the C library.
    Library(&'static str),
    /// A name, asked of a resolver past the proxy.
    NamePast(&'static str),
}

use Target::{
    Library, Listener, Name, NamePast, OtherListener, OtherSquid, Past, Plain, ProxiedListener,
    Tunnel,
};

const TARGETS: &[(&str, &[(&str, Target)])] = &[
    (
        "The model",
        &[("api.anthropic.com:443", Tunnel("api.anthropic.com", 443))],
    ),
    (
        "Packages and repositories",
        &[
            ("pypi.org:80", Plain("pypi.org", 80)),
            (
                "files.pythonhosted.org:443",
                Tunnel("files.pythonhosted.org", 443),
            ),
            ("static.crates.io:443", Tunnel("static.crates.io", 443)),
            ("crates.io:443", Tunnel("crates.io", 443)),
            ("github.com:443", Tunnel("github.com", 443)),
            ("github.com:80", Plain("github.com", 80)),
            ("gist.github.com:443", Tunnel("gist.github.com", 443)),
        ],
    ),
    (
        "The rest of the web",
        &[
            ("news.example:80", Plain("news.example", 80)),
            ("news.example:443", Tunnel("news.example", 443)),
            ("news.example:8838", Plain("news.example", 8838)),
            ("drop.paste.example:443", Tunnel("drop.paste.example", 443)),
            ("a name that leads to 10.18.0.9", Plain(INSIDE_NAME, 80)),
            ("169.254.169.254:80", Plain("169.254.169.254", 80)),
        ],
    ),
    (
        "The LAN: a label printer, the gateway, the host",
        &[
            ("198.18.0.20:8838", Plain("198.18.0.20", 8838)),
            ("198.18.0.20:8838 by CONNECT", Tunnel("198.18.0.20", 8838)),
            ("198.18.0.20:8839", Plain("198.18.0.20", 8839)),
            ("198.18.0.10:10255", Tunnel("198.18.0.10", GATEWAY_PORT)),
            ("198.18.0.30:9222", Plain("198.18.0.30", BROWSER_PORT)),
        ],
    ),
    (
        "The browser on the host",
        &[
            ("coder's own port", Listener("coder")),
            ("coder's, through the proxy", ProxiedListener("coder")),
            ("researcher's own port", Listener("researcher")),
            (
                "researcher's, through the proxy",
                ProxiedListener("researcher"),
            ),
        ],
    ),
    (
        "Past the proxy",
        &[
            ("198.18.0.20:8838", Past(DEVICE, 8838)),
            ("198.18.0.40:443", Past(WEB, 443)),
            ("198.18.0.10:10255", Past(GATEWAY, GATEWAY_PORT)),
            ("198.18.0.30:9222", Past(DESKTOP, BROWSER_PORT)),
            ("another agent's proxy", OtherSquid),
            ("another agent's browser port", OtherListener),
        ],
    ),
    (
        "Names",
        &[
            ("api.anthropic.com", Name("api.anthropic.com")),
            ("secret-1234.news.example", Name("secret-1234.news.example")),
            ("github.com by the C library", Library("github.com")),
            ("news.example, past the proxy", NamePast("news.example")),
        ],
    ),
];

/// Every row of the table for a policy.
pub fn rows(enforced: &Enforced) -> Vec<Row> {
    let mut rows = Vec::new();
    for (group, targets) in TARGETS {
        for (label, target) in *targets {
            let agents = enforced.policy.agents.iter();
            let questions: Option<Vec<Question>> = agents
                .map(|agent| question(enforced, agent, target))
                .collect();
            if let Some(questions) = questions {
                let label = (*label).to_owned();
                rows.push(Row {
                    group,
                    label,
                    questions,
                });
            }
        }
    }
    rows
}

/// Nothing where the policy lacks an agent that the question is about.
fn question(enforced: &Enforced, agent: &Agent, target: &Target) -> Option<Question> {
    let Enforced {
        policy, deployment, ..
    } = enforced;
    let plan = deployment.agent(agent.name.as_str())?;
    let listen = |owner: &str| Some(policy.agent(owner)?.cdp.as_ref()?.listen.get());
    let others = || {
        deployment
            .agents
            .iter()
            .filter(|other| other.name != plan.name)
    };
    let fixed = |ask, wanted| Question {
        agent: plan.name.clone(),
        ask,
        wanted,
        rule: None,
        statement: None,
    };
    let nowhere = |ask| fixed(ask, Outcome::NoAnswer);
    let unknown = |ask| fixed(ask, Outcome::NoSuchName);
    let past = |address, port| nowhere(Ask::Connection { address, port });
    Some(match *target {
        Plain(host, port) => {
            let host = host.to_owned();
            decided(enforced, plan, Ask::Plain { host, port })
        }
        Tunnel(host, port) => {
            let host = host.to_owned();
            decided(enforced, plan, Ask::Tunnel { host, port })
        }
        ProxiedListener(owner) => {
            let (host, port) = (plan.proxy.to_string(), listen(owner)?);
            decided(enforced, plan, Ask::Plain { host, port })
        }
        Listener(owner) => {
            let (address, port) = (plan.proxy, listen(owner)?);
            decided(enforced, plan, Ask::Browser { address, port })
        }
        Past(address, port) => past(address, port),
        OtherSquid => past(others().next()?.proxy, deployment.proxy_port),
        OtherListener => {
            let other = others().find(|other| other.cdp_port.is_some())?;
            past(other.proxy, other.cdp_port?)
        }
        Name(name) => unknown(Ask::Name {
            server: plan.proxy,
            name: name.to_owned(),
        }),
        Library(name) => unknown(Ask::Library {
            name: name.to_owned(),
        }),
        NamePast(name) => nowhere(Ask::Name {
            server: NAMES,
            name: name.to_owned(),
        }),
    })
}

/// What the specification says. A browser's client passes Squid by, on the grounds of the same
/// grant that would let it through Squid.
fn decided(enforced: &Enforced, plan: &AgentPlan, ask: Ask) -> Question {
    let (kind, host, port) = match &ask {
        Ask::Tunnel { host, port } => (Kind::Connect, host.clone(), *port),
        Ask::Plain { host, port } => (Kind::Plain, host.clone(), *port),
        Ask::Browser { address, port } | Ask::Connection { address, port } => {
            (Kind::Plain, address.to_string(), *port)
        }
        Ask::Name { name, .. } | Ask::Library { name } => (Kind::Plain, name.clone(), 53),
    };
    let addresses = [cast::resolve(&host)];
    let request = Request {
        source: IpAddr::V4(plan.first_address),
        kind,
        host: &host,
        port,
        resolved: Resolved::To(&addresses),
    };
    let verdict = decide(&enforced.policy, &request);
    let statement = match verdict.cause {
        Cause::Statement(origin) => Some(line_at(&enforced.text, origin.span.range().start)),
        Cause::BuiltIn(_) => None,
    };
    Question {
        agent: plan.name.clone(),
        ask,
        wanted: verdict.decision.into(),
        rule: Some(verdict.cause.to_string()),
        statement,
    }
}

/// The line of the text that holds a byte, with its number in front.
fn line_at(text: &str, byte: usize) -> String {
    let mut end = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        end += line.len();
        if byte < end {
            return format!("line {}, `{}`", number + 1, line.trim());
        }
    }
    "the end of the text".to_owned()
}
