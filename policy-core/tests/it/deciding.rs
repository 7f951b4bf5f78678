//! What a policy means, request by request.

use std::net::IpAddr;

use policy_core::ast::Destination;
use policy_core::decide::{BuiltIn, Cause, Decision, Host, Kind, Request, Resolved, decide};
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
fn the_floor_is_closed_in_every_spelling() {
    let policy = policy();
    let spellings = "
        # 169.254.169.254
        169.254.169.254 2852039166 0xa9fea9fe 0XA9FEA9FE 025177524776 0251.0376.0251.0376
        0xa9.0xfe.0xa9.0xfe 169.254.43518 169.16689662 ::ffff:169.254.169.254
        [::ffff:169.254.169.254] ::ffff:a9fe:a9fe [::FFFF:A9FE:A9FE] ::a9fe:a9fe
        64:ff9b::169.254.169.254 [64:FF9B::A9FE:A9FE] 2002:a9fe:a9fe:: [2002:a9fe:a9fe:1::1]
        # Loopback and the unspecified address.
        127.0.0.1 127.1 127.255.255.255 0x7f.1 0177.1 017700000001 2130706433 [::1] ::1
        [0:0:0:0:0:0:0:1] 0 0.0.0.0 00 0x0 :: [::] 0.1.2.3
        # Others.
        224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 100.100.100.200 192.0.0.192
        fe80::1 [febf::1] ff02::1 fd00:ec2::254 [FD00:0EC2::0254]
        # Our own subnet.
        172.30.0.2 172.30.15.255 0xac1e0002 ::ffff:172.30.0.2
        # Names.
        localhost LOCALHOST localhost. x.localhost A.B.LocalHost. metadata.google.internal
        METADATA.google.internal.
        ";
    let hosts = spellings
        .lines()
        .filter(|line| !line.trim().starts_with('#'));
    for host in hosts.flat_map(str::split_whitespace) {
        for who in ["listed", "full", "model", "watched", "watched-full"] {
            for (kind, port) in [(PLAIN, 80), (CONNECT, 443), (PLAIN, 8838)] {
                let found = ask(&policy, who, kind, host, port);
                assert_eq!(found, "deny floor", "{who} {kind:?} {host}:{port}");
            }
        }
    }
    // Squid drops every dot behind an address, brackets around anything, and the number of a zone.
    for host in [
        "127.0.0.1.",
        "127.0.0.1...",
        "0x7f.1.",
        "[127.0.0.1]",
        "[127.0.0.1.].",
        "[::1].",
        "[::1%1]",
        "[fe80::1%0]",
        "[::ffff:127.0.0.1%4294967295]",
        "[localhost]",
        "localhost...",
    ] {
        let found = ask(&policy, "watched-full", CONNECT, host, 443);
        assert_eq!(found, "deny floor", "{host}");
    }
    // The unspecified address is one by its shape.
    for host in [
        "[::0.0.0.0]",
        "[::ffff:0:0]",
        "[::FFFF:0.0.0.0]",
        "[0:0:0:0:0:ffff::]",
        "[::%1]",
        "[::%99999999999]",
        "[:::]",
        "0:0",
        "[0:0:0:ffff::]",
        "0x0.00",
    ] {
        let found = ask(&policy, "watched-full", CONNECT, host, 443);
        assert_eq!(found, "deny floor", "{host}");
    }
    for host in [
        "0x",
        "0x.0",
        "0.0x",
        "1..2",
        "[[::1]]",
        "[::1",
        "[]",
        "...",
        "127.0.0.1%1",
        "::1%",
        "::1%lo",
        "::1%+1",
        "::1%4294967296",
        "-x.localhost",
        "x-.localhost",
    ] {
        let found = ask(&policy, "watched-full", CONNECT, host, 443);
        assert_eq!(found, "deny malformed", "{host}");
    }
    // Just beside it.
    compare(
        &policy,
        "
        full         plain   168.63.129.17:80                  = gateway 16
        full         plain   126.255.255.255:80                = gateway 16
        full         plain   [2003:a9fe:a9fe::]:80             = gateway 16
        full         plain   localhost.example:80              = gateway 16
        full         plain   google.internal:80                = gateway 16
        full         plain   x.metadata.google.internal:80     = gateway 16
        ",
    );
}

#[test]
fn the_gateway_is_closed_on_its_ports_and_a_device_on_others() {
    compare(
        &policy(),
        "
        listed       plain   198.18.0.10:10254                 = deny floor
        listed       plain   198.18.0.10:10256                 = deny floor
        listed       plain   0xc612000a:10255                  = deny floor
        listed       plain   [::ffff:198.18.0.10]:10255        = deny floor
        listed       plain   198.18.0.10:10253                 = direct 11
        listed       plain   198.18.0.10:10257                 = direct 11
        listed       plain   198.18.0.11:10255                 = direct 11
        ",
    );
    let named = POLICY.replace("address 198.18.0.10:10255", "address Gate.Example:9999");
    let policy = policy_with(&named, &facts());
    compare(
        &policy,
        "
        full         connect gate.example:443                  = deny floor
        full         connect GATE.example.:443                 = deny floor
        full         connect x.gate.example:443                = gateway 16
        listed       plain   172.17.0.1:5432                   = direct 12
        listed       plain   172.17.0.1:9999                   = deny floor
        ",
    );
}

#[test]
fn lan_opens_its_ports_to_every_method_and_nothing_else() {
    compare(
        &policy(),
        "
        listed       connect 192.168.1.20:8838                 = direct 9
        listed       connect 192.168.1.20:80                   = deny private
        listed       plain   192.168.276:8838                  = direct 9
        listed       plain   192.168.1.0x14:8838               = direct 9
        listed       plain   ::ffff:192.168.1.20:8838          = direct 9
        listed       plain   64:ff9b::192.168.1.20:8838        = deny private
        listed       connect 10.20.255.255:80                  = direct 10
        listed       plain   10.20.0.0:8040                    = direct 10
        listed       plain   10.20.0.0:8081                    = deny private
        listed       plain   10.21.0.0:443                     = deny private
        listed       plain   10.19.255.255:443                 = deny private
        listed       connect 198.18.0.255:22                   = direct 11
        listed       connect 198.18.1.0:22                     = deny safe-ports
        listed       connect 198.18.1.0:443                    = deny default-deny
        listed       plain   172.17.0.1:5432                   = direct 12
        listed       plain   172.17.0.1:5433                   = deny private
        watched      plain   192.168.1.20:8838                 = direct 29
        watched      plain   192.168.1.20:80                   = deny private
        full         plain   100.64.0.1:80                     = deny private
        full         plain   fd12::1:80                        = deny private
        ",
    );
}

#[test]
fn cdp_is_squids_own_address_and_the_agents_own_port() {
    let policy = policy();
    let proxy = |name| {
        let agent = policy.agent(name).expect("an agent of the policy");
        agent.proxy.to_string()
    };
    let rows = [
        ("listed", PLAIN, "listed", 9301, "forward 13"),
        ("listed", CONNECT, "listed", 9301, "deny floor"),
        ("listed", OTHER, "listed", 9301, "deny scheme"),
        ("listed", PLAIN, "listed", 9302, "deny floor"),
        ("listed", PLAIN, "full", 9301, "deny floor"),
        ("listed", PLAIN, "full", 9302, "deny floor"),
        ("full", PLAIN, "full", 9302, "forward 19"),
        ("full", PLAIN, "full", 9301, "deny floor"),
        ("model", PLAIN, "model", 9301, "deny floor"),
    ];
    for (who, kind, whose, port, expected) in rows {
        let host = proxy(whose);
        let bits = host
            .parse::<std::net::Ipv4Addr>()
            .expect("an address")
            .to_bits();
        for spelling in [
            host,
            format!("{bits:#x}"),
            format!("[::ffff:{:x}:{:x}]", bits >> 16, bits & 0xffff),
        ] {
            let request = Request {
                source: source(&policy, who),
                kind,
                host: &spelling,
                port,
                resolved: Resolved::Public,
            };
            assert_eq!(
                shown(&policy, &request),
                expected,
                "{who} {kind:?} {spelling}:{port}"
            );
        }
    }
    // The listen port on the host itself is not Chrome's.
    compare(&policy, "listed plain 172.17.0.1:9301 = deny private");
}

#[test]
fn ports_and_methods_of_the_internet() {
    compare(
        &policy(),
        "
        listed       plain   pypi.org:80                       = gateway 7
        listed       plain   pypi.org:443                      = gateway 7
        listed       connect pypi.org:443                      = gateway 7
        listed       connect pypi.org:80                       = deny ssl-ports
        listed       connect pypi.org:8443                     = deny safe-ports
        listed       connect pypi.org:0                        = deny safe-ports
        # A port of its own.
        listed       plain   api.github.com:80                 = deny default-deny
        listed       plain   api.github.com:443                = gateway 7
        listed       plain   github.com:80                     = gateway 7
        full         connect x.paste.example:443               = deny 17
        full         plain   x.paste.example:80                = gateway 16
        ",
    );
    let wide = POLICY.replacen("policy 1\n", "policy 1\nsafe-ports 443 8000\n", 1);
    let policy = policy_with(&wide.replace("github.com:80", ""), &facts());
    let request = |kind, port| {
        let agent = policy.agent("full").expect("an agent of the policy");
        let source = IpAddr::V4(agent.proxy);
        let (host, resolved) = ("news.example", Resolved::Public);
        let request = Request {
            source,
            kind,
            host,
            port,
            resolved,
        };
        decide(&policy, &request).decision
    };
    let passes = Decision::Allow(Route::Gateway);
    assert_eq!(request(CONNECT, 8000), passes);
    assert_eq!(request(PLAIN, 8000), passes);
    assert_eq!(request(PLAIN, 80), Decision::Deny);
}

#[test]
fn patterns_and_spellings_of_names() {
    compare(
        &policy(),
        "
        listed       connect PyPI.org:443                      = gateway 7
        listed       connect pypi.org.:443                     = gateway 7
        listed       connect pypi.org...:443                   = gateway 7
        listed       connect [pypi.org]:443                    = gateway 7
        listed       connect .pypi.org:443                     = deny malformed
        listed       connect x.pypi.org:443                    = deny default-deny
        listed       connect xpypi.org:443                     = deny default-deny
        listed       connect crates.io:443                     = deny default-deny
        listed       connect a.b.crates.io:443                 = gateway 7
        listed       connect xcrates.io:443                    = deny default-deny
        # A deny beats an allow, whatever is the closer one.
        listed       connect static.crates.io:443              = deny 8
        listed       connect x.static.crates.io:443            = deny 8
        listed       connect x.gist.github.com:443             = gateway 7
        full         connect evil.example:443                  = deny 17
        full         connect inside.example:443                = gateway 18
        ",
    );
}

#[test]
fn the_provider_is_implied_replaced_or_none() {
    compare(
        &policy(),
        "
        model        connect x.api.anthropic.com:443           = gateway provider
        model        plain   api.anthropic.com:80              = gateway provider
        model        connect anthropic.com:443                 = deny default-deny
        local        connect model.example:443                 = gateway provider
        local        connect x.under.example:443               = gateway provider
        local        connect under.example:443                 = deny default-deny
        local        connect api.anthropic.com:443             = deny default-deny
        nobody       connect api.anthropic.com:443             = deny default-deny
        full         connect api.anthropic.com:443             = gateway provider
        watched      connect api.anthropic.com:443             = gateway provider
        ",
    );
    let text = "policy 1\nprovider Claude { model.example }\nagent coder {}\n";
    let policy = policy_with(text, &facts());
    compare(
        &policy,
        "
        coder        connect model.example:443                 = gateway provider
        coder        connect api.anthropic.com:443             = deny default-deny
        ",
    );
}

#[test]
fn full_reaches_what_has_a_public_shape() {
    compare(
        &policy(),
        "
        full         connect news.example:443                  = gateway 16
        full         plain   198.51.100.7:80                   = gateway 16
        full         connect 0xc6336407:443                    = gateway 16
        full         connect [2600::1]:443                     = gateway 16
        full         connect [2600::1%1]:443                   = gateway 16
        full         connect [::9.9.9.9]:443                   = deny default-deny
        full         connect 2001:db8::1:443                   = deny default-deny
        full         connect 2001::1:443                       = deny default-deny
        full         connect [2002:c633:6407::]:443            = deny default-deny
        full         connect fe00::1:443                       = deny default-deny
        full         connect router:443                        = deny default-deny
        full         connect router.:443                       = deny default-deny
        full         connect a.0x1f:443                        = deny malformed
        full         connect 1.2.3.4.5:443                     = deny malformed
        full         connect 10.1.515.7:443                    = deny malformed
        full         connect 256.1.1.1:443                     = deny malformed
        full         connect a..b:443                          = deny malformed
        full         connect .a.b:443                          = deny malformed
        full         connect -a.b:443                          = deny malformed
        full         connect a_b.c:443                         = gateway 16
        full         connect xn--bcher-kva.example:443         = gateway 16
        full         connect a%2e.b:443                        = deny malformed
        full         connect fe80::1%eth0:443                  = deny malformed
        ",
    );
    let policy = policy();
    for host in ["b\u{fc}cher.example", "a b.c", "a.b\n", "a.b\0", ""] {
        let found = ask(&policy, "full", CONNECT, host, 443);
        assert_eq!(found, "deny malformed", "{host:?}");
    }
    let long = format!("{}.example", "a".repeat(64));
    assert_eq!(Host::read(&long), Host::Malformed);
    assert_eq!(
        Host::read(&"a.".repeat(127)),
        Host::read(&"a.".repeat(127).to_uppercase())
    );
    assert_eq!(
        Host::read(&format!("{}a", "a.".repeat(127))),
        Host::Malformed
    );
}

#[test]
fn full_refuses_a_name_by_what_it_resolves_to() {
    let policy = policy();
    let resolving = |who, port, addresses: &[&str]| {
        let addresses: Vec<IpAddr> = addresses
            .iter()
            .map(|address| address.parse().expect("an address"))
            .collect();
        let request = Request {
            source: source(&policy, who),
            kind: PLAIN,
            host: "news.example",
            port,
            resolved: Resolved::To(&addresses),
        };
        shown(&policy, &request)
    };
    for (addresses, expected) in [
        (&["198.51.100.7"][..], "gateway 16"),
        (&["198.51.100.7", "2600::1"], "gateway 16"),
        (&[], "deny unresolved"),
        (&["198.51.100.7", "10.0.0.1"], "deny private"),
        (&["198.51.100.7", "fd12::1"], "deny private"),
        (&["::ffff:10.0.0.1"], "deny private"),
        (&["10.0.0.1", "127.0.0.1"], "deny floor"),
        (&["198.51.100.7", "169.254.169.254"], "deny floor"),
        (&["64:ff9b::7f00:1"], "deny floor"),
        (&["fd00:ec2::254"], "deny floor"),
        // Our own subnet, though it might lie in public space.
        (&["172.30.0.2"], "deny floor"),
        (&["::ffff:172.30.0.2"], "deny floor"),
        // The gateway's address is closed on its own ports only.
        (&["198.18.0.10"], "gateway 16"),
    ] {
        assert_eq!(resolving("full", 80, addresses), expected, "{addresses:?}");
    }
    assert_eq!(resolving("watched", 80, &["10.0.0.1"]), "deny private");
    assert_eq!(resolving("watched", 80, &[]), "deny unresolved");
    assert_eq!(resolving("watched-full", 80, &["127.0.0.1"]), "deny floor");
    // A grant by name needs no look-up, so nothing is known of where it leads.
    assert_eq!(resolving("model", 80, &[]), "deny default-deny");
    let text = POLICY.replacen("policy 1\n", "policy 1\nsafe-ports 80 443 10255\n", 1);
    let policy = policy_with(&text, &facts());
    let gateway = ["198.18.0.10".parse().expect("an address")];
    for (port, expected) in [
        (80, Decision::Allow(Route::Gateway)),
        (10255, Decision::Deny),
    ] {
        let request = Request {
            source: source(&policy, "full"),
            kind: PLAIN,
            host: "news.example",
            port,
            resolved: Resolved::To(&gateway),
        };
        assert_eq!(decide(&policy, &request).decision, expected, "{port}");
    }
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
