//! Findings as workflow commands of GitHub Actions, which draws them beside the changed lines.

use std::fmt::Write as _;

use policy_core::diagnostic::{Diagnostic, Report};
use policy_core::sources::Sources;

use super::place::Place;

/// One line for each finding.
///
/// A value may be text of the user's, which must not end its own command or begin another one.
pub fn github(reports: &[(&Sources, &Report)]) -> String {
    let mut text = String::new();
    for (sources, report) in reports {
        for found in report.diagnostics() {
            text.push_str(&command(sources, found));
            text.push('\n');
        }
    }
    text
}

fn command(sources: &Sources, found: &Diagnostic) -> String {
    let Place { file, start, end } = Place::of(sources, found.span);
    let level = found.severity.name();
    let mut text = format!("::{level} file={},line={}", property(file), start.line);
    // Columns say something of a single line only.
    if start.line == end.line {
        let _ = write!(text, ",col={}", start.column);
    }
    let _ = write!(text, ",endLine={}", end.line);
    if start.line == end.line {
        let _ = write!(text, ",endColumn={}", end.column);
    }
    let mut message = found.message.clone();
    for (span, what) in &found.related {
        let Place { file, start, .. } = Place::of(sources, *span);
        let _ = write!(message, "\n{file}:{}:{}: {what}", start.line, start.column);
    }
    if let Some(help) = &found.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    let _ = write!(
        text,
        ",title={}::{}",
        property(found.code.name()),
        data(&message)
    );
    text
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property, which also ends at a comma and a colon.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use policy_core::diagnostic::Code;
    use policy_core::span::{FileId, Span};

    use super::*;

    #[test]
    fn no_text_ends_its_command_or_begins_another() {
        let (sources, _) = Sources::single("a,b:c%\n::error ::d.reeve", "policy 1\nä\n");
        let mut report = Report::default();
        let span = |start, end| Span::new(FileId(0), start, end);
        let message = "100%: `x,y`\r\n::set-env name=a::b";
        report.push(
            Diagnostic::error(Code::Syntax, span(9, 11), message)
                .help("h")
                .related(span(0, 1), "r"),
        );
        report.push(Diagnostic::warning(Code::LanPublic, span(0, 11), "m"));
        let name = "a%2Cb%3Ac%25%0A%3A%3Aerror %3A%3Ad.reeve";
        assert_eq!(
            github(&[(&sources, &report)]),
            format!(
                "::error file={name},line=2,col=1,endLine=2,endColumn=2,title=syntax::\
                 100%25: `x,y`\\u{{d}}\\u{{a}}::set-env name=a::b\
                 %0Aa,b:c%25%0A::error ::d.reeve:1:1: r%0Ahelp: h\n\
                 ::warning file={name},line=1,endLine=2,title=lan-public::m\n"
            )
        );
    }
}
