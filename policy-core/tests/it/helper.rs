//! The one place of these tests that touches the API.

use policy_core::ast::File;
use policy_core::parse::parse;
use policy_core::span::{FileId, LineIndex};

/// The diagnostics of a text, one on each line: `line:col code: message / help`.
pub(crate) fn check(text: &str) -> String {
    let (_, report) = parse(FileId(0), text);
    let index = LineIndex::new(text);
    let mut rendered = String::new();
    for diagnostic in report.diagnostics() {
        let place = index.locate(text, diagnostic.span.start);
        let (line, column) = (place.line, place.column);
        let (code, message) = (diagnostic.code, &diagnostic.message);
        rendered.push_str(&format!("{line}:{column} {code}: {message}"));
        if let Some(help) = &diagnostic.help {
            rendered.push_str(&format!(" / {help}"));
        }
        for (span, what) in &diagnostic.related {
            let place = index.locate(text, span.start);
            rendered.push_str(&format!(" [{}:{} {what}]", place.line, place.column));
        }
        rendered.push('\n');
    }
    rendered
}

/// The diagnostics of statements in an agent, which begin in the third line.
pub(crate) fn check_in_agent(statements: &str) -> String {
    check(&format!("policy 1\nagent a {{\n{statements}\n}}\n"))
}

/// The tree of a text without mistakes.
pub(crate) fn tree(text: &str) -> File {
    let (tree, report) = parse(FileId(0), text);
    assert!(!report.has_errors(), "{}\n{text}", check(text));
    tree
}

/// The tree of a text that may have mistakes.
pub(crate) fn tree_in_spite_of_mistakes(text: &str) -> File {
    parse(FileId(0), text).0
}
