//! What we promise about our own files, checked on the printed text of every build.
//!
//! Only we can break these; a finding here is a bug of ours and nothing is written. The checks
//! read the text and not the model, so a mistake in the template shows as well. One file for each
//! promise.

mod alone;
mod every_rule_is_named;
mod full_is_guarded;
mod grants_bypass_the_gateway;
#[cfg(test)]
mod mutation;
mod no_lookups;
mod no_overlap;
mod ports_last;
mod rule_order;
mod sources;
mod words;

use policy_core::ir::Policy;
use thiserror::Error;

use crate::file_set::{FileSet, MANIFEST, SQUID_CONF};
use crate::manifest::Manifest;

/// A promise that the files do not keep.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("squid.conf:{line}: {promise}: {found}")]
pub struct Broken {
    /// What is promised.
    pub promise: &'static str,
    /// The line of the file, from 1; 0 for the file as a whole.
    pub line: usize,
    /// What stands there.
    pub found: String,
}

/// A directive of `squid.conf`: its line and its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Directive<'a> {
    pub(crate) line: usize,
    pub(crate) words: Vec<&'a str>,
}

impl Directive<'_> {
    pub(crate) fn name(&self) -> &str {
        self.words.first().copied().unwrap_or_default()
    }

    /// The words behind the name.
    pub(crate) fn arguments(&self) -> &[&str] {
        self.words.get(1..).unwrap_or_default()
    }

    pub(crate) fn broken(&self, promise: &'static str) -> Broken {
        Broken {
            promise,
            line: self.line,
            found: self.words.join(" "),
        }
    }
}

/// The lines of a file that are neither empty nor comments.
pub(crate) fn directives(text: &str) -> Vec<Directive<'_>> {
    (1..)
        .zip(text.lines())
        .map(|(line, text)| Directive {
            line,
            words: text.split_ascii_whitespace().collect(),
        })
        .filter(|directive| !directive.name().is_empty() && !directive.name().starts_with('#'))
        .collect()
}

/// Checks every promise.
pub fn verify(policy: &Policy, files: &FileSet) -> Result<(), Broken> {
    let text = files.get(SQUID_CONF).unwrap_or_default();
    let directives = directives(text);
    words::check(text)?;
    ports_last::check(text, &directives)?;
    let directives = alone::alone(&directives);
    rule_order::check(&directives)?;
    grants_bypass_the_gateway::check(&directives)?;
    full_is_guarded::check(policy, &directives)?;
    no_lookups::check(policy, &directives)?;
    no_overlap::check(&directives)?;
    let manifest: Manifest = serde_json::from_str(files.get(MANIFEST).unwrap_or_default())
        .map_err(|error| Broken {
            promise: "the manifest can be read",
            line: 0,
            found: error.to_string(),
        })?;
    every_rule_is_named::check(policy, &directives, &manifest)
}
