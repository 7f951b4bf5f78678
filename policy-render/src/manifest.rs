//! `manifest.json`: which statement every printed rule comes from.
//!
//! It is the only file that knows where statements stand. All others name them by their keys, so
//! moving text changes this file alone.

use std::collections::BTreeMap;

use policy_core::ir::{Origin, Policy};
use policy_core::sources::Sources;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::file_set::{FileSet, hex};

/// The format of the file.
pub const VERSION: u32 = 1;

/// The source map of one generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// The format: [`VERSION`].
    pub version: u32,
    /// The generation whose files these are.
    pub generation: String,
    /// SHA-256 of the policy files, by the name they were given.
    pub inputs: BTreeMap<String, String>,
    /// SHA-256 of the other files.
    pub files: BTreeMap<String, String>,
    /// Every statement that became a rule, by key.
    pub statements: BTreeMap<String, Statement>,
    /// The printed lines that come from a statement, in the order of the files.
    pub lines: Vec<PrintedLine>,
}

/// A statement and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The agent it belongs to.
    pub agent: String,
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The reason it gives.
    pub because: Option<String>,
}

/// One line of a rendered file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PrintedLine {
    /// The rendered file.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// The key of the statement.
    pub key: String,
}

/// The manifest of rendered files.
pub(crate) fn manifest(policy: &Policy, sources: &Sources, files: &FileSet) -> Manifest {
    let statements = statements(policy, sources);
    let digest = |text: &str| hex(&Sha256::digest(text));
    let inputs = sources
        .files()
        .iter()
        .map(|file| (file.name.clone(), digest(&file.text)));
    Manifest {
        version: VERSION,
        generation: files.generation(),
        inputs: inputs.collect(),
        files: files
            .iter()
            .map(|(name, text)| (name.to_owned(), digest(text)))
            .collect(),
        lines: lines(policy, files, &statements),
        statements,
    }
}

fn statements(policy: &Policy, sources: &Sources) -> BTreeMap<String, Statement> {
    let mut statements = BTreeMap::new();
    for agent in &policy.agents {
        let hosts = agent
            .denies
            .iter()
            .chain(&agent.allows)
            .map(|rule| &rule.origin);
        let lan = agent.lan.iter().map(|rule| &rule.origin);
        let cdp = agent.cdp.iter().map(|cdp| &cdp.origin);
        let origins = hosts.chain(lan).chain(cdp).chain([&agent.access_origin]);
        for origin in origins {
            statements.insert(
                origin.key.to_string(),
                statement(agent.name.as_str(), origin, sources),
            );
        }
    }
    statements
}

fn statement(agent: &str, origin: &Origin, sources: &Sources) -> Statement {
    let (file, place) = sources.locate(origin.span);
    Statement {
        agent: agent.to_owned(),
        file: file.to_owned(),
        line: place.line,
        column: place.column,
        because: origin.because.as_ref().map(|text| text.to_string()),
    }
}

/// A list that belongs to a statement ends in its key, perhaps followed by a port.
fn lines(
    policy: &Policy,
    files: &FileSet,
    statements: &BTreeMap<String, Statement>,
) -> Vec<PrintedLine> {
    let key_in = |word: &str| {
        let parts = word.rsplit('_').take(2);
        parts
            .into_iter()
            .find(|part| statements.contains_key(*part))
            .map(str::to_owned)
    };
    let numbered =
        |text: &str| -> Vec<(u32, String)> { (1..).zip(text.lines().map(str::to_owned)).collect() };
    let mut lines = Vec::new();
    let squid_conf = files.get(crate::file_set::SQUID_CONF).unwrap_or_default();
    for (line, text) in numbered(squid_conf) {
        if let Some(key) = text.split(' ').find_map(key_in) {
            lines.push(PrintedLine {
                file: crate::file_set::SQUID_CONF.to_owned(),
                line,
                key,
            });
        }
    }
    let forwards = files
        .get(crate::file_set::SOCAT_FORWARDS)
        .unwrap_or_default();
    for (line, text) in numbered(forwards) {
        let listen = text.split(' ').next().unwrap_or_default();
        let owner = policy.agents.iter().filter_map(|agent| agent.cdp.as_ref());
        if let Some(cdp) = owner
            .into_iter()
            .find(|cdp| cdp.listen.to_string() == listen)
        {
            let key = cdp.origin.key.to_string();
            lines.push(PrintedLine {
                file: crate::file_set::SOCAT_FORWARDS.to_owned(),
                line,
                key,
            });
        }
    }
    lines
}
