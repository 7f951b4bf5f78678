//! Findings as the editor shows them: each in its file, at its place.

use std::collections::BTreeMap;

use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString,
    PublishDiagnosticsParams, Uri,
};
use policy_core::diagnostic::{Diagnostic, Severity};
use policy_core::span::Span;

use crate::compiler::Compiled;
use crate::document::name;
use crate::workspace::Workspace;

/// The findings of every file of every policy; an empty list for one that has none.
pub(crate) fn all(workspace: &Workspace) -> BTreeMap<String, PublishDiagnosticsParams> {
    let mut all: BTreeMap<String, PublishDiagnosticsParams> = BTreeMap::new();
    for policy in &workspace.done.policies {
        for file in &policy.files {
            if let Some(uri) = &file.uri {
                let version = workspace.document(uri).map(|it| it.version);
                let none = || PublishDiagnosticsParams::new(uri.clone(), Vec::new(), version);
                all.entry(name(uri)).or_insert_with(none);
            }
        }
        for finding in policy.report.diagnostics() {
            let Some(Location { uri, range }) = location(policy, finding.span) else {
                continue;
            };
            let shown = shown(policy, finding, range);
            if let Some(list) = all.get_mut(&name(&uri)) {
                // A file of two policies has its own mistakes in both.
                if !list.diagnostics.contains(&shown) {
                    list.diagnostics.push(shown);
                }
            }
        }
    }
    all
}

/// The file and the place of a span.
pub(crate) fn location(policy: &Compiled, span: Span) -> Option<Location> {
    let file = policy.files.get(span.file.0 as usize)?;
    let uri: &Uri = file.uri.as_ref()?;
    Some(Location::new(uri.clone(), file.text.range_of(span)))
}

/// One finding, which stands at `range` of its file.
pub(crate) fn shown(
    policy: &Compiled,
    finding: &Diagnostic,
    range: lsp_types::Range,
) -> lsp_types::Diagnostic {
    let related = finding.related.iter().filter_map(|(span, what)| {
        Some(DiagnosticRelatedInformation {
            location: location(policy, *span)?,
            message: what.clone(),
        })
    });
    let related: Vec<_> = related.collect();
    lsp_types::Diagnostic {
        range,
        severity: Some(match finding.severity {
            Severity::Error => DiagnosticSeverity::ERROR,
            Severity::Warning => DiagnosticSeverity::WARNING,
        }),
        code: Some(NumberOrString::String(finding.code.name().to_owned())),
        source: Some("portreeve".to_owned()),
        message: match &finding.help {
            Some(help) => format!("{}\nhelp: {help}", finding.message),
            None => finding.message.clone(),
        },
        related_information: (!related.is_empty()).then_some(related),
        ..lsp_types::Diagnostic::default()
    }
}
