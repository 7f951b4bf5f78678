//! `check`: findings for people and for programs.

mod formats;
mod hostile;

use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::portreeve::Bed;

const BROKEN: &str = "\
policy 1  despite no-tests \"each statement is a case\"
include \"team/*.reeve\"

agent coder {
  access list
  allow pypi.org:8443
  lan 10.20.0.0/24
}
";

fn broken() -> Bed {
    let bed = Bed::new();
    bed.file("p.reeve", BROKEN);
    bed.file("team/a.reeve", "policy 1\nagent Coder { }\n");
    bed
}

#[test]
fn every_finding_is_drawn_at_its_place() {
    let outcome = broken().run(["check", "p.reeve"]).exits(1);
    assert_eq!(outcome.stderr, "");
    assert_snapshot!(outcome.stdout, @r#"
    error[unsafe-port]: 8443 is no safe port, so `pypi.org` stays closed on it
     --> p.reeve:6:9
      |
    6 |   allow pypi.org:8443
      |         ^^^^^^^^^^^^^
      |
      = help: names are reached on 80,443; `safe-ports` changes that for every agent, and a device on the LAN wants `lan`

    warning[lan-every-port]: this opens every port of 10.20.0.0/24
     --> p.reeve:7:3
      |
    7 |   lan 10.20.0.0/24
      |   ^^^^^^^^^^^^^^^^
      |
      = help: name the ports: `lan ADDRESS:PORT` or `lan ADDRESS ports 80,443`

    error[duplicate-name]: the agents `coder` and `Coder` differ only in case, and Squid does not see case
     --> team/a.reeve:2:7
      |
    2 | agent Coder { }
      |       ^^^^^
      |
     ::: p.reeve:4:7
      |
    4 | agent coder {
      |       ----- the first one is here
      |
      = help: rename one of the two

    2 errors, 1 warning
    "#);
}

#[test]
fn json_has_the_documented_fields() {
    let outcome = broken()
        .run(["check", "--format", "json", "p.reeve"])
        .exits(1);
    assert_snapshot!(outcome.stdout, @r#"
    {
      "version": 1,
      "diagnostics": [
        {
          "code": "unsafe-port",
          "severity": "error",
          "message": "8443 is no safe port, so `pypi.org` stays closed on it",
          "help": "names are reached on 80,443; `safe-ports` changes that for every agent, and a device on the LAN wants `lan`",
          "file": "p.reeve",
          "line": 6,
          "column": 9,
          "end_line": 6,
          "end_column": 22
        },
        {
          "code": "lan-every-port",
          "severity": "warning",
          "message": "this opens every port of 10.20.0.0/24",
          "help": "name the ports: `lan ADDRESS:PORT` or `lan ADDRESS ports 80,443`",
          "file": "p.reeve",
          "line": 7,
          "column": 3,
          "end_line": 7,
          "end_column": 19
        },
        {
          "code": "duplicate-name",
          "severity": "error",
          "message": "the agents `coder` and `Coder` differ only in case, and Squid does not see case",
          "help": "rename one of the two",
          "file": "team/a.reeve",
          "line": 2,
          "column": 7,
          "end_line": 2,
          "end_column": 12
        }
      ]
    }
    "#);
}

#[test]
fn a_policy_without_findings_says_so() {
    let bed = Bed::new();
    bed.file("p.reeve", "policy 1\nagent coder { }\n");
    assert_eq!(
        bed.run(["check", "p.reeve"]).exits(0).stdout,
        "0 errors, 0 warnings\n"
    );
}

#[test]
fn warnings_fail_only_where_they_are_denied() {
    let bed = Bed::new();
    bed.file(
        "p.reeve",
        "policy 1  despite no-tests \"x\"\nagent a { lan 10.20.0.0/24 }\n",
    );
    let outcome = bed.run(["check", "p.reeve"]).exits(0);
    assert!(
        outcome.stdout.ends_with("\n\n0 errors, 1 warning\n"),
        "{}",
        outcome.stdout
    );
    let _ = bed.run(["check", "--deny", "warnings", "p.reeve"]).exits(1);
}

#[test]
fn each_file_is_a_root_of_its_own_and_an_unreadable_one_stops_no_other() {
    let bed = Bed::new();
    bed.file("a.reeve", "policy 1\nagent coder { }\n");
    bed.file("b.reeve", "policy 1\nagent coder { cdq }\n");
    let _ = bed.run(["check", "a.reeve", "a.reeve"]).exits(0);
    let outcome = bed.run(["check", "missing.reeve", "b.reeve"]).exits(3);
    assert!(
        outcome.stdout.ends_with("1 error, 0 warnings\n"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let bed = broken();
    let plain = bed.run(["check", "p.reeve"]).exits(1).stdout;
    assert!(!plain.contains('\u{1b}'));
    let forced = bed
        .run(["check", "p.reeve"])
        .env("CLICOLOR_FORCE", "1")
        .exits(1);
    assert!(forced.stdout.contains('\u{1b}'));
    let both = bed
        .run(["check", "p.reeve"])
        .env("CLICOLOR_FORCE", "1")
        .env("NO_COLOR", "1");
    assert!(!both.exits(1).stdout.contains('\u{1b}'));
}

/// `script` gives the program a terminal of its own.
#[test]
fn a_terminal_has_colours_unless_it_or_its_user_wants_none() {
    let bed = broken();
    let on_a_terminal = |term: &str, no_colour: &str| {
        let line = format!("{} check p.reeve", env!("CARGO_BIN_EXE_portreeve"));
        let output = Command::new("script")
            .args(["-qec", &line, "/dev/null"])
            .current_dir(bed.path())
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("TERM", term)
            .env("NO_COLOR", no_colour)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let shown = String::from_utf8(output.stdout).unwrap();
        assert!(shown.contains("unsafe-port"), "{shown}");
        shown.contains('\u{1b}')
    };
    assert!(on_a_terminal("xterm-256color", ""));
    assert!(!on_a_terminal("xterm-256color", "1"));
    assert!(!on_a_terminal("dumb", ""));
}

#[test]
fn the_day_is_a_fact() {
    let bed = Bed::new();
    bed.file(
        "p.reeve",
        "policy 1  despite no-tests \"x\"\nagent a {\n  access list\n  \
         allow pypi.org until 2026-05-15  despite expires-soon \"x\"\n}\n",
    );
    bed.file("before.json", r#"{"version":1,"today":"2026-05-15"}"#);
    bed.file("after.json", r#"{"version":1,"today":"2026-05-16"}"#);
    let on = |facts| {
        bed.run(["check", "p.reeve", "--facts", facts])
            .exits(0)
            .stdout
    };
    assert_eq!(on("before.json"), "0 errors, 0 warnings\n");
    assert!(on("after.json").contains("warning[expired]"));
}
