//! The few lines of a file that a finding is drawn with.
//!
//! A finding may speak of places far apart, of a block that is the whole file, or of one line that
//! is. The drawing must cost little all the same, so only what is around the places is handed on.

use std::ops::Range;

use annotate_snippets::AnnotationKind;
use policy_core::sources::Source;
use policy_core::span::{FileId, Span};

/// Places are drawn together when no more lines than these part them.
const MAX_LINES: usize = 20;
/// Nor more bytes than these.
const MAX_BYTES: usize = 4000;
/// How much of a line is shown before and behind a place.
const MAX_AROUND: usize = 400;

/// A place in a text that is underlined.
#[derive(Debug)]
pub(super) struct Mark<'a> {
    /// The bytes of the whole text.
    pub(super) range: Range<usize>,
    /// Whether the finding is about it, or it only matters.
    pub(super) kind: AnnotationKind,
    /// What it shows.
    pub(super) what: Option<&'a str>,
}

/// A part of a text with the places in it.
#[derive(Debug)]
pub(super) struct Excerpt<'a> {
    /// The bytes of the whole text.
    pub(super) window: Range<usize>,
    /// Whether the window begins inside of a line, so that columns in it mean nothing.
    pub(super) is_cut: bool,
    /// At least one.
    pub(super) marks: Vec<Mark<'a>>,
}

/// A place that is shown: whether it is what is spoken of, and what it shows.
pub(super) type Place<'a> = (Span, AnnotationKind, Option<&'a str>);

/// What is drawn of one file, the first place first.
pub(super) fn excerpts<'a>(
    source: &Source,
    file: FileId,
    places: &[Place<'a>],
) -> Vec<Excerpt<'a>> {
    let marks = places
        .iter()
        .filter(|(span, ..)| span.file == file)
        .map(|(span, kind, what)| Mark {
            range: shortened(&source.text, bytes(source, *span)),
            kind: *kind,
            what: *what,
        });
    let mut groups: Vec<(Range<usize>, Vec<Mark<'_>>)> = Vec::new();
    for mark in marks {
        let joined =
            |all: &Range<usize>| all.start.min(mark.range.start)..all.end.max(mark.range.end);
        let near = groups
            .iter_mut()
            .find(|(all, _)| is_short(&source.text, joined(all)));
        match near {
            Some((all, marks)) => {
                *all = joined(all);
                marks.push(mark);
            }
            None => groups.push((mark.range.clone(), vec![mark])),
        }
    }
    groups
        .into_iter()
        .map(|(all, marks)| {
            let (window, is_cut) = window(&source.text, all);
            Excerpt {
                window,
                is_cut,
                marks,
            }
        })
        .collect()
}

/// The bytes of a span, inside of the text and between characters.
fn bytes(source: &Source, span: Span) -> Range<usize> {
    let start = source.text.floor_char_boundary(span.range().start);
    let end = source.text.floor_char_boundary(span.range().end);
    start..end.max(start)
}

fn is_short(text: &str, range: Range<usize>) -> bool {
    range.len() <= MAX_BYTES
        && text
            .get(range)
            .is_some_and(|text| text.matches('\n').count() <= MAX_LINES)
}

/// A range that is too long to be drawn ends with its first line.
fn shortened(text: &str, range: Range<usize>) -> Range<usize> {
    if is_short(text, range.clone()) {
        return range;
    }
    let end = text.floor_char_boundary(range.end.min(range.start + MAX_AROUND));
    let line = text.get(range.start..end).unwrap_or("");
    range.start..range.start + line.find('\n').unwrap_or(line.len())
}

/// The lines that hold a range, as far as they are near it, and whether the first one is cut.
fn window(text: &str, range: Range<usize>) -> (Range<usize>, bool) {
    let from = text.floor_char_boundary(range.start.saturating_sub(MAX_AROUND));
    let to = text.floor_char_boundary(range.end.saturating_add(MAX_AROUND));
    let before = text.get(from..range.start).unwrap_or("");
    let behind = text.get(range.end..to).unwrap_or("");
    let newline = before.rfind('\n');
    let start = newline.map_or(from, |newline| from + newline + 1);
    let end = range.end + behind.find('\n').unwrap_or(behind.len());
    (start..end, newline.is_none() && from > 0)
}
