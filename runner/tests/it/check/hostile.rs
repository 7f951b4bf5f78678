//! Texts that were made to be slow to check. Each must give a bounded report, and come to an end.

use std::fmt::Write as _;

use crate::portreeve::Bed;

/// More than any report of these tests has.
const MAX_OUTPUT: usize = 1_000_000;

/// What `check` prints of a text, in both formats; both must tell a full report's findings.
fn full_report(text: &str) -> String {
    let bed = Bed::new();
    bed.file("p.reeve", text);
    let json = bed.run(["check", "--format", "json", "p.reeve"]).exits(1);
    assert_eq!(json.stdout.matches("\"code\"").count(), 1001);
    assert!(json.stdout.len() < MAX_OUTPUT, "{}", json.stdout.len());
    let human = bed.run(["check", "p.reeve"]).exits(1).stdout;
    let n_findings = human.lines().filter(|line| line.starts_with("error["));
    assert_eq!(n_findings.count(), 1001);
    assert!(human.len() < MAX_OUTPUT, "{}", human.len());
    assert!(human.ends_with("\n\n1001 errors, 0 warnings\n"));
    human
}

#[test]
fn an_agent_declared_twenty_thousand_times() {
    let human = full_report(&format!("policy 1\n{}", "agent a {}\n".repeat(20_000)));
    assert!(human.contains("error[limit]: 18999 more findings are left out"));
}

#[test]
fn an_edge_declared_forty_thousand_times() {
    let edges = "edge a -> b\n".repeat(40_000);
    full_report(&format!("policy 1\nagent a {{ }}\nagent b {{ }}\n{edges}"));
}

#[test]
fn one_line_of_five_megabytes() {
    for n_sets in [20_000, 1_700_000] {
        let sets = " @x".repeat(n_sets);
        let human = full_report(&format!(
            "policy 1\n# ä\nagent a {{\n  access list\n  allow{sets}\n}}\n"
        ));
        assert!(human.contains(" --> p.reeve:5:3006\n  |\n5 | ... @x @x"));
        assert!(!human.contains(":::"));
    }
}

#[test]
fn thousands_of_agents_and_slips() {
    let mut text = "policy 1\n".to_owned();
    for n in 0..4000 {
        let _ = writeln!(text, "agent agent-number-{n:04} {{ }}");
        let _ = writeln!(text, "edge agent-numbre-{n:04} -> agent-nubmer-{n:04}");
    }
    let human = full_report(&text);
    assert!(human.contains("= help: did you mean `agent-number-0000`?"));
}

#[test]
fn hundreds_of_thousands_of_includes() {
    let human = full_report(&format!(
        "policy 1\n{}",
        "include \"*.zzz\"\n".repeat(300_000)
    ));
    assert!(human.contains("error[limit]: 1 more finding is left out\n    --> p.reeve:1002:"));
}
