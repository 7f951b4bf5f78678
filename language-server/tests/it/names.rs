//! From names to their places, and new names for old ones.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "an answer of another form has no better report than to stop"
)]

use lsp_server::ErrorCode;
use serde_json::{Value, json};

use crate::client::{Client, uri};

const SETS: &str = "policy 1\nhosts github { github.com }\nprovider own { api.example }\n";

const ROOT: &str = "policy 1\ninclude \"sets.reeve\"\nagent coder {\n  provider own\n  access list\n  \
    allow @github\n}\nagent helper {}\nedge coder -> helper as coder\n\
    test \"t\" { Coder can github.com:443 }\ninvariant \"i\" { only coder reaches 10.0.0.0/8 }\n";

fn client() -> Client {
    Client::start(&[("/p/sets.reeve", SETS)], json!({}))
}

/// `FILE:LINE:CHARACTER` of each location.
fn places(answer: &Value) -> Vec<String> {
    let shown = answer.as_array().into_iter().flatten().map(|it| {
        let uri = it["uri"].as_str().unwrap();
        let file = uri.rsplit('/').next().unwrap();
        let start = &it["range"]["start"];
        format!("{file}:{}:{}", start["line"], start["character"])
    });
    shown.collect()
}

/// ROOT with a `|` in front of the `nth` `what`.
fn marked(what: &str, nth: usize) -> String {
    let (at, _) = ROOT.match_indices(what).nth(nth).unwrap();
    let (before, after) = ROOT.split_at(at);
    format!("{before}|{after}")
}

#[test]
fn a_name_leads_to_its_declaration() {
    let mut client = client();
    let mut definition = |what, nth| {
        let marked = marked(what, nth);
        let answer = client.at("textDocument/definition", "/p/root.reeve", &marked);
        places(&answer.unwrap()).join(" ")
    };
    assert_eq!(definition("@github", 0), "sets.reeve:1:6");
    assert_eq!(definition("own", 0), "sets.reeve:2:9");
    assert_eq!(definition("helper as", 0), "root.reeve:7:6");
    assert_eq!(definition("Coder", 0), "root.reeve:2:6");
    assert_eq!(definition("coder reaches", 0), "root.reeve:2:6");
    assert_eq!(definition("sets.reeve", 0), "sets.reeve:0:0");
    assert_eq!(definition("coder\ntest", 0), "", "the sender's own word");
    assert_eq!(definition("access", 0), "");
}

#[test]
fn references_are_found_in_all_files_of_the_policy() {
    let mut client = client();
    let mut references = |what, nth, with: bool| {
        let marked = marked(what, nth);
        let context = json!({ "context": { "includeDeclaration": with } });
        let answer = client.with("textDocument/references", "/p/root.reeve", &marked, context);
        places(&answer.unwrap()).join(" ")
    };
    assert_eq!(
        references("coder", 0, true),
        "root.reeve:2:6 root.reeve:8:5 root.reeve:9:11 root.reeve:10:21"
    );
    assert_eq!(
        references("@github", 0, true),
        "root.reeve:5:9 sets.reeve:1:6"
    );
    assert_eq!(references("@github", 0, false), "root.reeve:5:9");
}

#[test]
fn a_new_name_is_written_everywhere() {
    let mut client = client();
    let marked = marked("@github", 0);
    let prepared = client
        .at("textDocument/prepareRename", "/p/root.reeve", &marked)
        .unwrap();
    assert_eq!(prepared["placeholder"], "github");
    assert_eq!(
        prepared["range"]["start"],
        json!({ "line": 5, "character": 9 })
    );
    let name = json!({ "newName": "forge" });
    let edit = client
        .with("textDocument/rename", "/p/root.reeve", &marked, name)
        .unwrap();
    let range = |line: u32, start: u32| {
        json!({
            "start": { "line": line, "character": start },
            "end": { "line": line, "character": start + 6 },
        })
    };
    let wanted = json!({ "changes": {
        uri("/p/root.reeve"): [{ "range": range(5, 9), "newText": "forge" }],
        uri("/p/sets.reeve"): [{ "range": range(1, 6), "newText": "forge" }],
    }});
    assert_eq!(edit, wanted);
}

#[test]
fn an_editor_that_can_gets_edits_for_a_version() {
    let capabilities = json!({ "workspace": { "workspaceEdit": { "documentChanges": true } } });
    let mut client = Client::start(&[("/p/sets.reeve", SETS)], capabilities);
    let name = json!({ "newName": "forge" });
    let edit = client.with(
        "textDocument/rename",
        "/p/root.reeve",
        &marked("@github", 0),
        name,
    );
    let files = edit.unwrap()["documentChanges"].clone();
    let versions: Vec<_> = files
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            (
                it["textDocument"]["uri"].clone(),
                it["textDocument"]["version"].clone(),
            )
        })
        .collect();
    assert_eq!(
        versions,
        [
            (json!(uri("/p/root.reeve")), json!(1)),
            (json!(uri("/p/sets.reeve")), Value::Null),
        ]
    );
}

#[test]
fn a_name_that_cannot_be_is_refused_in_the_words_of_the_language() {
    let mut client = client();
    let mut refused = |what, nth, name: &str| {
        let marked = marked(what, nth);
        let name = json!({ "newName": name });
        let answer = client.with("textDocument/rename", "/p/root.reeve", &marked, name);
        let (code, message) = answer.unwrap_err();
        assert_eq!(code, ErrorCode::RequestFailed as i32);
        message
    };
    assert_eq!(
        refused("coder", 0, "HELPER"),
        "a second agent is called `helper`"
    );
    assert_eq!(
        refused("coder", 0, "a b"),
        "` ` cannot stand here in a name"
    );
    assert_eq!(refused("coder", 0, ""), "a name is missing");
    assert_eq!(
        refused("access", 0, "x"),
        "no name of an agent, a set or a provider stands here"
    );
    let name = json!({ "newName": "x" });
    let broken = "policy 1\nagent |coder {}\nedge coder -> \n";
    let (_, message) = client
        .with("textDocument/rename", "/p/b.reeve", broken, name)
        .unwrap_err();
    assert_eq!(message, "`file:///p/b.reeve` has mistakes: mend them first");
    let builtin = "policy 1\nagent coder { provider |claude }\n";
    let name = json!({ "newName": "x" });
    let (_, message) = client
        .with("textDocument/rename", "/p/c.reeve", builtin, name)
        .unwrap_err();
    assert_eq!(message, "there is no provider called `claude`");
}

#[test]
fn a_name_may_change_its_case() {
    let mut client = client();
    let name = json!({ "newName": "CODER" });
    let edit = client.with(
        "textDocument/rename",
        "/p/root.reeve",
        &marked("coder", 0),
        name,
    );
    assert_eq!(
        edit.unwrap()["changes"][uri("/p/root.reeve")]
            .as_array()
            .unwrap()
            .len(),
        4
    );
}
