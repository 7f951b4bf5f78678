//! What Squid did with a request, beside what `decide` says: the one place where they meet.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use policy_core::ast::Destination;
use policy_core::decide::{Cause, Decision, Host, Kind, Request, Resolved, Verdict, decide};
use policy_core::explain::Asked;
use policy_core::ir::{Policy, Route};
use policy_core::port::Port;
use policy_render::manifest::Manifest;

use super::parsed::{Parsed, as_parsed};
use super::requests::Ask;

/// What was seen of one request.
#[derive(Clone, Debug, Default)]
pub(super) struct Observed {
    /// What the client got.
    pub(super) status: String,
    /// What the server that was reached has told of itself: its address, and what it was asked.
    pub(super) seen: Option<String>,
    /// The lines of `access.log` from this request's address.
    pub(super) lines: Vec<String>,
}

/// What a request means; nothing for a line that Squid's parser refuses.
pub(super) type Expected<'p> = Option<(Parsed, Verdict<'p>)>;

/// What each name leads to.
pub(super) type Answers = BTreeMap<String, Vec<IpAddr>>;

/// How a request ended, and what is written about it.
#[derive(PartialEq, Eq)]
struct Outcome {
    status: String,
    agent: String,
    verdict: String,
    rule: String,
    /// How it went on, and to whom.
    peer: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            status,
            agent,
            verdict,
            rule,
            peer,
        } = self;
        write!(f, "{status} agent={agent} {verdict} by {rule}, {peer}")
    }
}

/// The statuses with which Squid refuses what it cannot parse, and the one word for them here.
const UNREADABLE: [&str; 3] = ["400", "501", "505"];
const IS_UNREADABLE: &str = "unreadable";
const NOBODY: &str = "HIER_NONE/-";

/// The name of a request, which a resolver would be asked for.
pub(super) fn name_of(ask: &Ask) -> Option<String> {
    match Host::read(&as_parsed(ask.method, &ask.target)?.host) {
        Host::Name(name) => Some(name.as_str().to_owned()),
        _ => None,
    }
}

/// What the policy says of a request.
pub(super) fn expected<'p>(policy: &'p Policy, ask: &Ask, answers: &Answers) -> Expected<'p> {
    let parsed = as_parsed(ask.method, &ask.target)?;
    let found = name_of(ask).and_then(|name| answers.get(&name));
    let request = Request {
        source: ask.source.into(),
        kind: parsed.kind,
        host: &parsed.host,
        port: parsed.port,
        resolved: Resolved::To(found.map(Vec::as_slice).unwrap_or_default()),
    };
    let verdict = decide(policy, &request);
    if let Some(explained) = explained(policy, &request) {
        assert_eq!(explained, verdict, "`explain` of {request:?}");
    }
    Some((parsed, verdict))
}

/// What `explain` says to the same, where it can be asked: about an agent, and a scheme it knows.
/// The word `host` means the Docker host there, and no name.
fn explained<'p>(policy: &'p Policy, request: &Request<'_>) -> Option<Verdict<'p>> {
    let agent = policy.agent_at(request.source)?;
    if request.kind == Kind::OtherScheme || request.host == "host" {
        return None;
    }
    let destination = Destination {
        host: request.host.into(),
        port: Port::try_from(request.port).ok()?,
    };
    let asked = Asked {
        agent: &agent.name,
        destination: &destination,
        kind: Some(request.kind),
        resolved: request.resolved,
    };
    Some(asked.answer(policy)?.verdict)
}

/// What differs, if anything does.
pub(super) fn difference(
    policy: &Policy,
    manifest: &Manifest,
    ask: &Ask,
    expected: &Expected<'_>,
    observed: &Observed,
) -> Option<String> {
    let compared = wanted(policy, manifest, ask, expected).and_then(|wanted| {
        let found = found(observed)?;
        if found != wanted {
            return Err(format!("wanted {wanted}; found {found}"));
        }
        reached(policy, ask, expected, observed)
    });
    let why = compared.err()?;
    let (source, method, target) = (ask.source, ask.method, &ask.target);
    Some(format!("{source} {method} {target:?}: {why} {observed:?}"))
}

fn wanted(
    policy: &Policy,
    manifest: &Manifest,
    ask: &Ask,
    expected: &Expected<'_>,
) -> Result<Outcome, String> {
    let word = str::to_owned;
    let Some((parsed, verdict)) = expected else {
        let none = || word("-");
        let (agent, verdict, rule) = (none(), none(), none());
        return Ok(Outcome {
            status: word(IS_UNREADABLE),
            agent,
            verdict,
            rule,
            peer: word(NOBODY),
        });
    };
    let agent = policy.agent_at(ask.source.into());
    let agent = agent.map_or("-", |agent| agent.name.as_str());
    let rule = verdict.cause.to_string();
    if let Cause::Statement(_) = verdict.cause {
        let own = manifest.statements.get(agent);
        if own.is_none_or(|own| !own.contains_key(&rule)) {
            return Err(format!("the manifest does not give {rule} to {agent}"));
        }
    }
    let address = match Host::read(&parsed.host) {
        Host::Address(address) => address.to_string(),
        _ => word("no address"),
    };
    let (status, answer, peer) = match verdict.decision {
        Decision::Deny => ("403", "deny", word(NOBODY)),
        Decision::Allow(Route::Gateway) => (
            "200",
            "allow",
            format!("FIRSTUP_PARENT/{}", policy.gateway.address),
        ),
        Decision::Allow(Route::Direct) => ("200", "allow", format!("HIER_DIRECT/{address}")),
        Decision::Allow(Route::Forward) => (
            "200",
            "allow",
            format!("FIRSTUP_PARENT/{}", policy.host_address),
        ),
    };
    Ok(Outcome {
        status: word(status),
        agent: word(agent),
        verdict: word(answer),
        rule,
        peer,
    })
}

fn found(observed: &Observed) -> Result<Outcome, String> {
    let [line] = observed.lines.as_slice() else {
        return Err("the log has not exactly one line of it".to_owned());
    };
    let fields: Vec<&str> = line.split(' ').collect();
    // time source agent verdict rule result/status method url route/peer bytes
    let [_, _, agent, verdict, rule, result, _, _, peer, _] = fields[..] else {
        return Err("the line of the log has not ten fields".to_owned());
    };
    let told = observed.status.as_str();
    if result.rsplit('/').next() != Some(told) {
        return Err("the log and the client tell of two statuses".to_owned());
    }
    let status = if UNREADABLE.contains(&told) {
        IS_UNREADABLE
    } else {
        told
    };
    Ok(Outcome {
        status: status.to_owned(),
        agent: agent.to_owned(),
        verdict: verdict.to_owned(),
        rule: rule.to_owned(),
        peer: peer.to_owned(),
    })
}

/// Whether the server that was reached is the one that was decided, and was asked for that very
/// host and port.
fn reached(
    policy: &Policy,
    ask: &Ask,
    expected: &Expected<'_>,
    observed: &Observed,
) -> Result<(), String> {
    let (parsed, route) = match expected {
        Some((parsed, verdict)) => match verdict.decision {
            Decision::Allow(route) => (parsed, route),
            Decision::Deny => return nobody(observed),
        },
        None => return nobody(observed),
    };
    let seen = observed.seen.as_deref().ok_or("nobody was reached")?;
    let mut words = seen.split(' ');
    let mut next = || words.next().unwrap_or_default();
    let (at, method, target, _version, host) = (next(), next(), next(), next(), next());
    let agent = policy
        .agent_at(ask.source.into())
        .ok_or("a stranger reached somebody")?;
    let endpoint = match route {
        Route::Gateway => format!("{}:{}", policy.gateway.address, policy.gateway.port),
        Route::Forward => {
            let cdp = agent.cdp.as_ref().ok_or("no cdp")?;
            format!("{}:{}", policy.host_address, cdp.host_port)
        }
        Route::Direct => match Host::read(&parsed.host) {
            Host::Address(address) => format!("{address}:{}", parsed.port),
            _ => return Err("no address, but direct".to_owned()),
        },
    };
    if at != endpoint {
        return Err(format!("{at} was reached, not {endpoint}"));
    }
    let is_tunnel = parsed.kind == Kind::Connect;
    if is_tunnel && route == Route::Direct {
        // The test's own request came through; that is all a tunnel can tell.
        return if target == "/tunnel" {
            Ok(())
        } else {
            Err("no tunnel".to_owned())
        };
    }
    if method != ask.method {
        return Err(format!("the method became {method}"));
    }
    // What it was asked for, and what the `Host` says, are both what was decided.
    let mut asked = vec![host.strip_prefix("host=").unwrap_or_default()];
    let path = format!("/{}", ask.number);
    match (is_tunnel, route) {
        (true, _) => asked = vec![target],
        (false, Route::Gateway) => {
            let authority = target
                .strip_prefix("http://")
                .and_then(|rest| rest.strip_suffix(&path));
            asked.push(authority.ok_or("another path")?);
        }
        (false, _) if target == path => {}
        (false, _) => return Err(format!("the path became {target}")),
    }
    let decided = (Host::read(&parsed.host), parsed.port);
    for authority in asked {
        let (host, port) = split(authority);
        if (Host::read(host), port) != decided {
            return Err(format!("{authority} was asked for, not {decided:?}"));
        }
    }
    Ok(())
}

fn nobody(observed: &Observed) -> Result<(), String> {
    match &observed.seen {
        Some(seen) => Err(format!("it was refused, but came to {seen}")),
        None => Ok(()),
    }
}

fn split(authority: &str) -> (&str, u16) {
    match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, port.parse().unwrap_or(0)),
        _ => (authority, 80),
    }
}
