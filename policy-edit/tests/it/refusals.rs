//! What is not done, and why.

use policy_core::sources::Sources;

use crate::helper::{make, refused, request};

const POLICY: &str = "policy 1\nhosts github { github.com .githubusercontent.com }\n\
    agent coder {\n  access list\n  allow @github .b.example x.example:443\n  lan 10.0.0.0/24:80\n}\n\
    agent idle {}\nedge coder -> idle\n";

#[test]
fn each_refusal_says_where_and_what_to_do() {
    let table = [
        (
            "allow idle a.example",
            "`idle` is `model-only`, so `allow` would mean nothing",
            "portreeve agent access idle list",
        ),
        (
            "revoke coder github.com",
            "`github.com` is still allowed by `@github` at p.reeve:5",
            "portreeve agent deny coder github.com",
        ),
        (
            "revoke coder a.b.example",
            "`a.b.example` is still allowed by `.b.example` at p.reeve:5",
            "portreeve agent revoke coder .b.example",
        ),
        (
            "access coder model-only",
            "mean nothing under `model-only`: p.reeve:5",
            "--drop",
        ),
        (
            "unlan coder 10.0.0.7:80",
            "`10.0.0.7:80` is a part of `10.0.0.0/24:80` at p.reeve:6",
            "--revoke",
        ),
        (
            "remove idle",
            "`idle` is named elsewhere: p.reeve:9",
            "--cascade",
        ),
        (
            "rename idle Coder",
            "an agent is called `coder` already",
            "another name",
        ),
        (
            "allow codr a.example",
            "there is no agent called `codr`",
            "did you mean `coder`?",
        ),
        (
            "allow coder a.example until 2020-01-01",
            "`until 2020-01-01` is over",
            "later day",
        ),
        (
            "edge coder coder",
            "may always message itself",
            "two agents",
        ),
        (
            "add Coder",
            "an agent is called `coder` already",
            "another name",
        ),
    ];
    for (line, message, remedy) in table {
        let refusal = refused(POLICY, line);
        assert!(refusal.to_string().contains(message), "{line}: {refusal}");
        assert!(
            refusal.remedy().contains(remedy),
            "{line}: {}",
            refusal.remedy()
        );
    }
}

#[test]
fn what_a_set_gives_and_a_deny_takes_is_revoked_already() {
    let text = POLICY.replace("  lan", "  deny github.com\n  lan");
    let (sources, loading) = Sources::single("p.reeve", &text);
    let made = make(&sources, &loading, &request("revoke coder github.com")).unwrap();
    assert!(made.edited.texts.is_empty());
    assert!(
        made.edited.notes[0].contains("denied already"),
        "{:?}",
        made.edited.notes
    );
}

#[test]
fn an_edit_with_new_errors_is_told_and_old_errors_are_no_hindrance() {
    let text = POLICY.replace("edge coder -> idle", "edge coder -> nobody");
    let (sources, loading) = Sources::single("p.reeve", &text);
    let made = make(&sources, &loading, &request("allow coder z.example")).unwrap();
    assert!(made.judged.new_errors.diagnostics().is_empty());
    assert_eq!(made.judged.n_old_errors, 1);
    let made = make(&sources, &loading, &request("deny coder api.anthropic.com")).unwrap();
    assert!(!made.judged.new_errors.diagnostics().is_empty());
    // What mends the policy is proved again.
    let made = make(&sources, &loading, &request("add nobody")).unwrap();
    assert_eq!(made.judged.n_old_errors, 0);
    assert!(made.judged.after.is_some());
}

#[test]
fn a_test_that_would_fail_is_a_new_error() {
    let text = format!("{POLICY}test \"t\" {{ coder cannot z.example:443 }}\n");
    let (sources, loading) = Sources::single("p.reeve", &text);
    let made = make(&sources, &loading, &request("allow coder z.example")).unwrap();
    let found = made.judged.new_errors.diagnostics();
    assert!(
        found[0].message.contains("`coder` reaches `z.example:443`"),
        "{found:?}"
    );
}

#[test]
fn the_judge_notices_whatever_was_not_asked_for() {
    let (sources, loading) = Sources::single("p.reeve", POLICY);
    let asked = "allow coder z.example";
    let meant = [
        (
            "  allow @github",
            "  allow z.example\n  allow @github",
            true,
        ),
        (
            "  allow @github",
            "  allow y.example\n  allow @github",
            false,
        ),
        (
            "  allow @github",
            "  allow .z.example\n  allow @github",
            false,
        ),
        (
            "  allow @github",
            "  allow z.example:443\n  allow @github",
            false,
        ),
        (
            "  allow @github .b.example",
            "  allow z.example @github",
            false,
        ),
        ("agent idle {}", "agent idle { provider none }", false),
        ("edge coder -> idle", "edge idle -> coder", false),
        ("agent idle {}", "agent idle { sessions 2 }", false),
    ];
    for (old, new, is_right) in meant {
        let text = POLICY.replacen(old, new, 1);
        let texts = [(policy_core::span::FileId(0), text)].into();
        let facts = crate::helper::facts();
        let judged = policy_edit::judge(&sources, &loading, &facts, &request(asked), &texts);
        assert_eq!(
            judged.mismatch.is_none(),
            is_right,
            "{new}: {:?}",
            judged.mismatch
        );
    }
}
