//! Findings for other programs: SARIF, and the commands of GitHub Actions.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails on what cannot be, in its helpers too"
)]

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

/// What the schema of SARIF 2.1.0 demands of the objects that we write: their properties, all of
/// which it knows, and of those the ones that must be there.
const OBJECTS: &[(&str, &[&str], &[&str])] = &[
    ("document", &["version", "runs"], &["$schema"]),
    ("run", &["tool"], &["columnKind", "invocations", "results"]),
    ("tool", &["driver"], &[]),
    ("driver", &["name"], &["semanticVersion", "rules"]),
    (
        "rule",
        &["id"],
        &[
            "shortDescription",
            "fullDescription",
            "help",
            "defaultConfiguration",
        ],
    ),
    ("defaultConfiguration", &[], &["level"]),
    ("invocation", &["executionSuccessful"], &[]),
    (
        "result",
        &["message"],
        &[
            "ruleId",
            "ruleIndex",
            "level",
            "locations",
            "relatedLocations",
            "fixes",
        ],
    ),
    ("location", &[], &["id", "physicalLocation", "message"]),
    ("physicalLocation", &[], &["artifactLocation", "region"]),
    ("artifactLocation", &[], &["uri", "uriBaseId"]),
    (
        "region",
        &[],
        &["startLine", "startColumn", "endLine", "endColumn"],
    ),
    ("fix", &["artifactChanges"], &["description"]),
    ("artifactChange", &["artifactLocation", "replacements"], &[]),
    ("replacement", &["deletedRegion"], &["insertedContent"]),
    ("message", &[], &["text", "markdown"]),
];

/// What a property holds, by the name above.
fn kind_of(property: &str) -> Option<&'static str> {
    Some(match property {
        "runs" => "run",
        "tool" => "tool",
        "driver" => "driver",
        "rules" => "rule",
        "defaultConfiguration" => "defaultConfiguration",
        "invocations" => "invocation",
        "results" => "result",
        "locations" | "relatedLocations" => "location",
        "physicalLocation" => "physicalLocation",
        "artifactLocation" => "artifactLocation",
        "region" | "deletedRegion" => "region",
        "fixes" => "fix",
        "artifactChanges" => "artifactChange",
        "replacements" => "replacement",
        "message" | "description" | "shortDescription" | "fullDescription" | "help"
        | "insertedContent" => "message",
        _ => return None,
    })
}

/// Panics unless a value has the structure that the schema demands.
fn is_well_formed(kind: &str, value: &Value) {
    let object = value
        .as_object()
        .unwrap_or_else(|| panic!("{kind}: {value}"));
    let row = OBJECTS.iter().find(|(name, ..)| *name == kind);
    let (_, required, optional) = row.unwrap_or_else(|| panic!("{kind}"));
    for name in *required {
        assert!(object.contains_key(*name), "{kind} lacks {name}: {value}");
    }
    for (name, inside) in object {
        let known = required.contains(&name.as_str()) || optional.contains(&name.as_str());
        assert!(known, "{kind} has {name}: {value}");
        match (kind_of(name), inside) {
            (Some(kind), Value::Array(list)) => {
                list.iter().for_each(|one| is_well_formed(kind, one))
            }
            (Some(kind), one) => is_well_formed(kind, one),
            (None, _) => {}
        }
        match name.as_str() {
            "level" => assert!(["error", "warning"].contains(&inside.as_str().unwrap())),
            "text" | "markdown" if kind == "message" => assert!(inside.is_string()),
            "startLine" | "startColumn" | "endLine" | "endColumn" => {
                assert!(inside.as_u64().unwrap() >= 1, "{value}");
            }
            "artifactChanges" | "replacements" | "locations" => {
                assert!(!inside.as_array().unwrap().is_empty(), "{value}");
            }
            _ => {}
        }
    }
    if kind == "region" {
        let number = |name: &str| value[name].as_u64().unwrap();
        let start = (number("startLine"), number("startColumn"));
        assert!(start <= (number("endLine"), number("endColumn")), "{value}");
    }
}

#[test]
fn sarif_has_the_structure_that_its_schema_demands() {
    let document = sarif(&broken(), 1, &["p.reeve"]);
    is_well_formed("document", &document);
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
    is_well_formed("document", &document);
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
    is_well_formed("document", &document);
    assert_eq!(
        document["runs"][0]["invocations"][0]["executionSuccessful"],
        false
    );
}
