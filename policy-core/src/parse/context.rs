//! What every parser knows: the text, its file, and the findings so far.

use std::cell::{Cell, OnceCell, RefCell};
use std::ops::Range;

use nom::Offset;

use super::hidden;
use super::lexical::{Read, Stop};
use super::recovery;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::span::{FileId, Located, Span};

/// The state of one [`parse`](super::parse).
pub(super) struct Context<'s> {
    file: FileId,
    text: &'s str,
    hidden: Vec<Range<usize>>, // INVARIANT: sorted, disjoint.
    report: RefCell<Report>,
    unclosed: OnceCell<bool>,
    comma_told_up_to: Cell<usize>,
    /// The first word of the first statement.
    pub(super) first_statement: Cell<Option<Span>>,
    /// The first `policy` statement.
    pub(super) policy: Cell<Option<Span>>,
}

impl<'s> Context<'s> {
    pub(super) fn new(file: FileId, text: &'s str) -> Self {
        let context = Self {
            file,
            text,
            hidden: Vec::new(),
            report: RefCell::default(),
            unclosed: OnceCell::new(),
            comma_told_up_to: Cell::new(0),
            first_statement: Cell::new(None),
            policy: Cell::new(None),
        };
        // Told while `hidden` is still empty: a finding inside of these ranges is dropped later.
        let hidden = hidden::scan(&context, text);
        Self { hidden, ..context }
    }

    pub(super) fn into_report(self) -> Report {
        self.report.into_inner().sorted()
    }

    /// The byte where `slice`, a part of the text, begins.
    pub(super) fn offset(&self, slice: &str) -> usize {
        self.text.offset(slice)
    }

    /// The place of `slice`, which must be a part of the text.
    pub(super) fn span(&self, slice: &str) -> Span {
        let start = self.offset(slice);
        Span::new(self.file, start, start + slice.len())
    }

    /// The place from the first byte of `start` up to the first byte of `rest`.
    pub(super) fn span_between(&self, start: &str, rest: &str) -> Span {
        Span::new(self.file, self.offset(start), self.offset(rest))
    }

    /// The place of `len` bytes at `start`.
    pub(super) fn span_at(&self, start: usize, len: usize) -> Span {
        Span::new(self.file, start, start + len)
    }

    /// Joins a value with the slice it was read from.
    pub(super) fn located<T>(&self, value: T, slice: &str) -> Located<T> {
        Located::new(value, self.span(slice))
    }

    /// Whether `slice` begins in the first column.
    pub(super) fn at_line_start(&self, slice: &str) -> bool {
        let before = self.text.split_at_checked(self.offset(slice));
        before.is_none_or(|(before, _)| matches!(before, "" | "\u{feff}") || before.ends_with('\n'))
    }

    /// Adds a finding, unless a hidden character in the same place has been told already: it is
    /// the cause.
    pub(super) fn say(&self, diagnostic: Diagnostic) {
        let Span { start, end, .. } = diagnostic.span;
        let (start, end) = (start as usize, end as usize);
        let next = self.hidden.partition_point(|range| range.end <= start);
        if self.hidden.get(next).is_some_and(|range| range.start < end) {
            return;
        }
        self.report.borrow_mut().push(diagnostic);
    }

    /// Adds a finding after which the statement cannot be read on.
    pub(super) fn fail<T>(&self, diagnostic: Diagnostic) -> Read<'s, T> {
        self.say(diagnostic);
        Err(nom::Err::Failure(Stop))
    }

    /// An error at `slice`.
    pub(super) fn error(&self, code: Code, slice: &str, message: impl Into<String>) -> Diagnostic {
        Diagnostic::error(code, self.span(slice), message)
    }

    /// Tells of a comma between words that blanks part, once for each line.
    pub(super) fn say_comma(&self, comma: &str) {
        let start = self.offset(comma);
        if start < self.comma_told_up_to.get() {
            return;
        }
        let rest = self
            .text
            .split_at_checked(start)
            .map_or("", |(_, rest)| rest);
        let line_len = rest.find('\n').unwrap_or(rest.len());
        self.comma_told_up_to.set(start + line_len);
        let line = rest
            .split_at_checked(line_len)
            .map_or(rest, |(line, _)| line);
        let found = Diagnostic::error(Code::Syntax, self.span_at(start, 1), "no comma stands here")
            .help("part the words by blanks");
        self.say(recovery::commas(line).fold(found, |found, at| {
            found.edit(self.span_at(start + at, 1), " ")
        }));
    }

    /// Whether the text opens more braces than it closes. Read only after a mistake.
    pub(super) fn leaves_a_brace_open(&self) -> bool {
        *self
            .unclosed
            .get_or_init(|| recovery::leaves_a_brace_open(self.text))
    }
}
