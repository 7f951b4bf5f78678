//! Findings as one JSON document.

use policy_core::diagnostic::{Code, Report, Severity};
use policy_core::sources::Sources;
use serde::Serialize;

use super::place::Place;

/// The format.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    diagnostics: Vec<Finding<'a>>,
}

/// A finding; the same in the documents of `check` and of an edit.
#[derive(Serialize)]
pub(super) struct Finding<'a> {
    code: Code,
    severity: Severity,
    message: &'a str,
    help: Option<&'a str>,
    file: &'a str,
    line: u32,
    column: u32,
    end_line: u32,
    end_column: u32,
}

/// The findings of several policies.
pub fn json(reports: &[(&Sources, &Report)]) -> Result<String, serde_json::Error> {
    let reports = reports.iter();
    let document = Document {
        version: VERSION,
        diagnostics: reports
            .flat_map(|(sources, report)| findings(sources, report))
            .collect(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

/// The findings of a policy.
pub(super) fn findings<'a>(
    sources: &'a Sources,
    report: &'a Report,
) -> impl Iterator<Item = Finding<'a>> {
    report.diagnostics().iter().map(|found| {
        let Place { file, start, end } = Place::of(sources, found.span);
        Finding {
            code: found.code,
            severity: found.severity,
            message: &found.message,
            help: found.help.as_deref(),
            file,
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    })
}
