//! `agent …`, `edge …` and `show`: what is written, what is refused, and that nothing is lost.

mod cut_short;
mod json;

use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::thread;

use serde_json::Value;

use crate::portreeve::{Bed, Outcome};

const POLICY: &str = "\
policy 1
include \"team/*.reeve\"

agent coder {
  access    list
  allow     pypi.org  because \"build\"  # weekly
}

test \"no way out\" { coder cannot gist.github.com:443 }
";

fn bed() -> Bed {
    let bed = Bed::new();
    bed.file("p.reeve", POLICY);
    bed.file("team/r.reeve", "policy 1\r\n\r\nagent reviewer {}\r\n");
    bed.file("facts.json", r#"{"version":1,"today":"2026-11-23"}"#);
    bed
}

#[track_caller]
fn run(bed: &Bed, line: &[&str], code: i32) -> Outcome {
    let run = bed.run(line.iter().copied());
    let run = run.env("PORTREEVE_POLICY", "p.reeve");
    run.env("PORTREEVE_FACTS", "facts.json").exits(code)
}

#[test]
fn an_edit_is_shown_and_written_and_a_second_time_there_is_nothing_to_do() {
    let bed = bed();
    let line = ["agent", "allow", "coder", "x.example", "--because", "why"];
    let dry: Vec<&str> = line.into_iter().chain(["--dry-run"]).collect();
    let outcome = run(&bed, &dry, 0);
    assert!(
        outcome
            .stdout
            .contains("+  allow     x.example  because \"why\"\n"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.contains("+ x.example ports 80,443"),
        "{}",
        outcome.stdout
    );
    assert_eq!(bed.read("p.reeve"), POLICY);
    run(&bed, &line, 0);
    let wanted = POLICY.replace(
        "# weekly\n",
        "# weekly\n  allow     x.example  because \"why\"\n",
    );
    assert_eq!(bed.read("p.reeve"), wanted);
    assert_eq!(run(&bed, &line, 0).stdout, "nothing to do\n");
    run(&bed, &["agent", "revoke", "coder", "x.example"], 0);
    assert_eq!(bed.read("p.reeve"), POLICY);
}

#[test]
fn an_edit_goes_to_the_file_where_the_agent_stands_and_keeps_what_that_is() {
    let bed = bed();
    let path = bed.path().join("team/r.reeve");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("p.reeve", bed.path().join("link.reeve")).unwrap();
    run(
        &bed,
        &[
            "agent",
            "access",
            "reviewer",
            "full",
            "--policy",
            "link.reeve",
        ],
        0,
    );
    let wanted = "policy 1\r\n\r\nagent reviewer {\r\n  access    full\r\n}\r\n";
    assert_eq!(bed.read("team/r.reeve"), wanted);
    let mode = std::fs::metadata(&path).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o640);
    assert_eq!(bed.read("p.reeve"), POLICY);
    run(
        &bed,
        &["agent", "sessions", "coder", "2", "--policy", "link.reeve"],
        0,
    );
    assert!(bed.path().join("link.reeve").is_symlink());
    assert!(bed.read("p.reeve").contains("  sessions  2\n}"));
}

#[test]
fn what_is_refused_changes_nothing() {
    let bed = bed();
    let table: [(&[&str], i32, &str); 8] = [
        (
            &["agent", "allow", "coder", "gist.github.com"],
            1,
            "error[test-failed]",
        ),
        (
            &["agent", "deny", "coder", "api.anthropic.com"],
            1,
            "refused: the policy would have errors",
        ),
        (
            &["agent", "allow", "reviewer", "x.example"],
            1,
            "portreeve agent access reviewer list",
        ),
        (
            &["agent", "allow", "codr", "x.example"],
            2,
            "did you mean `coder`?",
        ),
        (
            &["agent", "allow", "coder", "https://x.example/"],
            2,
            "help: ",
        ),
        (
            &[
                "agent",
                "allow",
                "coder",
                "x.example",
                "--until",
                "2020-01-01",
            ],
            2,
            "is over",
        ),
        (&["agent", "remove", "coder"], 1, "--cascade"),
        (
            &[
                "agent",
                "allow",
                "coder",
                "x.example",
                "--policy",
                "none.reeve",
            ],
            3,
            "cannot open `none.reeve`",
        ),
    ];
    for (line, code, message) in table {
        let outcome = run(&bed, line, code);
        assert!(
            outcome.stderr.contains(message),
            "{line:?}: {}",
            outcome.stderr
        );
        assert_eq!(bed.read("p.reeve"), POLICY, "{line:?}");
    }
}

#[test]
fn edits_at_once_lose_no_line_of_each_other() {
    let bed = bed();
    let hosts: Vec<String> = (0..16).map(|n| format!("h{n}.example")).collect();
    thread::scope(|scope| {
        for host in &hosts {
            let bed = &bed;
            scope.spawn(move || run(bed, &["agent", "allow", "coder", host], 0));
        }
    });
    let text = bed.read("p.reeve");
    for host in &hosts {
        assert!(text.contains(&format!("  allow     {host}\n")), "{text}");
    }
    assert_eq!(text.lines().count(), POLICY.lines().count() + hosts.len());
    let names = std::fs::read_dir(bed.path()).unwrap();
    let names = names.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.starts_with(".portreeve")));
}

#[test]
fn an_agent_is_shown_with_all_that_is_said_of_it() {
    let bed = bed();
    run(
        &bed,
        &[
            "agent",
            "lan",
            "coder",
            "10.1.2.3",
            "ports",
            "80,443",
            "--because",
            "lab",
        ],
        0,
    );
    run(
        &bed,
        &["agent", "cdp", "coder", "9301", "--host-port", "9333"],
        0,
    );
    run(&bed, &["agent", "cdp", "coder", "9302"], 0);
    run(
        &bed,
        &[
            "edge", "add", "coder", "reviewer", "--both", "--as", "review",
        ],
        0,
    );
    let shown = run(&bed, &["show", "coder", "--format", "json"], 0).stdout;
    let shown: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(shown["cdp"]["listen"], 9302);
    assert_eq!(shown["cdp"]["host_port"], 9333);
    assert_eq!(shown["grants"][0]["because"], "build");
    assert_eq!(shown["grants"][1]["targets"], "10.1.2.3 ports 80,443");
    assert_eq!(shown["edges_out"][0]["local_name"], "review");
    assert_eq!(shown["edges_in"][0]["from"], "reviewer");
    assert_eq!(shown["addresses"], Value::Null);
    let text = run(&bed, &["agent", "show", "coder"], 0).stdout;
    assert!(
        text.contains("allow      pypi.org  \"build\"  p.reeve:6"),
        "{text}"
    );
    assert_eq!(
        run(&bed, &["edge", "list"], 0).stdout,
        "coder -> reviewer as review\nreviewer -> coder\n"
    );
    let list = run(&bed, &["agent", "list"], 0).stdout;
    assert!(list.lines().nth(1).unwrap().starts_with("coder"), "{list}");
}

#[test]
fn the_registry_names_the_source_of_each_entry() {
    let bed = bed();
    let text = run(&bed, &["providers"], 0).stdout;
    bed.file(
        "all.reeve",
        &format!("policy 1\n{text}agent a {{ provider codex }}\n"),
    );
    bed.run(["check", "all.reeve"]).exits(0);
    let json = run(&bed, &["providers", "--format", "json"], 0).stdout;
    let json: Value = serde_json::from_str(&json).unwrap();
    for entry in json["providers"].as_array().unwrap() {
        assert!(
            entry["source"].as_str().unwrap().starts_with("https://"),
            "{entry}"
        );
    }
    bed.file("o.reeve", "policy 1\nagent a { provider ollama }\n");
    let told = bed.run(["check", "o.reeve"]).exits(1);
    assert!(told.stdout.contains("lan host:11434"), "{}", told.stdout);
}
