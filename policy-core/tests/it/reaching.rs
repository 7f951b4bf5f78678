//! The map of everything a policy answers, against `decide`, request by request.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use policy_core::address;
use policy_core::ast::Extent;
use policy_core::decide::{Decision, Host, Kind, Request, Resolved, decide};
use policy_core::ir::{Agent, Policy};
use policy_core::reach::{Answers, Survey};
use policy_core::sources::Sources;
use policy_core::testing;
use proptest::prelude::*;

use crate::helper::{facts, policy_with};

const KINDS: [Kind; 3] = [Kind::Connect, Kind::Plain, Kind::OtherScheme];

/// Requests that stand for all others, of the policies they were made for.
pub(crate) struct Universe {
    hosts: BTreeSet<String>,
    ports: BTreeSet<u16>,
    resolutions: Vec<Vec<IpAddr>>,
}

impl Universe {
    pub(crate) fn of(policies: &[&Policy]) -> Self {
        let mut universe = Self {
            hosts: [
                "loner",
                "un.heard-of",
                "x.localhost",
                "lan",
                "8.8.8.8",
                "2600::1",
                "a..b",
            ]
            .map(str::to_owned)
            .into(),
            ports: [0, 1, 22, u16::MAX].into(),
            resolutions: vec![
                vec![],
                vec!["8.8.8.8".parse().unwrap()],
                vec!["8.8.8.8".parse().unwrap(), "10.0.0.1".parse().unwrap()],
                vec![
                    "64:ff9b::7f00:1".parse().unwrap(),
                    "10.0.0.1".parse().unwrap(),
                ],
            ],
        };
        for policy in policies {
            universe.add(policy);
        }
        universe
    }

    fn add(&mut self, policy: &Policy) {
        for range in policy.safe_ports.ranges() {
            self.port(range.first().get());
            self.port(range.last().get());
        }
        for port in policy.gateway.floor_ports().ranges() {
            self.port(port.first().get());
            self.port(port.last().get());
        }
        self.resolutions.push(vec![policy.gateway.address.into()]);
        self.resolutions
            .push(vec![policy.network.subnet.addr().into()]);
        self.v4(policy.gateway.address, policy.gateway.address);
        self.v4(
            policy.network.subnet.network(),
            policy.network.subnet.broadcast(),
        );
        for pattern in policy.floor_names() {
            self.name(pattern.name().as_str());
        }
        let lines = policy.invariants.iter().flat_map(|own| &own.lines);
        for target in lines.flat_map(|line| &line.targets) {
            match &target.what {
                Extent::Names(pattern) => self.name(pattern.name().as_str()),
                Extent::Net(net) => self.range(net.network(), net.broadcast()),
            }
            if let Some(port) = target.port {
                self.port(port.get());
            }
        }
        for agent in &policy.agents {
            let rules = agent.allows.iter().chain(&agent.denies);
            for host in rules.flat_map(|rule| &rule.hosts) {
                self.name(host.value.pattern.name().as_str());
                if let Some(port) = host.value.port {
                    self.port(port.get());
                }
            }
            for pattern in &agent.provider_hosts {
                self.name(pattern.name().as_str());
            }
            for rule in &agent.lan {
                self.v4(rule.net.network(), rule.net.broadcast());
                for range in rule.ports.ranges() {
                    self.port(range.first().get());
                    self.port(range.last().get());
                }
            }
            self.v4(agent.proxy, agent.proxy);
            if let Some(cdp) = &agent.cdp {
                self.port(cdp.listen.get());
            }
        }
    }

    fn port(&mut self, port: u16) {
        self.ports
            .extend([port.wrapping_sub(1), port, port.wrapping_add(1)]);
    }

    fn name(&mut self, name: &str) {
        for text in [
            format!("q.{name}"),
            format!("q{name}"),
            format!("q.q.{name}"),
        ] {
            self.hosts.insert(text);
        }
        let mut above = Some(name);
        while let Some(zone) = above {
            self.hosts.insert(zone.to_owned());
            above = zone.split_once('.').map(|(_, zone)| zone);
        }
    }

    fn v4(&mut self, first: Ipv4Addr, last: Ipv4Addr) {
        for bits in [first.to_bits(), last.to_bits()] {
            for near in [bits.wrapping_sub(1), bits, bits.wrapping_add(1)] {
                self.hosts.insert(Ipv4Addr::from_bits(near).to_string());
            }
        }
    }

    fn range(&mut self, first: IpAddr, last: IpAddr) {
        match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => self.v4(first, last),
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                for bits in [first.to_bits(), last.to_bits()] {
                    for near in [bits.wrapping_sub(1), bits, bits.wrapping_add(1)] {
                        self.hosts.insert(Ipv6Addr::from_bits(near).to_string());
                    }
                }
            }
            _ => panic!("{first} {last}"),
        }
    }

    /// Every floor, private and public range with both ends and their neighbours.
    fn all_lands() -> Self {
        let mut universe = Self::of(&[]);
        let nets = address::floor().into_iter().chain(address::private());
        let ends = nets.map(|net| (net.network(), net.broadcast()));
        for (first, last) in ends.chain(address::public()) {
            universe.range(first, last);
        }
        universe.hosts.extend(
            [
                "::fffe:ffff:ffff",
                "::ffff:0:0",
                "::ffff:10.0.0.1",
                "::1:0:0:0",
            ]
            .map(str::to_owned),
        );
        universe
    }

    /// Each request: host, port, kind, what a name resolves to.
    pub(crate) fn requests(&self, mut each: impl FnMut(&str, &Host, u16, Kind, Resolved<'_>)) {
        for text in &self.hosts {
            let host = Host::read(text);
            for (at, port) in self.ports.iter().enumerate() {
                for kind in KINDS {
                    each(text, &host, *port, kind, Resolved::Public);
                    let is_usual = [80, 443, 10255].contains(port) || at % 7 == 0;
                    if is_usual && matches!(host, Host::Name(_)) {
                        for addresses in &self.resolutions {
                            each(text, &host, *port, kind, Resolved::To(addresses));
                        }
                    }
                }
            }
        }
    }
}

fn request<'a>(
    agent: &Agent,
    host: &'a str,
    port: u16,
    kind: Kind,
    resolved: Resolved<'a>,
) -> Request<'a> {
    let source = policy_core::allocate::session_addresses(agent.block).next();
    Request {
        source: source.expect("an address for each agent").into(),
        kind,
        host,
        port,
        resolved,
    }
}

/// Fails on the first request that the map and `decide` answer differently.
fn agrees(policy: &Policy, answers: &Answers<'_>, universe: &Universe) {
    universe.requests(|text, host, port, kind, resolved| {
        let request = request(answers.agent(), text, port, kind, resolved);
        let expected = decide(policy, &request);
        let found = answers.answer(host, port, kind, resolved);
        assert_eq!(found, expected, "{} {request:?}", answers.agent().name);
    });
}

/// One agent for each way in which rules can cover one another.
pub(crate) const COVERING: &str = "policy 1
gateway onecli { address 198.18.0.10:10255 }
safe-ports 80 443 8443 10255
provider local { .model.example *.under.example }
hosts packages { pypi.org *.crates.io .crates.io }
agent listed {
  access list
  allow @packages .github.com:443 github.com:80 .com *.org:8443
  deny  gist.github.com .static.crates.io com:443 *.example
  lan   192.168.1.20:8838
  lan   10.20.0.0/16 ports 80,443,8000-8080
  lan   198.18.0.0/24 ports 1-65535
  lan   host:5432
  cdp   9301 -> host:9222
}
agent full {
  access full
  deny  .paste.example:443 evil.example .loner
  allow inside.example loner .model
  lan   172.16.0.0/12
  cdp   9302 -> host:9222
}
agent model {}
agent local { provider local }
agent nobody { provider none }
agent watched {
  mode   report
  access list
  allow  .github.com .lone
  deny   gist.github.com .lone:443
  lan    192.168.1.20:8838
}
agent watched-full { mode report
  access full
  deny .paste.example one:80 .two }
";

#[test]
fn the_map_and_decide_are_one_function() {
    let policy = policy_with(COVERING, &facts());
    let survey = Survey::new(&policy);
    let (own, lands) = (Universe::of(&[&policy]), Universe::all_lands());
    for agent in &policy.agents {
        let answers = survey.answers(agent);
        agrees(&policy, &answers, &own);
        agrees(&policy, &answers, &lands);
    }
}

/// A policy, and the same without one line of an agent.
pub(crate) fn with_and_without() -> impl Strategy<Value = (Policy, Policy)> {
    (testing::policy(), any::<prop::sample::Index>()).prop_filter_map("compiles", |(text, at)| {
        let mut other = text.clone();
        let mut lines: Vec<(usize, usize)> = Vec::new();
        for (statement, (header, block)) in other.statements.iter().enumerate() {
            if header.starts_with("agent") {
                lines.extend((0..block.len()).map(|line| (statement, line)));
            }
        }
        if !lines.is_empty() {
            let (statement, line) = lines[at.index(lines.len())];
            other.statements[statement].1.remove(line);
        }
        // Without its access, the agent may be one that allows mean nothing to.
        let (sources, report) = Sources::single("policy.reeve", &other.text());
        let other = policy_core::compile(&sources, report, &facts()).policy?.0;
        Some((policy_with(&text.text(), &facts()), other))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_map_and_decide_are_one_function_for_any_policy(text in testing::policy()) {
        let policy = policy_with(&text.text(), &facts());
        let survey = Survey::new(&policy);
        let universe = Universe::of(&[&policy]);
        for agent in &policy.agents {
            agrees(&policy, &survey.answers(agent), &universe);
        }
    }

    #[test]
    fn routes_are_equal_exactly_when_every_request_is_decided_alike(
        (one, two) in with_and_without(),
    ) {
        let universe = Universe::of(&[&one, &two]);
        let (one_survey, two_survey) = (Survey::new(&one), Survey::new(&two));
        for (a, b) in one.agents.iter().zip(&two.agents) {
            let (a, b) = (one_survey.answers(a), two_survey.answers(b));
            let mut alike = a.forward.map(|(port, _)| port) == b.forward.map(|(port, _)| port);
            // The CDP listener stands apart, wherever it is.
            let (mut in_a, mut in_b) = (a.clone(), b.clone());
            (in_a.forward, in_b.forward) = (None, None);
            universe.requests(|_, host, port, kind, resolved| {
                let decision = |of: &Answers<'_>| of.answer(host, port, kind, resolved).decision;
                alike &= decision(&in_a) == decision(&in_b);
            });
            prop_assert_eq!(a.routes() == b.routes(), alike);
        }
    }
}

fn routes_of(text: &str, name: &str) -> policy_core::reach::Routes {
    let policy = policy_with(text, &facts());
    let agent = policy.agent(name).expect("an agent of the policy");
    policy_core::reach::answers(&policy, agent).routes()
}

#[test]
fn what_a_text_looks_like_makes_no_difference() {
    let plain = routes_of(
        "policy 1\nagent a { access list\n allow .x.example y.example\n deny z.x.example\n \
         lan 10.0.0.0/24 ports 80-90\n cdp 9301 }\n",
        "a",
    );
    for other in [
        // Another order, a set, ranges in pieces, a rule twice, another agent and its addresses.
        "policy 1\nhosts s { *.x.example x.example }\nagent b {}\nagent a { access list\n \
         cdp 9301\n lan 10.0.0.0/25 ports 80-90\n lan 10.0.0.128/25 ports 80-85,86-90\n \
         deny z.x.example\n allow @s\n allow y.example y.example:443 y.example:80 }\n",
        "policy 1\nnetwork { subnet 172.30.128.0/20 }\nagent a { access list\n cdp 9301\n \
         lan 10.0.0.0/24 ports 80-90\n allow .x.example y.example\n deny z.x.example:80\n \
         deny z.x.example:443 because \"why\" }\n",
    ] {
        assert_eq!(plain, routes_of(other, "a"), "{other}");
    }
    let wider = "policy 1\nagent a { access list\n allow .x.example y.example\n \
         deny z.x.example:80\n lan 10.0.0.0/24 ports 80-90\n cdp 9301 }\n";
    assert_ne!(plain, routes_of(wider, "a"));
}

#[test]
fn a_guarded_way_is_no_free_one() {
    let full = "policy 1\nagent a { access full }\n";
    let allowed = "policy 1\nagent a { access full\n allow pypi.org }\n";
    assert_ne!(routes_of(full, "a"), routes_of(allowed, "a"));
    // Where the names must not lead matters only to who is kept from there.
    let gateway = |port: u16| format!("gateway g {{ address 198.18.0.10:{port} }}\n");
    for (access, same) in [("full", false), ("list", true)] {
        let text = |more: &str| format!("policy 1\n{more}agent a {{ access {access} }}\n");
        let (here, there) = (gateway(10255), gateway(443));
        let (here, there) = (routes_of(&text(&here), "a"), routes_of(&text(&there), "a"));
        assert_eq!(here.destinations.names, there.destinations.names);
        assert_eq!(here.closed == there.closed, same, "{access}");
    }
}

#[test]
fn a_witness_is_one_of_those_asked_for() {
    let policy = policy_with(COVERING, &facts());
    let survey = Survey::new(&policy);
    for agent in &policy.agents {
        let answers = survey.answers(agent);
        for (region, row) in answers.destinations.regions() {
            let host = region.witness();
            for (first, last, kind, answer) in row.cells() {
                for port in [first, last] {
                    let found = answers.answer(&host, port, kind, Resolved::Public);
                    let is_cdp = found.decision == Decision::Allow(policy_core::ir::Route::Forward);
                    assert!(is_cdp || found.decision == answer.decision);
                }
            }
        }
        let mapped = |host: &Host| matches!(host, Host::Address(a) if *a != a.to_canonical());
        assert!(
            answers
                .destinations
                .regions()
                .all(|(region, _)| !mapped(&region.witness()))
        );
    }
}
