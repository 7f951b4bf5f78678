//! Reading and printing text: neither fails, places are real, layout says nothing, and comments
//! stay.

use policy_core::ast;
use policy_core::diagnostic::{Diagnostic, Report};
use policy_core::ir::Policy;
use policy_core::reach::diff::{Diff, diff};
use policy_core::sources::Sources;
use policy_core::span::FileId;

use crate::{facts, spans};

/// Reading any text gives a tree and a report whose places lie in the text and whose messages
/// are one printable line each; wider blanks give the same tree.
pub fn parse(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (tree, report) = read(text);
    spans::lie_in(text, &tree);
    check_report(text, &report);
    if !report.has_errors() {
        assert!(
            matches!(
                tree.statements.first().map(|item| &item.node),
                Some(ast::Statement::Policy(_))
            ),
            "a text without an error does not begin with its version"
        );
        let wide = widened(text);
        let (again, report) = read(&wide);
        assert!(!report.has_errors(), "wider blanks are an error: {wide:?}");
        assert_eq!(tree, again, "wider blanks change the tree");
    }
}

/// Printing what was read without an error gives text that reads as the same tree, prints as
/// itself, and has the same comments.
pub fn print(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (tree, report) = read(text);
    let printed = tree.to_string();
    if report.has_errors() {
        return;
    }
    let (again, report) = read(&printed);
    assert!(
        !report.has_errors(),
        "the printed text has errors: {report:?}\n{printed}"
    );
    assert_eq!(
        tree, again,
        "printing changes the tree; printed:\n{printed}"
    );
    assert_eq!(
        again.to_string(),
        printed,
        "printing twice changes the text"
    );
    assert_eq!(
        comments(text),
        comments(&printed),
        "comments change; printed:\n{printed}"
    );
}

/// Formatting a text without errors gives one with the same statements and the same comments in
/// the same order, which formats to itself and decides every request as before; one with errors is
/// refused with them.
pub fn format(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let (tree, report) = read(text);
    let formatted = match policy_core::format::format(FileId(0), text) {
        Ok(formatted) => formatted,
        Err(refused) => {
            assert!(report.has_errors() && refused == report, "{refused:?}");
            return;
        }
    };
    assert!(!report.has_errors(), "a text with errors was formatted");
    let (again, report) = read(&formatted);
    assert!(!report.has_errors(), "{report:?}\n{formatted}");
    assert_eq!(
        without_empty_lines(tree),
        without_empty_lines(again),
        "formatting changes the statements:\n{formatted}"
    );
    assert_eq!(
        comments(text),
        comments(&formatted),
        "comments change; formatted:\n{formatted}"
    );
    let twice = policy_core::format::format(FileId(0), &formatted);
    assert_eq!(
        twice.as_deref(),
        Ok(formatted.as_str()),
        "formatting twice changes the text"
    );
    // The exact comparison, which knows nothing of trees.
    match (meaning(text), meaning(&formatted)) {
        (Some(before), Some(after)) => {
            let changes = [diff(&before, &after), diff(&after, &before)];
            assert!(
                changes.iter().all(Diff::is_empty),
                "formatting changes a decision: {changes:?}\n{formatted}"
            );
        }
        (before, after) => assert!(
            before.is_none() && after.is_none(),
            "formatting makes or mends a mistake:\n{formatted}"
        ),
    }
}

/// What the text means, though it may fail its own tests.
fn meaning(text: &str) -> Option<Policy> {
    let (sources, report) = Sources::single("policy.reeve", text);
    let understood = policy_core::understand(&sources, report, &facts());
    understood.policy.map(|(policy, _)| policy)
}

/// The tree without what formatting may change: the empty lines between the statements of a file.
fn without_empty_lines(mut tree: ast::File) -> ast::File {
    for item in &mut tree.statements {
        item.blank_before = false;
    }
    tree
}

/// The comments of a text without errors, in their order.
fn comments(text: &str) -> Vec<&str> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    body.lines().filter_map(comment).collect()
}

/// What follows the first `#` that stands after a blank or begins the line, outside of strings.
fn comment(line: &str) -> Option<&str> {
    let (mut quoted, mut after_blank) = (false, true);
    for (at, c) in line.char_indices() {
        if c == '#' && after_blank && !quoted {
            let (_, text) = line.split_at(at + 1);
            return Some(text.trim_matches([' ', '\t']));
        }
        quoted ^= c == '"';
        after_blank = matches!(c, ' ' | '\t');
    }
    None
}

fn read(text: &str) -> (ast::File, Report) {
    policy_core::parse::parse(FileId(0), text)
}

/// Panics unless every finding lies in the text and can be printed on one line.
pub(crate) fn check_report(text: &str, report: &Report) {
    spans::lie_in(text, report);
    for finding in report.diagnostics() {
        for line in lines(finding) {
            assert!(!line.is_empty(), "an empty message: {finding:?}");
            // What a terminal obeys, and what turns the direction of writing, must not come out
            // of the user's text unescaped.
            let hidden = |c: char| {
                c.is_control() && c != '\t'
                    || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
            };
            assert!(
                !line.contains(hidden),
                "a message holds a hidden character: {line:?}"
            );
        }
        assert!(
            !finding.message.ends_with('.'),
            "a message ends in a full stop: {finding:?}"
        );
    }
}

fn lines(finding: &Diagnostic) -> impl Iterator<Item = &str> {
    let related = finding.related.iter().map(|(_, what)| what.as_str());
    std::iter::once(finding.message.as_str())
        .chain(finding.help.as_deref())
        .chain(related)
}

/// The text with every blank doubled that stands outside of strings and comments.
fn widened(text: &str) -> String {
    let mut wide = String::with_capacity(text.len() * 2);
    for line in text.split_inclusive('\n') {
        let (mut quoted, mut comment, mut after_blank) = (false, false, true);
        for c in line.chars() {
            let plain = !quoted && !comment;
            comment |= plain && c == '#' && after_blank;
            quoted ^= !comment && c == '"';
            wide.push(c);
            if plain && c == ' ' {
                wide.push(c);
            }
            after_blank = matches!(c, ' ' | '\t');
        }
    }
    wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blanks_in_strings_and_comments_stay_as_they_are() {
        assert_eq!(
            widened("a b \"c d\" e # f g\nx#y z\n"),
            "a  b  \"c d\"  e  # f g\nx#y  z\n"
        );
    }

    #[test]
    fn comments_are_found_outside_of_strings() {
        let text = "# a\nx#y # b\n\"# c\" # d \n\"e";
        assert_eq!(comments(text), ["a", "b", "d"]);
    }

    #[test]
    fn an_include_escapes_control_characters() {
        let text = "policy 1\ninclude \"\u{1b}[31m\"\n";
        let (_, report) = policy_core::sources::Sources::single("policy.reeve", text);
        assert!(report.has_errors());
        check_report(text, &report);
    }
}
