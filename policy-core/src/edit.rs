//! Edits of a text: what `explain` suggests and what commands make.
//!
//! All places are those of the text as it is, however many edits there are; [`before`] leads back
//! from a place in the edited text.

use crate::ast::Item;
use crate::sources::Source;
use crate::span::Span;

/// A part of a text and what comes in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// A text with edits of it, which are sorted and apart from each other; `None` where they are not.
pub fn apply(text: &str, edits: &[Edit]) -> Option<String> {
    let mut edited = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let range = edit.span.range();
        edited.push_str(text.get(at..range.start)?);
        edited.push_str(&edit.text);
        at = range.end;
    }
    edited.push_str(text.get(at..)?);
    Some(edited)
}

/// Where a place of the edited text is in the text as it is; `None` for what an edit brings.
pub fn before(edits: &[Edit], span: Span) -> Option<Span> {
    let offset = |offset: usize| {
        // What the edits so far have brought, and what they have taken.
        let (mut come, mut gone) = (0, 0);
        for edit in edits.iter().filter(|edit| edit.span.file == span.file) {
            let start = edit.span.range().start + come - gone;
            if offset < start {
                break;
            }
            if offset < start + edit.text.len() {
                return None;
            }
            come += edit.text.len();
            gone += edit.span.range().len();
        }
        Some(offset + gone - come)
    };
    // The end is one past the last byte, which may already be another's.
    let last = span.range().end.checked_sub(1)?;
    let (start, end) = (offset(span.range().start)?, offset(last)? + 1);
    Some(Span::new(span.file, start, end))
}

/// Where what a statement says ends: before what it silences.
pub fn node_end<T>(source: &Source, item: &Item<T>) -> usize {
    let first = item.despite.first().and_then(|clause| clause.codes.first());
    let Some(first) = first else {
        return item.span.range().end;
    };
    let before = source.text.get(..first.span.range().start);
    let before = before.unwrap_or_default().trim_end();
    let before = before.strip_suffix("despite").unwrap_or(before);
    before.trim_end().len()
}

/// Where the brace stands that closes the block of a statement.
pub fn closing_brace<T>(source: &Source, item: &Item<T>) -> Option<usize> {
    let end = node_end(source, item);
    source.text.get(..end)?.ends_with('}').then(|| end - 1)
}

/// The whole line or lines of a statement, with the comment behind it, where nothing else stands
/// on them. The blanks in front are among it, and so is the line end, if there is one.
pub fn own_lines(source: &Source, span: Span) -> Option<Span> {
    let text = &source.text;
    let range = span.range();
    let before = text.get(..range.start)?;
    let start = before.trim_end_matches([' ', '\t']);
    let behind = text.get(range.end..)?;
    let (rest, line_end) = match behind.split_once('\n') {
        Some((rest, _)) => (rest, 1),
        None => (behind, 0),
    };
    let is_alone = matches!(rest.trim_start().chars().next(), None | Some('#'));
    let begins_line = matches!(start, "" | "\u{feff}") || start.ends_with('\n');
    let end = range.end + rest.len() + line_end;
    (is_alone && begins_line).then(|| Span::new(span.file, start.len(), end))
}
