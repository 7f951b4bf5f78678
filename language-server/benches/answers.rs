//! How fast a policy of a megabyte is answered for: each question right after a change of the text.
//!
//! `cargo bench -p language-server` prints the times of whole round trips. Only "rename, once compiled"
//! waits for the newest text to be compiled, so it holds a parse and all checks: a file that has come
//! into the policy must not keep the old name.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a benchmark that cannot run has no better answer than to stop"
)]

use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use language_server::{Files, Host, serve_connection};
use lsp_server::{Connection, Message, Notification, Request};
use policy_core::facts::Facts;
use policy_core::sources::Reader;
use policy_core::testing::large_policy;
use serde_json::{Value, json};

struct Machine;

impl Host for Machine {
    type Files = Machine;

    fn files(&mut self) -> Machine {
        Machine
    }

    fn facts(&mut self) -> Facts {
        Facts::on("2026-05-15".parse().unwrap())
    }
}

impl Files for Machine {
    fn name(&mut self, path: &Path) -> String {
        path.display().to_string()
    }
}

impl Reader for Machine {
    fn expand(&mut self, _from: &str, _pattern: &str) -> Result<Vec<String>, String> {
        Ok(Vec::new())
    }

    fn read(&mut self, _name: &str) -> Result<String, String> {
        Err("it is not there".to_owned())
    }
}

/// An editor with one large file open.
struct Session {
    connection: Connection,
    version: i32,
}

const URI: &str = "file:///large.reeve";

impl Session {
    fn open(text: &str) -> Self {
        let (ours, theirs) = Connection::memory();
        std::thread::spawn(move || serve_connection(theirs, Machine));
        let mut session = Self {
            connection: ours,
            version: 0,
        };
        let lens = json!({ "workspace": { "codeLens": { "refreshSupport": true } } });
        session.ask("initialize", json!({ "capabilities": lens }));
        session.tell("initialized", json!({}));
        let document = json!({ "uri": URI, "languageId": "reeve", "version": 0, "text": text });
        session.tell("textDocument/didOpen", json!({ "textDocument": document }));
        session.ask(
            "textDocument/codeLens",
            json!({ "textDocument": { "uri": URI } }),
        );
        session
    }

    fn tell(&self, method: &str, params: Value) {
        let method = method.to_owned();
        let message = Notification { method, params };
        self.connection.sender.send(message.into()).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.version += 1;
        let (id, method) = (self.version.into(), method.to_owned());
        let request = Request { id, method, params };
        self.connection.sender.send(request.into()).unwrap();
        loop {
            let message = self.connection.receiver.recv().unwrap();
            if let Message::Response(response) = message {
                return response.response_result.expect("an answer");
            }
        }
    }

    /// Types a blank behind the first line, or takes it away.
    fn change(&mut self) {
        self.version += 1;
        let (end, text) = if self.version % 2 == 0 {
            (8, " ")
        } else {
            (9, "")
        };
        let place = |character: u32| json!({ "line": 0, "character": character });
        let change = json!({ "range": { "start": place(8), "end": place(end) }, "text": text });
        let document = json!({ "uri": URI, "version": self.version });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        self.tell("textDocument/didChange", params);
    }
}

fn answering(criterion: &mut Criterion) {
    let text = large_policy(580, 50);
    assert!(text.len() > 1_000_000);
    let line_of = |what: &str| text.lines().position(|line| line.contains(what)).unwrap();
    let at = |what: &str, character: u32| {
        json!({
            "textDocument": { "uri": URI },
            "position": { "line": line_of(what), "character": character },
        })
    };
    let whole = json!({ "textDocument": { "uri": URI } });
    let lens = json!({
        "range": { "start": { "line": 0, "character": 0 }, "end": { "line": 0, "character": 0 } },
        "data": { "uri": URI, "agent": "agent-500" },
    });
    let format = json!({
        "textDocument": { "uri": URI }, "options": { "tabSize": 2, "insertSpaces": true },
    });
    let mut rename = at("agent agent-500 ", 8);
    rename
        .as_object_mut()
        .unwrap()
        .insert("newName".to_owned(), "another".into());
    let action = json!({
        "textDocument": { "uri": URI }, "context": { "diagnostics": [] },
        "range": { "start": { "line": 3, "character": 0 }, "end": { "line": 3, "character": 1 } },
    });
    let questions = [
        (
            "hover over an agent",
            "textDocument/hover",
            at("agent agent-500 ", 8),
        ),
        (
            "hover over a keyword",
            "textDocument/hover",
            at("agent agent-500 ", 1),
        ),
        (
            "completion",
            "textDocument/completion",
            at("deny .upload.service-500.", 2),
        ),
        (
            "definition",
            "textDocument/definition",
            at("edge agent-500 ", 6),
        ),
        ("outline", "textDocument/documentSymbol", whole.clone()),
        ("formatting", "textDocument/formatting", format),
        ("code lens", "textDocument/codeLens", whole),
        ("line above an agent", "codeLens/resolve", lens),
        ("code action", "textDocument/codeAction", action),
        ("rename, once compiled", "textDocument/rename", rename),
    ];
    let mut session = Session::open(&text);
    let mut group = criterion.benchmark_group("a megabyte, changed, then");
    group.sample_size(20);
    for (name, method, params) in questions {
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                session.change();
                session.ask(method, params.clone())
            });
        });
    }
    group.finish();
}

criterion_group!(benches, answering);
criterion_main!(benches);
