//! Findings as people read them, and as programs do.

mod json;

pub use self::json::json;

use std::borrow::Cow;
use std::fmt;
use std::ops::{Add, Range};

use annotate_snippets::{Annotation, AnnotationKind, Level, Renderer, Snippet};
use policy_core::diagnostic::{Diagnostic, Report, Severity};
use policy_core::sources::{Source, Sources};
use policy_core::span::{FileId, Span};

/// How many findings of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Counts {
    /// Those that stop a compile.
    pub errors: usize,
    /// Those that do not.
    pub warnings: usize,
}

impl Counts {
    /// Of one report.
    pub fn of(report: &Report) -> Self {
        let diagnostics = report.diagnostics();
        let is_error = |found: &&Diagnostic| found.severity == Severity::Error;
        let errors = diagnostics.iter().filter(is_error).count();
        Self {
            errors,
            warnings: diagnostics.len() - errors,
        }
    }
}

impl Add for Counts {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            errors: self.errors + other.errors,
            warnings: self.warnings + other.warnings,
        }
    }
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plural = |number: usize| if number == 1 { "" } else { "s" };
        let Self { errors, warnings } = *self;
        let (e, w) = (plural(errors), plural(warnings));
        write!(f, "{errors} error{e}, {warnings} warning{w}")
    }
}

/// Every finding with the text it speaks of, in rustc's look, coloured; whoever prints it strips
/// the colours where they are not wanted. Empty when there is nothing to say.
pub fn human(sources: &Sources, report: &Report) -> String {
    let renderer = Renderer::styled();
    let mut text = String::new();
    for found in report.diagnostics() {
        text.push_str(&draw(&renderer, sources, found));
        text.push_str("\n\n");
    }
    text
}

fn draw(renderer: &Renderer, sources: &Sources, found: &Diagnostic) -> String {
    let level = match found.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let message = visible(&found.message);
    let title = level.primary_title(message).id(found.code.name());
    let mut group = title.element(snippet(sources, found.span.file, found));
    let mut others: Vec<FileId> = found.related.iter().map(|(span, _)| span.file).collect();
    others.sort();
    others.dedup();
    for file in others.into_iter().filter(|file| *file != found.span.file) {
        group = group.element(snippet(sources, file, found));
    }
    if let Some(help) = &found.help {
        group = group.element(Level::HELP.message(visible(help)));
    }
    renderer.render(&[group])
}

/// The lines of one file that a finding speaks of.
fn snippet<'a>(
    sources: &'a Sources,
    file: FileId,
    found: &'a Diagnostic,
) -> Snippet<'a, Annotation<'a>> {
    let Some(source) = sources.file(file) else {
        // A file that was refused as a whole is named in the message.
        return Snippet::source("");
    };
    let primary = (found.span, AnnotationKind::Primary, None);
    let related = found
        .related
        .iter()
        .map(|(span, what)| (*span, AnnotationKind::Context, Some(what)));
    let marks: Vec<_> = std::iter::once(primary)
        .chain(related)
        .filter(|(span, ..)| span.file == file)
        .map(|(span, kind, what)| (bytes(source, span), kind, what))
        .collect();
    // Only the lines in question are handed on: a file may be large, and its findings many.
    let window = lines(&source.text, marks.iter().map(|(range, ..)| range));
    let first = Span::new(file, window.start, window.start);
    let line_start = sources.locate(first).1.line as usize;
    let text = source.text.get(window.clone()).unwrap_or("");
    let annotations = marks.into_iter().map(|(range, kind, what)| {
        let local = range.start - window.start..range.end - window.start;
        let annotation = kind.span(local);
        match what {
            Some(what) => annotation.label(visible(what)),
            None => annotation,
        }
    });
    Snippet::source(text)
        .line_start(line_start)
        .path(visible(&source.name))
        .annotations(annotations)
}

/// The bytes of a span, inside of the text and between characters.
fn bytes(source: &Source, span: Span) -> Range<usize> {
    let start = source.text.floor_char_boundary(span.range().start);
    let end = source.text.floor_char_boundary(span.range().end);
    start..end.max(start)
}

/// The whole lines that hold all these ranges.
fn lines<'a>(text: &str, ranges: impl Iterator<Item = &'a Range<usize>> + Clone) -> Range<usize> {
    let start = ranges.clone().map(|range| range.start).min().unwrap_or(0);
    let end = ranges.map(|range| range.end).max().unwrap_or(0);
    let before = text.get(..start).unwrap_or("");
    let behind = text.get(end..).unwrap_or("");
    let first = before.rfind('\n').map_or(0, |newline| newline + 1);
    let last = behind.find('\n').unwrap_or(behind.len());
    first..end + last
}

/// Text of the user's in a message: control characters and those that turn the writing direction
/// are written out, so that a policy cannot draw on the terminal.
fn visible(text: &str) -> Cow<'_, str> {
    let odd =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if !text.contains(odd) {
        return Cow::Borrowed(text);
    }
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        if odd(c) {
            safe.extend(c.escape_unicode());
        } else {
            safe.push(c);
        }
    }
    Cow::Owned(safe)
}

#[cfg(test)]
mod tests {
    use policy_core::diagnostic::Code;

    use super::*;

    #[test]
    fn a_count_is_a_plain_sentence() {
        let counts = |errors, warnings| Counts { errors, warnings }.to_string();
        assert_eq!(counts(2, 1), "2 errors, 1 warning");
        assert_eq!(counts(1, 0), "1 error, 0 warnings");
    }

    #[test]
    fn a_message_cannot_draw_on_the_terminal() {
        assert_eq!(visible("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(visible("x\u{202e}y"), "x\\u{202e}y");
        assert_eq!(visible("bücher"), "bücher");
    }

    #[test]
    fn any_span_can_be_drawn() {
        let text = "policy 1\n# ä\n";
        let (sources, _) = Sources::single("p.reeve", text);
        for start in 0..=text.len() + 2 {
            for end in start..=text.len() + 2 {
                let mut report = Report::default();
                let span = Span::new(FileId(0), start, end);
                let beyond = Span::new(FileId(7), 0, 1);
                let found = Diagnostic::error(Code::Syntax, span, "m").related(beyond, "w");
                report.push(found.help("h"));
                assert!(human(&sources, &report).contains("p.reeve"));
            }
        }
    }
}
