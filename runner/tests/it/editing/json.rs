//! What an edit tells a program.

#![expect(clippy::unwrap_used, reason = "what is no JSON fails the test")]

use serde_json::Value;

use super::{POLICY, bed, run};
use crate::portreeve::{Bed, Outcome};

fn told(bed: &Bed, line: &[&str], code: i32) -> Value {
    let line: Vec<&str> = line.iter().copied().chain(["--format", "json"]).collect();
    let Outcome { stdout, .. } = run(bed, &line, code);
    serde_json::from_str(&stdout).unwrap()
}

#[test]
fn a_program_is_told_what_was_changed_and_gets_the_difference_that_diff_gives() {
    let bed = bed();
    let line = ["agent", "allow", "coder", "x.example"];
    let dry: Vec<&str> = line.into_iter().chain(["--dry-run"]).collect();
    let mut shown = told(&bed, &dry, 0);
    assert_eq!(shown["outcome"], "dry_run");
    assert_eq!(bed.read("p.reeve"), POLICY);
    let written = told(&bed, &line, 0);
    assert_eq!(written["version"], 1);
    assert_eq!(written["outcome"], "written");
    assert_eq!(written["files"][0]["file"], "p.reeve");
    let patch = written["files"][0]["patch"].as_str().unwrap();
    assert!(patch.contains("+  allow     x.example\n"), "{patch}");
    assert_eq!(written["diagnostics"], Value::Array(Vec::new()));
    // The same but for what became of it.
    shown["outcome"] = "written".into();
    assert_eq!(shown, written);
    bed.file("old.reeve", POLICY);
    let diff = ["diff", "old.reeve", "p.reeve", "--format", "json"];
    let diff = bed.run(diff).env("PORTREEVE_FACTS", "facts.json").exits(0);
    let diff: Value = serde_json::from_str(&diff.stdout).unwrap();
    assert_eq!(diff, written["difference"]);
    assert_eq!(diff["changes"][0]["kind"], "gained");

    let again = told(&bed, &line, 0);
    assert_eq!(again["outcome"], "unchanged");
    assert_eq!(again["files"], Value::Array(Vec::new()));
    assert_eq!(again["difference"], Value::Null);
}

#[test]
fn a_program_is_told_why_an_edit_is_refused_and_what_else_there_is_to_know() {
    let bed = bed();
    let refused = told(&bed, &["agent", "deny", "coder", "api.anthropic.com"], 1);
    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["diagnostics"][0]["severity"], "error");
    assert_eq!(refused["diagnostics"][0]["file"], "p.reeve");
    assert_eq!(bed.read("p.reeve"), POLICY);
    let warned = told(&bed, &["agent", "lan", "reviewer", "10.1.2.3"], 0);
    assert_eq!(warned["diagnostics"][0]["severity"], "warning");
    let renamed = told(&bed, &["agent", "rename", "coder", "builder"], 0);
    let note = renamed["notes"][0].as_str().unwrap();
    assert!(note.contains("`id coder` keeps"), "{note}");
    let edge = told(&bed, &["edge", "add", "builder", "reviewer"], 0);
    assert_eq!(edge["difference"]["edges"][0]["kind"], "gained");
}
