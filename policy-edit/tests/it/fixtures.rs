//! Every edit on every fixture: the lines it must, the meaning asked for, and twice is once.
#![expect(clippy::disallowed_methods, reason = "the tests read the fixtures")]

use std::collections::BTreeMap;
use std::path::Path;

use policy_core::ast::{AgentItem, Statement};
use policy_core::sources::Sources;
use policy_core::testing::MemoryFiles;
use policy_edit::Request;

use crate::helper::{make, request};

const ROOT: &str = "policy.reeve";

fn files(folder: &Path, prefix: &str, found: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            files(&path, &format!("{name}/"), found);
        } else if name.ends_with(".reeve") {
            found.insert(name, std::fs::read_to_string(&path).unwrap());
        }
    }
}

/// All fixtures, each as the files of its folder.
fn cases() -> Vec<(String, BTreeMap<String, String>)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut cases = Vec::new();
    for kind in ["ok", "regress", "bad"] {
        for entry in std::fs::read_dir(root.join(kind)).unwrap() {
            let path = entry.unwrap().path();
            let mut found = BTreeMap::new();
            files(&path, "", &mut found);
            cases.push((
                path.file_name().unwrap().to_string_lossy().into_owned(),
                found,
            ));
        }
    }
    let text = std::fs::read_to_string(root.join("quickstart.reeve")).unwrap();
    cases.push(("quickstart".to_owned(), [(ROOT.to_owned(), text)].into()));
    cases.sort();
    cases
}

fn load(case: &BTreeMap<String, String>) -> (Sources, policy_core::diagnostic::Report) {
    Sources::load(ROOT, case[ROOT].clone(), &mut MemoryFiles(case.clone()))
}

/// Edits of each kind, some for what the agent has.
fn requests(sources: &Sources, n_agents: usize) -> Vec<(String, Request)> {
    let mut lines = vec![
        "add zz-new".to_owned(),
        "add zz-new access list sessions 2".to_owned(),
    ];
    let mut names = Vec::new();
    for item in sources
        .files()
        .iter()
        .flat_map(|file| &file.tree.statements)
    {
        let Statement::Agent { name, block } = &item.node else {
            continue;
        };
        names.push(name.value.to_string());
        if names.len() > n_agents {
            continue;
        }
        let name = &name.value;
        for words in [
            "allow NAME zz.example",
            "allow NAME zz.example *.yy.example:443 because why until 2030-01-01",
            "deny NAME zz.example because why",
            "lan NAME 10.77.0.0/24:8080 because why",
            "cdp NAME 9377 -> host:9555",
            "cdp NAME",
            "cdp NAME off",
            "sessions NAME 2",
            "provider NAME none",
            "access NAME full drop",
            "access NAME list",
            "access NAME model-only drop",
            "rename NAME zz-renamed",
            "remove NAME cascade",
            "remove NAME",
        ] {
            lines.push(words.replace("NAME", name.as_str()));
        }
        for item in block.items.iter().take(40) {
            match &item.node {
                AgentItem::Allow(grant) | AgentItem::Deny(grant) => {
                    let word = match item.node {
                        AgentItem::Allow(_) => "revoke",
                        _ => "undeny",
                    };
                    let targets: Vec<String> = grant
                        .targets
                        .iter()
                        .take(3)
                        .map(|own| own.value.to_string())
                        .collect();
                    lines.push(format!("{word} {name} {}", targets[0]));
                    lines.push(format!("{word} {name} {}", targets.join(" ")));
                    if word == "revoke" {
                        lines.push(format!("allow {name} {} until 2031-01-01", targets[0]));
                    }
                }
                AgentItem::Lan(lan) => {
                    lines.push(format!("unlan {name} {}", lan.target.value));
                }
                _ => {}
            }
        }
        if let Some(other) = names.first().filter(|other| *other != name.as_str()) {
            lines.push(format!("edge {name} {other}"));
            lines.push(format!("edge {name} {other} both"));
            lines.push(format!("unedge {name} {other}"));
            lines.push(format!("unedge {other} {name} both"));
        }
    }
    lines
        .into_iter()
        .map(|line| (line.clone(), request(&line)))
        .collect()
}

/// The lines of `old` that are not in `new`.
fn lost<'a>(old: &'a str, new: &'a str) -> Vec<&'a str> {
    let mut left: BTreeMap<&str, usize> = BTreeMap::new();
    new.lines()
        .for_each(|line| *left.entry(line).or_default() += 1);
    let mut is_lost = |line: &&str| match left.get_mut(*line) {
        Some(n) if *n > 0 => {
            *n -= 1;
            false
        }
        _ => true,
    };
    old.lines().filter(|line| is_lost(line)).collect()
}

/// Whether a line may go or change when an agent is renamed, or what its access makes idle is dropped.
fn is_meant(line: &str, gone: &str) -> bool {
    let gone = gone.to_lowercase();
    let mut words = line.split(' ');
    match words.next() {
        Some("rename") => words
            .next()
            .is_some_and(|name| gone.contains(&name.to_lowercase())),
        _ => {
            gone.trim().is_empty()
                || ["access", "allow", "deny", "{", "}"]
                    .iter()
                    .any(|word| gone.contains(word))
        }
    }
}

#[test]
fn every_edit_on_every_fixture_does_what_was_asked_and_nothing_else() {
    let (mut n_made, mut n_refused, mut n_errors) = (0, 0, 0);
    for (case, texts) in cases() {
        let (sources, loading) = load(&texts);
        for (line, request) in requests(&sources, 3) {
            let made = match make(&sources, &loading, &request) {
                Ok(made) => made,
                Err(refusal) => {
                    assert!(!refusal.remedy().is_empty());
                    n_refused += 1;
                    continue;
                }
            };
            if made.judged.new_errors.has_errors() {
                n_errors += 1;
                continue;
            }
            n_made += 1;
            let keeps_comments = !line.starts_with("remove");
            for (file, new) in &made.edited.texts {
                let old = &sources.file(*file).unwrap().text;
                if keeps_comments {
                    let most = match line.split(' ').next().unwrap() {
                        "rename" => usize::MAX,
                        "access" if line.ends_with("drop") => usize::MAX,
                        // A block without statements is written `{}`.
                        "revoke" | "undeny" | "unlan" | "cdp" => 3,
                        "unedge" => 8,
                        _ => 1,
                    };
                    let lost = lost(old, new);
                    assert!(lost.len() <= most, "{case}: {line}\n{new}");
                    for gone in lost.iter().filter(|_| most == usize::MAX) {
                        assert!(is_meant(&line, gone), "{case}: {line}: {gone}\n{new}");
                    }
                    let comments = |text: &str| -> usize {
                        text.lines()
                            .filter(|line| line.trim_start().starts_with('#'))
                            .count()
                    };
                    assert_eq!(comments(old), comments(new), "{case}: {line}\n{new}");
                }
            }
            // Twice is once.
            let twice = make(&made.judged.sources, &again(&made.judged.sources), &request);
            let is_gone = matches!(request, Request::Rename { .. });
            match twice {
                Ok(twice) => assert!(
                    twice.edited.texts.is_empty(),
                    "{case}: {line}: {:?}",
                    twice.edited.texts
                ),
                Err(refusal) => assert!(is_gone, "{case}: {line}: {refusal}"),
            }
        }
    }
    println!("{n_made} made, {n_refused} refused, {n_errors} with new errors");
    assert!(
        n_made > 1000 && n_refused > 20 && n_errors > 5,
        "{n_made} {n_refused} {n_errors}"
    );
}

pub(crate) fn again(sources: &Sources) -> policy_core::diagnostic::Report {
    let files = sources.files().iter();
    Sources::again(files.map(|file| (file.name.clone(), file.text.clone()))).1
}
