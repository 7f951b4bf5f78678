//! `test`: what a policy says of itself, tried.

use insta::assert_snapshot;

use crate::portreeve::Bed;

const POLICY: &str = "\
policy 1

agent coder {
  access list
  allow .github.com
  lan 192.168.1.20:8838
}
agent archivist { }

test \"what may be\" {
  coder can github.com:443 via gateway
  coder can 192.168.1.20:8838 via direct
}
test \"no way out\" {
  coder cannot gist.github.com:443
  archivist can pypi.org:443
}
";

fn bed() -> Bed {
    let bed = Bed::new();
    bed.file("p.reeve", POLICY);
    bed.file(
        "ok.reeve",
        "policy 1\nagent a { }\ntest \"t\" { a cannot pypi.org:443 }\n",
    );
    bed
}

#[test]
fn each_failure_is_drawn_with_the_statement_behind_it() {
    let outcome = bed().run(["test", "p.reeve"]).exits(1);
    assert_eq!(outcome.stderr, "");
    assert_snapshot!(outcome.stdout, @r#"
    test "what may be" ... ok
    test "no way out" ... FAILED

    error[test-failed]: `coder` reaches `gist.github.com:443` via gateway
      --> p.reeve:15:16
       |
     5 |   allow .github.com
       |   ----------------- this allows it
    ...
    15 |   coder cannot gist.github.com:443
       |                ^^^^^^^^^^^^^^^^^^^

    error[test-failed]: `archivist` does not reach `pypi.org:443`
      --> p.reeve:16:17
       |
    16 |   archivist can pypi.org:443
       |                 ^^^^^^^^^^^^
       |
       = help: `archivist` is `model-only` and reaches its model provider alone

    1 passed, 1 failed
    "#);
}

#[test]
fn json_has_the_documented_fields() {
    let outcome = bed().run(["test", "--format", "json", "p.reeve"]).exits(1);
    assert_snapshot!(outcome.stdout, @r#"
    {
      "version": 1,
      "tests": [
        {
          "title": "what may be",
          "kind": "test",
          "passed": true,
          "failures": []
        },
        {
          "title": "no way out",
          "kind": "test",
          "passed": false,
          "failures": [
            {
              "file": "p.reeve",
              "line": 15,
              "column": 16,
              "agent": "coder",
              "destination": "gist.github.com:443",
              "method": "connect",
              "expected": "deny",
              "expected_route": null,
              "decision": "allow",
              "route": "gateway",
              "statement": {
                "file": "p.reeve",
                "line": 5,
                "column": 3
              },
              "rule": null
            },
            {
              "file": "p.reeve",
              "line": 16,
              "column": 17,
              "agent": "archivist",
              "destination": "pypi.org:443",
              "method": "connect",
              "expected": "allow",
              "expected_route": null,
              "decision": "deny",
              "route": null,
              "statement": null,
              "rule": "default-deny"
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn an_invariant_fails_with_a_witness_and_the_statement_that_lets_it_pass() {
    let bed = Bed::new();
    let text =
        "policy 1\nagent a { lan 10.1.2.3:22 }\ninvariant \"i\" { nobody reaches 10.0.0.0/8 }\n";
    bed.file("p.reeve", text);
    let stdout = bed.run(["test", "p.reeve"]).exits(1).stdout;
    assert!(
        stdout.starts_with("invariant \"i\" ... FAILED\n"),
        "{stdout}"
    );
    let found = "error[invariant-failed]: `a` reaches `10.1.2.3:22` via direct";
    assert!(
        stdout.contains(found) && stdout.contains("p.reeve:3:17"),
        "{stdout}"
    );
    assert!(stdout.contains("this allows it"), "{stdout}");
    let stdout = bed
        .run(["test", "p.reeve", "--format=json"])
        .exits(1)
        .stdout;
    let json: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(json["tests"][0]["kind"], "invariant");
    let failure = &json["tests"][0]["failures"][0];
    assert_eq!(failure["statement"]["line"], 2);
    assert_eq!(failure["destination"], "10.1.2.3:22");
    assert_eq!(failure["expected"], "deny");
}

#[test]
fn each_file_is_a_root_of_its_own_and_a_broken_one_stops_no_other() {
    let bed = bed();
    assert_eq!(
        bed.run(["test", "ok.reeve"]).exits(0).stdout,
        "test \"t\" ... ok\n\n1 passed, 0 failed\n"
    );
    bed.file("bad.reeve", "policy 1\nagent a { cdq }\n");
    let outcome = bed.run(["test", "bad.reeve", "ok.reeve"]).exits(1);
    assert!(
        outcome.stderr.contains("error[unknown-statement]"),
        "{}",
        outcome.stderr
    );
    assert!(
        outcome.stdout.ends_with("1 passed, 0 failed\n"),
        "{}",
        outcome.stdout
    );
    let outcome = bed
        .run(["test", "missing.reeve", "p.reeve", "ok.reeve"])
        .exits(3);
    assert!(
        outcome.stdout.contains("ok.reeve\ntest \"t\" ... ok\n"),
        "{}",
        outcome.stdout
    );
    assert!(
        outcome.stdout.ends_with("2 passed, 1 failed\n"),
        "{}",
        outcome.stdout
    );
}

#[test]
fn a_policy_without_tests_says_so() {
    let bed = bed();
    bed.file("none.reeve", "policy 1\nagent a { }\n");
    assert_eq!(
        bed.run(["test", "none.reeve"]).exits(0).stdout,
        "0 passed, 0 failed\n"
    );
}

#[test]
fn a_policy_that_fails_its_tests_is_an_error_of_check_and_is_not_built() {
    let bed = bed();
    let outcome = bed.run(["check", "p.reeve"]).exits(1);
    assert!(
        outcome.stdout.ends_with("2 errors, 1 warning\n"),
        "{}",
        outcome.stdout
    );
    let outcome = bed.run(["build", "p.reeve", "-o", "out"]).exits(1);
    assert!(
        outcome.stderr.contains("error[test-failed]"),
        "{}",
        outcome.stderr
    );
    assert!(!bed.path().join("out").exists());
}
