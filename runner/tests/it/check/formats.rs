//! Findings for other programs: SARIF, and the commands of GitHub Actions.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails on what cannot be, in its helpers too"
)]

use std::fs;
use std::path::Path;

use boon::{Compiler, Schemas};
use insta::assert_snapshot;
use policy_core::diagnostic::Code;
use serde_json::Value;

use super::broken;
use crate::portreeve::Bed;

fn sarif(bed: &Bed, code: i32, files: &[&str]) -> Value {
    let args = ["check", "--format", "sarif"];
    let outcome = bed.run(args.into_iter().chain(files.iter().copied()));
    serde_json::from_str(&outcome.exits(code).stdout).unwrap()
}

#[test]
fn github_gets_one_command_for_each_finding() {
    let outcome = broken()
        .run(["check", "--format", "github", "p.reeve"])
        .exits(1);
    assert_snapshot!(outcome.stdout, @"
    ::error file=p.reeve,line=6,col=9,endLine=6,endColumn=22,title=unsafe-port::8443 is no safe port, so `pypi.org` stays closed on it%0Ahelp: names are reached on 80,443; `safe-ports` changes that for every agent, and a device on the LAN wants `lan`
    ::warning file=p.reeve,line=7,col=3,endLine=7,endColumn=19,title=lan-every-port::this opens every port of 10.20.0.0/24%0Ahelp: name the ports: `lan ADDRESS:PORT` or `lan ADDRESS ports 80,443`
    ::error file=team/a.reeve,line=2,col=7,endLine=2,endColumn=12,title=duplicate-name::the agents `coder` and `Coder` differ only in case, and Squid does not see case%0Ap.reeve:4:7: the first one is here%0Ahelp: rename one of the two
    ");
}

/// Panics unless a document is valid against the schema of the standard.
fn is_valid(document: &Value) {
    let schema =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/sarif/sarif-schema-2.1.0.json");
    let schema = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let mut compiler = Compiler::new();
    compiler.enable_format_assertions();
    compiler.add_resource("sarif.json", schema).unwrap();
    let mut schemas = Schemas::new();
    let schema = compiler.compile("sarif.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(document, schema) {
        panic!("{error}\n{document:#}");
    }
    no_region_ends_before_it_begins(document);
}

/// What the schema cannot say.
fn no_region_ends_before_it_begins(value: &Value) {
    match value {
        Value::Array(list) => list.iter().for_each(no_region_ends_before_it_begins),
        Value::Object(object) => {
            let number = |name: &str| object.get(name).and_then(Value::as_u64);
            let start = (number("startLine"), number("startColumn"));
            assert!(start <= (number("endLine"), number("endColumn")), "{value}");
            object.values().for_each(no_region_ends_before_it_begins);
        }
        _ => {}
    }
}

#[test]
fn sarif_of_every_fixture_is_valid_against_the_schema_of_the_standard() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let (mut n_documents, mut n_findings, mut n_fixes) = (0, 0, 0);
    for kind in ["bad", "ok", "regress"] {
        for case in fs::read_dir(fixtures.join(kind)).unwrap() {
            let folder = case.unwrap().path();
            let bed = Bed::new();
            copy(&folder, "", &bed);
            let args = ["check", "--format", "sarif", "policy.reeve"];
            let document: Value = serde_json::from_str(&bed.run(args).outcome().stdout).unwrap();
            is_valid(&document);
            let results = document["runs"][0]["results"].as_array().unwrap();
            let has_fix = |result: &&Value| result.get("fixes").is_some();
            n_fixes += results.iter().filter(has_fix).count();
            n_findings += results.len();
            n_documents += 1;
        }
    }
    let counts = (n_documents, n_findings, n_fixes);
    assert!(
        n_documents > 60 && n_findings > 200 && n_fixes > 25,
        "{counts:?}"
    );
}

/// Puts the policies of a folder into the bed.
fn copy(folder: &Path, prefix: &str, bed: &Bed) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            copy(&path, &format!("{name}/"), bed);
        } else if name.ends_with(".reeve") {
            bed.file(&name, &fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
#[expect(clippy::type_complexity, reason = "one change each")]
fn the_schema_refuses_what_is_no_sarif() {
    let sound = sarif(&broken(), 1, &["p.reeve"]);
    let changes: [(&str, fn(&mut Value)); 6] = [
        ("no version", |it| {
            drop(it.as_object_mut().unwrap().remove("version"))
        }),
        ("a number for runs", |it| it["runs"] = 7.into()),
        ("an unknown property", |it| {
            it["runs"][0]["results"][0]["colour"] = "red".into()
        }),
        ("an unknown level", |it| {
            it["runs"][0]["results"][0]["level"] = "fatal".into()
        }),
        ("line 0", |it| {
            let place = &mut it["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
            place["region"]["startLine"] = 0.into();
        }),
        ("a message of no text", |it| {
            it["runs"][0]["results"][0]["message"] = 7.into()
        }),
    ];
    for (what, change) in changes {
        let mut document = sound.clone();
        change(&mut document);
        let outcome = std::panic::catch_unwind(|| is_valid(&document));
        assert!(outcome.is_err(), "{what}");
    }
}

#[test]
fn sarif_has_every_rule_and_each_finding_names_its_own() {
    let document = sarif(&broken(), 1, &["p.reeve"]);
    is_valid(&document);
    assert_eq!(document["version"], "2.1.0");
    let run = &document["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let ids: Vec<_> = rules
        .iter()
        .map(|rule| rule["id"].as_str().unwrap())
        .collect();
    let codes: Vec<_> = Code::ALL.iter().map(|code| code.name()).collect();
    assert_eq!(ids, codes);
    for result in run["results"].as_array().unwrap() {
        let index = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(result["ruleId"], ids[index]);
    }
}

#[test]
fn a_finding_in_sarif_has_its_places_and_its_fix() {
    let bed = Bed::new();
    bed.file(
        "a b.reeve",
        "policy 1\n# ä\nagent coder { }\nagent Coder { id ä, }\nedge codr -> b\n",
    );
    let document = sarif(&bed, 1, &["a b.reeve"]);
    is_valid(&document);
    assert_snapshot!(serde_json::to_string_pretty(&document["runs"][0]["results"]).unwrap(), @r#"
    [
      {
        "level": "error",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "a%20b.reeve",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 12,
                "endLine": 4,
                "startColumn": 7,
                "startLine": 4
              }
            }
          }
        ],
        "message": {
          "text": "the agents `coder` and `Coder` differ only in case, and Squid does not see case\nhelp: rename one of the two"
        },
        "relatedLocations": [
          {
            "id": 1,
            "message": {
              "text": "the first one is here"
            },
            "physicalLocation": {
              "artifactLocation": {
                "uri": "a%20b.reeve",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 12,
                "endLine": 3,
                "startColumn": 7,
                "startLine": 3
              }
            }
          }
        ],
        "ruleId": "duplicate-name",
        "ruleIndex": 12
      },
      {
        "level": "error",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "a%20b.reeve",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 19,
                "endLine": 4,
                "startColumn": 18,
                "startLine": 4
              }
            }
          }
        ],
        "message": {
          "text": "`ä` is no agent group id\nhelp: an id has letters, digits, `.`, `-` and `_`, begins with a letter or a digit, and has at most 128 characters"
        },
        "ruleId": "bad-name",
        "ruleIndex": 7
      },
      {
        "fixes": [
          {
            "artifactChanges": [
              {
                "artifactLocation": {
                  "uri": "a%20b.reeve",
                  "uriBaseId": "%SRCROOT%"
                },
                "replacements": [
                  {
                    "deletedRegion": {
                      "endColumn": 20,
                      "endLine": 4,
                      "startColumn": 19,
                      "startLine": 4
                    },
                    "insertedContent": {
                      "text": " "
                    }
                  }
                ]
              }
            ],
            "description": {
              "text": "part the words by blanks"
            }
          }
        ],
        "level": "error",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "a%20b.reeve",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 20,
                "endLine": 4,
                "startColumn": 19,
                "startLine": 4
              }
            }
          }
        ],
        "message": {
          "text": "no comma stands here\nhelp: part the words by blanks"
        },
        "ruleId": "syntax",
        "ruleIndex": 0
      },
      {
        "fixes": [
          {
            "artifactChanges": [
              {
                "artifactLocation": {
                  "uri": "a%20b.reeve",
                  "uriBaseId": "%SRCROOT%"
                },
                "replacements": [
                  {
                    "deletedRegion": {
                      "endColumn": 10,
                      "endLine": 5,
                      "startColumn": 6,
                      "startLine": 5
                    },
                    "insertedContent": {
                      "text": "coder"
                    }
                  }
                ]
              }
            ],
            "description": {
              "text": "did you mean `coder`?"
            }
          }
        ],
        "level": "error",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "a%20b.reeve",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 10,
                "endLine": 5,
                "startColumn": 6,
                "startLine": 5
              }
            }
          }
        ],
        "message": {
          "text": "there is no agent called `codr`\nhelp: did you mean `coder`?"
        },
        "ruleId": "unknown-name",
        "ruleIndex": 13
      },
      {
        "level": "error",
        "locations": [
          {
            "physicalLocation": {
              "artifactLocation": {
                "uri": "a%20b.reeve",
                "uriBaseId": "%SRCROOT%"
              },
              "region": {
                "endColumn": 15,
                "endLine": 5,
                "startColumn": 14,
                "startLine": 5
              }
            }
          }
        ],
        "message": {
          "text": "there is no agent called `b`"
        },
        "ruleId": "unknown-name",
        "ruleIndex": 13
      }
    ]
    "#);
    let document = sarif(&bed, 3, &["missing.reeve"]);
    is_valid(&document);
    assert_eq!(
        document["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
}
