//! What is known about a place: hover, completion, fixes, the outline, the line above an agent.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an answer of another form has no better report than to stop"
)]

use serde_json::{Value, json};

use crate::client::{Client, uri};

const POLICY: &str = "policy 1\nhosts packages { pypi.org .crates.io }\nagent coder {\n  \
    access list\n  allow @packages .github.com:443\n  deny gist.github.com\n  \
    lan 198.18.0.20:8838\n  cdp 9301\n}\nagent idle {}\n\
    test \"t\" {\n  coder can pypi.org:443 via gateway\n  coder cannot gist.github.com:443\n}\n";

fn client() -> Client {
    Client::start(&[], json!({}))
}

fn hover(marked: &str) -> String {
    let answer = client()
        .at("textDocument/hover", "/a.reeve", marked)
        .unwrap();
    answer["contents"]["value"]
        .as_str()
        .unwrap_or("")
        .to_owned()
}

fn marked(what: &str) -> String {
    POLICY.replacen(what, &format!("|{what}"), 1)
}

fn labels(marked: &str) -> Vec<String> {
    let answer = client()
        .at("textDocument/completion", "/a.reeve", marked)
        .unwrap();
    let items = answer.as_array().unwrap().iter();
    items
        .map(|it| it["label"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_agent_shows_what_it_reaches_after_all_rules() {
    let shown = hover(&marked("coder"));
    for line in [
        "**agent coder** \u{2014} `access list`",
        "- `.api.anthropic.com` :80 :443 through the gateway (implied by the provider)",
        "- `.github.com except gist.github.com` :443 through the gateway\n",
        "- `pypi.org` :80 :443 through the gateway\n",
        "- `198.18.0.20` :8838 directly\n",
        "- a browser: port 9301 of the proxy \u{2192} port 9222 of the host (CDP)\n",
        "tests 2 ok",
    ] {
        assert!(shown.contains(line), "{line}\n---\n{shown}");
    }
}

#[test]
fn a_set_and_a_provider_show_their_hosts() {
    let set = hover(&marked("@packages"));
    assert!(set.contains("- `pypi.org`\n- `.crates.io`\n"), "{set}");
    assert!(set.contains("Used by:\n\n- agent `coder`\n"), "{set}");
    let provider = hover("policy 1\nagent a { provider |claude }\n");
    assert_eq!(
        provider,
        "**provider claude**, built in:\n\n- `.api.anthropic.com`\n"
    );
    let own = hover("policy 1\nprovider |own { api.example }\n");
    assert_eq!(
        own,
        "**provider own**, in `file:///a.reeve`:\n\n- `api.example`\n"
    );
}

#[test]
fn a_keyword_shows_its_section_and_a_rule_its_key_and_effect() {
    let section = |title: &str| {
        let (_, text) = policy_core::GRAMMAR.split_once(title).unwrap();
        let (own, _) = text.split_once("\n#").unwrap();
        format!("{title}{own}").trim_end().to_owned()
    };
    assert_eq!(hover("policy 1\n|agent a {}\n"), section("## Agent"));
    assert_eq!(hover("policy 1\nedge |a"), "");
    let rule = hover(&marked("deny"));
    assert!(rule.starts_with("In the log: `"), "{rule}");
    assert!(
        rule.contains("Denies agent coder:\n\n- `gist.github.com`\n"),
        "{rule}"
    );
    assert!(rule.ends_with(&section("### Allow and deny")), "{rule}");
    let lan = hover(&marked("lan"));
    assert!(
        lan.contains("Allows, directly: `198.18.0.20/32`, ports `8838`."),
        "{lan}"
    );
}

#[test]
fn a_finding_shows_what_its_code_means() {
    let shown = hover("policy 1\nagent a { lan |8.8.8.8:80 }\n");
    assert!(shown.contains("**lan-public**: "), "{shown}");
    let broken = hover("policy 1\nagent |a { alow x }\n");
    assert!(broken.starts_with("The policy has errors"), "{broken}");
}

#[test]
fn completion_knows_the_place() {
    assert_eq!(
        labels("policy 1\nagent a {\n  access |\n}\n"),
        ["full", "list", "model-only"]
    );
    let inside = labels("policy 1\nagent a {\n  al|\n}\n");
    assert!(inside.contains(&"allow".to_owned()) && !inside.contains(&"edge".to_owned()));
    let sets = "policy 1\nhosts a { a.example }\nhosts b { b.example }\nagent x {\n  allow @|\n";
    assert_eq!(labels(sets), ["@a", "@b"]);
    assert_eq!(
        labels("policy 1\nagent a {}\nagent b {}\nedge a -> |"),
        ["a", "b"]
    );
    assert_eq!(
        labels("policy 1\nagent a {}\nedge a -> a as |"),
        Vec::<String>::new()
    );
    let providers = labels("policy 1\nprovider own { x.example }\nagent a { provider | }\n");
    let expected = policy_core::providers::built_in();
    let mut expected: Vec<String> = expected
        .into_keys()
        .chain(["none", "own"].map(str::to_owned))
        .collect();
    expected.sort();
    assert_eq!(providers, expected);
    let test = "policy 1\nagent a {}\ntest \"t\" {\n  a can x.example:1 via |\n}\n";
    assert_eq!(labels(test), ["direct", "forward", "gateway"]);
    assert_eq!(
        labels("policy 1\nagent a { allow x because \"|\" }\n"),
        Vec::<String>::new()
    );
    assert_eq!(labels("policy 1\n# ag|\n"), Vec::<String>::new());
    assert!(labels("|").contains(&"policy".to_owned()));
    assert!(!labels("policy 1\n|").contains(&"policy".to_owned()));
}

#[test]
fn a_completion_replaces_the_word_it_stands_in() {
    let marked = "policy 1\nhosts set { a.example }\nagent a {\n  allow x @s| # c\n}\n";
    let answer = client()
        .at("textDocument/completion", "/a.reeve", marked)
        .unwrap();
    let edit = json!({
        "range": {
            "start": { "line": 3, "character": 10 },
            "end": { "line": 3, "character": 12 },
        },
        "newText": "@set",
    });
    let found = answer
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["label"] == "@set");
    assert_eq!(found.unwrap()["textEdit"], edit);
}

#[test]
fn a_finding_that_can_be_mended_offers_it() {
    let mut client = client();
    client.open(
        "/a.reeve",
        "policy 1\nagent a {\n  access list\n  alow x.example\n}\n",
    );
    let mut actions = |line: u32, only: Value| {
        let place = json!({ "line": line, "character": 3 });
        let params = json!({
            "textDocument": { "uri": uri("/a.reeve") },
            "range": { "start": place, "end": place },
            "context": { "diagnostics": [], "only": only },
        });
        client.ask("textDocument/codeAction", params).unwrap()
    };
    let offered = actions(3, Value::Null);
    assert_eq!(offered.as_array().unwrap().len(), 1, "{offered}");
    let action = &offered[0];
    assert_eq!(action["kind"], "quickfix");
    assert_eq!(action["isPreferred"], true);
    assert_eq!(action["title"], "did you mean `allow`?");
    assert_eq!(action["diagnostics"][0]["code"], "unknown-statement");
    let edit = json!({ "changes": { uri("/a.reeve"): [{
        "range": {
            "start": { "line": 3, "character": 2 },
            "end": { "line": 3, "character": 6 },
        },
        "newText": "allow",
    }]}});
    assert_eq!(action["edit"], edit);
    assert_eq!(actions(2, Value::Null), json!([]));
    assert_eq!(actions(3, json!(["refactor"])), json!([]));
    assert_eq!(actions(3, json!(["quickfix"])), offered);
}

#[test]
fn a_fix_follows_the_text_that_has_changed_around_it() {
    let mut client = client();
    client.open("/a.reeve", "policy 1\nagent a {\n  alow x.example\n}\n");
    client.findings_of("/a.reeve");
    client.replace(
        "/a.reeve",
        2,
        "policy 1\n# new\nagent a {\n  alow x.example\n}\n",
    );
    // Given before the newest text is compiled, or after it: it is the same.
    let place = json!({ "line": 3, "character": 3 });
    let params = json!({
        "textDocument": { "uri": uri("/a.reeve") },
        "range": { "start": place, "end": place },
        "context": { "diagnostics": [] },
    });
    let actions = client.ask("textDocument/codeAction", params).unwrap();
    let edits = &actions[0]["edit"]["changes"][uri("/a.reeve")];
    let range = json!({
        "start": { "line": 3, "character": 2 }, "end": { "line": 3, "character": 6 },
    });
    assert_eq!(edits, &json!([{ "range": range, "newText": "allow" }]));
}

#[test]
fn a_fix_of_a_line_that_has_just_changed_is_waited_for() {
    let mut client = client();
    client.open("/a.reeve", "policy 1\nagent a {\n  allow x.example\n}\n");
    client.findings_of("/a.reeve");
    client.replace("/a.reeve", 2, "policy 1\nagent a {\n  alow x.example\n}\n");
    let place = json!({ "line": 2, "character": 3 });
    let params = json!({
        "textDocument": { "uri": uri("/a.reeve") },
        "range": { "start": place, "end": place },
        "context": { "diagnostics": [] },
    });
    let actions = client.ask("textDocument/codeAction", params).unwrap();
    let edit = &actions[0]["edit"]["changes"][uri("/a.reeve")][0];
    assert_eq!(edit["newText"], "allow", "{actions}");
}

#[test]
fn above_each_agent_stands_what_it_reaches() {
    let mut client = client();
    client.open("/a.reeve", POLICY);
    let params = json!({ "textDocument": { "uri": uri("/a.reeve") } });
    let lenses = client.ask("textDocument/codeLens", params).unwrap();
    let mut titles = Vec::new();
    for lens in lenses.as_array().unwrap() {
        let resolved = client.ask("codeLens/resolve", lens.clone()).unwrap();
        let line = resolved["range"]["start"]["line"].clone();
        titles.push(format!(
            "{line} {}",
            resolved["command"]["title"].as_str().unwrap()
        ));
    }
    let wanted = [
        "2 reaches 4 names, 1 LAN grant, CDP :9301; tests 2 ok",
        "9 reaches 1 name",
    ];
    assert_eq!(titles, wanted);
    client.replace("/a.reeve", 2, "policy 1\nagent a { access full }\n");
    let lens = json!({
        "range": lenses[0]["range"], "data": { "uri": uri("/a.reeve"), "agent": "a" },
    });
    let resolved = client.ask("codeLens/resolve", lens).unwrap();
    assert_eq!(resolved["command"]["title"], "reaches every public name");
}

#[test]
fn the_outline_names_agents_sets_and_tests() {
    let mut client = client();
    client.open("/a.reeve", POLICY);
    let params = json!({ "textDocument": { "uri": uri("/a.reeve") } });
    let symbols = client.ask("textDocument/documentSymbol", params).unwrap();
    let shown = symbols.as_array().unwrap().iter().map(|it| {
        format!(
            "{} {}",
            it["detail"].as_str().unwrap(),
            it["name"].as_str().unwrap()
        )
    });
    let shown: Vec<_> = shown.collect();
    assert_eq!(
        shown,
        ["hosts packages", "agent coder", "agent idle", "test t"]
    );
    assert_eq!(symbols[1]["range"]["end"]["line"], 8);
}
