//! What ARCHITECTURE.md and SECURITY.md name as a guard exists.
//!
//! A guard is written in backticks: a path, or a path, `::` and the name of a test in it. Each
//! sentence that begins with **Invariant:** names at least one; so does each row of the table of
//! bypasses, unless its last column says that it is planned or why there can be none.

use super::Problem;
use super::tree::Tree;

const INVARIANT: &str = "**Invariant:**";

pub(super) fn check(tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for path in ["ARCHITECTURE.md", "SECURITY.md"] {
        for (line, number) in tree.text(path).lines().zip(1..) {
            for word in paths_in_backticks(line) {
                if let Some(message) = missing(tree, word) {
                    problems.push(Problem::line(path, number, message));
                }
            }
            if path == "SECURITY.md" && is_unguarded_row(line) {
                let message = "a row without a guard: name a path, or say `planned` or `none: why`";
                problems.push(Problem::line(path, number, message));
            }
        }
        for (number, paragraph) in invariants(tree.text(path)) {
            if paths_in_backticks(&paragraph).next().is_none() {
                let message = "an invariant without the path of its guard in backticks";
                problems.push(Problem::line(path, number, message));
            }
        }
    }
    problems
}

/// The words in backticks that look like a path of ours.
fn paths_in_backticks(line: &str) -> impl Iterator<Item = &str> {
    let words = line.split('`').skip(1).step_by(2);
    words.filter(|word| {
        let file = word.split("::").next().unwrap_or(word);
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        file.contains('/')
            && file.chars().all(plain)
            && file.starts_with(|c: char| c.is_ascii_lowercase() || c == '.')
            && (file.ends_with('/') || file.rsplit('/').next().is_some_and(|n| n.contains('.')))
    })
}

/// Whether the line is a row of the table of bypasses whose last cell says nothing.
fn is_unguarded_row(line: &str) -> bool {
    let cells: Vec<&str> = line
        .trim()
        .trim_matches('|')
        .split('|')
        .map(str::trim)
        .collect();
    let numbered = line.starts_with("| ")
        && line.split_whitespace().nth(1).is_some_and(|id| {
            id.starts_with(|c: char| c.is_ascii_uppercase())
                && id.ends_with(|c: char| c.is_ascii_digit())
        });
    let last = cells.last().copied().unwrap_or_default();
    let said = last.starts_with("planned")
        || last.starts_with("none: ")
        || paths_in_backticks(last).next().is_some();
    numbered && !said
}

/// What is wrong with the guard, if anything.
fn missing(tree: &Tree, guard: &str) -> Option<String> {
    let (path, test) = match guard.split_once("::") {
        Some((path, test)) => (path, Some(test)),
        None => (guard, None),
    };
    if !tree.has(path) {
        return Some(format!("`{path}` does not exist"));
    }
    let test = test?;
    let name = test.rsplit("::").next().unwrap_or(test);
    let declared = tree.text(path).contains(&format!("fn {name}("));
    (!declared).then(|| format!("`{path}` has no test `{name}`"))
}

/// Each paragraph that begins with the word, with the number of its first line.
fn invariants(text: &str) -> Vec<(usize, String)> {
    let mut found: Vec<(usize, String)> = Vec::new();
    let mut inside = false;
    for (line, number) in text.lines().zip(1..) {
        let words = line.trim_start_matches("- ");
        if words.starts_with(INVARIANT) {
            inside = true;
            found.push((number, words.to_owned()));
        } else if line.trim().is_empty() || line.starts_with("- ") || line.starts_with('#') {
            inside = false;
        } else if let (true, Some((_, paragraph))) = (inside, found.last_mut()) {
            paragraph.push('\n');
            paragraph.push_str(line);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Vec<String> {
        let tree = Tree::of(&[
            ("ARCHITECTURE.md", text),
            ("core/src/parse.rs", "fn nothing_panics() {}\n"),
        ]);
        check(&tree).iter().map(Problem::to_string).collect()
    }

    #[test]
    fn a_guard_that_exists_is_fine() {
        let text = "- **Invariant:** parsing never fails,\n  \
            it reports (`core/src/parse.rs::nothing_panics`).\n\
            - The folder `core/src/` and the words `a/b` and `/var/lib/x.db`.\n";
        assert!(said(text).is_empty(), "{:?}", said(text));
    }

    #[test]
    fn a_guard_that_is_gone_is_found() {
        assert_eq!(
            said("**Invariant:** x (`core/src/gone.rs`).\n"),
            ["ARCHITECTURE.md:1: `core/src/gone.rs` does not exist"]
        );
        assert_eq!(
            said("See `core/src/parse.rs::gone`.\n"),
            ["ARCHITECTURE.md:1: `core/src/parse.rs` has no test `gone`"]
        );
    }

    #[test]
    fn a_row_without_a_guard_is_found() {
        let text = "| hole | how | why not here | guard |\n| --- | --- | --- | --- |\n\
            | H1 a | b | c | planned |\n| H2 a | b | c | `core/src/parse.rs` |\n\
            | H3 a | b | c | |\n| H4 a | b | c | a test |\n| H5 | b | c | none: no such thing |\n";
        let tree = Tree::of(&[("SECURITY.md", text), ("core/src/parse.rs", "")]);
        let lines: Vec<_> = check(&tree).into_iter().map(|p| p.line).collect();
        assert_eq!(lines, [5, 6]);
    }

    #[test]
    fn an_invariant_without_a_guard_is_found() {
        let text = "**Invariant:** all is well.\n\nSee `core/src/parse.rs`.\n";
        assert_eq!(said(text).len(), 1);
    }
}
