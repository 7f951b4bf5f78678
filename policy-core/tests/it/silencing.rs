//! What a `despite` silences, and what it leaves alone.

use std::collections::BTreeMap;

use policy_core::diagnostic::MAX_FINDINGS;
use policy_core::testing::MemoryFiles;

use crate::fixtures::ROOT;
use crate::helper::{compile_files, rendered};

/// The findings of a policy of one file, `no-tests` aside.
fn findings(text: &str) -> String {
    findings_of(&[(ROOT, text)])
}

fn findings_of(files: &[(&str, &str)]) -> String {
    let files = files
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let (sources, compiled) = compile_files(ROOT, &MemoryFiles(files.collect::<BTreeMap<_, _>>()));
    let shown = rendered(&sources, &compiled);
    let lines = shown.lines().filter(|line| !line.contains(" no-tests: "));
    lines
        .map(|line| format!("{}\n", line.split(": ").next().unwrap_or(line)))
        .collect()
}

#[test]
fn a_clause_speaks_for_its_statement_and_not_for_its_neighbours() {
    let text = "policy 1\nagent a {\n  lan 10.0.0.1  despite lan-every-port \"x\"\n  lan 10.0.0.2\n}\n\
                agent b { lan 10.0.0.3 }\n";
    assert_eq!(
        findings(text),
        "4:3 warning lan-every-port\n6:11 warning lan-every-port\n"
    );
}

#[test]
fn a_clause_behind_a_block_speaks_for_all_of_it() {
    let text =
        "policy 1\nagent a {\n  lan 10.0.0.1\n  lan 10.0.0.2\n}  despite lan-every-port \"x\"\n";
    assert_eq!(findings(text), "");
}

#[test]
fn a_clause_for_one_code_leaves_the_others() {
    let text = "policy 1\nagent a { lan 10.0.0.0/8  despite lan-wide \"x\" }\n";
    assert_eq!(findings(text), "2:11 warning lan-every-port\n");
}

#[test]
fn an_error_is_told_though_its_code_is_silenced() {
    let text = "policy 1\nagent a { lan 169.254.169.254:80  despite floor \"x\" }\n";
    assert_eq!(findings(text), "2:11 error floor\n");
}

#[test]
fn a_needless_clause_is_not_told_beside_an_error() {
    let text = "policy 1\nagent a {\n  lan 10.0.0.1:80  despite lan-wide \"x\"\n  alow x.y\n}\n";
    assert_eq!(findings(text), "4:3 error unknown-statement\n");
}

#[test]
fn a_warning_in_an_included_file_is_silenced_there_alone() {
    let team = "policy 1  despite lan-every-port \"not of this file\"\nagent b { lan 10.0.0.1 }\n";
    let root = "policy 1\ninclude \"team.reeve\"  despite lan-every-port \"x\"\n";
    assert_eq!(
        findings_of(&[(ROOT, root), ("team.reeve", team)]),
        "2:31 warning needless-despite\nteam.reeve:1:19 warning needless-despite\n\
         team.reeve:2:11 warning lan-every-port\n"
    );
}

#[test]
fn silenced_warnings_do_not_fill_the_report() {
    let mut text = "policy 1\nagent a {\n".to_owned();
    for at in 0..2 * MAX_FINDINGS {
        let address = format!("10.0.{}.{}", at / 250, at % 250);
        text.push_str(&format!("  lan {address}  despite lan-every-port \"x\"\n"));
    }
    text.push_str("  lan 10.9.9.9\n}\n");
    assert_eq!(
        findings(&text),
        format!("{}:3 warning lan-every-port\n", 3 + 2 * MAX_FINDINGS)
    );
}

#[test]
fn a_pattern_of_a_set_is_told_once_however_many_agents_allow_it() {
    let agents: String = (0..5)
        .map(|at| format!("agent a{at} {{\n  access list\n  allow @pages\n}}\n"))
        .collect();
    let text = format!("policy 1\n{agents}hosts pages {{ .github.io }}");
    assert_eq!(findings(&text), "22:15 warning public-suffix\n");
    assert_eq!(
        findings(&format!("{text}  despite public-suffix \"ours\"\n")),
        ""
    );
}
