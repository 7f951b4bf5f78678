//! A whole session of an editor with `portreeve lsp`, over its standard streams.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test bed that cannot be set up has no better answer than to stop"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde_json::{Value, json};

use crate::portreeve::Bed;

/// The program, and both of its streams.
struct Editor {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    n_requests: i32,
    /// The newest findings, by URI.
    findings: Vec<(String, Value)>,
}

impl Editor {
    fn start(bed: &Bed) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(["lsp", "--stdio"])
            .current_dir("/")
            .env_clear()
            .env("HOME", bed.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        Self {
            input: child.stdin.take().unwrap(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            n_requests: 0,
            findings: Vec::new(),
        }
    }

    fn frame(&mut self, body: &str) {
        write!(self.input, "Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        self.input.flush().unwrap();
    }

    fn tell(&mut self, method: &str, params: Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.frame(&message.to_string());
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.n_requests += 1;
        let id = self.n_requests;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.frame(&message.to_string());
        loop {
            let message = self.message();
            if message["id"] == id {
                return message;
            }
        }
    }

    /// The next message; every byte of the stream must be part of one.
    fn message(&mut self) -> Value {
        let mut header = String::new();
        self.output.read_line(&mut header).unwrap();
        let length = header.strip_prefix("Content-Length: ").expect("a header");
        let length = length.trim_end().parse().unwrap();
        let mut blank = String::new();
        self.output.read_line(&mut blank).unwrap();
        assert_eq!(blank, "\r\n");
        let mut body = vec![0; length];
        self.output.read_exact(&mut body).unwrap();
        let message: Value = serde_json::from_slice(&body).unwrap();
        assert_eq!(message["jsonrpc"], "2.0");
        if message["method"] == "textDocument/publishDiagnostics" {
            let params = &message["params"];
            let uri = params["uri"].as_str().unwrap().to_owned();
            self.findings.push((uri, params["diagnostics"].clone()));
        }
        message
    }

    /// The findings of a file once the newest text is compiled.
    fn findings_of(&mut self, uri: &str) -> Value {
        self.ask(
            "textDocument/codeLens",
            json!({ "textDocument": { "uri": uri } }),
        );
        let newest = self.findings.iter().rev().find(|(of, _)| of == uri);
        newest.map_or(Value::Null, |(_, found)| found.clone())
    }

    /// Closes standard input, and gives the exit code and what was said to standard error.
    fn ended(self) -> (Option<i32>, String) {
        let Self {
            mut child,
            input,
            mut output,
            ..
        } = self;
        drop(input);
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        assert!(rest.is_empty(), "{}", String::from_utf8_lossy(&rest));
        let status = child.wait().unwrap();
        let mut said = String::new();
        child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut said)
            .unwrap();
        (status.code(), said)
    }
}

fn place(line: u32, character: u32) -> Value {
    json!({ "line": line, "character": character })
}

fn range(line: u32, start: u32, end: u32) -> Value {
    json!({ "start": place(line, start), "end": place(line, end) })
}

#[test]
fn an_editor_writes_a_policy_from_its_first_mistake_to_a_clean_end() {
    let bed = Bed::new();
    bed.file(
        "my policy/sets/github.reeve",
        "policy 1\nhosts github { github.com }\n",
    );
    let folder = bed.path().canonicalize().unwrap();
    let uri_of = |name: &str| format!("file://{}/my%20policy/{name}", folder.display());
    let (uri, sets) = (uri_of("root.reeve"), uri_of("sets/github.reeve"));
    let document = json!({ "uri": uri });
    let mut editor = Editor::start(&bed);

    let told = editor.ask(
        "initialize",
        json!({
            "processId": null, "rootUri": null,
            "capabilities": { "general": { "positionEncodings": ["utf-8", "utf-16"] } },
        }),
    );
    assert_eq!(told["result"]["serverInfo"]["name"], "portreeve");
    assert_eq!(told["result"]["capabilities"]["positionEncoding"], "utf-8");
    editor.tell("initialized", json!({}));

    // The first text has a misspelt keyword behind characters of several bytes.
    let text = "policy 1  despite no-tests \"x\"\ninclude \"sets/*.reeve\"\nagent coder {\n  \
        access   list\n  allow @github because \"\u{e4}\u{1f980}\" sinc 2026-01-01\n  \
        cdp 9301  despite cdp-browser \"y\"\n}\n";
    editor.tell(
        "textDocument/didOpen",
        json!({ "textDocument": {
            "uri": uri, "languageId": "reeve", "version": 1, "text": text,
        }}),
    );
    let found = editor.findings_of(&uri);
    assert_eq!(found[0]["range"]["start"], place(4, 33), "{found}");
    assert_eq!(found.as_array().unwrap().len(), 1, "{found}");

    let change = json!({ "range": range(4, 33, 37), "text": "since" });
    editor.tell(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [change],
        }),
    );
    assert_eq!(editor.findings_of(&uri), json!([]));

    let at = |line, character| {
        json!({
            "textDocument": document, "position": place(line, character),
        })
    };
    let hover = editor.ask("textDocument/hover", at(2, 8));
    let shown = hover["result"]["contents"]["value"].as_str().unwrap();
    assert!(
        shown.contains("- `github.com` :80 :443 through the gateway\n"),
        "{shown}"
    );
    assert_eq!(hover["result"]["range"], range(2, 6, 11));

    let definition = editor.ask("textDocument/definition", at(4, 10));
    let wanted = json!([{ "uri": sets, "range": range(1, 6, 12) }]);
    assert_eq!(definition["result"], wanted);

    let mut renaming = at(4, 10);
    renaming["newName"] = "forge".into();
    let renamed = editor.ask("textDocument/rename", renaming);
    let wanted = json!({ "changes": {
        (uri.as_str()): [{ "range": range(4, 9, 15), "newText": "forge" }],
        (sets.as_str()): [{ "range": range(1, 6, 12), "newText": "forge" }],
    }});
    assert_eq!(renamed["result"], wanted);

    let completion = editor.ask("textDocument/completion", at(3, 11));
    let labels = completion["result"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["label"].clone());
    assert_eq!(labels.collect::<Vec<_>>(), ["full", "list", "model-only"]);

    let lenses = editor.ask("textDocument/codeLens", json!({ "textDocument": document }));
    let lens = editor.ask("codeLens/resolve", lenses["result"][0].clone());
    assert_eq!(
        lens["result"]["command"]["title"],
        "reaches 2 names, CDP :9301"
    );

    let formatted = editor.ask(
        "textDocument/formatting",
        json!({
            "textDocument": document, "options": { "tabSize": 4, "insertSpaces": true },
        }),
    );
    let edits = formatted["result"].as_array().unwrap();
    assert_eq!(edits[0]["range"]["start"], place(3, 0), "{edits:?}");
    assert!(
        edits[0]["newText"]
            .as_str()
            .unwrap()
            .starts_with("  access    list\n")
    );

    // A second mistake, with a fix.
    let change = json!({ "range": range(5, 2, 5), "text": "cpd" });
    editor.tell(
        "textDocument/didChange",
        json!({
            "textDocument": { "uri": uri, "version": 3 }, "contentChanges": [change],
        }),
    );
    let actions = editor.ask(
        "textDocument/codeAction",
        json!({
            "textDocument": document, "range": range(5, 3, 3), "context": { "diagnostics": [] },
        }),
    );
    let wanted = json!({ "changes": {
        (uri.as_str()): [{ "range": range(5, 2, 5), "newText": "cdp" }],
    }});
    assert_eq!(actions["result"][0]["edit"], wanted, "{actions}");

    // What is no message is answered, and the session goes on.
    editor.frame("{ no json");
    assert_eq!(editor.message()["error"]["code"], -32700);
    let unknown = editor.ask("textDocument/teleport", json!({}));
    assert_eq!(unknown["error"]["code"], -32601);

    assert_eq!(editor.ask("shutdown", Value::Null)["result"], Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.ended(), (Some(0), String::new()));
}

#[test]
fn an_end_without_a_shutdown_is_told_by_the_exit_code() {
    let bed = Bed::new();
    let mut editor = Editor::start(&bed);
    editor.ask("initialize", json!({ "capabilities": {} }));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.ended(), (Some(1), String::new()));

    let editor = Editor::start(&bed);
    assert_eq!(editor.ended(), (Some(1), String::new()));
}

#[test]
fn a_file_that_two_paths_lead_to_is_one() {
    let bed = Bed::new();
    bed.file("real/sets.reeve", "policy 1\nhosts old { old.example }\n");
    std::os::unix::fs::symlink("real", bed.path().join("linked")).unwrap();
    let folder = bed.path().canonicalize().unwrap();
    let uri_of = |name: &str| format!("file://{}/{name}", folder.display());
    let mut editor = Editor::start(&bed);
    editor.ask("initialize", json!({ "capabilities": {} }));
    let root = "policy 1  despite no-tests \"x\"\ninclude \"linked/sets.reeve\"\nagent a {\n  \
        access list\n  allow @new\n}\n";
    for (name, text) in [
        ("real/sets.reeve", "policy 1\nhosts new { new.example }\n"),
        ("root.reeve", root),
    ] {
        editor.tell(
            "textDocument/didOpen",
            json!({ "textDocument": {
                "uri": uri_of(name), "languageId": "reeve", "version": 1, "text": text,
            }}),
        );
    }
    assert_eq!(editor.findings_of(&uri_of("root.reeve")), json!([]));
    editor.tell("exit", Value::Null);
    assert_eq!(editor.ended().0, Some(1));
}
