//! Where a span stands, in the form that programs want.

use policy_core::sources::Sources;
use policy_core::span::{LineColumn, Span};

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
