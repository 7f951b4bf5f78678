//! What a difference of two policies says, and that it says all of it.

use policy_core::decide::{Decision, Host, Kind, Request, Resolved, decide};
use policy_core::ir::{Access, Policy, Route};
use policy_core::port::Port;
use policy_core::reach::diff::{Change, ChangeKind, Diff, Presence, diff};
use policy_core::reach::{Place, Survey, Way};
use policy_core::testing;
use proptest::prelude::*;

use crate::helper::{facts, policy_with};
use crate::reaching::{COVERING, Universe, with_and_without};

fn word(way: Option<Way>) -> &'static str {
    match way {
        None => "denied",
        Some(Way {
            is_guarded: true, ..
        }) => "gateway if public",
        Some(Way {
            route: Route::Gateway,
            ..
        }) => "gateway",
        Some(Way {
            route: Route::Direct,
            ..
        }) => "direct",
        Some(Way {
            route: Route::Forward,
            ..
        }) => "forward",
    }
}

fn shown(difference: &Diff) -> String {
    let mut text = String::new();
    for agent in &difference.agents {
        let presence = match agent.presence {
            Presence::Both => "",
            Presence::New => " (new)",
            Presence::Old => " (gone)",
        };
        text.push_str(&format!("{}{presence}\n", agent.name));
        for change in &agent.changes {
            let (from, to) = (word(change.from), word(change.to));
            let resolving = change.witness.resolving_to;
            let resolving = resolving.map(|address| format!(" at {address}"));
            text.push_str(&format!(
                "  {} {change}: {from} -> {to} [{}{}]\n",
                change.kind,
                change.witness,
                resolving.unwrap_or_default()
            ));
        }
    }
    for edge in &difference.edges {
        let (from, to, name) = (&edge.from, &edge.to, &edge.local_name);
        text.push_str(&format!("{} {from} -> {to} as {name}\n", edge.kind));
    }
    text
}

fn compare(old: &str, new: &str) -> String {
    let [old, new] = [old, new].map(|text| policy_with(&format!("policy 1\n{text}"), &facts()));
    shown(&diff(&old, &new))
}

#[test]
fn a_change_is_told_as_people_write_it() {
    insta::assert_snapshot!(compare(
        "agent a { access list\n allow pypi.org .github.com\n lan 10.20.0.0/24 ports 8000-8080\n \
         lan 10.30.0.1:80\n cdp 9301 }\nagent b {}\nagent gone {}\nedge a -> b\n",
        "agent A { access list\n allow pypi.org:443 .github.com .crates.io crates.example\n \
         deny gist.github.com\n lan 10.20.0.0/24 ports 8000-8090\n lan 198.51.100.7:443\n cdp 9302 }\n\
         agent b {}\nagent new { provider none\n access list\n allow x.example }\nedge b -> A\n",
    ), @"
    A
      gained crates.example, .crates.io ports 80,443: denied -> gateway [crates.example:443]
      gained 198.51.100.7:443: denied -> direct [198.51.100.7:443]
      gained 10.20.0.0/24:8081-8090: denied -> direct [10.20.0.0:8081]
      gained host:9302: denied -> forward [host:9302]
      lost pypi.org:80: gateway -> denied [pypi.org:80]
      lost gist.github.com ports 80,443: gateway -> denied [gist.github.com:443]
      lost 10.30.0.1:80: direct -> denied [10.30.0.1:80]
      lost host:9301: forward -> denied [host:9301]
    gone (gone)
      lost .api.anthropic.com ports 80,443: gateway -> denied [api.anthropic.com:443]
    new (new)
      gained x.example ports 80,443: denied -> gateway [x.example:443]
    lost a -> b as b
    gained b -> A as a
    ");
    insta::assert_snapshot!(compare(
        "agent a { access list\n lan 198.51.100.7 ports 80,443\n allow pypi.org }\n",
        "agent a { access full\n deny .paste.example }\n",
    ), @"
    a
      gained every public address except 198.51.100.7 ports 80,443: denied -> gateway [1.0.0.0:443]
      gained every public name except .api.anthropic.com .paste.example host.docker.internal metadata.google.internal *.localhost pypi.org ports 80,443: denied -> gateway if public [www.example:443]
      rerouted 198.51.100.7 ports 80,443: direct -> gateway [198.51.100.7:443]
      lost pypi.org ports 80,443: gateway -> gateway if public [pypi.org:443 at 127.0.0.1]
      lost 198.51.100.7 ports 80 by CONNECT alone: direct -> denied [198.51.100.7:80]
    ");
    insta::assert_snapshot!(compare(
        "gateway g { address 198.18.0.10:10255 }\nagent a { access full }\n",
        "gateway g { address 198.18.0.10:443 }\nagent a { access full\n allow pypi.org }\n",
    ), @"
    a
      gained pypi.org ports 80,443: gateway if public -> gateway [pypi.org:443 at 127.0.0.1]
      lost 198.18.0.10:443: gateway -> denied [198.18.0.10:443]
      lost names that resolve to 198.18.0.10:443: gateway if public -> denied [www.example:443 at 198.18.0.10]
    ");
}

#[test]
fn what_goes_past_the_gateway_or_elsewhere_on_the_host_widens() {
    let agent = |line: &str| format!("agent a {{ access list\n {line} }}\n");
    let gateway = |address: &str| format!("gateway g {{ address {address} }}\nagent a {{ }}\n");
    let network = |isolation: &str| format!("network {{ isolation {isolation} }}\nagent a {{ }}\n");
    let table = [
        (
            agent("cdp 9301 -> host:9222"),
            agent("cdp 9301 -> host:5432"),
            true,
            true,
        ),
        (
            agent("access full").replace("access list\n", ""),
            agent("access full\n lan 198.51.100.7:443").replace("access list\n", ""),
            true,
            false,
        ),
        (
            gateway("198.18.0.10:10255"),
            gateway("198.18.0.11:10255"),
            true,
            true,
        ),
        (
            gateway("a.example:10255"),
            gateway("b.example:10255"),
            true,
            true,
        ),
        (network("per-agent"), network("shared"), true, false),
    ];
    for (old, new, there, back) in table {
        let [one, two] =
            [&old, &new].map(|text| policy_with(&format!("policy 1\n{text}"), &facts()));
        assert_eq!(diff(&one, &two).widens(), there, "{old} -> {new}");
        assert_eq!(diff(&two, &one).widens(), back, "{new} -> {old}");
        assert!(!diff(&two, &one).is_empty());
    }
}

#[test]
fn a_place_names_one_of_its_own_destinations() {
    let policy = policy_with(COVERING, &facts());
    let difference = diff(&policy_with("policy 1\n", &facts()), &policy);
    let changes = difference.agents.iter().flat_map(|agent| &agent.changes);
    for (change, place) in changes.flat_map(|change| change.places.iter().map(move |p| (change, p)))
    {
        let Some(host) = place.witness() else {
            assert_eq!(place, &Place::Listener);
            continue;
        };
        let witness = &change.witness;
        assert!(
            covers(change, &host, witness.port.get(), witness.kind),
            "{place}"
        );
    }
}

#[test]
fn where_an_agent_lives_and_what_it_is_called_inside_make_no_difference() {
    let old = "hosts s { .x.example y.example }\nagent a { access list\n allow @s\n cdp 9301 }\n\
               agent b {}\nedge a <-> b\n";
    let new = "network { subnet 172.30.64.0/20 }\nagent b { id other }\nedge b <-> A\n\
               agent A { cdp 9301\n access list\n allow y.example because \"of it\"\n allow *.x.example x.example }\n";
    assert_eq!(compare(old, new), "");
}

/// Whether a change speaks of a request.
fn covers(change: &Change, host: &Host, port: u16, kind: Kind) -> bool {
    let by_port = match kind {
        Kind::Connect => &change.ports.connect,
        _ => &change.ports.plain,
    };
    let on_port = by_port.contains(port) || change.ports.usual.contains(port);
    on_port
        && change.places.iter().any(|place| match (place, host) {
            (Place::Names(names), Host::Name(name)) => names.contains(name),
            (Place::PublicAddresses { except }, Host::Address(address)) => {
                policy_core::address::is_public(*address)
                    && !except.iter().any(|range| range.contains(*address))
            }
            (Place::Addresses(range), Host::Address(address)) => range.contains(*address),
            _ => false,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_request_that_differs_is_in_one_change_and_no_other_request(
        (one, two) in with_and_without(),
    ) {
        let difference = diff(&one, &two);
        let universe = Universe::of(&[&one, &two]);
        let (one_survey, two_survey) = (Survey::new(&one), Survey::new(&two));
        for agent in &one.agents {
            let after = two.agent(agent.name.as_str()).expect("no agent is gone");
            let changes = difference.agents.iter().find(|own| own.name.is(&agent.name));
            let changes = changes.map_or(&[][..], |own| &own.changes);
            let (before, after) = (one_survey.answers(agent), two_survey.answers(after));
            universe.requests(|text, host, port, kind, resolved| {
                // Port 80 stands for both methods or for the one that is usual there.
                if kind == Kind::OtherScheme || (kind, port) == (Kind::Connect, 80)
                    || resolved != Resolved::Public
                {
                    return;
                }
                let way = |answers: &policy_core::reach::Answers<'_>| {
                    answers.destinations.get(host).by_port().get(port).get(kind).unwrap().way()
                };
                let found: Vec<_> = changes.iter()
                    .filter(|change| covers(change, host, port, kind))
                    .map(|change| (change.from, change.to))
                    .collect();
                let ways = (way(&before), way(&after));
                let expected = if ways.0 == ways.1 { vec![] } else { vec![ways] };
                assert_eq!(found, expected, "{text}:{port} {kind:?}");
            });
            for change in changes {
                witnesses(&one, &two, agent.name.as_str(), change);
            }
        }
    }

    #[test]
    fn a_difference_turned_round_is_its_opposite(one in testing::policy(), two in testing::policy()) {
        let (one, two) = (policy_with(&one.text(), &facts()), policy_with(&two.text(), &facts()));
        prop_assert!(diff(&one, &one).is_empty());
        let (there, back) = (diff(&one, &two), diff(&two, &one));
        let turned = |difference: &Diff| {
            let changes = difference.agents.iter().flat_map(|agent| {
                let name = agent.name.folded();
                agent.changes.iter().map(move |change| {
                    (name.clone(), change.to, change.from, change.to_string(), change.witness.clone())
                })
            });
            let mut changes: Vec<_> = changes.collect();
            changes.sort();
            changes
        };
        let straight = |difference: &Diff| {
            let mut changes = turned(difference);
            for change in &mut changes {
                (change.1, change.2) = (change.2, change.1);
            }
            changes.sort();
            changes
        };
        prop_assert_eq!(turned(&there), straight(&back));
    }

    #[test]
    fn an_allow_more_takes_nothing_and_a_deny_more_gives_nothing(
        text in testing::policy(),
        host in prop_oneof![Just("b.a.example"), Just(".a.example:443"), Just("*.new.test"), Just("lone")],
    ) {
        let policy = policy_with(&text.text(), &facts());
        for (word, forbidden) in [("allow", ChangeKind::Lost), ("deny", ChangeKind::Gained)] {
            let mut more = text.clone();
            for (header, lines) in &mut more.statements {
                let agent = header.strip_prefix("agent ").and_then(|name| policy.agent(name));
                if agent.is_some_and(|agent| agent.access != Access::ModelOnly) {
                    lines.push(format!("{word} {host}"));
                }
            }
            let more = policy_with(&more.text(), &facts());
            let difference = diff(&policy, &more);
            let changes = difference.agents.iter().flat_map(|agent| &agent.changes);
            let kinds: Vec<_> = changes.map(|change| change.kind).collect();
            prop_assert!(!kinds.contains(&forbidden), "{}", shown(&difference));
            prop_assert!(!kinds.contains(&ChangeKind::Rerouted));
            prop_assert!(word == "allow" || !difference.widens());
        }
    }
}

/// The witness of a change is decided as the change says.
fn witnesses(old: &Policy, new: &Policy, agent: &str, change: &Change) {
    let witness = &change.witness;
    let resolved: Vec<_> = witness.resolving_to.into_iter().collect();
    let decided = |policy: &Policy| {
        let agent = policy.agent(agent).expect("the agent is in both");
        let own = policy_core::allocate::session_addresses(agent.block).next();
        let proxy = agent.proxy.to_string();
        let request = Request {
            source: own.expect("an address").into(),
            kind: witness.kind,
            host: if witness.host == "host" {
                &proxy
            } else {
                &witness.host
            },
            port: witness.port.get(),
            resolved: match witness.resolving_to {
                Some(_) => Resolved::To(&resolved),
                None => Resolved::Public,
            },
        };
        decide(policy, &request).decision
    };
    let found = (decided(old), decided(new));
    match change.kind {
        ChangeKind::Gained => assert!(matches!(found, (Decision::Deny, Decision::Allow(_)))),
        ChangeKind::Lost => assert!(matches!(found, (Decision::Allow(_), Decision::Deny))),
        ChangeKind::Rerouted => assert!(found.0 != found.1, "{witness}"),
    }
}

#[test]
fn a_witness_is_asked_by_a_question_where_one_can() {
    let text =
        "policy 1\nagent a { access list\n allow x.example:80\n lan 10.0.0.1:80\n cdp 9301 }\n";
    let [old, new] = ["policy 1\nagent a {}\n", text].map(|text| policy_with(text, &facts()));
    let difference = diff(&old, &new);
    let changes = &difference.agents[0].changes;
    assert!(
        changes
            .iter()
            .all(|change| change.witness.is_asked_by_a_question()),
        "{changes:?}"
    );
    // CONNECT alone on port 80 is what no question asks for.
    let lan = "policy 1\nagent a { access list\n lan 198.51.100.7:80 }\n";
    let full = "policy 1\nagent a { access full }\n";
    let [old, new] = [full, lan].map(|text| policy_with(text, &facts()));
    let difference = diff(&old, &new);
    let mut changes = difference.agents[0].changes.iter();
    let odd = changes
        .find(|change| !change.witness.is_asked_by_a_question())
        .unwrap();
    assert_eq!(
        (odd.witness.port, odd.witness.kind),
        (Port::HTTP, Kind::Connect)
    );
}

#[test]
fn every_policy_differs_from_nothing_by_all_it_opens() {
    let policy = policy_with(COVERING, &facts());
    let nothing = policy_with(
        "policy 1\ngateway onecli { address 198.18.0.10:10255 }\n",
        &facts(),
    );
    let difference = diff(&nothing, &policy);
    assert!(difference.widens());
    insta::assert_snapshot!(shown(&difference), @"
    full (new)
      gained 198.18.0.10 ports 80,443,8443: denied -> gateway [198.18.0.10:443]
      gained .api.anthropic.com, inside.example, .model, every public address except 198.18.0.10 ports 80,443,8443,10255: denied -> gateway [api.anthropic.com:443]
      gained every public name except .api.anthropic.com evil.example inside.example .paste.example metadata.google.internal *.localhost *.loner *.model ports 80,443,8443,10255: denied -> gateway if public [www.example:443]
      gained .paste.example ports 80,8443,10255: denied -> gateway if public [paste.example:80]
      gained 172.16.0.0-172.29.255.255, 172.30.16.0-172.31.255.255 on every port: denied -> direct [172.16.0.0:443]
      gained host:9302: denied -> forward [host:9302]
    listed (new)
      gained *.com except gist.github.com, .crates.io except .static.crates.io, pypi.org ports 80,443,8443,10255: denied -> gateway [www.com:443]
      gained com ports 80,8443,10255: denied -> gateway [com:80]
      gained *.org except pypi.org:8443: denied -> gateway [www.org:8443]
      gained 198.18.0.10 ports 1-10253,10257-65535: denied -> direct [198.18.0.10:443]
      gained 198.18.0.0-198.18.0.9, 198.18.0.11-198.18.0.255 on every port: denied -> direct [198.18.0.0:443]
      gained 10.20.0.0/16 ports 80,443,8000-8080: denied -> direct [10.20.0.0:443]
      gained 172.17.0.1:5432: denied -> direct [172.17.0.1:5432]
      gained 192.168.1.20:8838: denied -> direct [192.168.1.20:8838]
      gained host:9301: denied -> forward [host:9301]
    local (new)
      gained .model.example, *.under.example ports 80,443,8443,10255: denied -> gateway [model.example:443]
    model (new)
      gained .api.anthropic.com ports 80,443,8443,10255: denied -> gateway [api.anthropic.com:443]
    watched (new)
      gained 198.18.0.10 ports 80,443,8443: denied -> gateway [198.18.0.10:443]
      gained .api.anthropic.com, .github.com except gist.github.com, every public address except 198.18.0.10 ports 80,443,8443,10255: denied -> gateway [api.anthropic.com:443]
      gained .lone ports 80,8443,10255: denied -> gateway [lone:80]
      gained every public name except .api.anthropic.com .github.com metadata.google.internal *.localhost *.lone, gist.github.com ports 80,443,8443,10255: denied -> gateway if public [www.example:443]
      gained *.lone:443: denied -> gateway if public [www.lone:443]
      gained 192.168.1.20:8838: denied -> direct [192.168.1.20:8838]
    watched-full (new)
      gained 198.18.0.10 ports 80,443,8443: denied -> gateway [198.18.0.10:443]
      gained .api.anthropic.com, every public address except 198.18.0.10 ports 80,443,8443,10255: denied -> gateway [api.anthropic.com:443]
      gained every public name except .api.anthropic.com metadata.google.internal *.localhost ports 80,443,8443,10255: denied -> gateway if public [www.example:443]
    ");
}
