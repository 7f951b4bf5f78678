//! `manifest.json`: which statement every printed rule comes from.
//!
//! It is the only file that knows where statements stand. All others name them by their keys, so
//! moving text changes this file alone. Statements of several agents that say the same have one
//! key; the agent, which the log carries beside it, tells them apart.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ir::{Agent, Origin, Policy};
use policy_core::key::Key;
use policy_core::sources::Sources;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::acl::agent_label;
use crate::file_set::{FileSet, SOCAT_FORWARDS, SQUID_CONF, hex};
use crate::layout::source_of;

/// The format of the file.
pub const VERSION: u32 = 2;

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
    /// Every statement that became a rule, by agent and key.
    pub statements: BTreeMap<String, BTreeMap<String, Statement>>,
    /// The lines of each other file that come from a statement.
    pub lines: BTreeMap<String, Lines>,
}

/// A statement and its place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// Its file.
    pub file: String,
    /// Its line, from 1.
    pub line: u32,
    /// Its column, from 1.
    pub column: u32,
    /// The reason it gives.
    pub because: Option<String>,
}

/// Line numbers, from 1, by the agent and the key of a statement.
pub type Lines = BTreeMap<String, BTreeMap<String, Vec<u32>>>;

/// The manifest of rendered files; `groups` are the agents that each list of several holds.
pub(crate) fn manifest(
    policy: &Policy,
    sources: &Sources,
    files: &FileSet,
    groups: &BTreeMap<String, Vec<usize>>,
) -> Manifest {
    let digest = |text: &str| hex(&Sha256::digest(text));
    let inputs = sources
        .files()
        .iter()
        .map(|file| (file.name.clone(), digest(&file.text)));
    let text = |name| files.get(name).unwrap_or_default();
    Manifest {
        version: VERSION,
        generation: files.generation(),
        inputs: inputs.collect(),
        files: files
            .digests()
            .map(|(name, digest)| (name.to_owned(), digest.to_owned()))
            .collect(),
        statements: statements(policy, sources),
        lines: BTreeMap::from([
            (
                SQUID_CONF.to_owned(),
                rules(policy, text(SQUID_CONF), groups),
            ),
            (
                SOCAT_FORWARDS.to_owned(),
                forwards(policy, text(SOCAT_FORWARDS)),
            ),
        ]),
    }
}

/// The statements of an agent that may become rules.
fn origins(agent: &Agent) -> impl Iterator<Item = &Origin> {
    let hosts = agent.denies.iter().chain(&agent.allows);
    let lan = agent.lan.iter().map(|rule| &rule.origin);
    let cdp = agent.cdp.iter().map(|cdp| &cdp.origin);
    let named = hosts.map(|rule| &rule.origin).chain(lan).chain(cdp);
    named.chain([&agent.access_origin])
}

fn statements(policy: &Policy, sources: &Sources) -> BTreeMap<String, BTreeMap<String, Statement>> {
    let of_agent = |agent: &Agent| {
        let statement = |origin: &Origin| (origin.key.to_string(), statement(origin, sources));
        (
            agent.name.to_string(),
            origins(agent).map(statement).collect(),
        )
    };
    policy.agents.iter().map(of_agent).collect()
}

fn statement(origin: &Origin, sources: &Sources) -> Statement {
    let (file, place) = sources.locate(origin.span);
    Statement {
        file: file.to_owned(),
        line: place.line,
        column: place.column,
        because: origin.because.as_ref().map(|text| text.to_string()),
    }
}

/// The printed lines of `squid.conf`: the rules that name a statement or a list of its own, and
/// those lists. A rule of several agents is one of each that says so.
fn rules(policy: &Policy, text: &str, groups: &BTreeMap<String, Vec<usize>>) -> Lines {
    let own: BTreeMap<String, usize> = policy
        .agents
        .iter()
        .enumerate()
        .map(|(at, agent)| (source_of(&agent_label(&agent.name)), at))
        .collect();
    let keys = policy.agents.iter().map(|agent| {
        let keys = origins(agent).map(|origin| origin.key.to_string());
        keys.collect::<BTreeSet<String>>()
    });
    let keys: Vec<BTreeSet<String>> = keys.collect();
    let whose = |name: &str| match own.get(name) {
        Some(agent) => std::slice::from_ref(agent),
        None => groups.get(name).map_or(&[][..], Vec::as_slice),
    };
    // Which statements of which agents ask for each list.
    let mut asking: BTreeMap<&str, BTreeSet<(usize, &str)>> = BTreeMap::new();
    for words in text.lines().filter_map(terms_of) {
        let Some(key) = words.iter().find_map(|name| key_of_note(name)) else {
            continue;
        };
        let sources = words.iter().flat_map(|name| whose(name));
        let owners = sources.filter(|at| keys.get(**at).is_some_and(|keys| keys.contains(key)));
        for at in owners {
            for name in words.iter().filter(|name| is_of_statement(name)) {
                let name = name.trim_start_matches('!');
                asking.entry(name).or_default().insert((*at, key));
            }
        }
    }
    let mut found: BTreeMap<(usize, &str), Vec<u32>> = BTreeMap::new();
    for (line, text) in (1..).zip(text.lines()) {
        if let Some(words) = terms_of(text) {
            let key = words.iter().find_map(|name| key_of_note(name));
            let sources: BTreeSet<usize> =
                words.iter().flat_map(|name| whose(name)).copied().collect();
            let named = words.iter().map(|name| name.trim_start_matches('!'));
            let asking = named.filter_map(|name| asking.get(name)).flatten();
            let of_it = asking
                .filter(|(at, own)| sources.contains(at) && key.is_none_or(|key| key == *own));
            for statement in of_it.collect::<BTreeSet<_>>() {
                found.entry(*statement).or_default().push(line);
            }
        } else if let Some(name) = text
            .strip_prefix("acl ")
            .and_then(|rest| rest.split(' ').next())
        {
            for statement in asking.get(name).into_iter().flatten() {
                found.entry(*statement).or_default().push(line);
            }
        }
    }
    let mut lines = Lines::new();
    for ((at, key), numbers) in found {
        if let Some(agent) = policy.agents.get(at) {
            let of_agent = lines.entry(agent.name.to_string()).or_default();
            of_agent.insert(key.to_owned(), numbers);
        }
    }
    lines
}

fn forwards(policy: &Policy, text: &str) -> Lines {
    let owners = policy.agents.iter().filter_map(|agent| {
        let cdp = agent.cdp.as_ref()?;
        Some((cdp.listen.to_string(), (agent, cdp.origin.key)))
    });
    let owners: BTreeMap<String, (&Agent, Key)> = owners.collect();
    let mut lines = Lines::new();
    for (line, text) in (1..).zip(text.lines()) {
        let listen = text.split(' ').next().unwrap_or_default();
        if let Some((agent, key)) = owners.get(listen) {
            let of_agent = lines.entry(agent.name.to_string()).or_default();
            of_agent.entry(key.to_string()).or_default().push(line);
        }
    }
    lines
}

/// The lists that a rule asks for, whether it stands alone or in a list of several.
fn terms_of(line: &str) -> Option<Vec<&str>> {
    let mut words = line.split(' ');
    let is_rule = match words.next()? {
        "http_access" | "never_direct" | "cache_peer_access" => true,
        "acl" => words.next()?.starts_with("t_") && words.next() == Some("all-of"),
        _ => false,
    };
    is_rule.then(|| words.collect())
}

/// The key of a statement that an annotation names.
fn key_of_note(name: &str) -> Option<&str> {
    let (kind, key) = name.split_once('_')?;
    let is_key = key.len() == KEY_LEN && key.bytes().all(|byte| byte.is_ascii_hexdigit());
    (matches!(kind, "n" | "r") && is_key).then_some(key)
}

/// The length of a printed key.
const KEY_LEN: usize = 12;

/// Whether a list holds what a statement says. What kind of a list it is stands before the `_`.
fn is_of_statement(name: &str) -> bool {
    let kind = name.trim_start_matches('!').split_once('_');
    let kinds = ["h", "u", "x", "l", "lp", "c", "cp", "n", "r"];
    kind.is_some_and(|(kind, _)| kinds.contains(&kind))
}
