//! What the policy does with a request: the specification, without any thought of Squid.
//!
//! The renderer's output is right exactly when Squid does what this function says. Read it from
//! top to bottom: the first line that speaks decides.

mod host;
mod question;

pub use self::host::Host;
pub use self::question::AskedRequest;
pub(crate) use self::question::DOCKER_HOST;

use std::fmt;
use std::net::IpAddr;

use serde::Serialize;

use crate::address::{is_floor, is_private, is_public, unmapped};
use crate::host::HostName;
use crate::ir::{Access, Agent, HostRule, Mode, Origin, Policy, Route};
use crate::port::Port;

/// A request as Squid has parsed it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request<'a> {
    /// Who asks.
    pub source: IpAddr,
    /// What for.
    pub kind: Kind,
    /// The host as written, IPv6 with or without its brackets.
    pub host: &'a str,
    /// The port, written or implied by the scheme.
    pub port: u16,
    /// What the host resolves to; only looked at for a name under `access full`.
    pub resolved: Resolved<'a>,
}

/// Method and scheme, as far as they matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// CONNECT.
    Connect,
    /// Any other method, `http:`.
    Plain,
    /// Any other method, another scheme.
    OtherScheme,
}

/// What a name resolves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Resolved<'a> {
    /// Some public address; what a question assumes.
    Public,
    /// These addresses, none of them at all included.
    To(&'a [IpAddr]),
}

/// The answer, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub struct Verdict<'a> {
    /// The answer.
    pub decision: Decision,
    /// What decided.
    pub cause: Cause<'a>,
    /// What would have refused it under `mode enforce`, for a request that only `mode report`
    /// lets pass.
    pub would: Option<Cause<'a>>,
}

/// Allow by a route, or deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Decision {
    /// It passes.
    Allow(Route),
    /// It is refused.
    Deny,
}

/// What decided: a statement, or a rule that is always there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause<'a> {
    /// A statement of the policy.
    Statement(&'a Origin),
    /// A built-in rule.
    BuiltIn(BuiltIn),
}

/// The rules that no statement asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum BuiltIn {
    /// The source belongs to no agent.
    UnknownSource,
    /// Neither CONNECT nor `http:`.
    Scheme,
    /// The destination can be opened by no statement.
    Floor,
    /// The host cannot be read.
    Malformed,
    /// The destination is a private address without a `lan`.
    Private,
    /// Not a safe port.
    SafePorts,
    /// Not a safe port for CONNECT.
    SslPorts,
    /// The host of the agent's model provider.
    Provider,
    /// A name that does not resolve, under `access full`.
    Unresolved,
    /// `mode report` lets it pass.
    Report,
    /// Nothing allows it.
    DefaultDeny,
}

impl BuiltIn {
    /// Every rule.
    pub const ALL: [BuiltIn; 11] = [
        BuiltIn::UnknownSource,
        BuiltIn::Scheme,
        BuiltIn::Floor,
        BuiltIn::Malformed,
        BuiltIn::Private,
        BuiltIn::SafePorts,
        BuiltIn::SslPorts,
        BuiltIn::Provider,
        BuiltIn::Unresolved,
        BuiltIn::Report,
        BuiltIn::DefaultDeny,
    ];

    /// Its name in logs and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            BuiltIn::UnknownSource => "unknown-source",
            BuiltIn::Scheme => "scheme",
            BuiltIn::Floor => "floor",
            BuiltIn::Malformed => "malformed",
            BuiltIn::Private => "private",
            BuiltIn::SafePorts => "safe-ports",
            BuiltIn::SslPorts => "ssl-ports",
            BuiltIn::Provider => "provider",
            BuiltIn::Unresolved => "unresolved",
            BuiltIn::Report => "report",
            BuiltIn::DefaultDeny => "default-deny",
        }
    }
}

impl fmt::Display for BuiltIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Display for Cause<'_> {
    /// The text that the log carries: the key of the statement, or the name of the rule.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Statement(origin) => origin.key.fmt(f),
            Cause::BuiltIn(rule) => rule.fmt(f),
        }
    }
}

/// What the policy does with `request`.
pub fn decide<'a>(policy: &'a Policy, request: &Request<'_>) -> Verdict<'a> {
    let Some(agent) = policy.agent_at(request.source) else {
        return built_in(Decision::Deny, BuiltIn::UnknownSource);
    };
    let host = Host::read(request.host);
    common(policy, agent, request, &host).unwrap_or_else(|| match agent.mode {
        Mode::Enforce => verdict(internet(policy, agent, request, &host)),
        Mode::Report => report(policy, agent, request, &host),
    })
}

/// The rules that are the same for every agent, and the grants that do not go to the internet.
fn common<'a>(
    policy: &'a Policy,
    agent: &'a Agent,
    request: &Request<'_>,
    host: &Host,
) -> Option<Verdict<'a>> {
    let deny = |rule| Some(built_in(Decision::Deny, rule));
    let statement =
        |route, origin| Some(verdict((Decision::Allow(route), Cause::Statement(origin))));
    if request.kind == Kind::OtherScheme {
        return deny(BuiltIn::Scheme);
    }
    if let Some(cdp) = &agent.cdp
        && request.kind == Kind::Plain
        && *host == Host::Address(agent.proxy.into())
        && request.port == cdp.listen.get()
    {
        return statement(Route::Forward, &cdp.origin);
    }
    match host {
        Host::Malformed => return deny(BuiltIn::Malformed),
        Host::Name(name) => {
            if policy.is_floor_name(name) {
                return deny(BuiltIn::Floor);
            }
        }
        Host::Address(address) => {
            if in_floor(policy, *address, request.port) {
                return deny(BuiltIn::Floor);
            }
            let lan = agent.lan.iter().find(|rule| {
                rule.ports.contains(request.port)
                    && matches!(address, IpAddr::V4(address) if rule.net.contains(address))
            });
            if let Some(rule) = lan {
                return statement(Route::Direct, &rule.origin);
            }
            if is_private(*address) {
                return deny(BuiltIn::Private);
            }
        }
    }
    if !policy.safe_ports.contains(request.port) {
        return deny(BuiltIn::SafePorts);
    }
    if request.kind == Kind::Connect && request.port == Port::HTTP.get() {
        return deny(BuiltIn::SslPorts);
    }
    None
}

/// Whether no statement can open this address and port.
pub fn in_floor(policy: &Policy, address: IpAddr, port: u16) -> bool {
    let address = unmapped(address);
    is_floor(address)
        || matches!(address, IpAddr::V4(v4) if policy.network.subnet.contains(&v4))
        || (address == IpAddr::V4(policy.gateway.address)
            && policy.gateway.floor_ports().contains(port))
}

type Answer<'a> = (Decision, Cause<'a>);

/// Denies, then the provider, then allows, then what `access full` adds.
fn internet<'a>(
    policy: &Policy,
    agent: &'a Agent,
    request: &Request<'_>,
    host: &Host,
) -> Answer<'a> {
    let through_gateway = Decision::Allow(Route::Gateway);
    if let Host::Name(name) = host {
        let hit = |rules: &'a [HostRule]| {
            let matches = |rule: &&HostRule| {
                rule.hosts
                    .iter()
                    .any(|grant| grant.value.matches(name, request.port))
            };
            rules
                .iter()
                .find(matches)
                .map(|rule| Cause::Statement(&rule.origin))
        };
        if let Some(cause) = hit(&agent.denies) {
            return (Decision::Deny, cause);
        }
        if agent
            .provider_hosts
            .iter()
            .any(|pattern| pattern.matches(name))
        {
            return (through_gateway, Cause::BuiltIn(BuiltIn::Provider));
        }
        if let Some(cause) = hit(&agent.allows) {
            return (through_gateway, cause);
        }
    }
    if agent.access == Access::Full {
        if let Some(rule) = unguarded(policy, request, host) {
            return (Decision::Deny, Cause::BuiltIn(rule));
        }
        return (through_gateway, Cause::Statement(&agent.access_origin));
    }
    (Decision::Deny, Cause::BuiltIn(BuiltIn::DefaultDeny))
}

/// `mode report`: what `enforce` would refuse passes as under `access full`, and is remembered.
fn report<'a>(
    policy: &Policy,
    agent: &'a Agent,
    request: &Request<'_>,
    host: &Host,
) -> Verdict<'a> {
    let enforced = internet(policy, agent, request, host);
    if matches!(enforced.0, Decision::Allow(_)) {
        return verdict(enforced);
    }
    match unguarded(policy, request, host) {
        Some(rule) => built_in(Decision::Deny, rule),
        None => Verdict {
            would: Some(enforced.1),
            ..built_in(Decision::Allow(Route::Gateway), BuiltIn::Report)
        },
    }
}

/// The rule by which `access full` does not reach a destination; `None` when it does.
fn unguarded(policy: &Policy, request: &Request<'_>, host: &Host) -> Option<BuiltIn> {
    match host {
        Host::Address(address) if is_public(*address) => None,
        Host::Name(name) if is_public_shape(name) => {
            resolves_to_closed(policy, request.resolved, request.port)
        }
        _ => Some(BuiltIn::DefaultDeny),
    }
}

/// The rule that keeps `access full` from a name by what it resolves to.
pub(crate) fn resolves_to_closed(
    policy: &Policy,
    resolved: Resolved<'_>,
    port: u16,
) -> Option<BuiltIn> {
    match resolved {
        Resolved::Public => None,
        Resolved::To([]) => Some(BuiltIn::Unresolved),
        Resolved::To(addresses) => {
            let closed = |address: &IpAddr| in_floor(policy, *address, port);
            if addresses.iter().any(closed) {
                Some(BuiltIn::Floor)
            } else if addresses.iter().copied().any(is_private) {
                Some(BuiltIn::Private)
            } else {
                None
            }
        }
    }
}

/// Whether a name looks like one on the internet: two labels or more. The last one is no number,
/// or [`HostName`] would have refused it.
pub fn is_public_shape(name: &HostName) -> bool {
    name.as_str().contains('.')
}

fn built_in<'a>(decision: Decision, rule: BuiltIn) -> Verdict<'a> {
    verdict((decision, Cause::BuiltIn(rule)))
}

fn verdict((decision, cause): Answer<'_>) -> Verdict<'_> {
    Verdict {
        decision,
        cause,
        would: None,
    }
}
