//! `fmt` changes how a text looks and nothing else.

use proptest::prelude::*;

use policy_core::ast::File;
use policy_core::format::format;
use policy_core::ir::Policy;
use policy_core::reach::diff::{Diff, diff};
use policy_core::sources::Sources;
use policy_core::span::FileId;
use policy_core::testing::{self, MemoryFiles};

use crate::fixtures::{ROOT, cases, quickstart};
use crate::helper::{check, facts, tree};

/// The tree without what `fmt` may change: the empty lines between the statements of a file.
fn without_empty_lines(mut tree: File) -> File {
    for item in &mut tree.statements {
        item.blank_before = false;
    }
    tree
}

/// The comments in their order.
fn comments(text: &str) -> Vec<&str> {
    text.lines().filter_map(comment_of).collect()
}

/// What follows the first `#` that begins a comment.
fn comment_of(line: &str) -> Option<&str> {
    let mut outside = true;
    let mut before = ' ';
    for (at, character) in line.char_indices() {
        if outside && character == '#' && matches!(before, ' ' | '\t') {
            return Some(line[at + 1..].trim_matches([' ', '\t', '\r']));
        }
        outside ^= character == '"';
        before = character;
    }
    None
}

fn formats_soundly(text: &str) -> Result<(), TestCaseError> {
    let Ok(formatted) = format(FileId(0), text) else {
        return Err(TestCaseError::fail(format!("{}{text}", check(text))));
    };
    let again = format(FileId(0), &formatted);
    prop_assert_eq!(again.as_deref(), Ok(formatted.as_str()), "{}", text);
    let (before, after) = (tree(text), tree(&formatted));
    prop_assert_eq!(without_empty_lines(before), without_empty_lines(after));
    prop_assert_eq!(comments(text), comments(&formatted));
    prop_assert!(!formatted.contains("\n\n\n") && !formatted.contains(" \n"));
    Ok(())
}

proptest! {
    #[test]
    fn formatting_keeps_every_statement_and_every_comment_of_any_text(
        text in testing::ruffled(testing::file().prop_map(|file| file.to_string())),
    ) {
        formats_soundly(&text)?;
    }

    #[test]
    fn formatting_keeps_every_policy(
        text in testing::ruffled(testing::policy().prop_map(|policy| policy.text())),
    ) {
        formats_soundly(&text)?;
    }
}

/// What a policy means, though it may fail its own tests; `None` for one with mistakes.
fn meaning(files: &MemoryFiles) -> Option<Policy> {
    let text = files.0[ROOT].clone();
    let (sources, report) = Sources::load(ROOT, text, &mut files.clone());
    let understood = policy_core::understand(&sources, report, &facts());
    understood.policy.map(|(policy, _)| policy)
}

/// Fails unless both decide every request alike, whoever asks.
fn decide_alike(before: &Policy, after: &Policy) -> Result<(), TestCaseError> {
    prop_assert_eq!(diff(before, after), Diff::default());
    prop_assert_eq!(diff(after, before), Diff::default());
    Ok(())
}

proptest! {
    #[test]
    fn formatting_changes_no_decision_of_any_policy(
        text in testing::ruffled(testing::policy().prop_map(|policy| policy.text())),
    ) {
        let meaning = |text: &str| meaning(&MemoryFiles([(ROOT.into(), text.into())].into()));
        let formatted = format(FileId(0), &text).unwrap();
        match (meaning(&text), meaning(&formatted)) {
            (Some(before), Some(after)) => decide_alike(&before, &after)?,
            (before, after) => prop_assert!(before.is_none() && after.is_none(), "{}", text),
        }
    }
}

#[test]
fn every_fixture_keeps_its_meaning_or_is_refused() {
    let (mut n_formatted, mut n_compared) = (0, 0);
    let all = ["ok", "bad", "regress"].into_iter().flat_map(cases);
    for case in all.chain([quickstart()]) {
        let mut formatted = case.files.clone();
        for (name, text) in &mut formatted.0 {
            let (_, report) = policy_core::parse::parse(FileId(0), text);
            if report.has_errors() {
                assert_eq!(format(FileId(0), text), Err(report));
                continue;
            }
            n_formatted += 1;
            formats_soundly(text).unwrap_or_else(|error| panic!("{} {name}: {error}", case.name));
            *text = format(FileId(0), text).unwrap();
        }
        let (before, after) = (meaning(&case.files), meaning(&formatted));
        assert_eq!(before.is_some(), after.is_some(), "{}", case.name);
        if let (Some(before), Some(after)) = (before, after) {
            n_compared += 1;
            decide_alike(&before, &after).unwrap_or_else(|error| panic!("{}: {error}", case.name));
        }
    }
    assert!(
        n_formatted > 30 && n_compared > 20,
        "{n_formatted} {n_compared}"
    );
}

#[test]
fn the_diff_of_these_tests_sees_a_change() {
    let policy = |text: &str| meaning(&MemoryFiles([(ROOT.into(), text.into())].into())).unwrap();
    let before = policy("policy 1\nagent a { access list\nallow pypi.org }\n");
    let after = policy("policy 1\nagent a { access list\nallow .pypi.org }\n");
    assert!(decide_alike(&before, &after).is_err());
}
