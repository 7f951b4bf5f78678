//! The files that others run us by: a GitHub Action, pre-commit hooks and an example workflow.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails on what cannot be, in its helpers too"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use clap::Parser as _;
use portreeve::cli::Cli;
use saphyr_parser::{Event, Parser};

use crate::portreeve::Bed;

const FILES: [&str; 3] = [
    "action.yml",
    ".pre-commit-hooks.yaml",
    "docs/ci/portreeve.yml",
];

/// What YAML says, as far as these files use it.
#[derive(Debug)]
enum Yaml {
    Text(String),
    List(Vec<Yaml>),
    Map(BTreeMap<String, Yaml>),
}

fn read(name: &str) -> Yaml {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let text = fs::read_to_string(path).unwrap();
    let mut events = Parser::new_from_str(&text).map(|event| event.unwrap().0);
    loop {
        match events.next().unwrap() {
            Event::StreamStart | Event::DocumentStart(_) => {}
            first => return value(first, &mut events),
        }
    }
}

fn value<'i>(first: Event<'i>, events: &mut impl Iterator<Item = Event<'i>>) -> Yaml {
    match first {
        Event::Scalar(text, ..) => Yaml::Text(text.into_owned()),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            loop {
                match events.next().unwrap() {
                    Event::SequenceEnd => return Yaml::List(list),
                    next => list.push(value(next, events)),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut map = BTreeMap::new();
            loop {
                match events.next().unwrap() {
                    Event::MappingEnd => return Yaml::Map(map),
                    Event::Scalar(key, ..) => {
                        let next = events.next().unwrap();
                        let before = map.insert(key.clone().into_owned(), value(next, events));
                        assert!(before.is_none(), "`{key}` stands twice");
                    }
                    other => panic!("{other:?} is no key"),
                }
            }
        }
        other => panic!("{other:?} begins no value"),
    }
}

/// Every text that is run: the steps of workflows and actions, and the entries of hooks.
fn scripts(yaml: &Yaml) -> Vec<&str> {
    match yaml {
        Yaml::Text(_) => Vec::new(),
        Yaml::List(list) => list.iter().flat_map(scripts).collect(),
        Yaml::Map(map) => {
            let is_run = |key: &str| matches!(key, "run" | "entry");
            let own = map.iter().filter(|(key, _)| is_run(key));
            let own = own.filter_map(|(_, value)| match value {
                Yaml::Text(text) => Some(text.as_str()),
                _ => None,
            });
            own.chain(map.values().flat_map(scripts)).collect()
        }
    }
}

/// The command lines of ours in a script, which stand on lines of their own.
fn command_lines(script: &str) -> Vec<Vec<String>> {
    let lines = script.lines().map(str::trim);
    let ours = lines.filter(|line| line.starts_with("portreeve "));
    ours.map(|line| {
        let words = line.split_whitespace();
        let words = words.take_while(|word| !word.starts_with('>'));
        words
            .map(|word| word.trim_matches('"').to_owned())
            .collect()
    })
    .collect()
}

#[test]
fn every_command_line_in_a_ci_file_is_one_of_ours() {
    let mut n_tried = 0;
    for name in FILES {
        let yaml = read(name);
        let scripts = scripts(&yaml);
        let lines: Vec<_> = scripts
            .iter()
            .flat_map(|text| command_lines(text))
            .collect();
        assert!(lines.len() >= 3, "{name}: {lines:?}");
        for mut line in lines {
            if name == ".pre-commit-hooks.yaml" {
                // What pre-commit adds.
                line.push("policy.reeve".to_owned());
            }
            let parsed = Cli::try_parse_from(&line);
            assert!(
                parsed.is_ok(),
                "{name}: {}\n{}",
                line.join(" "),
                parsed.unwrap_err()
            );
            n_tried += 1;
        }
    }
    assert!(n_tried >= 7, "{n_tried}");
}

/// A policy without a finding, in its canonical form.
const SOUND: &str = "policy 1
agent coder {
  access    list
  allow     pypi.org
}
test \"coder\" { coder can pypi.org:443 }
";

/// A folder with a policy, the one before it, and stand-ins for what is not ours.
fn checkout(policy: &str) -> Bed {
    let bed = Bed::new();
    bed.file("policy.reeve", policy).file("old.reeve", SOUND);
    // The file of the base branch lies where `git worktree` puts it.
    bed.program("git", "[ \"$*\" = 'worktree add base origin/main' ] && mkdir base && cp old.reeve base/policy.reeve");
    bed.program("cargo", "for last; do :; done; [ -f \"$last/Cargo.toml\" ]");
    bed
}

/// Runs a script as GitHub runs one that names no shell of its own.
fn run(bed: &Bed, script: &str, deny_warnings: &str) -> Output {
    let ours = Path::new(env!("CARGO_BIN_EXE_portreeve")).parent().unwrap();
    let bin = bed.path().join("bin");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    Command::new("bash")
        .args(["--noprofile", "--norc", "-eo", "pipefail", "-c", script])
        .current_dir(bed.path())
        .env_clear()
        .env(
            "PATH",
            format!("{}:{}:/usr/bin:/bin", bin.display(), ours.display()),
        )
        .env("HOME", bed.path())
        .env("FILES", "policy.reeve")
        .env("DENY_WARNINGS", deny_warnings)
        .env("GITHUB_BASE_REF", "main")
        .env("GITHUB_ACTION_PATH", root)
        .env("GITHUB_PATH", bed.path().join("path"))
        .env("GITHUB_STEP_SUMMARY", bed.path().join("summary"))
        .env("RUNNER_TEMP", bed.path())
        .output()
        .unwrap()
}

/// The scripts that end with something else than success on a policy, and what they print.
fn failing(policy: &str, deny_warnings: &str) -> Vec<String> {
    let mut failing = Vec::new();
    for name in ["action.yml", "docs/ci/portreeve.yml"] {
        for script in scripts(&read(name)) {
            let bed = checkout(policy);
            let output = run(&bed, script, deny_warnings);
            if !output.status.success() {
                let said = String::from_utf8(output.stdout).unwrap();
                failing.push(format!("{name}: {}\n{said}", script.trim()));
            }
        }
    }
    failing
}

#[test]
fn every_script_runs_and_passes_a_sound_policy() {
    for deny_warnings in ["false", "true"] {
        assert_eq!(failing(SOUND, deny_warnings), Vec::<String>::new());
    }
}

#[test]
fn a_script_fails_for_what_it_is_there_for() {
    let fails = |policy: &str, deny_warnings: &str, wanted: &[&str]| {
        let failing = failing(policy, deny_warnings);
        assert_eq!(failing.len(), wanted.len(), "{failing:#?}");
        for (found, wanted) in failing.iter().zip(wanted) {
            assert!(found.contains(wanted), "{found} lacks {wanted}");
        }
    };
    let warned = SOUND.replace("pypi.org\n", "pypi.org gist.github.com\n");
    // A wider policy is sound in itself.
    fails(&warned, "false", &["--deny-widening"]);
    let found = "::warning file=policy.reeve,line=4";
    fails(&warned, "true", &[found, "--deny-widening"]);
    let ugly = SOUND.replace("    list", " list");
    fails(&ugly, "true", &["fmt --check --diff", "fmt --check"]);
    let untrue = SOUND.replace("can pypi.org", "can pypi.net");
    let found = "::error file=policy.reeve,line=6";
    fails(
        &untrue,
        "false",
        &[found, "portreeve test", "sarif", "portreeve test"],
    );
}

#[test]
fn no_script_of_the_action_holds_text_of_its_inputs() {
    for script in scripts(&read("action.yml")) {
        assert!(!script.contains("${{"), "{script}");
    }
}

#[test]
fn the_ci_files_have_what_their_readers_demand() {
    let Yaml::Map(action) = read("action.yml") else {
        panic!("an action is a map");
    };
    for key in ["name", "description", "inputs", "runs"] {
        assert!(action.contains_key(key), "{key}");
    }
    let Yaml::List(hooks) = read(".pre-commit-hooks.yaml") else {
        panic!("hooks are a list");
    };
    for hook in hooks {
        let Yaml::Map(hook) = hook else {
            panic!("a hook is a map");
        };
        for key in ["id", "name", "entry", "language"] {
            assert!(
                matches!(&hook[key], Yaml::Text(text) if !text.is_empty()),
                "{key}"
            );
        }
    }
}
