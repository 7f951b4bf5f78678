//! Every case under `fixtures/`, and the files it becomes beside it.

use std::path::Path;

use policy_render::file_set::{AGENT_DESTINATIONS, DEPLOYMENT, SOCAT_FORWARDS, SQUID_CONF};
use policy_render::manifest::Manifest;
use policy_render::render;

use crate::case::policy;

/// The files that depend on the policy, and on nothing else.
const SHOWN: [&str; 4] = [SQUID_CONF, SOCAT_FORWARDS, AGENT_DESTINATIONS, DEPLOYMENT];

/// Compares the rendered files with the snapshots in the folder of the case; `prefix` stands before
/// their names.
fn compare(path: &Path, prefix: &str) {
    let (policy, sources) = policy(path);
    let files = render(&policy, &sources).expect("a policy without errors has files");
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(path.parent().expect("a folder"));
    settings.set_prepend_module_to_snapshot(false);
    settings.remove_snapshot_suffix();
    settings.remove_input_file();
    settings.set_omit_expression(true);
    settings.bind(|| {
        for name in SHOWN {
            let text = files.get(name).expect("one of our files");
            insta::assert_snapshot!(format!("{prefix}{name}"), text);
        }
    });
}

#[test]
fn the_files_of_every_case_are_those_beside_it() {
    insta::glob!("../../../fixtures", "{ok,regress}/*/policy.reeve", |path| {
        compare(path, "");
    });
}

#[test]
fn the_files_of_the_quickstart_are_those_beside_it() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/quickstart.reeve");
    compare(&path, "quickstart.");
}

/// The manifest leads from every line that comes from a statement to that statement.
#[test]
fn the_manifest_leads_from_each_line_to_its_statement() {
    insta::glob!("../../../fixtures", "{ok,regress}/*/policy.reeve", |path| {
        let (policy, sources) = policy(path);
        let files = render(&policy, &sources).expect("a policy without errors has files");
        let text = files.get("manifest.json").expect("one of our files");
        let manifest: Manifest = serde_json::from_str(text).expect("the manifest can be read");
        for (name, agents) in &manifest.lines {
            let file = files.get(name).expect("one of our files");
            for (agent, key, lines) in agents
                .iter()
                .flat_map(|(agent, keys)| keys.iter().map(move |(key, lines)| (agent, key, lines)))
            {
                let statements = &manifest.statements[agent];
                assert!(statements.contains_key(key), "{key}");
                let line = |line: &u32| file.lines().nth(*line as usize - 1).expect("a line");
                let says = lines.iter().map(line).any(|text| text.contains(key));
                assert!(name == SOCAT_FORWARDS || says, "{key}: {lines:?}");
            }
        }
        for (agent, key, statement) in manifest
            .statements
            .iter()
            .flat_map(|(agent, of)| of.iter().map(move |(key, of)| (agent, key, of)))
        {
            let source = sources
                .files()
                .iter()
                .find(|file| file.name == statement.file);
            let text = source.and_then(|file| file.text.lines().nth(statement.line as usize - 1));
            let text = text.expect("the line of a statement");
            let first = text
                .get(statement.column as usize - 1..)
                .unwrap_or_default();
            let words = ["allow", "deny", "lan", "cdp", "access"];
            let is_statement = words.iter().any(|word| first.starts_with(word));
            assert!(
                is_statement || first.starts_with(agent.as_str()),
                "{key}: {text}"
            );
        }
    });
}
