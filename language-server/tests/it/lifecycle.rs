//! The beginning and the end of a session, and everything that is out of order in it.

use language_server::Ended;
use lsp_server::{ErrorCode, Message};
use serde_json::{Value, json};

use crate::client::{Client, uri};

fn code<T>(answer: Result<T, (i32, String)>) -> i32 {
    answer.map_or_else(|(code, _)| code, |_| 0)
}

#[test]
fn a_session_ends_in_order_only_after_a_shutdown() {
    let mut client = Client::start(&[], json!({}));
    assert_eq!(client.ask("shutdown", Value::Null), Ok(Value::Null));
    let refused = client.ask("textDocument/hover", json!({}));
    assert_eq!(code(refused), ErrorCode::InvalidRequest as i32);
    client.tell("exit", Value::Null);
    assert_eq!(client.ended(), Ended::InOrder);

    let mut client = Client::start(&[], json!({}));
    client.tell("exit", Value::Null);
    assert_eq!(client.ended(), Ended::Abruptly);

    let mut client = Client::start(&[], json!({}));
    assert_eq!(client.ended(), Ended::Abruptly, "the client is gone");

    // Everything that was sent counts, also when the client is gone before it is looked at.
    let mut client = Client::start(&[], json!({}));
    client.begin("shutdown", Value::Null);
    client.tell("exit", Value::Null);
    assert_eq!(client.ended(), Ended::InOrder);
}

#[test]
fn nothing_is_answered_before_initialize_and_that_stands_once() {
    let mut client = Client::raw(&[]);
    let early = client.ask("textDocument/hover", json!({}));
    assert_eq!(code(early), ErrorCode::ServerNotInitialized as i32);
    client.open("/a.reeve", "policy 1\n");
    client
        .ask("initialize", json!({ "capabilities": {} }))
        .unwrap();
    let again = client.ask("initialize", json!({ "capabilities": {} }));
    assert_eq!(code(again), ErrorCode::InvalidRequest as i32);
    assert!(client.findings_of("/a.reeve").is_empty());
    assert!(
        client.findings.is_empty(),
        "what came too early is not open"
    );
}

#[test]
fn what_is_unknown_or_malformed_is_refused_and_the_session_goes_on() {
    let mut client = Client::start(&[], json!({}));
    let unknown = client.ask("textDocument/teleport", json!({}));
    assert_eq!(code(unknown), ErrorCode::MethodNotFound as i32);
    for params in [Value::Null, json!([]), json!({ "textDocument": 3 })] {
        let malformed = client.ask("textDocument/documentSymbol", params.clone());
        assert_eq!(code(malformed), ErrorCode::InvalidParams as i32, "{params}");
    }
    let unreadable = client.ask("initialize", json!(3));
    assert_eq!(code(unreadable), ErrorCode::InvalidRequest as i32);
    for method in [
        "textDocument/didOpen",
        "textDocument/didChange",
        "$/setTrace",
        "x",
    ] {
        client.tell(method, json!({ "textDocument": [] }));
    }
    let not_open = json!({ "textDocument": { "uri": uri("/x.reeve") } });
    assert_eq!(
        client.ask(
            "textDocument/formatting",
            json!({
                "textDocument": { "uri": uri("/x.reeve") },
                "options": { "tabSize": 2, "insertSpaces": true },
            })
        ),
        Ok(Value::Null)
    );
    assert_eq!(client.ask("textDocument/codeLens", not_open), Ok(json!([])));
}

#[test]
fn a_question_that_waits_can_be_cancelled_and_one_that_was_answered_cannot() {
    let mut client = Client::start(&[], json!({}));
    client.open("/a.reeve", "policy 1\nagent a {}\n");
    let params = json!({ "textDocument": { "uri": uri("/a.reeve") } });
    let first = client.begin("textDocument/codeLens", params.clone());
    client.tell("$/cancelRequest", json!({ "id": first }));
    // Either it was answered before the word came, or it is cancelled; there is one answer.
    if let Err((code, _)) = client.answer(first) {
        assert_eq!(code, ErrorCode::RequestCanceled as i32);
    }
    client.tell("$/cancelRequest", json!({ "id": first }));
    client.tell("$/cancelRequest", json!({ "id": "another" }));
    let lenses = client.ask("textDocument/codeLens", params).unwrap();
    assert_eq!(lenses.as_array().unwrap().len(), 1);
}

#[test]
fn a_document_that_is_closed_while_it_is_compiled_leaves_nothing_behind() {
    let mut client = Client::start(&[], json!({}));
    let broken = "policy 1\nagent a { alow x.example }\n".repeat(50);
    for _ in 0..5 {
        client.open("/a.reeve", &broken);
        let params = json!({ "textDocument": { "uri": uri("/a.reeve") } });
        let lens = client.begin("textDocument/codeLens", params.clone());
        client.tell("textDocument/didClose", params);
        assert_eq!(client.answer(lens), Ok(json!([])));
    }
    assert!(client.findings_of("/a.reeve").is_empty());
}

#[test]
fn positions_are_bytes_only_for_an_editor_that_can_count_them() {
    let encoding = |capabilities: Value| {
        let mut client = Client::raw(&[]);
        let told = client
            .ask("initialize", json!({ "capabilities": capabilities }))
            .unwrap();
        told["capabilities"]["positionEncoding"].clone()
    };
    let offered = |encodings: Value| json!({ "general": { "positionEncodings": encodings } });
    assert_eq!(encoding(json!({})), "utf-16");
    assert_eq!(encoding(offered(json!(["utf-16"]))), "utf-16");
    assert_eq!(
        encoding(offered(json!(["utf-32", "utf-16", "utf-8"]))),
        "utf-8"
    );
}

#[test]
fn the_editor_is_asked_to_watch_files_and_to_ask_again_for_lenses() {
    let capabilities = json!({ "workspace": {
        "didChangeWatchedFiles": { "dynamicRegistration": true },
        "codeLens": { "refreshSupport": true },
    }});
    let mut client = Client::start(&[], capabilities);
    client.open("/a.reeve", "policy 1\n");
    client.findings_of("/a.reeve");
    let methods: Vec<_> = client.asked.iter().map(|it| &*it.method).collect();
    assert_eq!(
        methods,
        ["client/registerCapability", "workspace/codeLens/refresh"]
    );
    let watched = client.asked[0].params.to_string();
    assert!(watched.contains("**/*.reeve"), "{watched}");
}

#[test]
fn an_editor_that_is_told_of_newer_lenses_does_not_wait_for_them() {
    let capabilities = json!({ "workspace": { "codeLens": { "refreshSupport": true } } });
    let mut client = Client::start(&[], capabilities);
    client.open("/a.reeve", "policy 1\nagent a {}\n");
    let params = json!({ "textDocument": { "uri": uri("/a.reeve") } });
    let title = |client: &mut Client, lens: &Value| {
        let resolved = client.ask("codeLens/resolve", lens.clone()).unwrap();
        resolved["command"]["title"].as_str().unwrap().to_owned()
    };
    let lenses = client.ask("textDocument/codeLens", params.clone()).unwrap();
    assert_eq!(title(&mut client, &lenses[0]), "reaches 1 name");
    let n_told = client.asked.len();
    client.replace(
        "/a.reeve",
        2,
        "policy 1\n\nagent a { access full }\nagent b {}\n",
    );
    // Places are always those of the newest text.
    let lenses = client.ask("textDocument/codeLens", params).unwrap();
    assert_eq!(lenses[0]["range"]["start"]["line"], 2);
    let early = (
        title(&mut client, &lenses[0]),
        title(&mut client, &lenses[1]),
    );
    let newest = ["reaches every public name", "reaches 1 name"];
    assert!(
        ["reaches 1 name", newest[0]].contains(&&*early.0),
        "{early:?}"
    );
    assert!(
        ["being checked", newest[1]].contains(&&*early.1),
        "{early:?}"
    );
    for _ in 0..500 {
        // Any answer, for what comes before it.
        title(&mut client, &lenses[0]);
        if client.asked.len() > n_told {
            assert_eq!([0, 1].map(|n| title(&mut client, &lenses[n])), newest);
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("the editor was not told of newer lenses");
}

#[test]
fn an_answer_to_a_question_that_was_never_asked_does_no_harm() {
    let mut client = Client::start(&[], json!({}));
    client.send(Message::Response(lsp_server::Response::new_ok(
        99.into(),
        json!(1),
    )));
    assert!(client.findings_of("/a.reeve").is_empty());
}
