//! What a policy means: nothing opens the floor, and a grant opens what it says.
//!
//! The lists and readers here are written a second time on purpose, in plain arithmetic. An
//! error in the ones of `policy_core` would otherwise be its own judge.

mod reading;

use std::net::{IpAddr, Ipv4Addr};
use std::sync::OnceLock;

use policy_core::decide::{Decision, Kind, Request, Resolved, decide as ask};
use policy_core::ir::{Agent, Policy, Route};
use policy_core::sources::Sources;

use crate::facts;
use crate::text::check_report;
use reading::{bare, everything_it_may_be, is_floor, is_private};

/// A policy with one agent of every kind.
const EVERY_KIND: &str = r#"policy 1
agent everything { access full }
agent listed {
  access list
  allow pypi.org *.crates.io:443
  deny static.crates.io
  lan 192.168.1.20:8838
  cdp 9301
}
agent model {}
agent watched { mode report }
"#;

const KINDS: [Kind; 3] = [Kind::Connect, Kind::Plain, Kind::OtherScheme];

/// Ports that some rule speaks of, and their neighbours.
const PORTS: [u16; 12] = [0, 1, 22, 79, 80, 81, 443, 444, 8838, 9301, 10255, 65535];

/// Compiling any text never fails, is repeatable, and whatever it allows, the floor stays shut
/// and strangers stay out.
pub fn compile(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let meaning = || {
        let (sources, report) = Sources::single("policy.reeve", text);
        policy_core::compile(&sources, report, &facts())
    };
    let compiled = meaning();
    let again = meaning();
    check_report(text, &compiled.report);
    assert_eq!(
        compiled.report, again.report,
        "a second compile reports something else"
    );
    assert_eq!(
        compiled.policy, again.policy,
        "a second compile means something else"
    );
    let Some((policy, _)) = &compiled.policy else {
        assert!(
            compiled.report.has_errors(),
            "neither a policy nor an error"
        );
        return;
    };
    assert!(
        !compiled.report.has_errors(),
        "a policy in spite of an error"
    );
    let floor = [
        "169.254.169.254",
        "127.0.0.1",
        "0.0.0.0",
        "::1",
        "localhost",
        "x.localhost",
    ];
    for kind in KINDS {
        for port in PORTS {
            for host in floor {
                for agent in &policy.agents {
                    let answer = answer(policy, source(agent), kind, host, port);
                    assert_eq!(
                        answer,
                        Decision::Deny,
                        "{}: {kind:?} {host}:{port}",
                        agent.name
                    );
                }
            }
            let stranger = Ipv4Addr::new(198, 51, 100, 1);
            if policy.agent_at(stranger.into()).is_none() {
                let answer = answer(policy, stranger, kind, "api.anthropic.com", port);
                assert_eq!(answer, Decision::Deny, "a stranger: {kind:?} :{port}");
            }
        }
    }
    for (at, one) in policy.agents.iter().enumerate() {
        for other in policy.agents.iter().skip(at + 1) {
            let apart = !one.block.contains(&other.block) && !other.block.contains(&one.block);
            assert!(apart, "{} and {} share addresses", one.name, other.name);
        }
    }
}

/// Asking for any host gives an answer, and no spelling of an address or a name opens what its
/// meaning does not.
pub fn decide(bytes: &[u8]) {
    let Ok(host) = std::str::from_utf8(bytes) else {
        return;
    };
    let policy = every_kind();
    let may_be = everything_it_may_be(host);
    for agent in &policy.agents {
        let proxied = may_be == [IpAddr::V4(agent.proxy)];
        for port in PORTS {
            for kind in KINDS {
                let who = agent.name.as_str();
                let shown = format!("{who}: {kind:?} {host:?}:{port}");
                let found = answer(policy, source(agent), kind, host, port);
                if found == Decision::Deny {
                    continue;
                }
                assert_ne!(kind, Kind::OtherScheme, "{shown} passes");
                if found == Decision::Allow(Route::Forward) {
                    assert!(
                        proxied && who == "listed" && port == 9301,
                        "{shown} is forwarded"
                    );
                    continue;
                }
                assert!(
                    !may_be.iter().any(|address| is_floor(*address)),
                    "{shown} is open"
                );
                if found == Decision::Allow(Route::Direct) {
                    let device = IpAddr::from([192, 168, 1, 20]);
                    let granted = who == "listed" && port == 8838 && may_be.contains(&device);
                    assert!(granted, "{shown} goes direct");
                    continue;
                }
                assert!(
                    !may_be.iter().any(|address| is_private(*address)),
                    "{shown} is open"
                );
                let safe = if kind == Kind::Connect {
                    [443, 443]
                } else {
                    [80, 443]
                };
                assert!(safe.contains(&port), "{shown} leaves by an unsafe port");
                assert!(
                    may_ask(who, host, port, &may_be),
                    "{shown} was never granted"
                );
            }
        }
    }
}

/// Whether the policy of [`EVERY_KIND`] lets this agent ask the gateway for this host.
fn may_ask(who: &str, host: &str, port: u16, may_be: &[IpAddr]) -> bool {
    let name = bare(host).to_ascii_lowercase();
    let under = |zone: &str| {
        name.strip_suffix(zone)
            .is_some_and(|rest| rest.len() > 1 && rest.ends_with('.'))
    };
    if name == "api.anthropic.com" || under("api.anthropic.com") {
        return true;
    }
    match who {
        "model" => false,
        "listed" => {
            name == "pypi.org" || under("crates.io") && port == 443 && name != "static.crates.io"
        }
        // Public shape: a public address, or two labels of which the last is no number.
        _ => !may_be.is_empty() || name.is_ascii() && name.contains('.'),
    }
}

fn every_kind() -> &'static Policy {
    static POLICY: OnceLock<Policy> = OnceLock::new();
    POLICY.get_or_init(|| {
        let (sources, report) = Sources::single("every-kind.reeve", EVERY_KIND);
        let compiled = policy_core::compile(&sources, report, &facts());
        let (policy, _) = compiled
            .policy
            .unwrap_or_else(|| panic!("the policy of the oracle is wrong: {:?}", compiled.report));
        policy
    })
}

/// An address that the agent's containers have.
fn source(agent: &Agent) -> Ipv4Addr {
    agent.block.hosts().last().unwrap_or(agent.block.addr())
}

fn answer(policy: &Policy, source: Ipv4Addr, kind: Kind, host: &str, port: u16) -> Decision {
    let resolved = Resolved::Public;
    let source = source.into();
    let request = Request {
        source,
        kind,
        host,
        port,
        resolved,
    };
    ask(policy, &request).decision
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_of_the_oracle_opens_something_for_each_agent() {
        let policy = every_kind();
        let open = |who: &str, kind, host, port| {
            let agent = policy
                .agents
                .iter()
                .find(|agent| agent.name.as_str() == who);
            let agent = agent.expect("one of the four");
            answer(policy, source(agent), kind, host, port) != Decision::Deny
        };
        assert!(open("everything", Kind::Connect, "example.org", 443));
        assert!(open("everything", Kind::Connect, "198.51.100.9", 443));
        assert!(open("listed", Kind::Plain, "PyPI.org.", 80));
        assert!(open("listed", Kind::Connect, "0300.0250.0x1.20", 8838));
        assert!(!open("listed", Kind::Connect, "static.crates.io", 443));
        assert!(open("model", Kind::Connect, "api.anthropic.com", 443));
        assert!(!open("model", Kind::Connect, "example.org", 443));
        assert!(open("watched", Kind::Connect, "example.org", 443));
    }
}
