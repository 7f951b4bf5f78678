//! Findings as the editor shows them: each in its file, at its place.

use std::collections::BTreeMap;
use std::sync::Arc;

use lsp_types::{
    DiagnosticRelatedInformation, DiagnosticSeverity, Location, NumberOrString, Position,
    PublishDiagnosticsParams, Uri,
};
use policy_core::diagnostic::{Diagnostic, Severity};
use policy_core::span::Span;

use crate::compiler::Compiled;
use crate::document::name;
use crate::moved::Moved;
use crate::text::Text;
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
        let places = Places::of(workspace, policy);
        for finding in policy.report.diagnostics() {
            let Some(Location { uri, range }) = places.location(finding.span) else {
                continue;
            };
            let shown = places.shown(finding, range);
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

/// Where the spans of a compiled policy stand in the texts of now.
#[derive(Debug)]
pub(crate) struct Places<'a> {
    /// In the order of `FileId`; none for a file that no editor can show.
    files: Vec<Option<(&'a Uri, &'a Text, Moved)>>,
}

impl<'a> Places<'a> {
    pub(crate) fn of(workspace: &'a Workspace, policy: &'a Compiled) -> Self {
        let files = policy.files.iter().map(|file| {
            let uri = file.uri.as_ref()?;
            let open = workspace.document(uri).map(|document| &document.text);
            let text = open.unwrap_or(&file.text);
            let moved = match Arc::ptr_eq(text, &file.text) {
                true => Moved::default(),
                false => Moved::new(file.text.as_str(), text.as_str()),
            };
            Some((uri, &**text, moved))
        });
        Self {
            files: files.collect(),
        }
    }

    /// The file and the place of a span; `None` where the text has changed since.
    pub(crate) fn location(&self, span: Span) -> Option<Location> {
        let (uri, text, moved) = self.files.get(span.file.0 as usize)?.as_ref()?;
        let bytes = moved.place(&span.range())?;
        Some(Location::new((*uri).clone(), text.range(bytes)))
    }

    /// Whether lines of a file of now are not those that were compiled.
    pub(crate) fn have_changed(&self, uri: &Uri, lines: lsp_types::Range) -> bool {
        let begins = |line| Position::new(line, 0);
        let mut files = self.files.iter().flatten();
        files.any(|(of, text, moved)| {
            let start = text.offset(begins(lines.start.line));
            let end = text.offset(begins(lines.end.line.saturating_add(1)));
            name(of) == name(uri) && moved.touches(&(start..end))
        })
    }

    /// One finding, which stands at `range` of its file.
    pub(crate) fn shown(
        &self,
        finding: &Diagnostic,
        range: lsp_types::Range,
    ) -> lsp_types::Diagnostic {
        let related = finding.related.iter().filter_map(|(span, what)| {
            Some(DiagnosticRelatedInformation {
                location: self.location(*span)?,
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
}
