//! Places and verdicts in the form that programs want.

use policy_core::ast::Route;
use policy_core::decide::{Decision, Kind};
use policy_core::sources::Sources;
use policy_core::span::{LineColumn, Span};
use serde::Serialize;

/// A part of a file. Lines and columns count from 1, columns in characters, and the end is one
/// past the last character.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place<'a> {
    /// As the user named the file, or as an include found it.
    pub(super) file: &'a str,
    /// The first character.
    pub(super) start: LineColumn,
    /// Behind the last one.
    pub(super) end: LineColumn,
}

impl<'a> Place<'a> {
    /// The place of a span.
    pub(super) fn of(sources: &'a Sources, span: Span) -> Self {
        let (file, start) = sources.locate(span);
        let (_, end) = sources.locate_end(span);
        Self { file, start, end }
    }
}

/// Where a statement begins; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Beginning<'a> {
    pub(crate) file: &'a str,
    pub(crate) line: u32,
    pub(crate) column: u32,
}

pub(crate) fn beginning(sources: &Sources, span: Span) -> Beginning<'_> {
    let (file, at) = sources.locate(span);
    Beginning {
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
