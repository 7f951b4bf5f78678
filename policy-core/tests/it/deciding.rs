//! What a policy means, request by request.

mod direct;
mod floor;
mod full;
mod internet;

use std::net::IpAddr;

use policy_core::ast::Destination;
use policy_core::decide::{BuiltIn, Cause, Decision, Kind, Request, Resolved, decide};
use policy_core::ir::{Policy, Route};
use policy_core::sources::Sources;

use crate::helper::{facts, policy_with};

/// One agent of every kind. The lines are counted: a verdict names its statement by its line.
const POLICY: &str = "policy 1
gateway onecli { address 198.18.0.10:10255 }
provider local { .model.example *.under.example }
hosts packages { pypi.org *.crates.io }
agent listed {
  access list
  allow @packages .github.com:443 github.com:80
  deny  gist.github.com .static.crates.io
  lan   192.168.1.20:8838
  lan   10.20.0.0/16 ports 80,443,8000-8080
  lan   198.18.0.0/24 ports 1-65535
  lan   host:5432
  cdp   9301 -> host:9222
}
agent full {
  access full
  deny  .paste.example:443 evil.example
  allow inside.example
  cdp   9302 -> host:9222
}
agent model {}
agent local { provider local }
agent nobody { provider none }
agent watched {
  mode   report
  access list
  allow  .github.com
  deny   gist.github.com
  lan    192.168.1.20:8838
}
agent watched-full { mode report
  access full
  deny .paste.example }
agent expiring {
  access list
  allow today.example until 2026-11-23
  allow yesterday.example until 2026-11-22
  lan 192.168.1.20:80 until 2026-11-23
  lan 192.168.1.21:80 until 2026-11-22
}
";

const PLAIN: Kind = Kind::Plain;
const CONNECT: Kind = Kind::Connect;
const OTHER: Kind = Kind::OtherScheme;

fn policy() -> Policy {
    policy_with(POLICY, &facts())
}

/// An address of the agent's containers; any other text is an address itself.
fn source(policy: &Policy, who: &str) -> IpAddr {
    let own = |name| {
        policy
            .agent(name)
            .and_then(|agent| agent.block.hosts().nth(3))
    };
    own(who).map_or_else(|| who.parse().expect("an address"), IpAddr::V4)
}

/// The verdict in words: `gateway`, `direct`, `forward` or `deny`, and a line or a rule; behind
/// them what would have refused it under `enforce`.
fn shown(policy: &Policy, request: &Request<'_>) -> String {
    let (sources, _) = Sources::single("policy.reeve", POLICY);
    let verdict = decide(policy, request);
    let decision = match verdict.decision {
        Decision::Allow(Route::Gateway) => "gateway",
        Decision::Allow(Route::Direct) => "direct",
        Decision::Allow(Route::Forward) => "forward",
        Decision::Deny => "deny",
    };
    let cause = |cause: Cause<'_>| match cause {
        Cause::Statement(origin) => sources.locate(origin.span).1.line.to_string(),
        Cause::BuiltIn(rule) => rule.to_string(),
    };
    let would = verdict
        .would
        .map(|would| format!(" would {}", cause(would)));
    format!(
        "{decision} {}{}",
        cause(verdict.cause),
        would.unwrap_or_default()
    )
}

fn ask(policy: &Policy, who: &str, kind: Kind, host: &str, port: u16) -> String {
    let request = Request {
        source: source(policy, who),
        kind,
        host,
        port,
        resolved: Resolved::Public,
    };
    shown(policy, &request)
}

/// Each line: who asks, how, for what, and what becomes of it.
fn compare(policy: &Policy, table: &str) {
    for line in table.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (question, expected) = line.split_once(" = ").expect("a line of a table");
        let words: Vec<&str> = question.split_whitespace().collect();
        let [who, kind, destination] = words[..] else {
            panic!("{line}");
        };
        let kind = match kind {
            "plain" => Kind::Plain,
            "connect" => Kind::Connect,
            _ => Kind::OtherScheme,
        };
        let (host, port) = destination.rsplit_once(':').expect("a host and a port");
        let port = port.parse().expect("a port");
        assert_eq!(ask(policy, who, kind, host, port), expected, "{line}");
    }
}

#[test]
fn the_first_rule_that_speaks_decides() {
    compare(
        &policy(),
        "
        # A stranger, whatever it asks for.
        198.51.100.1 plain   pypi.org:80                       = deny unknown-source
        198.51.100.1 other   127.0.0.1:22                      = deny unknown-source
        172.30.0.2   connect pypi.org:443                      = deny unknown-source
        ::1          connect pypi.org:443                      = deny unknown-source
        # The scheme before the floor.
        listed       other   127.0.0.1:80                      = deny scheme
        listed       other   192.168.1.20:8838                 = deny scheme
        full         other   news.example:80                   = deny scheme
        # The floor before LAN, private, ports.
        listed       plain   169.254.169.254:80                = deny floor
        listed       plain   198.18.0.10:10255                 = deny floor
        listed       plain   localhost:22                      = deny floor
        full         connect metadata.google.internal:443      = deny floor
        # What cannot be read before the ports.
        full         plain   a..b:22                           = deny malformed
        # LAN before private, before the ports.
        listed       plain   192.168.1.20:8838                 = direct 9
        listed       plain   192.168.1.20:8839                 = deny private
        full         plain   192.168.1.20:8838                 = deny private
        # Ports before what the agent may do.
        full         connect news.example:22                   = deny safe-ports
        full         connect news.example:80                   = deny ssl-ports
        listed       connect gist.github.com:22                = deny safe-ports
        # Denies, provider, allows, default.
        listed       connect gist.github.com:443               = deny 8
        listed       connect api.anthropic.com:443             = gateway provider
        listed       connect pypi.org:443                      = gateway 7
        listed       connect pypi.example:443                  = deny default-deny
        ",
    );
}

#[test]
fn every_built_in_rule_decides_something() {
    let policy = policy();
    let private = ["10.0.0.1".parse().expect("an address")];
    let ask = |who, kind, host, port, resolved| {
        let source = source(&policy, who);
        let request = Request {
            source,
            kind,
            host,
            port,
            resolved,
        };
        match decide(&policy, &request).cause {
            Cause::BuiltIn(rule) => rule,
            Cause::Statement(_) => panic!("{host} is decided by a statement"),
        }
    };
    let public = Resolved::Public;
    let hit = [
        ask("198.51.100.1", CONNECT, "pypi.org", 443, public),
        ask("model", OTHER, "pypi.org", 80, public),
        ask("model", CONNECT, "127.0.0.1", 443, public),
        ask("model", CONNECT, "a b", 443, public),
        ask(
            "full",
            CONNECT,
            "private.example",
            443,
            Resolved::To(&private),
        ),
        ask("full", CONNECT, "pypi.org", 444, public),
        ask("full", CONNECT, "pypi.org", 80, public),
        ask("model", CONNECT, "api.anthropic.com", 443, public),
        ask("full", CONNECT, "gone.example", 443, Resolved::To(&[])),
        ask("watched", CONNECT, "pypi.org", 443, public),
        ask("model", CONNECT, "pypi.org", 443, public),
    ];
    assert_eq!(hit, BuiltIn::ALL);
}

#[test]
fn report_passes_what_full_would_and_says_what_enforce_would() {
    compare(
        &policy(),
        "
        watched      connect api.github.com:443                = gateway 27
        watched      connect gist.github.com:443               = gateway report would 28
        watched      connect pypi.org:443                      = gateway report would default-deny
        watched      plain   198.51.100.7:80                   = gateway report would default-deny
        watched      connect router:443                        = deny default-deny
        watched      connect pypi.org:22                       = deny safe-ports
        watched      connect pypi.org:80                       = deny ssl-ports
        watched      connect 10.0.0.1:443                      = deny private
        watched      other   pypi.org:443                      = deny scheme
        watched-full connect news.example:443                  = gateway 32
        watched-full connect x.paste.example:443               = gateway report would 33
        ",
    );
}

#[test]
fn until_is_the_last_day_and_that_day_counts() {
    compare(
        &policy(),
        "
        expiring     connect today.example:443                 = gateway 36
        expiring     connect yesterday.example:443             = deny default-deny
        expiring     plain   192.168.1.20:80                   = direct 38
        expiring     plain   192.168.1.21:80                   = deny private
        ",
    );
    let mut tomorrow = facts();
    tomorrow.today = tomorrow.today.tomorrow().expect("a day of the calendar");
    compare(
        &policy_with(POLICY, &tomorrow),
        "
        expiring     connect today.example:443                 = deny default-deny
        expiring     plain   192.168.1.20:80                   = deny private
        ",
    );
}

#[test]
fn a_question_asks_port_80_plainly_and_all_others_with_connect() {
    for isolation in ["per-agent", "shared"] {
        let text = POLICY.replacen("policy 1\n", &format!("policy 1 # {isolation}\n"), 1)
            + &format!("network {{ isolation {isolation} }}\n");
        let policy = policy_with(&text, &facts());
        let rows = [
            ("listed", "pypi.org", 80, "gateway 7"),
            ("listed", "pypi.org", 443, "gateway 7"),
            ("listed", "192.168.1.20", 8838, "direct 9"),
            // The CDP listener, Docker's host, and neither.
            ("listed", "host", 9301, "forward 13"),
            ("listed", "host", 5432, "direct 12"),
            ("listed", "host", 9302, "deny private"),
            ("full", "host", 9302, "forward 19"),
            ("full", "host", 9301, "deny private"),
            ("full", "host", 80, "deny private"),
            ("model", "[::1]", 443, "deny floor"),
        ];
        for (who, host, port, expected) in rows {
            let port = policy_core::port::Port::constant(port);
            let destination = Destination {
                host: host.into(),
                port,
            };
            let agent = policy.agent(who).expect("an agent of the policy");
            let asked = policy.request(agent, &destination);
            let request = asked.as_request();
            assert_eq!(
                shown(&policy, &request),
                expected,
                "{isolation} {who} {host}:{port}"
            );
            let by_connect = request.kind == Kind::Connect;
            let is_cdp = expected.starts_with("forward");
            assert_eq!(
                by_connect,
                port.get() != 80 && !is_cdp,
                "{who} {host}:{port}"
            );
        }
    }
}
