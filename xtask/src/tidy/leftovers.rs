//! Nothing of the workbench stays behind: debug prints, empty notes, tests switched off.

use super::Problem;
use super::tree::Tree;

/// What no Rust file holds, with what to do instead. Split, so that this file holds none either.
const BANNED: &[(&str, &str, &str)] = &[
    ("db", "g!(", "remove the debug print"),
    ("to", "do!(", "write it, or leave the function out"),
    ("unimpl", "emented!(", "write it, or leave the function out"),
    ("#[ig", "nore", "assert today's answer with a note instead"),
    ("#[should", "_panic", "assert the error instead"),
];

/// A note says what is missing and when it matters, so it has more words than these.
const SHORTEST_NOTE: usize = 4;

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (path, text) in [".rs", ".sh", ".toml", ".yml", "Dockerfile", ".ci/run"]
        .into_iter()
        .flat_map(|end| tree.ending(end))
    {
        for (line, number) in text.lines().zip(1..) {
            for (start, end, remedy) in BANNED {
                if path.ends_with(".rs") && line.contains(&format!("{start}{end}")) {
                    problems.push(Problem::line(
                        path,
                        number,
                        format!("{start}{end}…: {remedy}"),
                    ));
                }
            }
            if let Some(message) = bad_note(line) {
                problems.push(Problem::line(path, number, message));
            }
        }
    }
    problems
}

/// What is wrong with the note on this line, if it has one.
fn bad_note(line: &str) -> Option<String> {
    for (start, end) in [("FIX", "ME"), ("TO", "DO"), ("XX", "X")] {
        let marker = format!("{start}{end}");
        let Some((before, after)) = line.split_once(&marker) else {
            continue;
        };
        let inside_a_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
            || after.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        if inside_a_word {
            continue;
        }
        if before.trim_start().starts_with("//!") {
            return Some(format!(
                "{marker} in the head of a file: put it where it applies"
            ));
        }
        let explained = after
            .strip_prefix(':')
            .is_some_and(|text| text.split_whitespace().count() >= SHORTEST_NOTE);
        if !explained {
            return Some(format!(
                "{marker} without `: what is missing and when it matters`"
            ));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_debug_print_and_a_switched_off_test_are_found() {
        for (start, end, _) in BANNED {
            let text = format!("//! Head.\n    {start}{end}x)]\n");
            let problems = check(&Tree::of(&[("a.rs", &text)]));
            assert_eq!(problems.len(), 1, "{text}");
            assert_eq!(problems.first().map(|p| p.line), Some(2));
        }
    }

    #[test]
    fn a_note_needs_an_explanation() {
        let note = |text: &str| format!("// {}{}{text}", "FIX", "ME");
        assert!(bad_note(&note("")).is_some());
        assert!(bad_note(&note(": later")).is_some());
        let explained = ": the limit is too low for IPv6, which matters in version 2";
        assert_eq!(bad_note(&note(explained)), None);
        let head = note(explained).replace("//", "//!");
        assert!(bad_note(&head).is_some());
        let script = format!("{}{}\n", "# TO", "DO");
        assert_eq!(check(&Tree::of(&[("a.sh", &script)])).len(), 1);
        assert_eq!(
            bad_note(&format!("mk{}{}.{}{}", "TO", "DO", "XX", "XX")),
            None
        );
    }
}
