//! `manifest.json`: which statement every printed rule comes from.
//!
//! It is the only file that knows where statements stand. All others name them by their keys, so
//! moving text changes this file alone.

use std::collections::BTreeMap;

use policy_core::ir::{Origin, Policy};
use policy_core::sources::Sources;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::file_set::{FileSet, SOCAT_FORWARDS, SQUID_CONF, hex};

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
    /// The lines of each other file that come from a statement, from 1, by its key.
    pub lines: BTreeMap<String, Lines>,
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

/// Line numbers by the key of a statement.
pub type Lines = BTreeMap<String, Vec<u32>>;

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
            .digests()
            .map(|(name, digest)| (name.to_owned(), digest.to_owned()))
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

/// The printed lines of each file that has rules.
fn lines(
    policy: &Policy,
    files: &FileSet,
    statements: &BTreeMap<String, Statement>,
) -> BTreeMap<String, Lines> {
    let text = |name| files.get(name).unwrap_or_default();
    let mut found: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (line, text) in (1..).zip(text(SQUID_CONF).lines()) {
        if let Some(key) = names_in(text).find_map(key_in) {
            found.entry(key).or_default().push(line);
        }
    }
    let rules: Lines = found
        .into_iter()
        .filter(|(key, _)| statements.contains_key(*key))
        .map(|(key, lines)| (key.to_owned(), lines))
        .collect();
    let owners: BTreeMap<String, String> = policy
        .agents
        .iter()
        .filter_map(|agent| agent.cdp.as_ref())
        .map(|cdp| (cdp.listen.to_string(), cdp.origin.key.to_string()))
        .collect();
    let mut forwards = Lines::new();
    for (line, text) in (1..).zip(text(SOCAT_FORWARDS).lines()) {
        let listen = text.split(' ').next().unwrap_or_default();
        if let Some(key) = owners.get(listen) {
            forwards.entry(key.clone()).or_default().push(line);
        }
    }
    BTreeMap::from([
        (SQUID_CONF.to_owned(), rules),
        (SOCAT_FORWARDS.to_owned(), forwards),
    ])
}

/// The names of lists on a line: what a list is called, or what a rule is made of.
fn names_in(text: &str) -> impl Iterator<Item = &str> {
    let mut words = text.split(' ');
    let of_a_list = words.next() == Some("acl") && words.clone().nth(1) != Some("all-of");
    // Behind the name of a list stand its values.
    words.take(if of_a_list { 1 } else { usize::MAX })
}

/// The length of a printed key.
const KEY_LEN: usize = 12;

/// The part of a list's name that is the key of a statement, if it belongs to one. What kind of a
/// list it is stands before: an agent's name may look like a key.
fn key_in(name: &str) -> Option<&str> {
    let (kind, rest) = name.trim_start_matches('!').split_once('_')?;
    let key = match kind {
        "h" | "u" | "x" | "l" | "lp" | "c" | "cp" | "n" => rest.split('_').next(),
        "r" => rest.rsplit('_').next(),
        _ => None,
    };
    key.filter(|key| key.len() == KEY_LEN && key.bytes().all(|byte| byte.is_ascii_hexdigit()))
}
