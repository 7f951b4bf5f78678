//! The tests and the invariants of a policy, held against what it means.

use policy_core::ast::Extent;
use policy_core::decide::{Decision, Host, Kind};
use policy_core::ir::Policy;
use policy_core::reach::Survey;
use policy_core::reach::examine::{Failure, examine};
use policy_core::sources::Sources;
use policy_core::testing;
use proptest::prelude::*;
use proptest::sample::select;

use crate::helper::{facts, policy_with};
use crate::reaching::{COVERING, Universe};

/// The failures, one on each line: place, what was asked, what came, and why.
fn failures(text: &str) -> String {
    let policy = policy_with(text, &facts());
    let (sources, _) = Sources::single("policy.reeve", text);
    let line = |failure: &Failure<'_>| {
        let at = sources.locate(failure.span()).1;
        let because = |cause: policy_core::decide::Cause<'_>| match cause {
            policy_core::decide::Cause::Statement(origin) => {
                format!("line {}", sources.locate(origin.span).1.line)
            }
            policy_core::decide::Cause::BuiltIn(rule) => rule.to_string(),
        };
        let (title, told, cause) = match failure {
            Failure::Question {
                title,
                question,
                kind,
                verdict,
            } => {
                let destination = &question.destination;
                let told = format!(
                    "{} {kind:?} {}:{} is {:?}",
                    question.agent, destination.host, destination.port, verdict.decision
                );
                (*title, told, verdict.cause)
            }
            Failure::Invariant(found) => {
                let (agent, witness) = (&found.agent.name, &found.witness);
                let told = format!(
                    "{agent} {:?} {witness} is {:?}",
                    witness.kind, found.decision
                );
                (found.title, told, found.cause)
            }
        };
        format!(
            "{}:{} {title}: {told} by {}\n",
            at.line,
            at.column,
            because(cause)
        )
    };
    examine(&policy).iter().map(line).collect()
}

#[test]
fn a_question_fails_with_what_was_decided_and_why() {
    insta::assert_snapshot!(failures(
        "policy 1
agent a {
  access list
  allow .x.example
  lan 10.0.0.1:8443
  lan 10.0.0.2:80
  cdp 9301
}
test \"holds\" {
  a can x.example:80 x.example:443 via gateway
  a can host:9301 via forward
  a can 10.0.0.1:8443 via direct
  a cannot y.example:443 169.254.169.254:80 10.0.0.1:443 host:9302
}
test \"fails\" {
  a can y.example:443 x.example:22
  a can x.example:443 via direct
  a cannot www.x.example:80 10.0.0.2:80 host:9301
  a can 127.1:80
}
"
    ), @"
    16:9 fails: a Connect y.example:443 is Deny by default-deny
    16:23 fails: a Connect x.example:22 is Deny by safe-ports
    17:9 fails: a Connect x.example:443 is Allow(Gateway) by line 4
    18:12 fails: a Plain www.x.example:80 is Allow(Gateway) by line 4
    18:29 fails: a Plain 10.0.0.2:80 is Allow(Direct) by line 6
    18:41 fails: a Plain host:9301 is Allow(Forward) by line 7
    19:9 fails: a Plain 127.1:80 is Deny by floor
    ");
}

#[test]
fn an_invariant_fails_with_a_request_and_its_statement() {
    insta::assert_snapshot!(failures(
        "policy 1
agent a {
  access list
  allow .x.example y.example:80
  deny www.x.example
  lan 10.20.0.0/16 ports 80,9000-9001
  cdp 9301
}
agent full { access full }
agent watched { mode report }
invariant \"holds\" {
  nobody reaches 169.254.0.0/16 .localhost 10.0.0.0/8:22 fc00::/7
  only A reaches 10.0.0.0/8
  only full, watched reaches .z.example 8.8.8.8
  only full, watched, a reaches y.example:80
}
invariant \"fails\" {
  nobody reaches 192.168.0.0/16 10.20.30.40
  nobody reaches ::ffff:10.20.0.0/112
  nobody reaches *.x.example:443
  only a, watched reaches y.example:443
  only full, watched reaches .example:80
  nobody reaches 172.30.0.0/20
}
"
    ), @"
    18:3 fails: a Plain 10.20.30.40:80 is Allow(Direct) by line 6
    19:3 fails: a Plain 10.20.0.0:80 is Allow(Direct) by line 6
    20:3 fails: a Connect a.x.example:443 is Allow(Gateway) by line 4
    20:3 fails: full Connect www.x.example:443 is Allow(Gateway) by line 9
    20:3 fails: watched Connect www.x.example:443 is Allow(Gateway) by report
    21:3 fails: full Connect y.example:443 is Allow(Gateway) by line 9
    22:3 fails: a Plain x.example:80 is Allow(Gateway) by line 4
    23:3 fails: a Plain 172.30.0.10:9301 is Allow(Forward) by line 7
    ");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn an_invariant_fails_exactly_when_a_request_breaks_it(
        text in testing::policy(),
        targets in prop::collection::vec(select(vec![
            ".a.example", "*.a.example:443", "b.a.example", ".org:80", "10.20.0.0/16", "10.0.0.0/8:8838",
            "192.168.1.20:80", "172.16.0.0/12", "172.30.0.0/16", "198.18.0.0/15:443", "::/0", "2000::/3:80",
            ".anthropic.com", "127.0.0.0/8", "*.localhost", "host.docker.internal",
        ]), 1..4),
    ) {
        let line = format!("invariant \"i\" {{ nobody reaches {} }}\n", targets.join(" "));
        let policy: Policy = policy_with(&(text.text() + &line), &facts());
        let universe = Universe::of(&[&policy]);
        let survey = Survey::new(&policy);
        let found = examine(&policy);
        let line = &policy.invariants[0].lines[0];
        for agent in &policy.agents {
            let answers = survey.answers(agent);
            let mut broken = false;
            universe.requests(|_, host, port, kind, resolved| {
                let is_target = line.targets.iter().any(|target| {
                    target.port.is_none_or(|own| own.get() == port) && contains(&target.what, host)
                });
                let decision = answers.answer(host, port, kind, resolved).decision;
                broken |= is_target && decision != Decision::Deny;
            });
            let told = found.iter().find_map(|failure| match failure {
                Failure::Invariant(found) if found.agent.name == agent.name => Some(found),
                _ => None,
            });
            prop_assert_eq!(told.is_some(), broken, "{}", agent.name);
            if let Some(told) = told {
                let host = Host::read(&told.witness.host);
                let is_target = line.targets.iter().any(|target| {
                    target.port.is_none_or(|own| own == told.witness.port) && contains(&target.what, &host)
                });
                prop_assert!(is_target, "{}", told.witness);
                let verdict = answers.answer(
                    &host, told.witness.port.get(), told.witness.kind,
                    policy_core::decide::Resolved::Public,
                );
                prop_assert_eq!((verdict.decision, verdict.cause), (told.decision, told.cause));
                prop_assert!(told.decision != Decision::Deny);
            }
        }
    }
}

fn contains(extent: &Extent, host: &Host) -> bool {
    match (extent, host) {
        (Extent::Names(pattern), Host::Name(name)) => pattern.matches(name),
        (Extent::Net(net), Host::Address(address)) => {
            let mapped = match address {
                std::net::IpAddr::V4(address) => address.to_ipv6_mapped().into(),
                std::net::IpAddr::V6(_) => *address,
            };
            net.contains(address) || net.contains(&mapped)
        }
        _ => false,
    }
}

#[test]
fn cannot_refuses_every_method() {
    let text =
        format!("{COVERING}test \"t\" {{ full cannot 8.8.8.8:80\n listed cannot com:443 }}\n");
    let policy = policy_with(&text, &facts());
    let kinds: Vec<Kind> = examine(&policy)
        .iter()
        .map(|failure| match failure {
            Failure::Question { kind, .. } => *kind,
            Failure::Invariant(found) => panic!("{found:?}"),
        })
        .collect();
    assert_eq!(kinds, [Kind::Plain]);
    // The usual method is refused on this port, the other one is not.
    let text = "policy 1\nsafe-ports 443\nagent a { lan 10.0.0.1:80 }\n\
                test \"t\" { a cannot 10.0.0.1:80 x.example:80 }\n";
    assert_eq!(examine(&policy_with(text, &facts())).len(), 1);
}
