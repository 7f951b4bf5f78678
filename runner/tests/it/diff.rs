//! `diff`: what it prints, what it refuses, and that its witnesses are true.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a document without its fields has no better answer than to stop"
)]

use insta::assert_snapshot;
use policy_core::allocate::session_addresses;
use policy_core::decide::{Decision, Kind, Request, Resolved, decide};
use policy_core::facts::Facts;
use policy_core::ir::{Policy, Route};
use policy_core::sources::Sources;
use policy_core::testing;
use portreeve::compile::Read;
use portreeve::report::changes::{Changes, Document, Side};
use proptest::prelude::*;
use serde_json::Value;

use crate::portreeve::Bed;

const OLD: &str = r#"policy 1
agent coder {
  access list
  allow  pypi.org .github.com  because "build dependencies"
  lan    10.20.0.0/24 ports 8000-8080
  lan    198.51.100.7:443      because "printer"
  cdp    9301 -> host:9222
}
agent researcher { access list
  allow .wikipedia.org
}
agent gone { }
edge coder -> researcher
edge researcher -> gone as bin
"#;

const NEW: &str = r#"policy 1
agent coder {
  access list
  allow  pypi.org:443 .github.com .crates.io
  allow  x.example             because "release notes"
  deny   gist.github.com       because "anyone can write there"
  lan    10.20.0.0/24 ports 8000-8090
  cdp    9301 -> host:9333
}
agent researcher { access full
  deny .paste.example
  lan 198.51.100.7 ports 80,443
  cdp 9302
}
agent fetcher { provider claude
  access list
  allow a.example
}
edge researcher -> coder
"#;

fn bed() -> Bed {
    let bed = Bed::new();
    bed.file("old.reeve", OLD).file("new.reeve", NEW);
    bed
}

#[test]
fn each_change_has_its_places_a_witness_and_the_statements_behind_it() {
    let outcome = bed().run(["diff", "old.reeve", "new.reeve"]).exits(0);
    assert_eq!(outcome.stderr, "");
    assert_snapshot!(outcome.stdout, @r#"
    coder
      + .crates.io ports 80,443
        e.g. crates.io:443 via gateway, by new.reeve:4
      + x.example ports 80,443
        e.g. x.example:443 via gateway, by new.reeve:5 "release notes"
      + 10.20.0.0/24:8081-8090
        e.g. 10.20.0.0:8081 direct, past the gateway, by new.reeve:7
      ~ cdp at host:9301
        to the browser at host:9333, and wherever that goes, by new.reeve:8; was to
        the browser at host:9222, by old.reeve:7
      - pypi.org:80
        was via gateway, by old.reeve:4 "build dependencies"
      - gist.github.com ports 80,443
        e.g. gist.github.com:443 was via gateway, by old.reeve:4 "build
        dependencies"; now denied by new.reeve:6 "anyone can write there"
      - 198.51.100.7:443
        was direct, past the gateway, by old.reeve:6 "printer"

    fetcher (new agent)
      + a.example ports 80,443
        e.g. a.example:443 via gateway, by new.reeve:17
      + .api.anthropic.com ports 80,443
        e.g. api.anthropic.com:443 via gateway, implied by provider claude

    gone (removed)
      - .api.anthropic.com ports 80,443
        e.g. api.anthropic.com:443 was via gateway, implied by provider claude

    researcher
      + every public address except 198.51.100.7 ports 80,443
        e.g. 1.0.0.0:443 via gateway, by new.reeve:10
      + every public name except .api.anthropic.com .paste.example
        host.docker.internal metadata.google.internal *.localhost .wikipedia.org
        ports 80,443
        e.g. www.example:443 via gateway, only while it resolves to public
        addresses, by new.reeve:10
      + 198.51.100.7 ports 80,443
        e.g. 198.51.100.7:443 direct, past the gateway, by new.reeve:12
      + cdp at host:9302
        to the browser at host:9222, and wherever that goes, by new.reeve:13
      - .wikipedia.org ports 80,443
        e.g. wikipedia.org:443 resolving to 127.0.0.1 via gateway only while it
        resolves to public addresses, by new.reeve:10; was whatever it resolves to,
        by old.reeve:10

    edges
      - coder -> researcher
      + researcher -> coder
      - researcher -> gone as bin

    3 agents gain, 1 is re-routed, 3 lose, 1 edge gained, 2 edges lost
    "#);
}

#[test]
fn a_comment_for_a_review_is_folded_where_it_is_long() {
    let bed = bed();
    let comment = |args: &[&str]| {
        let all = [&["diff", "--format", "markdown"], args].concat();
        bed.run(all).exits(0).stdout
    };
    assert_snapshot!(comment(&["old.reeve", "new.reeve"]), @r#"
    **Widens**: 3 agents gain, 1 is re-routed, 3 lose, 1 edge gained, 2 edges lost

    #### `coder`

    | | destinations | route | for example | by |
    | --- | --- | --- | --- | --- |
    | gained | `.crates.io` ports 80,443 | gateway | `crates.io:443` | `new.reeve:4` |
    | gained | `x.example` ports 80,443 | gateway | `x.example:443` | `new.reeve:5 "release notes"` |
    | gained | `10.20.0.0/24` ports 8081-8090 | direct | `10.20.0.0:8081` | `new.reeve:7` |
    | re-routed | `cdp at host` port 9301 | forward to host:9333, was forward to host:9222 | `host:9301` | `new.reeve:8`<br>was `old.reeve:7` |
    | lost | `pypi.org` port 80 | gateway | `pypi.org:80` | was `old.reeve:4 "build dependencies"` |
    | lost | `gist.github.com` ports 80,443 | gateway | `gist.github.com:443` | was `old.reeve:4 "build dependencies"`<br>denied by `new.reeve:6 "anyone can write there"` |
    | lost | `198.51.100.7` port 443 | direct | `198.51.100.7:443` | was `old.reeve:6 "printer"` |

    #### `fetcher` (new agent)

    | | destinations | route | for example | by |
    | --- | --- | --- | --- | --- |
    | gained | `a.example` ports 80,443 | gateway | `a.example:443` | `new.reeve:17` |
    | gained | `.api.anthropic.com` ports 80,443 | gateway | `api.anthropic.com:443` | `implied by provider claude` |

    #### `gone` (removed)

    | | destinations | route | for example | by |
    | --- | --- | --- | --- | --- |
    | lost | `.api.anthropic.com` ports 80,443 | gateway | `api.anthropic.com:443` | was `implied by provider claude` |

    #### `researcher`

    | | destinations | route | for example | by |
    | --- | --- | --- | --- | --- |
    | gained | `every public address except 198.51.100.7` ports 80,443 | gateway | `1.0.0.0:443` | `new.reeve:10` |
    | gained | `every public name except .api.anthropic.com .paste.example host.docker.internal metadata.google.internal *.localhost .wikipedia.org` ports 80,443 | gateway while public | `www.example:443` | `new.reeve:10` |
    | gained | `198.51.100.7` ports 80,443 | direct | `198.51.100.7:443` | `new.reeve:12` |
    | gained | `cdp at host` port 9302 | forward to host:9222 | `host:9302` | `new.reeve:13` |
    | lost | `.wikipedia.org` ports 80,443 | gateway while public, was gateway | `wikipedia.org:443 resolving to 127.0.0.1` | `new.reeve:10`<br>was `old.reeve:10` |

    #### Edges

    - lost `coder -> researcher`
    - gained `researcher -> coder`
    - lost `researcher -> gone as bin`
    "#);
    let many: String = (0..30).map(|n| format!("  allow x{n}.example\n")).collect();
    bed.file(
        "a|b`c.reeve",
        &format!("policy 1\nagent a {{ access list\n{many}  allow y.example because \"@team | see\"\n}}\n"),
    );
    bed.file("none.reeve", "policy 1\nagent a { }\n");
    let long = comment(&["none.reeve", "a|b`c.reeve"]);
    assert!(
        long.starts_with("**Widens**: 1 agent gains\n\n<details><summary><code>a</code>: 31 gained</summary>\n\n| |"),
        "{long}"
    );
    assert!(long.ends_with("\n\n</details>\n"), "{long}");
    assert!(
        long.contains(r#"`` a\|b`c.reeve:33 "@team \| see" `` |"#),
        "{long}"
    );
    assert!(comment(&["a|b`c.reeve", "none.reeve"]).starts_with("**Narrows**: 1 agent loses\n"));
}

#[test]
fn json_has_the_documented_fields() {
    let bed = bed();
    bed.file("a.reeve", "policy 1\nagent a { }\nagent b { }\n");
    bed.file(
        "b.reeve",
        "policy 1\nagent a { access list\n allow pypi.org }\nagent b { }\nedge a -> b\n",
    );
    let args = ["diff", "a.reeve", "b.reeve", "--format", "json"];
    assert_snapshot!(bed.run(args).exits(0).stdout, @r#"
    {
      "version": 1,
      "widens": true,
      "changes": [
        {
          "agent": "a",
          "presence": "both",
          "kind": "gained",
          "witness": "pypi.org:443",
          "method": "connect",
          "resolving_to": null,
          "route": "gateway",
          "places": [
            "pypi.org"
          ],
          "ports": "80,443",
          "before": {
            "route": null,
            "guarded": false,
            "host_port": null,
            "statement": null,
            "rule": "default-deny"
          },
          "after": {
            "route": "gateway",
            "guarded": false,
            "host_port": null,
            "statement": {
              "file": "b.reeve",
              "line": 3,
              "column": 2
            },
            "rule": null
          }
        }
      ],
      "edges": [
        {
          "from": "a",
          "to": "b",
          "kind": "gained",
          "local_name": "b"
        }
      ],
      "settings": []
    }
    "#);
}

#[test]
fn only_what_widens_is_refused() {
    let bed = bed();
    bed.file("a.reeve", "policy 1\nagent a { lan 10.0.0.1:80 }\n");
    bed.file("full.reeve", "policy 1\nagent a { access full }\n");
    bed.file(
        "past.reeve",
        "policy 1\nagent a { access full\n lan 198.51.100.7 ports 80,443 }\n",
    );
    bed.file(
        "shared.reeve",
        "policy 1\nnetwork { isolation shared }\nagent a { lan 10.0.0.1:80 }\n",
    );
    bed.file("less.reeve", "policy 1\nagent a { }\n");
    let table = [
        ("a.reeve", "less.reeve", 0),
        ("a.reeve", "a.reeve", 0),
        ("less.reeve", "a.reeve", 1),
        ("full.reeve", "past.reeve", 1),
        ("a.reeve", "shared.reeve", 1),
        ("shared.reeve", "a.reeve", 0),
    ];
    for (old, new, code) in table {
        let outcome = bed.run(["diff", "--deny-widening", old, new]).exits(code);
        let refused = outcome.stderr.starts_with("refused: ");
        assert_eq!(refused, code == 1, "{old} {new}: {}", outcome.stderr);
        let _ = bed.run(["diff", old, new]).exits(0);
    }
}

#[test]
fn a_text_that_means_the_same_is_no_change() {
    let bed = bed();
    bed.file(
        "moved.reeve",
        &NEW.replace("edge researcher", "\n# Who may ask whom.\nedge researcher"),
    );
    let said = |old, new| bed.run(["diff", old, new]).exits(0).stdout;
    assert_eq!(said("new.reeve", "new.reeve"), "no change of reach\n");
    let only = "no change of reach; only the text differs";
    assert_eq!(said("new.reeve", "moved.reeve"), format!("{only}\n"));
    let args = ["diff", "--format", "markdown", "new.reeve", "moved.reeve"];
    assert_eq!(
        bed.run(args).exits(0).stdout,
        format!("**No wider**: {only}\n")
    );
}

#[test]
fn a_pipe_is_read_and_errors_are_findings() {
    let bed = bed();
    bed.file("bad.reeve", "policy 1\nagent a { cdq }\n");
    let piped = bed
        .run(["diff", "/dev/stdin", "new.reeve"])
        .stdin(OLD)
        .exits(0);
    assert!(
        piped
            .stdout
            .contains("was via gateway, by /dev/stdin:4 \"build"),
        "{}",
        piped.stdout
    );
    for args in [["bad.reeve", "new.reeve"], ["new.reeve", "bad.reeve"]] {
        let outcome = bed.run(["diff", args[0], args[1]]).exits(1);
        assert_eq!(outcome.stdout, "");
        assert!(
            outcome.stderr.contains("bad.reeve:2:11"),
            "{}",
            outcome.stderr
        );
    }
}

#[test]
fn lines_keep_to_the_columns_there_are() {
    let bed = bed();
    for (columns, most) in [("80", 80), ("120", 120), ("60", 60), ("0", 80), ("x", 80)] {
        let run = bed
            .run(["diff", "old.reeve", "new.reeve"])
            .env("COLUMNS", columns);
        let longest = run
            .exits(0)
            .stdout
            .lines()
            .map(|line| line.chars().count())
            .max();
        assert!(
            longest.is_some_and(|n| n <= most && n > most / 2),
            "{columns}: {longest:?}"
        );
    }
}

fn read(text: &str) -> Option<Read> {
    let (sources, report) = Sources::single("p.reeve", text);
    let facts = Facts::on("2026-11-23".parse().unwrap());
    let compiled = policy_core::compile(&sources, report, &facts);
    let (policy, _) = compiled.policy?;
    Some(Read { sources, policy })
}

/// Two policies, each of which lacks a line that the other has.
fn edited() -> impl Strategy<Value = (Read, Read)> {
    let at = any::<prop::sample::Index>;
    (testing::policy(), at(), at()).prop_filter_map("compiles", |(text, one, two)| {
        let without = |at: prop::sample::Index| {
            let mut text = text.clone();
            let blocks = text.statements.iter_mut().map(|(_, lines)| lines);
            let mut blocks: Vec<_> = blocks.filter(|lines| !lines.is_empty()).collect();
            if !blocks.is_empty() {
                let n = blocks.len();
                let lines = &mut blocks[at.index(n)];
                let line = at.index(lines.len());
                lines.remove(line);
            }
            read(&text.text())
        };
        Some((without(one)?, without(two)?))
    })
}

/// What the policy says to the witness of a change.
fn decided(policy: &Policy, change: &Value) -> Option<Route> {
    let agent = policy.agent(change["agent"].as_str().unwrap())?;
    let (host, port) = change["witness"]
        .as_str()
        .unwrap()
        .rsplit_once(':')
        .unwrap();
    let proxy = agent.proxy.to_string();
    let resolved: Vec<_> = change["resolving_to"]
        .as_str()
        .map(|a| a.parse().unwrap())
        .into_iter()
        .collect();
    let request = Request {
        source: session_addresses(agent.block).next().unwrap().into(),
        kind: match change["method"].as_str() {
            Some("connect") => Kind::Connect,
            _ => Kind::Plain,
        },
        host: if host == "host" { &proxy } else { host },
        port: port.parse().unwrap(),
        resolved: match resolved.as_slice() {
            [] => Resolved::Public,
            addresses => Resolved::To(addresses),
        },
    };
    match decide(policy, &request).decision {
        Decision::Allow(route) => Some(route),
        Decision::Deny => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_witness_is_decided_as_its_line_says((old, new) in edited()) {
        let changes = Changes::between(Side::of(&old), Side::of(&new));
        let document = serde_json::to_value(Document::of(&changes)).unwrap();
        let lines = document["changes"].as_array().unwrap();
        let mut widens = !document["edges"].as_array().unwrap().iter().all(|edge| edge["kind"] == "lost");
        for line in lines {
            let found = (decided(&old.policy, line), decided(&new.policy, line));
            let name = |route: Option<Route>| match route {
                Some(Route::Gateway) => Value::from("gateway"),
                Some(Route::Direct) => Value::from("direct"),
                Some(Route::Forward) => Value::from("forward"),
                None => Value::Null,
            };
            let kind = match found {
                (None, Some(_)) => "gained",
                (Some(_), None) => "lost",
                _ => "rerouted",
            };
            prop_assert_eq!(&line["kind"], kind, "{}", line);
            prop_assert_eq!(&line["route"], &name(found.1.or(found.0)), "{}", line);
            if kind == "rerouted" {
                let port = |side: &str| line[side]["host_port"].clone();
                prop_assert!(found.0 != found.1 || port("before") != port("after"), "{}", line);
            }
            widens |= kind == "gained" || kind == "rerouted" && found.1 != Some(Route::Gateway);
        }
        // Every setting but a return from `isolation shared` opens something.
        let settings = document["settings"].as_array().unwrap();
        widens |= settings.iter().any(|setting| setting["new"] != "per-agent");
        prop_assert_eq!(&document["widens"], widens, "{:#}", document);
        let reversed = Changes::between(Side::of(&new), Side::of(&old));
        prop_assert_eq!(changes.is_empty(), reversed.is_empty());
    }
}
