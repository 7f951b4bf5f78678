//! What an edit has changed, as one JSON document.

use std::collections::BTreeMap;

use policy_core::diagnostic::Report;
use policy_core::sources::Sources;
use policy_core::span::FileId;
use serde::Serialize;

use super::changes::{Changes, Document as Difference};
use super::json::{Finding, findings};
use super::patch;

/// The format.
const VERSION: u32 = 1;

/// What became of an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// All was so already.
    Unchanged,
    /// The policy would have errors that it has not now.
    Refused,
    /// Nothing was to be written.
    DryRun,
    /// The files are changed.
    Written,
}

/// An edit to be told.
#[derive(Clone, Copy, Debug)]
pub struct Told<'a> {
    /// What became of it.
    pub fate: Fate,
    /// The files before.
    pub sources: &'a Sources,
    /// The new texts.
    pub texts: &'a BTreeMap<FileId, String>,
    /// What whoever asked should know.
    pub notes: &'a [String],
    /// The findings that it brings, with the files that they are in.
    pub findings: Option<(&'a Sources, &'a Report)>,
    /// The difference of reach; nothing where one of the policies has errors.
    pub changes: Option<&'a Changes<'a>>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    outcome: Fate,
    files: Vec<File<'a>>,
    notes: &'a [String],
    diagnostics: Vec<Finding<'a>>,
    difference: Option<Difference<'a>>,
}

#[derive(Serialize)]
struct File<'a> {
    file: &'a str,
    patch: String,
}

/// The document.
pub fn json(told: &Told<'_>) -> Result<String, serde_json::Error> {
    let files = told.texts.iter().filter_map(|(id, new)| {
        let old = told.sources.file(*id)?;
        Some(File {
            file: &old.name,
            patch: patch::plain(&old.name, &old.text, new, 0),
        })
    });
    let found = told.findings.into_iter();
    let document = Document {
        version: VERSION,
        outcome: told.fate,
        files: files.collect(),
        notes: told.notes,
        diagnostics: found
            .flat_map(|(sources, report)| findings(sources, report))
            .collect(),
        difference: told.changes.map(Difference::of),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}
