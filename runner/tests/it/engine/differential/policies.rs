//! Random policies with everything in them that a request can meet.
//!
//! Every address in them is one that the bed answers for. Names are few and nested, so that one
//! statement stands beside another.

use jiff::civil::date;
use policy_core::compile;
use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::sources::Sources;

use super::random::Random;

/// The gateway, when a policy names it by its name.
pub(super) const GATEWAY: &str = "198.18.0.10";
/// The Docker host.
pub(super) const DESKTOP: &str = "198.18.0.30";
/// Where Squid looks names up.
pub(super) const RESOLVER: &str = "198.18.0.53";

const ZONES: [&str; 12] = [
    "a.example",
    "b.a.example",
    "c.b.a.example",
    "aa.example",
    "a-b.example",
    "_srv.d.example",
    "3m.example",
    "xn--bcher-kva.example",
    "github.com",
    "gist.github.com",
    "x.test",
    "single",
];

const LANS: [&str; 14] = [
    "192.168.1.20",
    "192.168.1.0/24",
    "192.168.1.128/25",
    "10.20.30.0/24",
    "10.0.0.0/8",
    "10.255.255.255",
    "172.16.0.0/12",
    "100.64.0.0/10",
    "100.100.100.0/24",
    "198.18.0.0/15",
    "198.18.0.10",
    "198.51.100.7",
    "198.51.100.0/29",
    "host",
];

const LAN_PORTS: [&str; 9] = [
    "",
    ":80",
    ":443",
    ":8838",
    ":22",
    " ports 80,443,8000-8080",
    " ports 1-65535",
    " ports 5432,8838-8840",
    " ports 10250-10260",
];

/// A policy and where its statements stand.
pub(super) struct Compiled {
    pub(super) text: String,
    pub(super) policy: Policy,
    pub(super) sources: Sources,
}

pub(super) fn compiled(text: &str) -> Option<Compiled> {
    let (sources, loading) = Sources::single("random.reeve", text);
    let mut facts = Facts::on(date(2026, 11, 23));
    facts.gateway_addresses = vec![GATEWAY.parse().unwrap()];
    facts.host_address = DESKTOP.parse().unwrap();
    facts.resolvers = vec![RESOLVER.parse().unwrap()];
    let (policy, _) = compile(&sources, loading, &facts).policy?;
    Some(Compiled {
        text: text.to_owned(),
        policy,
        sources,
    })
}

/// A policy that compiles. A check may object to a chance meeting of two statements; the next try
/// has others.
pub(super) fn random(random: &mut Random) -> Compiled {
    let mut tries = (0..100).map(|_| text(random));
    let found = tries.find_map(|text| compiled(&text));
    found.expect("one random policy in a hundred compiles")
}

fn text(random: &mut Random) -> String {
    let mut text = "policy 1\n".to_owned();
    let gateway = random.pick(&["198.18.0.10:10255", "198.18.0.10:8443", "Gate.Example:9999"]);
    text += &format!("gateway onecli {{ address {gateway} }}\n");
    let subnet = random.pick(&["172.30.0.0/18", "172.30.64.0/18", "198.19.0.0/18"]);
    let isolation = random.pick(&["shared", "per-agent"]);
    let port = random.pick(&["3128", "3128", "8118"]);
    text += &format!(
        "network {{\n  subnet {subnet}\n  isolation {isolation}\n  proxy-port {port}\n}}\n"
    );
    let safe: &[&str] = random.pick(&[
        &["80", "443"],
        &["80", "443"],
        &["80", "443", "8443"],
        &["443", "8000"],
        &["443"],
        &["80", "443", "10255"],
    ]);
    text += &format!("safe-ports {}\n", safe.join(" "));
    text += &format!("hosts some {{ {} }}\n", patterns(random, 4));
    text += &format!("hosts more {{ {} }}\n", patterns(random, 3));
    text += "provider local { .model.invalid *.other.invalid only.model.example }\n";
    let n_agents = 3 + random.below(6);
    for at in 0..n_agents {
        text += &agent(random, at, safe);
    }
    text
}

fn agent(random: &mut Random, at: usize, safe: &[&str]) -> String {
    // The first two are always of these kinds, so that each policy has both.
    let access = match at {
        0 => "list",
        1 => "full",
        _ => random.pick(&["list", "list", "full", "model-only"]),
    };
    let mut lines = vec![format!("access {access}")];
    if at > 1 && random.percent(25) {
        lines.push("mode report".to_owned());
    }
    let provider = random.pick(&["", "", "claude", "local", "none"]);
    if !provider.is_empty() {
        lines.push(format!("provider {provider}"));
    }
    // Each request has an address of its own, so somebody must have many.
    let sessions = match at {
        0 | 1 => random.pick(&[250, 500]),
        _ => random.pick(&[1, 4, 60, 200]),
    };
    lines.push(format!("sessions {sessions}"));
    if access != "model-only" {
        for _ in 0..1 + random.below(3) {
            lines.push(format!("allow {}", targets(random, safe)));
        }
        for _ in 0..random.below(3) {
            lines.push(format!("deny {}", targets(random, safe)));
        }
    }
    for _ in 0..random.below(4) {
        let (lan, ports) = (random.pick(&LANS), random.pick(&LAN_PORTS));
        // A port behind a network needs the long form.
        let ports = match ports.strip_prefix(':') {
            Some(port) if lan.contains('/') => format!(" ports {port}"),
            _ => ports.to_owned(),
        };
        lines.push(format!("lan {lan}{ports}"));
    }
    match random.below(4) {
        0 => lines.push("cdp".to_owned()),
        1 => lines.push(format!("cdp {} -> host:9333", 20_000 + at)),
        2 => lines.push(format!("cdp {} -> host:9222", 9300 + 2 * at)),
        _ => {}
    }
    let name = random.pick(&["coder", "Writer", "a_", "B-", "9"]);
    format!("agent {name}{at} {{\n  {}\n}}\n", lines.join("\n  "))
}

fn pattern(random: &mut Random) -> String {
    format!(
        "{}{}",
        random.pick(&["", "", ".", "*."]),
        random.pick(&ZONES)
    )
}

fn patterns(random: &mut Random, at_most: usize) -> String {
    let patterns: Vec<String> = (0..random.below(at_most + 1))
        .map(|_| pattern(random))
        .collect();
    patterns.join(" ")
}

fn targets(random: &mut Random, safe: &[&str]) -> String {
    let mut targets = Vec::new();
    for _ in 0..1 + random.below(4) {
        targets.push(match random.below(6) {
            0 => "@some".to_owned(),
            1 => "@more".to_owned(),
            2 => format!("{}:{}", pattern(random), random.pick(safe)),
            _ => pattern(random),
        });
    }
    targets.join(" ")
}
