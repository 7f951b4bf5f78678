//! `matrix`: who reaches what, as a table and by agent.

use insta::assert_snapshot;
use serde_json::Value;

use crate::portreeve::Bed;

const POLICY: &str = include_str!("../../../fixtures/quickstart.reeve");

fn bed() -> Bed {
    let bed = Bed::new();
    bed.file("p.reeve", POLICY);
    bed
}

#[test]
fn few_agents_make_a_table_whose_cells_are_true_of_the_whole_row() {
    let outcome = bed().run(["matrix", "p.reeve"]).exits(0);
    assert_eq!(outcome.stderr, "");
    assert_snapshot!(outcome.stdout, @r#"
                                                      archivist    coder  researcher
    internet
      every public name except .api.anthropic.com             ·        ·        full
        .github.com .paste.example
        metadata.google.internal *.crates.io
        *.localhost pypi.org files.pythonhosted.org
        ports 80,443
      .api.anthropic.com ports 80,443                   implied  implied     implied
      *.crates.io ports 80,443                                ·  gateway        full
      files.pythonhosted.org ports 80,443                     ·  gateway        full
      gist.github.com ports 80,443                            ·        ·        full
      .github.com except gist.github.com:80                   ·        ·        full
      .github.com except gist.github.com:443                  ·  gateway        full
      pypi.org ports 80,443                                   ·  gateway        full
      every public address ports 80,443                       ·        ·     gateway
    LAN
      198.18.0.20:8838                                        ·   direct           ·
    browser on the host: the widest grant there is
      cdp at host:9301 -> host:9222                           ·  forward           ·
      cdp at host:9302 -> host:9222                           ·        ·     forward

    gateway  through the gateway
    full     through the gateway, only while the name resolves to public addresses
    implied  through the gateway: a host of the model provider, named nowhere
    direct   straight from the proxy, past the gateway
    forward  a browser on the Docker host, and wherever that goes
    names are reached on the safe ports, 80,443, built in; what is not listed is refused
    "#);
}

#[test]
fn an_agent_asked_for_shows_the_statement_behind_each_line() {
    let run = bed()
        .run(["matrix", "p.reeve", "--agent", "CODER"])
        .exits(0)
        .stdout;
    assert_snapshot!(run, @r#"
    coder  access list
      implied  .api.anthropic.com ports 80,443  implied by provider claude
      gateway  *.crates.io, files.pythonhosted.org, pypi.org ports 80,443
               p.reeve:16 "build dependencies"
      gateway  .github.com except gist.github.com:443  p.reeve:17 "the repositories"
      direct   198.18.0.20:8838  p.reeve:19 "label printer"
      forward  cdp at host:9301 -> host:9222  p.reeve:20 "looks at pages"

    gateway  through the gateway
    implied  through the gateway: a host of the model provider, named nowhere
    direct   straight from the proxy, past the gateway
    forward  a browser on the Docker host, and wherever that goes
    names are reached on the safe ports, 80,443, built in; what is not listed is refused
    "#);
}

#[test]
fn many_agents_and_long_names_have_sections() {
    let bed = bed();
    let many: String = (0..9).map(|n| format!("agent a{n} {{ }}\n")).collect();
    bed.file("many.reeve", &format!("policy 1\n{many}"));
    let name = "n".repeat(64);
    bed.file(
        "long.reeve",
        &format!("policy 1\nagent {name} {{ }}\nagent b {{ provider none }}\n"),
    );
    let many = bed.run(["matrix", "many.reeve"]).exits(0).stdout;
    assert_eq!(many.matches("access model-only").count(), 9, "{many}");
    let long = bed.run(["matrix", "long.reeve"]).exits(0).stdout;
    assert!(
        long.starts_with("b  access model-only\n  nothing\n\nnnnn"),
        "{long}"
    );
}

#[test]
fn what_the_floor_or_a_deny_covers_is_not_there() {
    let bed = bed();
    bed.file(
        "p.reeve",
        "policy 1\nagent a { access list\n provider none\n allow x.example\n deny .x.example\n \
         lan 100.64.0.0/10 ports 80 }\nagent b { provider none }\n",
    );
    let shown = bed.run(["matrix", "p.reeve"]).exits(0).stdout;
    assert!(!shown.contains("x.example"), "{shown}");
    // 100.100.100.200 is a metadata service.
    assert!(shown.contains("100.64.0.0-100.100.100.199:80"), "{shown}");
    assert!(
        shown.contains("100.100.100.201-100.127.255.255:80"),
        "{shown}"
    );
}

#[test]
fn a_browser_is_listed_as_the_wide_grant_it_is() {
    let bed = bed();
    let matrix = bed.run(["matrix", "p.reeve"]).exits(0).stdout;
    let (_, browsers) = matrix
        .split_once("browser on the host: the widest grant there is\n")
        .unwrap();
    let rows: Vec<&str> = browsers.lines().take(2).collect();
    for (row, listed) in rows
        .iter()
        .zip(["host:9301 -> host:9222", "host:9302 -> host:9222"])
    {
        assert!(row.starts_with(&format!("  cdp at {listed}")), "{matrix}");
        assert_eq!(row.matches("forward").count(), 1, "{matrix}");
    }
    bed.file(
        "without.reeve",
        &POLICY
            .replace("  cdp ", "  # cdp ")
            .replace("host:9301 via forward", "github.com:443"),
    );
    let diff = bed
        .run(["diff", "without.reeve", "p.reeve"])
        .exits(0)
        .stdout;
    assert!(
        diff.contains(
            "+ cdp at host:9301\n    to the browser at host:9222, and wherever that goes,"
        ),
        "{diff}"
    );
    let _ = bed
        .run(["diff", "--deny-widening", "without.reeve", "p.reeve"])
        .exits(1);
}

#[test]
fn json_lists_the_whole_reach_and_marks_what_is_implied() {
    let bed = bed();
    let args = [
        "matrix",
        "p.reeve",
        "--format",
        "json",
        "--agent",
        "archivist",
    ];
    assert_snapshot!(bed.run(args).exits(0).stdout, @r#"
    {
      "version": 1,
      "safe_ports": "80,443",
      "agents": [
        {
          "name": "archivist",
          "access": "model-only",
          "mode": "enforce",
          "reach": [
            {
              "cell": "implied",
              "witness": "api.anthropic.com:443",
              "method": "connect",
              "resolving_to": null,
              "route": "gateway",
              "places": [
                ".api.anthropic.com"
              ],
              "ports": "80,443",
              "by": {
                "route": "gateway",
                "guarded": false,
                "host_port": null,
                "statement": null,
                "rule": "provider"
              }
            }
          ]
        }
      ]
    }
    "#);
    let all = bed
        .run(["matrix", "p.reeve", "--format", "json"])
        .exits(0)
        .stdout;
    let all: Value = serde_json::from_str(&all).unwrap();
    let names = all["agents"]
        .as_array()
        .unwrap()
        .iter()
        .map(|agent| &agent["name"]);
    assert_eq!(
        names.collect::<Vec<_>>(),
        ["archivist", "coder", "researcher"]
    );
}

#[test]
fn an_agent_that_is_not_there_is_a_usage_error() {
    let outcome = bed().run(["matrix", "p.reeve", "--agent", "codr"]).exits(2);
    assert!(
        outcome.stderr.contains("`p.reeve` has no agent `codr`"),
        "{}",
        outcome.stderr
    );
    assert!(outcome.stderr.contains("`coder`"), "{}", outcome.stderr);
}
