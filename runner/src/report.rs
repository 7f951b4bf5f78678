//! Findings as people read them, and as programs do.

pub mod agents;
pub mod changes;
mod drawing;
pub mod edits;
mod excerpt;
pub mod explanation;
mod github;
mod json;
pub mod matrix;
pub mod nanoclaw;
pub mod patch;
mod place;
mod sarif;
pub mod tried;

pub use self::github::github;
pub use self::json::json;
pub use self::sarif::sarif;

use std::fmt;
use std::ops::Add;

use annotate_snippets::{AnnotationKind, Level, Renderer};
use policy_core::diagnostic::{Diagnostic, Report, Severity};
use policy_core::sources::Sources;

pub(crate) use self::drawing::{Drawing, patched, render};

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
    let related = found.related.iter();
    let related = related.map(|(span, what)| (*span, AnnotationKind::Context, Some(&**what)));
    let drawing = Drawing {
        level,
        id: Some(found.code.name()),
        title: &found.message,
        places: std::iter::once((found.span, AnnotationKind::Primary, None))
            .chain(related)
            .collect(),
        notes: found
            .help
            .iter()
            .map(|help| (Level::HELP, vec![&**help]))
            .collect(),
    };
    render(renderer, &[drawing.group(sources)])
}

#[cfg(test)]
mod tests {
    use policy_core::diagnostic::Code;
    use policy_core::span::{FileId, Span};

    use super::*;

    #[test]
    fn a_count_is_a_plain_sentence() {
        let counts = |errors, warnings| Counts { errors, warnings }.to_string();
        assert_eq!(counts(2, 1), "2 errors, 1 warning");
        assert_eq!(counts(1, 0), "1 error, 0 warnings");
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
