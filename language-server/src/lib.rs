//! The language server of the policy language: what an editor asks while a policy is written.
//!
//! It speaks the Language Server Protocol on a pair of streams and writes nothing else to them. One
//! thread reads, one compiles, one answers: an answer about the text is given from the text as it
//! is now and never waits for a compile; what needs the meaning of the whole policy is given from the last
//! compile where a newer answer will follow, and else waits for the newest. Files and facts come from a
//! [`Host`], so nothing here touches a disk.

mod action;
mod address;
mod capabilities;
mod compiler;
mod completion;
mod diagnostics;
mod dispatch;
mod document;
mod effect;
mod formatting;
mod grammar;
mod hover;
mod lens;
mod moved;
mod navigation;
mod outline;
mod position;
mod protocol;
mod rename;
mod server;
mod text;
mod transport;
mod workspace;

use std::io::{BufRead, Write};
use std::path::Path;

use lsp_server::Connection;
use policy_core::facts::Facts;
use policy_core::sources::Reader;

/// Finds and reads the files that policies include.
pub trait Files: Reader {
    /// The name of the file at an absolute path: the same for all paths of one file.
    fn name(&mut self, path: &Path) -> String;
}

/// What the server must be told of the machine it runs on.
pub trait Host: Send + 'static {
    /// A reader.
    type Files: Files;

    /// A reader that knows nothing yet: each compile takes one, so that it sees the disk of now.
    fn files(&mut self) -> Self::Files;

    /// The facts for a compile.
    fn facts(&mut self) -> Facts;
}

/// How a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Ended {
    /// As the protocol wants it: `shutdown`, then `exit`.
    InOrder,
    /// Without a `shutdown` before.
    Abruptly,
}

/// Holds a session on a pair of streams, until its end.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send + 'static,
    host: impl Host,
) -> Ended {
    let (ours, theirs) = Connection::memory();
    let writer = transport::start(input, output, theirs);
    let ended = server::run(ours, host);
    // What was answered is written before the program ends.
    let _ = writer.join();
    ended
}

/// Holds a session with a client in the same process, until its end.
pub fn serve_connection(connection: Connection, host: impl Host) -> Ended {
    server::run(connection, host)
}
