//! `explain`: an answer, its reasons, and what would change it.

use insta::assert_snapshot;

use crate::portreeve::Bed;

const POLICY: &str = "\
policy 1

agent coder {
  access list
  allow .github.com pypi.org  because \"builds\"
  deny gist.github.com
  lan 192.168.1.20:8838
}
agent archivist { }
agent watched {
  mode report
}
";

fn bed() -> Bed {
    let bed = Bed::new();
    bed.file("p.reeve", POLICY);
    bed
}

/// What people see.
fn shown(args: &[&str]) -> String {
    let all = [&["explain", "p.reeve"], args].concat();
    let outcome = bed().run(all).exits(0);
    assert_eq!(outcome.stderr, "");
    outcome.stdout
}

#[test]
fn a_statement_that_decides_is_drawn_with_its_printed_lines() {
    assert_snapshot!(shown(&["coder", "gist.github.com:443"]), @r#"
    deny: `coder` does not reach gist.github.com:443
     --> p.reeve:6:3
      |
    6 |   deny gist.github.com
      |   ^^^^^^^^^^^^^^^^^^^^ this decides
      |
      = note: asked with CONNECT
      = note: printed in squid.conf
              132 acl n_ed07f69bc7e4 annotate_transaction verdict=deny rule=ed…
              133 acl h_ed07f69bc7e4 dstdomain -n gist.github.com
              200 http_access deny a_coder h_ed07f69bc7e4 n_ed07f69bc7e4
    help: to allow it, delete the `deny`; then p.reeve:5:3 allows it
      |
    6 -   deny gist.github.com
      |
    "#);
}

#[test]
fn a_denial_by_default_says_what_to_add() {
    assert_snapshot!(shown(&["archivist", "pypi.org:443"]), @r#"
    deny[default-deny]: `archivist` does not reach pypi.org:443
      --> p.reeve:9:7
       |
     9 | agent archivist { }
       |       --------- no `access` here, so it is `model-only`
       |
       = note: `archivist` is `model-only` and reaches its model provider alone
       = note: asked with CONNECT
    help: to allow it, add `access list` and `allow pypi.org:443`
       |
     9 ~ agent archivist {
    10 +   access list
    11 +   allow pypi.org:443
    12 + }
       |
    "#);
}

#[test]
fn an_odd_spelling_is_explained_as_what_it_is() {
    assert_snapshot!(shown(&["archivist", "0x7f.1:80"]), @r#"
    deny[floor]: `archivist` does not reach 0x7f.1:80
     |
     = note: `0x7f.1` is 127.0.0.1, which is in the floor: 127.0.0.0/8
     = note: asked with a plain request
     = help: no statement can open the floor
    "#);
}

#[test]
fn report_says_what_enforce_would_have_said() {
    assert_snapshot!(shown(&["Watched", "pypi.org:443"]), @r#"
    allow[report]: `watched` reaches pypi.org:443 via the gateway
      --> p.reeve:10:7
       |
    10 | agent watched {
       |       ------- no `access` here, so it is `model-only`
       |
       = note: `mode report` refuses nothing that `access full` would reach
       = note: asked with CONNECT
       = note: `mode enforce` would deny it: `watched` is `model-only` and reaches its model provider alone
    help: to allow it under `mode enforce` too, add `access list` and `allow pypi.org:443`
       |
    12 +   access list
    13 +   allow pypi.org:443
       |
    help: to deny it, write `mode enforce`
       |
    11 -   mode report
    11 +   mode enforce
       |
    "#);
}

#[test]
fn json_has_the_documented_fields() {
    let args = [
        "explain",
        "p.reeve",
        "coder",
        "crates.io:80",
        "--format",
        "json",
    ];
    assert_snapshot!(bed().run(args).exits(0).stdout, @r#"
    {
      "version": 1,
      "agent": "coder",
      "destination": "crates.io:80",
      "method": "plain",
      "decision": "deny",
      "route": null,
      "statement": null,
      "rule": "default-deny",
      "why": "no statement of `coder` allows it",
      "would": null,
      "lines": [],
      "remedies": [
        {
          "summary": "to allow it, add `allow crates.io:80`",
          "decision": "allow",
          "route": "gateway",
          "statement": null,
          "rule": null,
          "breaks": [],
          "edits": [
            {
              "file": "p.reeve",
              "line": 8,
              "column": 1,
              "end_line": 8,
              "end_column": 1,
              "text": "  allow crates.io:80\n"
            }
          ]
        }
      ],
      "hopeless": null
    }
    "#);
}

#[test]
fn an_allow_in_json_names_statement_route_and_lines() {
    let args = [
        "explain",
        "p.reeve",
        "coder",
        "192.168.1.20:8838",
        "--format=json",
    ];
    let stdout = bed().run(args).exits(0).stdout;
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["version"], 1);
    assert_eq!(json["decision"], "allow");
    assert_eq!(json["route"], "direct");
    assert_eq!(json["method"], "connect");
    let place = serde_json::json!({"file": "p.reeve", "line": 7, "column": 3});
    assert_eq!(json["statement"], place);
    assert_eq!(json["rule"], serde_json::Value::Null);
    let lines: Vec<_> = json["lines"].as_array().unwrap().iter().collect();
    let printed = |line: &&serde_json::Value| line["text"].as_str().unwrap().to_owned();
    let texts: Vec<String> = lines.iter().map(printed).collect();
    let has = |start: &str| texts.iter().any(|text| text.starts_with(start));
    assert!(has("http_access allow a_coder l_"), "{texts:?}");
    assert!(has("never_direct deny a_coder l_"), "{texts:?}");
}

#[test]
fn how_to_ask_and_what_it_resolves_to_can_be_said() {
    let rule = |args: &[&str]| {
        let all = [&["explain", "p.reeve", "--format", "json"], args].concat();
        let stdout = bed().run(all).exits(0).stdout;
        let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
        json["rule"].as_str().unwrap_or("-").to_owned()
    };
    assert_eq!(rule(&["coder", "pypi.org:80"]), "-");
    assert_eq!(rule(&["coder", "pypi.org:80", "--connect"]), "ssl-ports");
    assert_eq!(rule(&["coder", "[::1]:443", "--plain"]), "floor");
    let private = ["--resolves", "198.51.100.7", "--resolves", "10.0.0.1"];
    assert_eq!(
        rule(&[&["watched", "x.org:443"], &private[..]].concat()),
        "private"
    );
    assert_eq!(
        rule(&["watched", "x.org:443", "--resolves", "nothing"]),
        "unresolved"
    );
    assert_eq!(
        rule(&["watched", "x.org:443", "--resolves", "8.8.8.8"]),
        "report"
    );
}

#[test]
fn a_question_that_cannot_be_asked_says_how() {
    let table: [(&[&str], i32, &str); 6] = [
        (&["codr", "pypi.org:443"], 2, "did you mean `coder`?"),
        (
            &["x y", "pypi.org:443"],
            2,
            "its agents are `archivist`, `coder`, `watched`",
        ),
        (&["coder", "pypi.org"], 2, "write `pypi.org:443`, say"),
        (&["coder", "https://pypi.org/"], 2, "write `pypi.org:443`"),
        (
            &["coder", "pypi.org:0"],
            2,
            "a port is a number from 1 to 65535",
        ),
        (
            &["coder", "pypi.org:443", "--connect", "--plain"],
            2,
            "cannot be used with",
        ),
    ];
    for (args, code, expected) in table {
        let all = [&["explain", "p.reeve"], args].concat();
        let outcome = bed().run(all).exits(code);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_policy_with_errors_is_not_explained_and_one_that_fails_its_tests_is() {
    let bed = Bed::new();
    bed.file("p.reeve", "policy 1\nagent a { allow pypi.org }\n");
    let outcome = bed
        .run(["explain", "p.reeve", "a", "pypi.org:443"])
        .exits(1);
    assert!(
        outcome.stderr.contains("error[access-conflict]"),
        "{}",
        outcome.stderr
    );
    assert_eq!(outcome.stdout, "");
    bed.file(
        "p.reeve",
        "policy 1\nagent a { }\ntest \"t\" { a can pypi.org:443 }\n",
    );
    let outcome = bed
        .run(["explain", "p.reeve", "a", "pypi.org:443"])
        .exits(0);
    assert!(
        outcome.stdout.starts_with("deny[default-deny]"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn text_of_the_users_cannot_draw_on_the_terminal() {
    let outcome = bed()
        .run(["explain", "p.reeve", "coder", "a\u{1b}[2J\u{202e}b:80"])
        .exits(0);
    assert!(
        outcome.stdout.starts_with("deny[malformed]"),
        "{}",
        outcome.stdout
    );
    let odd = |c: char| (c.is_control() && c != '\n') || c == '\u{202e}';
    assert!(!outcome.stdout.contains(odd), "{}", outcome.stdout);
}
