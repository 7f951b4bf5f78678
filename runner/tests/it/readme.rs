//! What README shows is what the program prints.

use crate::portreeve::Bed;

const README: &str = include_str!("../../../README.md");

/// The texts between fences.
fn blocks() -> impl Iterator<Item = &'static str> {
    README.split("```\n").skip(1).step_by(2)
}

#[test]
fn every_command_with_its_output_prints_that() {
    let policy = blocks().find(|block| block.starts_with("policy 1\n"));
    let bed = Bed::new();
    bed.file("policy.reeve", policy.expect("a policy"));
    bed.file("facts.json", r#"{"version":1,"today":"2026-11-23"}"#);
    let mut n_shown = 0;
    for block in blocks() {
        let Some(shown) = block.strip_prefix("$ portreeve ") else {
            continue;
        };
        let (command, expected) = shown.split_once('\n').expect("a command and its output");
        let run = bed
            .run(command.split(' '))
            .env("PORTREEVE_FACTS", "facts.json");
        assert_eq!(run.outcome().stdout, expected, "{command}");
        n_shown += 1;
    }
    assert!(n_shown > 0);
}

#[test]
fn the_policy_shown_passes_its_own_tests() {
    let policy = blocks().find(|block| block.starts_with("policy 1\n"));
    let bed = Bed::new();
    bed.file("policy.reeve", policy.expect("a policy"));
    let outcome = bed.run(["test", "policy.reeve"]).exits(0);
    assert!(
        outcome.stdout.ends_with("passed, 0 failed\n"),
        "{}",
        outcome.stdout
    );
}
