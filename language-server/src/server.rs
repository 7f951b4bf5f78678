//! The session: takes messages in their order, compiles when the editor is quiet, answers.
//!
//! All messages that are there are looked at before one is answered, so a change is never compiled
//! when the next one is known already, and a cancelled question is not answered. A question that
//! needs the newest text compiled waits for it; any number of changes while a compile runs cost one
//! more.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId};
use lsp_types::notification::{self as told, Notification as _};
use lsp_types::request::{self as ask, Request as _};
use lsp_types::{
    DidChangeWatchedFilesRegistrationOptions, FileSystemWatcher, GlobPattern, InitializeParams,
    NumberOrString, PublishDiagnosticsParams, Registration, RegistrationParams,
    TextDocumentIdentifier, Uri,
};

use crate::action;
use crate::capabilities::{self, Capabilities};
use crate::compiler::{Done, Job, compile};
use crate::diagnostics;
use crate::dispatch::{Needs, answer, needs};
use crate::document::{Document, changed, name};
use crate::position::Encoding;
use crate::protocol::{Answer, call, notification, params, refusal, request, response};
use crate::text::Text;
use crate::workspace::Workspace;
use crate::{Ended, Host};

/// How long the editor must be quiet before a text is compiled.
const QUIET: Duration = Duration::from_millis(60);

/// What the session waits for.
enum Event {
    Message(Message),
    Compiled(Done),
    /// The client is gone.
    Closed,
}

/// What is done beside the session.
enum Task {
    Compile(Job),
    /// What is known no more takes its time to go.
    Forget(Done),
}

/// How far the session has come.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    Starting,
    Running,
    ShutDown,
}

struct Server<'c> {
    connection: &'c Connection,
    tasks: Sender<Task>,
    phase: Phase,
    can: Capabilities,
    workspace: Workspace,
    /// Messages that are not looked at yet.
    inbox: VecDeque<Message>,
    /// Questions that wait for a compile.
    waiting: Vec<Request>,
    /// Since when the editor has been quiet; `None` when there is nothing to compile.
    changed_at: Option<Instant>,
    is_compiling: bool,
    /// The files that the editor shows findings for.
    shown: Vec<(String, Uri)>,
    n_requests: i32,
}

/// Holds a session until its end.
pub(crate) fn run(connection: Connection, host: impl Host) -> Ended {
    let (events, received) = mpsc::channel();
    let messages = connection.receiver.clone();
    let from_client = events.clone();
    thread::spawn(move || {
        for message in messages {
            if from_client.send(Event::Message(message)).is_err() {
                return;
            }
        }
        let _ = from_client.send(Event::Closed);
    });
    let (tasks, to_do) = mpsc::channel();
    thread::spawn(move || work(host, &to_do, &events));
    let server = Server {
        connection: &connection,
        tasks,
        phase: Phase::Starting,
        can: Capabilities::default(),
        workspace: Workspace::new(Encoding::Utf16),
        inbox: VecDeque::new(),
        waiting: Vec::new(),
        changed_at: None,
        is_compiling: false,
        shown: Vec::new(),
        n_requests: 0,
    };
    server.run(&received)
}

/// Does what comes in, until nothing more can.
fn work<H: Host>(mut host: H, tasks: &Receiver<Task>, events: &Sender<Event>) {
    for task in tasks {
        match task {
            Task::Forget(done) => drop(done),
            Task::Compile(job) => {
                let done = compile(&mut host, &job);
                if events.send(Event::Compiled(done)).is_err() {
                    return;
                }
            }
        }
    }
}

impl Server<'_> {
    fn run(mut self, events: &Receiver<Event>) -> Ended {
        loop {
            let Some(event) = self.next_event(events) else {
                self.start_compile();
                continue;
            };
            // Everything that is there, before anything is answered.
            let mut is_closed = false;
            for event in std::iter::once(event).chain(events.try_iter()) {
                match event {
                    Event::Message(message) => self.receive(message),
                    Event::Compiled(done) => self.compiled(done),
                    Event::Closed => is_closed = true,
                }
            }
            while let Some(message) = self.inbox.pop_front() {
                match message {
                    Message::Notification(it) if it.method == told::Exit::METHOD => {
                        return self.ended();
                    }
                    Message::Notification(it) => self.notified(it),
                    Message::Request(it) => self.asked(it),
                    Message::Response(_) => {}
                }
            }
            if is_closed {
                return self.ended();
            }
        }
    }

    /// The next event; `None` when it is time to compile.
    fn next_event(&self, events: &Receiver<Event>) -> Option<Event> {
        let closed = Some(Event::Closed);
        match self.changed_at.filter(|_| !self.is_compiling) {
            None => events.recv().ok().or(closed),
            Some(_) if !self.waiting.is_empty() => events.try_recv().ok(),
            Some(changed_at) => {
                let left = QUIET.saturating_sub(changed_at.elapsed());
                match events.recv_timeout(left) {
                    Ok(event) => Some(event),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => closed,
                }
            }
        }
    }

    fn ended(&self) -> Ended {
        match self.phase {
            Phase::ShutDown => Ended::InOrder,
            Phase::Starting | Phase::Running => Ended::Abruptly,
        }
    }

    /// Puts a message in line, or takes the question out that it cancels.
    fn receive(&mut self, message: Message) {
        match message {
            Message::Notification(it) if it.method == told::Cancel::METHOD => {
                let Some(cancelled) = params::<told::Cancel>(it) else {
                    return;
                };
                let id = match cancelled.id {
                    NumberOrString::Number(id) => RequestId::from(id),
                    NumberOrString::String(id) => RequestId::from(id),
                };
                let is_it = |it: &Message| matches!(it, Message::Request(it) if it.id == id);
                let n_before = self.inbox.len() + self.waiting.len();
                self.inbox.retain(|it| !is_it(it));
                self.waiting.retain(|it| it.id != id);
                if self.inbox.len() + self.waiting.len() < n_before {
                    let why = refusal(ErrorCode::RequestCanceled, "cancelled by the client");
                    self.send(Some(response(id, Err(why))));
                }
            }
            message => self.inbox.push_back(message),
        }
    }

    fn send(&self, message: Option<Message>) {
        // A client that is gone has closed its other end too, which ends the session.
        let _ = message.map(|message| self.connection.sender.send(message));
    }

    fn send_request<R: ask::Request>(&mut self, params: &R::Params) {
        self.n_requests += 1;
        self.send(request::<R>(self.n_requests, params));
    }

    fn asked(&mut self, asked: Request) {
        let answer = match (self.phase, &*asked.method) {
            (Phase::Starting, ask::Initialize::METHOD) => self.initialize(asked.params),
            (Phase::Starting, _) => {
                let message = "the first request is `initialize`";
                Err(refusal(ErrorCode::ServerNotInitialized, message))
            }
            (Phase::ShutDown, _) => {
                let message = "the session is shut down";
                Err(refusal(ErrorCode::InvalidRequest, message))
            }
            (Phase::Running, ask::Initialize::METHOD) => {
                let message = "the session has begun already";
                Err(refusal(ErrorCode::InvalidRequest, message))
            }
            (Phase::Running, ask::Shutdown::METHOD) => {
                self.phase = Phase::ShutDown;
                for unanswered in std::mem::take(&mut self.waiting) {
                    let why = refusal(ErrorCode::RequestCanceled, "the session ends");
                    self.send(Some(response(unanswered.id, Err(why))));
                }
                Ok(serde_json::Value::Null)
            }
            (Phase::Running, method) if !self.can_answer(method, &asked.params) => {
                self.waiting.push(asked);
                return;
            }
            (Phase::Running, method) => answer(&self.workspace, self.can, method, asked.params),
        };
        self.send(Some(response(asked.id, answer)));
    }

    fn initialize(&mut self, params: serde_json::Value) -> Answer {
        call::<ask::Initialize>(params, |params: InitializeParams| {
            let encoding = capabilities::encoding(&params.capabilities);
            self.can = Capabilities::of(&params.capabilities);
            self.workspace = Workspace::new(encoding);
            self.phase = Phase::Running;
            Ok(capabilities::ours(encoding))
        })
    }

    /// Whether what the question needs is known.
    fn can_answer(&self, method: &str, params: &serde_json::Value) -> bool {
        match needs(method, self.can) {
            Needs::Text => true,
            Needs::Compiled => self.workspace.is_fresh(),
            Needs::Findings => {
                let asked = serde_json::from_value(params.clone());
                self.workspace.is_fresh()
                    || asked.is_ok_and(|asked| action::is_known(&self.workspace, &asked))
            }
            Needs::Policy => {
                // A lens that comes back has its file in the data that we gave it.
                let document = params.get("textDocument").or_else(|| params.get("data"));
                let document = document.cloned().unwrap_or_default();
                let document = serde_json::from_value::<TextDocumentIdentifier>(document);
                document.is_ok_and(|it| self.workspace.policies(&it.uri).next().is_some())
                    || self.workspace.is_fresh()
            }
        }
    }

    fn notified(&mut self, it: Notification) {
        if self.phase != Phase::Running {
            return;
        }
        match &*it.method {
            told::Initialized::METHOD => self.watch(),
            told::DidOpenTextDocument::METHOD => {
                let Some(params) = params::<told::DidOpenTextDocument>(it) else {
                    return;
                };
                let opened = params.text_document;
                let document = Document {
                    version: opened.version,
                    text: Arc::new(Text::new(opened.text, self.workspace.encoding)),
                    uri: opened.uri,
                };
                let name = name(&document.uri);
                self.workspace.documents.insert(name, document);
                self.changed();
            }
            told::DidChangeTextDocument::METHOD => {
                let Some(params) = params::<told::DidChangeTextDocument>(it) else {
                    return;
                };
                let encoding = self.workspace.encoding;
                let name = name(&params.text_document.uri);
                if let Some(document) = self.workspace.documents.get_mut(&name) {
                    document.version = params.text_document.version;
                    document.text = changed(&document.text, params.content_changes, encoding);
                    self.changed();
                }
            }
            told::DidCloseTextDocument::METHOD => {
                let Some(params) = params::<told::DidCloseTextDocument>(it) else {
                    return;
                };
                let name = name(&params.text_document.uri);
                self.workspace.documents.remove(&name);
                self.changed();
            }
            // Something on the disk may have changed that a policy includes.
            told::DidSaveTextDocument::METHOD | told::DidChangeWatchedFiles::METHOD => {
                self.changed();
            }
            _ => {}
        }
    }

    /// Asks the editor to tell when a file changes that is not open.
    fn watch(&mut self) {
        if !self.can.watching {
            return;
        }
        let options = DidChangeWatchedFilesRegistrationOptions {
            watchers: vec![FileSystemWatcher {
                glob_pattern: GlobPattern::String("**/*.reeve".to_owned()),
                kind: None,
            }],
        };
        self.send_request::<ask::RegisterCapability>(&RegistrationParams {
            registrations: vec![Registration {
                id: "policies".to_owned(),
                method: told::DidChangeWatchedFiles::METHOD.to_owned(),
                register_options: serde_json::to_value(options).ok(),
            }],
        });
    }

    fn changed(&mut self) {
        self.workspace.moment += 1;
        self.changed_at = Some(Instant::now());
    }

    fn start_compile(&mut self) {
        self.changed_at = None;
        let open = self.workspace.documents.values();
        let job = Job {
            moment: self.workspace.moment,
            open: open
                .map(|it| (it.uri.clone(), Arc::clone(&it.text)))
                .collect(),
            encoding: self.workspace.encoding,
        };
        self.is_compiling = self.tasks.send(Task::Compile(job)).is_ok();
    }

    fn compiled(&mut self, done: Done) {
        self.is_compiling = false;
        let old = std::mem::replace(&mut self.workspace.done, done);
        let _ = self.tasks.send(Task::Forget(old));
        // Findings at places that have moved would only flicker.
        if self.workspace.is_fresh() {
            self.show();
        }
        // The answers come in the order of the questions, before all later ones.
        for asked in std::mem::take(&mut self.waiting).into_iter().rev() {
            self.inbox.push_front(Message::Request(asked));
        }
    }

    /// Shows the findings, and takes back those of files that are no part of a policy any more.
    fn show(&mut self) {
        let all = diagnostics::all(&self.workspace);
        for (name, uri) in &self.shown {
            if !all.contains_key(name) {
                let none = PublishDiagnosticsParams::new(uri.clone(), Vec::new(), None);
                self.send(notification::<told::PublishDiagnostics>(&none));
            }
        }
        for params in all.values() {
            self.send(notification::<told::PublishDiagnostics>(params));
        }
        let shown = all.into_iter().map(|(name, params)| (name, params.uri));
        self.shown = shown.collect();
        if self.can.lens_refresh {
            self.send_request::<ask::CodeLensRefresh>(&());
        }
    }
}
