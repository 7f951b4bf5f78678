//! Findings as SARIF 2.1.0, which code scanning and editors read.
//!
//! The rules are all codes, whether they are found or not, so that their order never changes. A
//! path that is relative is told relative to the root of the sources, which only the reader knows.
//! Braces in messages stand as they are: nothing is filled in, and readers show them as written.

use std::fmt::Write as _;

use policy_core::diagnostic::{Code, Diagnostic, Fix, Report};
use policy_core::sources::Sources;
use policy_core::span::Span;
use serde::Serialize;

use super::place::Place;

/// Where the format is described.
const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// The folder that relative paths begin at.
const ROOT: &str = "%SRCROOT%";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run {
    tool: Tool,
    column_kind: &'static str,
    invocations: [Invocation; 1],
    results: Vec<Finding>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    execution_successful: bool,
}

#[derive(Serialize)]
struct Tool {
    driver: Driver,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver {
    name: &'static str,
    semantic_version: &'static str,
    rules: Vec<Rule>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: &'static str,
    short_description: Text,
    full_description: Text,
    help: Help,
    default_configuration: Configuration,
}

#[derive(Serialize)]
struct Text {
    text: String,
}

#[derive(Serialize)]
struct Help {
    text: &'static str,
    markdown: &'static str,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: &'static str,
    rule_index: usize,
    level: &'static str,
    message: Text,
    locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Location>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Change>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Location {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<usize>,
    physical_location: PhysicalLocation,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Text>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PhysicalLocation {
    artifact_location: Artifact,
    region: Region,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Artifact {
    uri: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_base_id: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Region {
    start_line: u32,
    start_column: u32,
    end_line: u32,
    end_column: u32,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Change {
    description: Text,
    artifact_changes: [ArtifactChange; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactChange {
    artifact_location: Artifact,
    replacements: Vec<Replacement>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replacement {
    deleted_region: Region,
    inserted_content: Text,
}

/// The findings of several policies; `is_complete` unless one of them could not be read.
pub fn sarif(
    reports: &[(&Sources, &Report)],
    is_complete: bool,
) -> Result<String, serde_json::Error> {
    let results = reports.iter().flat_map(|(sources, report)| {
        let findings = report.diagnostics().iter();
        findings.map(|found| finding(sources, found))
    });
    let document = Document {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "portreeve",
                    semantic_version: env!("CARGO_PKG_VERSION"),
                    rules: Code::ALL.iter().map(|code| rule(*code)).collect(),
                },
            },
            column_kind: "unicodeCodePoints",
            invocations: [Invocation {
                execution_successful: is_complete,
            }],
            results: results.collect(),
        }],
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn rule(code: Code) -> Rule {
    let summary = code.summary();
    let (first, _) = summary.split_once(". ").unwrap_or((&summary, ""));
    let first = first.trim_end_matches('.');
    let help = code.explanation();
    Rule {
        id: code.name(),
        short_description: Text {
            text: first.to_owned(),
        },
        full_description: Text {
            text: summary.clone(),
        },
        help: Help {
            text: help,
            markdown: help,
        },
        default_configuration: Configuration {
            // SARIF calls both severities as we do.
            level: code.usual_severity().name(),
        },
    }
}

fn finding(sources: &Sources, found: &Diagnostic) -> Finding {
    let mut message = found.message.clone();
    if let Some(help) = &found.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    let related = found.related.iter().zip(1..);
    Finding {
        rule_id: found.code.name(),
        rule_index: Code::ALL
            .iter()
            .position(|code| *code == found.code)
            .unwrap_or(0),
        level: found.severity.name(),
        message: Text { text: message },
        locations: location(sources, found.span).into_iter().collect(),
        related_locations: related
            .filter_map(|((span, what), id)| {
                Some(Location {
                    id: Some(id),
                    message: Some(Text { text: what.clone() }),
                    ..location(sources, *span)?
                })
            })
            .collect(),
        fixes: found
            .fix
            .iter()
            .filter_map(|fix| change(sources, found, fix))
            .collect(),
    }
}

/// The place of a span; none in a file that was refused as a whole.
fn location(sources: &Sources, span: Span) -> Option<Location> {
    sources.file(span.file)?;
    let place = Place::of(sources, span);
    Some(Location {
        id: None,
        physical_location: PhysicalLocation {
            artifact_location: artifact(place.file),
            region: region(place),
        },
        message: None,
    })
}

/// The edits of a fix, all of which are in the file of its finding.
fn change(sources: &Sources, found: &Diagnostic, fix: &Fix) -> Option<Change> {
    let file = &sources.file(found.span.file)?.name;
    let replacements = fix.edits.iter().map(|(span, text)| Replacement {
        deleted_region: region(Place::of(sources, *span)),
        inserted_content: Text { text: text.clone() },
    });
    Some(Change {
        description: Text {
            text: found.help.clone().unwrap_or_else(|| found.message.clone()),
        },
        artifact_changes: [ArtifactChange {
            artifact_location: artifact(file),
            replacements: replacements.collect(),
        }],
    })
}

fn region(place: Place<'_>) -> Region {
    Region {
        start_line: place.start.line,
        start_column: place.start.column,
        end_line: place.end.line,
        end_column: place.end.column,
    }
}

/// A path as a URI.
fn artifact(path: &str) -> Artifact {
    let mut uri = String::new();
    if path.starts_with('/') {
        uri.push_str("file://");
    }
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    Artifact {
        uri,
        uri_base_id: (!path.starts_with('/')).then_some(ROOT),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_a_uri() {
        let relative = artifact("a b/c:ä.reeve");
        assert_eq!(relative.uri, "a%20b/c%3A%C3%A4.reeve");
        assert_eq!(relative.uri_base_id, Some(ROOT));
        let absolute = artifact("/etc/p.reeve");
        assert_eq!(absolute.uri, "file:///etc/p.reeve");
        assert_eq!(absolute.uri_base_id, None);
    }
}
