//! The files that others run us by: a GitHub Action, pre-commit hooks and an example workflow.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails on what cannot be, in its helpers too"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use clap::Parser as _;
use portreeve::cli::Cli;
use saphyr_parser::{Event, Parser};

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
