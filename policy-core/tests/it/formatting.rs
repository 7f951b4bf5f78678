//! `fmt` changes how a text looks and nothing else.

#![expect(
    clippy::disallowed_methods,
    reason = "reads the fixtures; only the library itself may not touch files"
)]

use std::path::{Path, PathBuf};

use proptest::prelude::*;

use policy_core::ast::File;
use policy_core::format::format;
use policy_core::span::FileId;
use policy_core::testing;

use crate::helper::{check, tree};

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

fn policies(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            policies(&path, found);
        } else if path.extension().is_some_and(|end| end == "reeve") {
            found.push(path);
        }
    }
}

#[test]
fn every_fixture_keeps_its_meaning_or_is_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut paths = Vec::new();
    policies(&folder, &mut paths);
    assert!(paths.len() > 40);
    let mut n_formatted = 0;
    for path in paths {
        let text = std::fs::read_to_string(&path).unwrap();
        let (_, report) = policy_core::parse::parse(FileId(0), &text);
        if report.has_errors() {
            assert_eq!(format(FileId(0), &text), Err(report));
            continue;
        }
        n_formatted += 1;
        formats_soundly(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    }
    assert!(n_formatted > 30, "{n_formatted}");
}
