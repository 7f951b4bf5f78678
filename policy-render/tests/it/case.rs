//! A case of `fixtures/`: its policy, what it includes, and what it knows of the host.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use policy_core::compile;
use policy_core::diagnostic::Severity;
use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::sources::Sources;
use policy_core::testing::MemoryFiles;

/// The file of `--facts`: what a case knows of the host.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FactsFile {
    version: u32,
    today: String,
    gateway_addresses: Option<Vec<IpAddr>>,
    host_address: Option<Ipv4Addr>,
    resolvers: Option<Vec<IpAddr>>,
    attached: Option<BTreeSet<Ipv4Addr>>,
}

/// The documented facts, on the day of all cases.
pub(crate) fn facts() -> Facts {
    Facts::on("2026-11-23".parse().unwrap())
}

/// The policy of a file, which compiles without errors.
pub(crate) fn policy(path: &Path) -> (Policy, Sources) {
    let folder = path.parent().unwrap();
    let root = path.file_name().unwrap().to_str().unwrap();
    let mut files = MemoryFiles::default();
    if root == "policy.reeve" {
        add(folder, "", &mut files.0);
    }
    let text = std::fs::read_to_string(path).unwrap();
    let (sources, report) = Sources::load(root, text, &mut files);
    let compiled = compile(&sources, report, &facts_beside(folder));
    let errors: Vec<_> = compiled
        .report
        .diagnostics()
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error)
        .collect();
    assert!(errors.is_empty(), "{}: {errors:#?}", path.display());
    (compiled.policy.unwrap().0, sources)
}

fn facts_beside(folder: &Path) -> Facts {
    let mut facts = facts();
    let Ok(text) = std::fs::read_to_string(folder.join("facts.json")) else {
        return facts;
    };
    let file: FactsFile = serde_json::from_str(&text).unwrap();
    assert_eq!(file.version, 1);
    facts.today = file.today.parse().unwrap();
    facts.gateway_addresses = file.gateway_addresses.unwrap_or(facts.gateway_addresses);
    facts.host_address = file.host_address.unwrap_or(facts.host_address);
    facts.resolvers = file.resolvers.unwrap_or(facts.resolvers);
    facts.attached = file.attached.unwrap_or(facts.attached);
    facts
}

fn add(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            add(&path, &format!("{prefix}{name}/"), files);
        } else if name.ends_with(".reeve") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.insert(format!("{prefix}{name}"), text);
        }
    }
}
