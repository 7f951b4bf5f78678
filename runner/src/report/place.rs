//! Places and verdicts as JSON outputs have them.

use policy_core::ast::Route;
use policy_core::decide::{Decision, Kind};
use policy_core::sources::Sources;
use policy_core::span::Span;
use serde::Serialize;

/// Where a statement begins; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Place<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

pub(crate) fn place(sources: &Sources, span: Span) -> Place<'_> {
    let (file, at) = sources.locate(span);
    Place {
        file,
        line: at.line,
        column: at.column,
    }
}

pub(crate) fn decision(decision: Decision) -> &'static str {
    match decision {
        Decision::Allow(_) => "allow",
        Decision::Deny => "deny",
    }
}

pub(crate) fn route(decision: Decision) -> Option<Route> {
    match decision {
        Decision::Allow(route) => Some(route),
        Decision::Deny => None,
    }
}

pub(crate) fn method(kind: Kind) -> &'static str {
    match kind {
        Kind::Connect => "connect",
        Kind::Plain | Kind::OtherScheme => "plain",
    }
}
