//! The one place of these tests that touches the API.

use std::collections::BTreeSet;

use policy_core::ast::File;
use policy_core::diagnostic::{Diagnostic, Fix, Report, Severity};
use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::parse::parse;
use policy_core::sources::Sources;
use policy_core::span::{FileId, LineIndex, Span};
use policy_core::testing::MemoryFiles;
use policy_core::{Compiled, compile, understand};

/// How many findings a rendering holds at most, besides the first one of each code.
const MAX_SHOWN: usize = 25;

/// The diagnostics of a text, one on each line: `line:col code: message / help`. Each fix that one
/// of them has is tried as well.
pub(crate) fn check(text: &str) -> String {
    let (_, report) = parse(FileId(0), text);
    for diagnostic in report.diagnostics() {
        if let Some(fix) = &diagnostic.fix {
            let fixed = apply(fix, FileId(0), text);
            let (_, after) = parse(FileId(0), &fixed);
            let wrong = is_mended(diagnostic, &report, &after);
            assert_eq!(wrong, Ok(()), "{fixed}");
        }
    }
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

/// The text of a file with the edits of a fix.
pub(crate) fn apply(fix: &Fix, file: FileId, text: &str) -> String {
    let mut fixed = String::new();
    let mut at = 0;
    for (span, replacement) in &fix.edits {
        assert_eq!(span.file, file);
        fixed.push_str(&text[at..span.range().start]);
        fixed.push_str(replacement);
        at = span.range().end;
    }
    fixed + &text[at..]
}

/// Whether a finding is gone and no error is there that was not before.
pub(crate) fn is_mended(
    finding: &Diagnostic,
    before: &Report,
    after: &Report,
) -> Result<(), String> {
    let count = |report: &Report, one: &Diagnostic| {
        let same = |other: &&Diagnostic| (other.code, &other.message) == (one.code, &one.message);
        report.diagnostics().iter().filter(same).count()
    };
    if count(after, finding) >= count(before, finding) {
        return Err(format!("`{}` is still there", finding.message));
    }
    let errors = after.diagnostics().iter();
    let new = errors
        .filter(|found| found.severity == Severity::Error)
        .find(|found| count(after, found) > count(before, found));
    match new {
        Some(new) => Err(format!(
            "mending `{}` gives `{}`",
            finding.message, new.message
        )),
        None => Ok(()),
    }
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

/// The documented facts, on the day of all fixtures.
pub(crate) fn facts() -> Facts {
    Facts::on(jiff::civil::date(2026, 11, 23))
}

/// Reads and compiles `root` and what it includes.
pub(crate) fn compile_files(root: &str, files: &MemoryFiles) -> (Sources, Compiled) {
    let text = files.0.get(root).cloned().unwrap_or_default();
    let (sources, report) = Sources::load(root, text, &mut files.clone());
    let compiled = compile(&sources, report, &facts());
    (sources, compiled)
}

/// The policy of a text without errors, compiled with these facts; it may fail its own tests.
pub(crate) fn policy_with(text: &str, facts: &Facts) -> Policy {
    let (sources, report) = Sources::single("policy.reeve", text);
    let compiled = understand(&sources, report, facts);
    let shown = rendered(&sources, &compiled);
    let policy = compiled.policy.map(|(policy, _)| policy);
    policy.unwrap_or_else(|| panic!("{shown}{text}"))
}

/// The findings, one on each line: `line:col severity code: message / help / related`.
pub(crate) fn rendered(sources: &Sources, compiled: &Compiled) -> String {
    let mut rendered = String::new();
    let mut codes = BTreeSet::new();
    let diagnostics = compiled.report.diagnostics();
    for (at, diagnostic) in diagnostics.iter().enumerate() {
        if codes.insert(diagnostic.code) || at < MAX_SHOWN {
            rendered.push_str(&line(sources, diagnostic));
            rendered.push('\n');
        }
    }
    if diagnostics.len() > MAX_SHOWN {
        rendered.push_str(&format!("{} findings in all\n", diagnostics.len()));
    }
    rendered
}

fn line(sources: &Sources, diagnostic: &Diagnostic) -> String {
    let severity = diagnostic.severity.name();
    let at = place(sources, diagnostic.span);
    let mut line = format!(
        "{at} {severity} {}: {}",
        diagnostic.code, diagnostic.message
    );
    if let Some(help) = &diagnostic.help {
        line.push_str(&format!(" / {help}"));
    }
    for (span, what) in &diagnostic.related {
        line.push_str(&format!(" / {} {what}", place(sources, *span)));
    }
    line
}

/// `line:col`, with the file before it where it is not the root.
fn place(sources: &Sources, span: Span) -> String {
    let (file, at) = sources.locate(span);
    let place = format!("{}:{}", at.line, at.column);
    match span.file {
        FileId(0) => place,
        _ => format!("{file}:{place}"),
    }
}
