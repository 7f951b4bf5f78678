//! What the policy says of itself, held against what it means.

use policy_core::explain::{Asked, remedies};
use policy_core::sources::Sources;
use policy_core::{compile, diagnostic::Report, understand};

use crate::helper::facts;

const POLICY: &str = "policy 1
agent coder {
  access list
  allow pypi.org
}
test \"packages\" { coder can pypi.org:443 }
test \"closed\" { coder cannot gist.github.com:443 }
";

fn sources(text: &str) -> Sources {
    Sources::single("policy.reeve", text).0
}

#[test]
fn a_policy_that_fails_its_own_test_is_understood_and_not_compiled() {
    let failing = sources(&POLICY.replace("cannot gist", "can gist"));
    let understood = understand(&failing, Report::default(), &facts());
    assert!(understood.policy.is_some() && !understood.report.has_errors());
    let compiled = compile(&failing, Report::default(), &facts());
    assert!(compiled.policy.is_none() && compiled.report.has_errors());
    let passing = compile(&sources(POLICY), Report::default(), &facts());
    assert!(passing.policy.is_some(), "{:?}", passing.report);
}

#[test]
fn an_edit_says_which_of_the_policys_own_tests_it_breaks() {
    let sources = sources(POLICY);
    let understood = understand(&sources, Report::default(), &facts());
    let (policy, _) = understood.policy.expect("a policy");
    let breaks = |destination: &str| {
        let asked = Asked {
            agent: &"coder".parse().expect("a name"),
            destination: &policy_core::parse::destination(destination).expect("a destination"),
            kind: None,
            resolved: policy_core::decide::Resolved::Public,
        };
        let found = remedies(&sources, &facts(), &policy, &asked);
        found
            .into_iter()
            .map(|remedy| remedy.breaks)
            .collect::<Vec<_>>()
    };
    assert_eq!(breaks("gist.github.com:443"), [["closed"]]);
    assert_eq!(breaks("pypi.org:443"), [["packages"], ["packages"]]);
    assert_eq!(breaks("crates.io:443"), [[""; 0]]);
}
