//! An editor that does as it is told, and a machine whose disk is a table.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test bed that cannot be set up has no better answer than to stop"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::Duration;

use language_server::{Ended, Files, Host, serve_connection};
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use policy_core::facts::Facts;
use policy_core::sources::Reader;
use serde_json::{Value, json};

/// The files that are not open, by path.
pub(crate) type Disk = BTreeMap<String, String>;

struct Machine {
    disk: Disk,
}

struct DiskReader {
    disk: Disk,
}

impl Host for Machine {
    type Files = DiskReader;

    fn files(&mut self) -> DiskReader {
        DiskReader {
            disk: self.disk.clone(),
        }
    }

    fn facts(&mut self) -> Facts {
        Facts::on("2026-05-15".parse().unwrap())
    }
}

impl Files for DiskReader {
    fn name(&mut self, path: &Path) -> String {
        path.display().to_string()
    }
}

impl Reader for DiskReader {
    fn expand(&mut self, from: &str, pattern: &str) -> Result<Vec<String>, String> {
        let (folder, _) = from.rsplit_once('/').unwrap_or(("", ""));
        let wanted = format!("{folder}/{pattern}");
        match wanted.strip_suffix("*.reeve") {
            Some(start) => {
                let all = self.disk.keys().filter(|name| name.starts_with(start));
                Ok(all.cloned().collect())
            }
            None => Ok(vec![wanted]),
        }
    }

    fn read(&mut self, name: &str) -> Result<String, String> {
        self.disk
            .get(name)
            .cloned()
            .ok_or_else(|| "it is not there".to_owned())
    }
}

/// The editor's end of a session.
pub(crate) struct Client {
    connection: Option<Connection>,
    server: Option<JoinHandle<Ended>>,
    n_requests: i32,
    /// The newest findings of each file.
    pub(crate) findings: BTreeMap<String, Value>,
    /// What the server has asked for.
    pub(crate) asked: Vec<Request>,
}

/// How long an answer may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

impl Client {
    /// A session that is not initialized.
    pub(crate) fn raw(disk: &[(&str, &str)]) -> Self {
        let disk = disk
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
        let disk: Disk = disk.collect();
        let (ours, theirs) = Connection::memory();
        let server = std::thread::spawn(move || serve_connection(theirs, Machine { disk }));
        Self {
            connection: Some(ours),
            server: Some(server),
            n_requests: 0,
            findings: BTreeMap::new(),
            asked: Vec::new(),
        }
    }

    /// A session with an editor of these capabilities.
    pub(crate) fn start(disk: &[(&str, &str)], capabilities: Value) -> Self {
        let mut client = Self::raw(disk);
        client
            .ask("initialize", json!({ "capabilities": capabilities }))
            .unwrap();
        client.tell("initialized", json!({}));
        client
    }

    pub(crate) fn send(&self, message: Message) {
        self.connection
            .as_ref()
            .unwrap()
            .sender
            .send(message)
            .unwrap();
    }

    pub(crate) fn tell(&self, method: &str, params: Value) {
        let method = method.to_owned();
        self.send(Notification { method, params }.into());
    }

    /// Sends a request, and gives its number.
    pub(crate) fn begin(&mut self, method: &str, params: Value) -> i32 {
        self.n_requests += 1;
        let (id, method) = (self.n_requests.into(), method.to_owned());
        self.send(Request { id, method, params }.into());
        self.n_requests
    }

    /// The answer to a request: the result, or the code and the message of a refusal.
    pub(crate) fn ask(&mut self, method: &str, params: Value) -> Result<Value, (i32, String)> {
        let id = self.begin(method, params);
        self.answer(id)
    }

    pub(crate) fn answer(&mut self, id: i32) -> Result<Value, (i32, String)> {
        let wanted = RequestId::from(id);
        loop {
            if let Some(Response {
                id,
                response_result,
            }) = self.receive()
                && id == wanted
            {
                return response_result.map_err(|error| (error.code, error.message));
            }
        }
    }

    /// Takes one message; an answer is given back.
    fn receive(&mut self) -> Option<Response> {
        let receiver = &self.connection.as_ref().unwrap().receiver;
        let message = receiver
            .recv_timeout(PATIENCE)
            .expect("the server says something");
        match message {
            Message::Response(response) => return Some(response),
            Message::Request(request) => {
                let answer = Response::new_ok(request.id.clone(), Value::Null);
                self.asked.push(request);
                self.send(answer.into());
            }
            Message::Notification(it) if it.method == "textDocument/publishDiagnostics" => {
                let uri = it.params["uri"].as_str().unwrap().to_owned();
                self.findings.insert(uri, it.params);
            }
            Message::Notification(it) => panic!("unexpected {}", it.method),
        }
        None
    }

    pub(crate) fn open(&mut self, path: &str, text: &str) {
        let document = json!({
            "uri": uri(path), "languageId": "reeve", "version": 1, "text": text,
        });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the whole text.
    pub(crate) fn replace(&mut self, path: &str, version: i32, text: &str) {
        let params = json!({
            "textDocument": { "uri": uri(path), "version": version },
            "contentChanges": [{ "text": text }],
        });
        self.tell("textDocument/didChange", params);
    }

    /// The findings of a file once its newest text is compiled, each as `LINE:CHARACTER CODE`.
    pub(crate) fn findings_of(&mut self, path: &str) -> Vec<String> {
        // What needs a compile is answered behind the findings of that compile.
        let params = json!({ "textDocument": { "uri": uri(path) } });
        self.ask("textDocument/codeLens", params).unwrap();
        let found = self
            .findings
            .get(&uri(path))
            .map(|it| it["diagnostics"].clone());
        let found = found.unwrap_or(Value::Null);
        let shown = found.as_array().into_iter().flatten().map(|it| {
            let start = &it["range"]["start"];
            format!(
                "{}:{} {}",
                start["line"],
                start["character"],
                it["code"].as_str().unwrap()
            )
        });
        shown.collect()
    }

    /// The answer about the place of the `|` in `marked`, which is opened without it.
    pub(crate) fn at(
        &mut self,
        method: &str,
        path: &str,
        marked: &str,
    ) -> Result<Value, (i32, String)> {
        self.with(method, path, marked, json!({}))
    }

    /// The same with more parameters.
    pub(crate) fn with(
        &mut self,
        method: &str,
        path: &str,
        marked: &str,
        more: Value,
    ) -> Result<Value, (i32, String)> {
        let (before, after) = marked.split_once('|').unwrap();
        self.open(path, &format!("{before}{after}"));
        let line = before.matches('\n').count();
        let character = before
            .lines()
            .last()
            .map_or(0, |line| line.encode_utf16().count());
        let character = if before.ends_with('\n') { 0 } else { character };
        let mut params = json!({
            "textDocument": { "uri": uri(path) },
            "position": { "line": line, "character": character },
        });
        let all = params.as_object_mut().unwrap();
        all.extend(more.as_object().unwrap().clone());
        self.ask(method, params)
    }

    /// Drops the connection, and gives how the session ended.
    pub(crate) fn ended(&mut self) -> Ended {
        self.connection = None;
        self.server
            .take()
            .unwrap()
            .join()
            .expect("the server does not panic")
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.connection = None;
        if let Some(server) = self.server.take() {
            let is_fine = server.join().is_ok();
            assert!(
                is_fine || std::thread::panicking(),
                "the server does not panic"
            );
        }
    }
}

pub(crate) fn uri(path: &str) -> String {
    format!("file://{path}")
}
