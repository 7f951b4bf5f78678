//! Reads policy text: the grammar, the loop over statements, and what happens after a mistake.
//!
//! ```text
//! file      = "policy 1" NL {statement NL}                each statement: with {despite} behind it
//! statement = gateway | network | safe-ports | provider | hosts | include
//!           | agent | edge | test | invariant
//! gateway   = "gateway" name block                    of: "address" host ":" port
//! network   = "network" block                         of: "subnet" cidr4
//!                                                       | "isolation" ("per-agent" | "shared")
//!                                                       | "proxy-port" port
//! safe-ports = "safe-ports" port {port}
//! provider  = "provider" name set
//! hosts     = "hosts" name set
//! include   = "include" string
//! agent     = "agent" name block                      of: "id" id | "provider" name
//!                                                       | "access" ("full"|"list"|"model-only")
//!                                                       | allow | lan | cdp
//!                                                       | "sessions" number
//!                                                       | "mode" ("enforce" | "report")
//! allow     = ("allow" | "deny") target {target} tail
//! target    = pattern [":" port] | "@" name
//! lan       = "lan" (address | cidr | "host") [":" port | "ports" range {"," range}] tail
//! cdp       = "cdp" [port] ["->" "host:" port] tail
//! tail      = ["because" string] ["since" date] ["until" date]
//! despite   = "despite" code {"," code} string        behind any statement, but for a pattern of a set
//! edge      = "edge" name ("->" | "<->") name ["as" name]
//! test      = "test" string block                     of: can
//! can       = name ("can" | "cannot") host ":" port {host ":" port}
//!             ["via" ("gateway" | "direct" | "forward")]
//! invariant = "invariant" string block                of: reaches
//! reaches   = ("nobody" | "only" name {"," name}) "reaches" guarded {guarded}
//! guarded   = (pattern | address | cidr) [":" port]
//! block     = "{" {statement NL | NL} [statement] "}"
//! set       = "{" {pattern | NL} "}"
//! ```
//!
//! Reading never fails and never stops early. A parser that cannot go on has already said why and
//! returns `Stop`; the loop over the statements then skips the rest of that one
//! statement. A parser that can go on says what is wrong and leaves the part out of the tree.

mod address;
mod context;
pub mod cursor;
mod foreign;
mod hidden;
mod keyword;
mod lexical;
mod recovery;

mod block;
mod despite;

mod agent;
mod cdp;
mod edge;
mod gateway;
mod internet;
mod invariant;
mod lan;
mod network;
mod set;
mod tail;
mod test;
mod top;

pub use agent::is_agent_id;
pub use hidden::may_stand_in_string;

use crate::ast;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::span::{FileId, MAX_FILE_LEN, Span};
use context::Context;
pub use hidden::is_hidden;

/// Reads one file. The tree holds what could be read; the report is in the order of the text.
///
/// When the report has no error, the tree is the whole meaning of the text.
pub fn parse(file: FileId, text: &str) -> (ast::File, Report) {
    if text.len() > MAX_FILE_LEN {
        let mut report = Report::default();
        let message = format!("a policy file has at most {MAX_FILE_LEN} bytes");
        report.push(
            Diagnostic::error(Code::Limit, Span::new(file, 0, 0), message)
                .help("split the policy into several files, and join them with `include`"),
        );
        return (ast::File::default(), report);
    }
    let context = Context::new(file, text);
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let tree = top::file(&context, body);
    (tree, context.into_report())
}

/// Reads `HOST:PORT` as a question of a policy has it. The host may be any text.
pub fn destination(text: &str) -> Result<ast::Destination, Report> {
    let context = Context::new(FileId::default(), text);
    match test::destination(&context, text) {
        Some(destination) => Ok(destination.value),
        None => Err(context.into_report()),
    }
}
