//! Findings as people read them, and as programs do.

mod excerpt;
mod github;
mod json;
mod place;
mod sarif;

pub use self::github::github;
pub use self::json::json;
pub use self::sarif::sarif;

use std::borrow::Cow;
use std::fmt;
use std::ops::Add;

use annotate_snippets::{Annotation, Element, Level, Origin, Renderer, Snippet};
use anstream::adapter::strip_str;
use policy_core::diagnostic::{Diagnostic, Report, Severity};
use policy_core::sources::Sources;
use policy_core::span::{FileId, Span};

use self::excerpt::{Excerpt, Mark, excerpts};

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
    let mut group = title.elements(snippets(sources, found.span.file, found));
    let mut others: Vec<FileId> = found.related.iter().map(|(span, _)| span.file).collect();
    others.sort();
    others.dedup();
    for file in others.into_iter().filter(|file| *file != found.span.file) {
        group = group.elements(snippets(sources, file, found));
    }
    if let Some(help) = &found.help {
        group = group.element(Level::HELP.message(visible(help)));
    }
    // A snippet without a path, which a part of a line is, gets a line that should name the path.
    let names_nothing = |line: &str| strip_str(line).to_string().trim() == ":::";
    let text = renderer.render(&[group]);
    let lines: Vec<&str> = text.split('\n').filter(|l| !names_nothing(l)).collect();
    lines.join("\n")
}

/// The lines of one file that a finding speaks of.
fn snippets<'a>(sources: &'a Sources, file: FileId, found: &'a Diagnostic) -> Vec<Element<'a>> {
    let Some(source) = sources.file(file) else {
        // A file that was refused as a whole is named in the message.
        return vec![Snippet::<Annotation<'_>>::source("").into()];
    };
    let mut elements = Vec::new();
    for excerpt in excerpts(source, file, found) {
        let Excerpt { window, marks, .. } = excerpt;
        let place = |offset| sources.locate(Span::new(file, offset, offset)).1;
        let path = visible(&source.name);
        let text = source.text.get(window.clone()).unwrap_or("");
        let snippet = Snippet::source(text).line_start(place(window.start).line as usize);
        let snippet = if excerpt.is_cut {
            // The column counts from the start of the line, which is not in the window.
            let at = place(marks.first().map_or(window.start, |mark| mark.range.start));
            let origin = Origin::path(path).line(at.line as usize);
            elements.push(origin.char_column(at.column as usize).into());
            snippet
        } else {
            snippet.path(path)
        };
        let annotations = marks.into_iter().map(|Mark { range, kind, what }| {
            let annotation = kind.span(range.start - window.start..range.end - window.start);
            match what {
                Some(what) => annotation.label(visible(what)),
                None => annotation,
            }
        });
        elements.push(snippet.annotations(annotations).into());
    }
    elements
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
