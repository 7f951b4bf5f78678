//! Places in a text: lines, their ends and their blanks.

use policy_core::sources::Source;
use policy_core::span::{FileId, Span};

/// The line end of a text: what its first line has.
pub(crate) fn line_end(text: &str) -> &'static str {
    match text.split_once('\n') {
        Some((first, _)) if first.ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Where the line of a place begins.
pub(crate) fn line_start(text: &str, at: usize) -> usize {
    let before = text.get(..at).unwrap_or_default();
    before.rfind('\n').map_or(0, |newline| newline + 1)
}

/// Where the next line begins; the end of the text where there is none.
pub(crate) fn next_line(text: &str, at: usize) -> usize {
    let behind = text.get(at..).unwrap_or_default();
    behind
        .find('\n')
        .map_or(text.len(), |newline| at + newline + 1)
}

/// The blanks at the start of the line of a place.
pub(crate) fn indent(text: &str, at: usize) -> &str {
    let line = text.get(line_start(text, at)..).unwrap_or_default();
    let len = line.len() - line.trim_start_matches([' ', '\t']).len();
    line.get(..len).unwrap_or_default()
}

/// Where the empty lines begin that stand directly above a line.
pub(crate) fn empty_lines_above(text: &str, start: usize) -> usize {
    let mut first = start;
    while first > 0 {
        let above = line_start(text, first - 1);
        let line = text.get(above..first).unwrap_or_default();
        if !line.trim().is_empty() {
            break;
        }
        first = above;
    }
    first
}

/// `FILE:LINE` of a place.
pub(crate) fn place(source: &Source, span: Span) -> String {
    let before = source.text.get(..span.range().start).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    format!("{}:{line}", source.name)
}

/// A part of a file.
pub(crate) fn part(file: FileId, start: usize, end: usize) -> Span {
    Span::new(file, start, end)
}
