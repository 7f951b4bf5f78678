//! Texts as they change, the findings about them, and their form.

use serde_json::{Value, json};

use crate::client::{Client, uri};

fn client(disk: &[(&str, &str)]) -> Client {
    Client::start(disk, json!({}))
}

#[test]
fn a_finding_says_everything_that_check_says() {
    let mut client = client(&[]);
    client.open("/a.reeve", "policy 1\nagent a {}\nagent A {}\n");
    assert_eq!(client.findings_of("/a.reeve"), ["2:6 duplicate-name"]);
    let shown = &client.findings[&uri("/a.reeve")];
    assert_eq!(shown["version"], 1);
    let wanted = json!({
        "range": {
            "start": { "line": 2, "character": 6 },
            "end": { "line": 2, "character": 7 },
        },
        "severity": 1,
        "code": "duplicate-name",
        "source": "portreeve",
        "message": "the agents `a` and `A` differ only in case, and Squid does not see case\n\
            help: rename one of the two",
        "relatedInformation": [{
            "location": {
                "uri": uri("/a.reeve"),
                "range": {
                    "start": { "line": 1, "character": 6 },
                    "end": { "line": 1, "character": 7 },
                },
            },
            "message": "the first one is here",
        }],
    });
    assert_eq!(shown["diagnostics"], json!([wanted]));
}

#[test]
fn findings_follow_the_text() {
    let mut client = client(&[]);
    client.open("/a.reeve", "policy 1\nagent a { access list }\n");
    assert!(client.findings_of("/a.reeve").is_empty());
    client.replace("/a.reeve", 2, "policy 1\nagent a { lan 8.8.8.8:80 }\n");
    assert_eq!(
        client.findings_of("/a.reeve"),
        ["0:0 no-tests", "1:10 lan-public"]
    );
    let shown = &client.findings[&uri("/a.reeve")]["diagnostics"];
    assert_eq!(shown[1]["severity"], 2);
    let known = "policy 1  despite no-tests \"x\"\nagent a { lan 8.8.8.8:80 }\n";
    client.replace("/a.reeve", 3, known);
    assert_eq!(client.findings_of("/a.reeve"), ["1:10 lan-public"]);
    client.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": uri("/a.reeve") } }),
    );
    assert!(client.findings_of("/a.reeve").is_empty());
}

#[test]
fn edits_build_on_each_other_in_the_units_that_were_agreed_on() {
    for (encoding, behind_comment, behind_name) in [("utf-16", 9, 8), ("utf-8", 12, 10)] {
        let capabilities = json!({ "general": { "positionEncodings": [encoding] } });
        let mut client = Client::start(&[], capabilities);
        client.open("/a.reeve", "policy 1\n# \u{1f980} caf\u{e9}\nagent a { }\n");
        let place = |line: u32, character: u32| json!({ "line": line, "character": character });
        let change = |start: Value, end: Value, text: &str| {
            json!({
                "range": { "start": start, "end": end }, "text": text,
            })
        };
        client.tell("textDocument/didChange", json!({
            "textDocument": { "uri": uri("/a.reeve"), "version": 2 },
            "contentChanges": [
                change(place(1, behind_comment), place(1, behind_comment), "\nedge \u{1f980} -> a # x"),
                change(place(2, 5), place(2, 5), "a"),
            ],
        }));
        // `edge a🦀 -> a`: the name is told as bad, up to behind the crab.
        assert_eq!(client.findings_of("/a.reeve"), ["2:5 bad-name"]);
        let range = &client.findings[&uri("/a.reeve")]["diagnostics"][0]["range"];
        assert_eq!(range["end"]["character"], behind_name);
    }
}

#[test]
fn an_included_file_is_no_root_while_its_root_is_open() {
    let part = "policy 1\nagent a {\n  access list\n  allow @github\n}\n";
    let disk = [
        ("/p/team/a.reeve", part),
        ("/p/team/b.reeve", "policy 1\nagent b { provider nobody }\n"),
    ];
    let mut client = client(&disk);
    client.open("/p/team/a.reeve", part);
    // That there are no tests is said of a root alone.
    let as_root = ["0:0 no-tests", "3:8 unknown-name"];
    assert_eq!(client.findings_of("/p/team/a.reeve"), as_root);
    client.open(
        "/p/root.reeve",
        "policy 1  despite no-tests \"x\"\ninclude \"team/*.reeve\"\n\
            hosts github { github.com }\n",
    );
    assert!(client.findings_of("/p/root.reeve").is_empty());
    assert!(client.findings_of("/p/team/a.reeve").is_empty());
    assert_eq!(client.findings_of("/p/team/b.reeve"), ["1:19 unknown-name"]);
    client.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": uri("/p/root.reeve") } }),
    );
    assert_eq!(client.findings_of("/p/team/a.reeve"), as_root);
}

#[test]
fn the_text_in_the_editor_counts_and_not_the_one_on_the_disk() {
    let disk = [
        ("/p/root.reeve", "policy 1\n"),
        ("/p/sets.reeve", "policy 1\nhosts github { github.com }\n"),
    ];
    let mut client = client(&disk);
    let root = "policy 1  despite no-tests \"x\"\ninclude \"sets.reeve\"\nagent a {\n  \
        access list\n  allow @github\n}\n";
    client.open("/p/root.reeve", root);
    assert!(client.findings_of("/p/root.reeve").is_empty());
    client.open(
        "/p/sets.reeve",
        "policy 1\nhosts gitlab { gitlab.example }\n",
    );
    assert_eq!(client.findings_of("/p/root.reeve"), ["4:8 unknown-name"]);
    assert!(client.findings_of("/p/sets.reeve").is_empty());
    client.replace("/p/sets.reeve", 2, "policy 1\nhosts github { github.com\n");
    assert_eq!(client.findings_of("/p/sets.reeve").len(), 1);
    assert!(client.findings_of("/p/root.reeve").is_empty());
    client.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": uri("/p/sets.reeve") } }),
    );
    assert!(client.findings_of("/p/sets.reeve").is_empty());
}

#[test]
fn two_files_that_include_each_other_are_one_policy() {
    let mut client = client(&[]);
    client.open("/p/a.reeve", "policy 1\ninclude \"b.reeve\"\n");
    client.open("/p/b.reeve", "policy 1\ninclude \"a.reeve\"\n");
    assert!(client.findings_of("/p/a.reeve").is_empty());
    assert_eq!(client.findings_of("/p/b.reeve"), ["1:8 include"]);
}

#[test]
fn a_document_without_a_file_is_checked_and_includes_nothing() {
    let mut client = client(&[]);
    let document = json!({
        "uri": "untitled:Untitled-1", "languageId": "reeve", "version": 1,
        "text": "policy 1\ninclude \"x.reeve\"\n",
    });
    client.tell("textDocument/didOpen", json!({ "textDocument": document }));
    client.findings_of("/any");
    let found = &client.findings["untitled:Untitled-1"]["diagnostics"][0];
    assert_eq!(found["code"], "include");
    assert!(
        found["message"]
            .as_str()
            .unwrap()
            .contains("in no folder yet"),
        "{found}"
    );
}

#[test]
fn formatting_touches_the_lines_that_change() {
    let mut client = client(&[]);
    let params = || {
        json!({
            "textDocument": { "uri": uri("/a.reeve") },
            "options": { "tabSize": 8, "insertSpaces": false },
        })
    };
    client.open(
        "/a.reeve",
        "policy 1\nagent a {\n  access   list\n\tcdp\n}\n",
    );
    let edits = client.ask("textDocument/formatting", params()).unwrap();
    let wanted = json!([{
        "range": {
            "start": { "line": 2, "character": 0 },
            "end": { "line": 4, "character": 0 },
        },
        "newText": "  access    list\n  cdp\n",
    }]);
    assert_eq!(edits, wanted);
    client.replace("/a.reeve", 2, "policy 1\nagent a {\n");
    assert_eq!(
        client.ask("textDocument/formatting", params()),
        Ok(Value::Null)
    );
}
