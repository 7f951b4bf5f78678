//! What would change an answer, and that it does.

use std::net::IpAddr;

use policy_core::ast::Destination;
use policy_core::decide::{BuiltIn, Cause, Decision, Kind, Resolved};
use policy_core::edit::Edit;
use policy_core::explain::{Aim, Asked, Remedy, remedies};
use policy_core::ir::{HostRule, Policy};
use policy_core::key::Key;
use policy_core::port::Port;
use policy_core::sources::Sources;
use policy_core::testing;
use proptest::prelude::*;
use proptest::sample::select;

use crate::helper::{facts, policy_with};

const POLICY: &str = "policy 1
hosts pages { gist.github.com *.pages.example }
agent listed {
  access list
  allow .github.com pypi.org   because \"work\"
  deny gist.github.com paste.example
  deny @pages
  lan 192.168.1.20:8838  # the printer
  cdp 9301
}
agent model { }
agent silent {
  access model-only
}
agent full {
  access full
  deny .paste.example
}
agent watched { mode report
  access list }
";

/// The text with the edits in it, put in from the last to the first.
fn edited(text: &str, edits: &[Edit]) -> String {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.range(), &edit.text);
    }
    text
}

/// The lines that are gone and the lines that have come.
fn difference(before: &str, after: &str) -> String {
    let without = |lines: &str, others: &str| {
        let mut others: Vec<&str> = others.lines().collect();
        let mut rest = Vec::new();
        for line in lines.lines() {
            match others.iter().position(|other| *other == line) {
                Some(at) => drop(others.swap_remove(at)),
                None => rest.push(line.trim().to_owned()),
            }
        }
        rest
    };
    let gone = without(before, after).into_iter();
    let come = without(after, before).into_iter();
    let gone = gone.map(|line| format!("- {line}"));
    let come = come.map(|line| format!("+ {line}"));
    gone.chain(come).collect::<Vec<_>>().join("; ")
}

fn destination(text: &str) -> Destination {
    policy_core::parse::destination(text).expect("a host and a port")
}

/// The aims and the lines that change.
fn suggested(who: &str, asked: &str, kind: Option<Kind>, resolved: Resolved<'_>) -> Vec<String> {
    let (sources, _) = Sources::single("policy.reeve", POLICY);
    let policy = policy_with(POLICY, &facts());
    let asked = Asked {
        agent: &who.parse().expect("a name"),
        destination: &destination(asked),
        kind,
        resolved,
    };
    let shown = |remedy: &Remedy| {
        let aim = match remedy.aim {
            Aim::Allow => "allow",
            Aim::Deny => "deny",
        };
        let after = edited(POLICY, &remedy.edits);
        format!("{aim}: {}", difference(POLICY, &after))
    };
    let found = remedies(&sources, &facts(), &policy, &asked);
    found.iter().map(shown).collect()
}

fn usual(who: &str, asked: &str) -> Vec<String> {
    suggested(who, asked, None, Resolved::Public)
}

#[test]
fn the_narrowest_statement_is_suggested() {
    let table: [(&str, &str, &[&str]); 13] = [
        ("listed", "crates.io:443", &["allow: + allow crates.io:443"]),
        ("listed", "Crates.IO.:80", &["allow: + allow crates.io:80"]),
        ("listed", "10.1.2.3:22", &["allow: + lan 10.1.2.3:22"]),
        ("listed", "0x0a010203:22", &["allow: + lan 10.1.2.3:22"]),
        (
            "listed",
            "198.51.100.7:443",
            &["allow: + lan 198.51.100.7:443"],
        ),
        (
            "listed",
            "198.51.100.7:9000",
            &["allow: + lan 198.51.100.7:9000"],
        ),
        ("listed", "host:5432", &["allow: + lan host:5432"]),
        (
            "listed",
            "[2600::1]:443",
            &["allow: - access list; + access full"],
        ),
        (
            "model",
            "pypi.org:443",
            &["allow: - agent model { }; + agent model {; + access list; \
               + allow pypi.org:443; + }"],
        ),
        (
            "silent",
            "pypi.org:443",
            &["allow: - access model-only; + access list; + allow pypi.org:443"],
        ),
        ("full", "router:443", &["allow: + allow router:443"]),
        (
            "full",
            "x.paste.example:443",
            &["allow: - deny .paste.example"],
        ),
        ("listed", "[fd12::1]:443", &[]),
    ];
    for (who, asked, expected) in table {
        assert_eq!(usual(who, asked), expected, "{who} {asked}");
    }
}

#[test]
fn every_statement_that_denies_goes_and_no_more_of_it_than_must() {
    assert_eq!(
        usual("listed", "gist.github.com:443"),
        ["allow: - deny gist.github.com paste.example; - deny @pages; + deny paste.example"]
    );
    assert_eq!(
        usual("listed", "paste.example:443"),
        [
            "allow: - deny gist.github.com paste.example; + deny gist.github.com; \
             + allow paste.example:443"
        ]
    );
}

#[test]
fn what_allows_goes_or_a_deny_comes() {
    assert_eq!(
        usual("listed", "pypi.org:443"),
        [
            "deny: - allow .github.com pypi.org   because \"work\"; \
             + allow .github.com   because \"work\"",
            "deny: + deny pypi.org:443",
        ]
    );
    assert_eq!(
        usual("listed", "192.168.1.20:8838"),
        ["deny: - lan 192.168.1.20:8838  # the printer"]
    );
    assert_eq!(usual("listed", "host:9301"), ["deny: - cdp 9301"]);
    assert_eq!(
        usual("full", "news.example:443"),
        ["deny: + deny news.example:443"]
    );
    assert_eq!(
        usual("full", "198.51.100.7:443"),
        ["deny: - access full; + access list"]
    );
    let no_provider = "deny: - agent model { }; + agent model {; + provider none; + }";
    assert_eq!(usual("model", "api.anthropic.com:443"), [no_provider]);
}

#[test]
fn what_only_report_lets_pass_can_be_allowed_or_enforced() {
    assert_eq!(
        usual("watched", "pypi.org:443"),
        [
            "allow: - access list }; + access list; + allow pypi.org:443; + }",
            "deny: - agent watched { mode report; + agent watched { mode enforce",
        ]
    );
}

#[test]
fn nothing_is_suggested_where_nothing_helps() {
    for asked in [
        "0x7f.1:80",
        "169.254.169.254:80",
        "localhost:443",
        "a..b:443",
        "pypi.org:8443",
        "172.30.0.2:80",
    ] {
        for who in ["listed", "full", "watched"] {
            assert_eq!(usual(who, asked), [""; 0], "{who} {asked}");
        }
    }
    let connect = Some(Kind::Connect);
    assert_eq!(
        suggested("listed", "pypi.org:80", connect, Resolved::Public),
        [""; 0]
    );
    let loopback: [IpAddr; 1] = ["127.0.0.1".parse().expect("an address")];
    let resolved = Resolved::To(&loopback);
    assert_eq!(
        suggested("full", "news.example:443", None, resolved),
        [""; 0]
    );
    let private: [IpAddr; 1] = ["10.0.0.1".parse().expect("an address")];
    assert_eq!(
        suggested("full", "news.example:443", None, Resolved::To(&private)),
        ["allow: + allow news.example:443"]
    );
}

/// Hosts that the policies of the strategy speak of, and others.
fn host() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => select(vec![
            "a.example", "b.a.example", "c.b.a.example", "aa.example", "x.d.example", "d.example",
            "192.168.1.20", "10.20.30.40", "172.16.0.9", "198.51.100.7", "0xc6336407", "host",
            "api.anthropic.com", "x.model.invalid", "router", "2600::1", "fd12::1", "0x7f.1",
            "169.254.169.254", "a..b", "8.8.8.8", "100.64.0.1",
        ]).prop_map(str::to_owned),
        2 => testing::host().prop_map(|host| host.to_string()),
        1 => testing::odd_host().prop_map(String::from),
    ]
}

fn resolved() -> impl Strategy<Value = Option<Vec<IpAddr>>> {
    let addresses = select(vec!["198.51.100.7", "10.0.0.1", "127.0.0.1", "2600::1"]);
    let address = addresses.prop_map(|text| text.parse().expect("an address"));
    prop::option::weighted(0.3, prop::collection::vec(address, 0..3))
}

/// Whether the answer is the one aimed at.
fn is_reached(policy: &Policy, asked: &Asked<'_>, aim: Aim) -> bool {
    let answer = asked.answer(policy).expect("the agent is still there");
    let passes = answer.verdict.decision != Decision::Deny;
    match aim {
        Aim::Allow => passes && answer.verdict.would.is_none(),
        Aim::Deny => !passes,
    }
}

proptest! {
    #[test]
    fn a_suggestion_does_what_it_says_and_touches_nobody_else(
        text in testing::policy(),
        host in host(),
        port in select(vec![80u16, 443, 22, 8443, 8838, 8040, 9223, 20_001, 10255]),
        kind in select(vec![None, None, Some(Kind::Connect), Some(Kind::Plain)]),
        addresses in resolved(),
    ) {
        let text = text.text();
        let (sources, _) = Sources::single("policy.reeve", &text);
        let policy = policy_with(&text, &facts());
        let destination = Destination { host: host.into(), port: Port::constant(port) };
        let resolved = addresses.as_deref().map_or(Resolved::Public, Resolved::To);
        for agent in &policy.agents {
            let asked = Asked { agent: &agent.name, destination: &destination, kind, resolved };
            let answer = asked.answer(&policy).expect("an agent of the policy");
            let found = remedies(&sources, &facts(), &policy, &asked);
            for remedy in &found {
                prop_assert!(!is_reached(&policy, &asked, remedy.aim), "{text}");
                let after = edited(&text, &remedy.edits);
                let changed = policy_with(&after, &facts());
                prop_assert!(is_reached(&changed, &asked, remedy.aim), "{text}\n{after}");
                let others = |policy: &Policy| {
                    let others = policy.agents.iter().filter(|other| other.name != agent.name);
                    let keys = |rules: &[HostRule]| -> Vec<Key> {
                        rules.iter().map(|rule| rule.origin.key).collect()
                    };
                    let rules = others.map(|other| {
                        let lan = other.lan.iter().map(|rule| rule.origin.key);
                        [keys(&other.allows), keys(&other.denies), lan.collect()]
                    });
                    rules.collect::<Vec<_>>()
                };
                prop_assert_eq!(others(&policy), others(&changed));
                if let Some(statement) = remedy.statement {
                    prop_assert!(text.get(statement.range()).is_some());
                }
            }
            // What an `allow` can give, and what a `deny` can take, is always suggested.
            let aims: Vec<Aim> = found.iter().map(|remedy| remedy.aim).collect();
            match (answer.verdict.decision, answer.verdict.cause) {
                (Decision::Deny, Cause::BuiltIn(BuiltIn::Floor | BuiltIn::Malformed)) => {
                    prop_assert_eq!(aims, []);
                }
                // Where the name leads to what nothing opens, deleting the `deny` is not enough.
                (Decision::Deny, Cause::Statement(_)) => {
                    let leads_nowhere = addresses.iter().flatten().any(IpAddr::is_loopback);
                    prop_assert!(aims == [Aim::Allow] || aims.is_empty() && leads_nowhere);
                }
                (Decision::Deny, _) => prop_assert!(!aims.contains(&Aim::Deny)),
                (Decision::Allow(_), _) => prop_assert!(aims.contains(&Aim::Deny), "{text}"),
            }
        }
    }
}
