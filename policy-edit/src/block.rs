//! Lines that come into a block, and lines that leave it.
//!
//! A comment on a line of its own stays where it is, whatever goes below it; one behind a statement
//! goes with that. A block on one line is unfolded when it gets a second statement, and one that
//! loses its last is written `{}`. An empty line that would be left at the end of a block, or
//! beside another one, goes with the statement below it.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ast::{Block, Comment, Item, Statement};
use policy_core::edit::{Edit, closing_brace, own_lines};
use policy_core::sources::Source;
use policy_core::span::FileId;

use crate::text::{empty_lines_above, indent, line_end, line_start, next_line, part};

/// A block with the places of its braces.
pub(crate) struct Braces<'a, T> {
    source: &'a Source,
    file: FileId,
    block: &'a Block<T>,
    /// One past the opening brace.
    open: usize,
    /// Where the closing brace stands.
    close: usize,
    outer_indent: &'a str,
}

impl<'a, T> Braces<'a, T> {
    /// The block of a statement whose header ends at `after`; `None` where a brace is missing.
    pub(crate) fn of(
        source: &'a Source,
        item: &Item<Statement>,
        after: usize,
        block: &'a Block<T>,
    ) -> Option<Self> {
        let close = closing_brace(source, item)?;
        let open = after + source.text.get(after..close)?.find('{')? + 1;
        Some(Self {
            source,
            file: item.span.file,
            block,
            open,
            close,
            outer_indent: indent(&source.text, item.span.range().start),
        })
    }

    /// New statements, each before the item of that number or at the end of the block.
    ///
    /// `None` where a statement that cannot be read stands in the way.
    pub(crate) fn insert(&self, rows: &BTreeMap<usize, Vec<String>>) -> Option<Vec<Edit>> {
        let edits = self.inserted(rows);
        let is_harmless = |edit: &Edit| {
            let range = edit.span.range();
            self.between(range.start, range.end).trim().is_empty()
        };
        edits.iter().all(is_harmless).then_some(edits)
    }

    fn inserted(&self, rows: &BTreeMap<usize, Vec<String>>) -> Vec<Edit> {
        if rows.is_empty() {
            return Vec::new();
        }
        let text = &self.source.text;
        let indent = self.inner_indent();
        let end = line_end(text);
        let lines = |at: usize| {
            let rows = rows.get(&at).into_iter().flatten();
            rows.map(|row| format!("{indent}{row}{end}"))
                .collect::<String>()
        };
        let is_one_line = !self.between(self.open, self.close).contains('\n');
        let items = &self.block.items;
        let (Some(first), Some(last)) = (items.first(), items.last()) else {
            let all: String = rows.keys().map(|at| lines(*at)).collect();
            if is_one_line {
                let text = format!("{end}{all}{}", self.outer_indent);
                return vec![self.edit(self.open, self.close, text)];
            }
            let at = line_start(text, self.close);
            return vec![self.edit(at, at, all)];
        };
        let mut edits = Vec::new();
        let starts_behind_brace = !self
            .between(self.open, first.span.range().start)
            .contains('\n');
        if starts_behind_brace && (is_one_line || rows.contains_key(&0)) {
            let text = format!("{end}{}{indent}", lines(0));
            edits.push(self.edit(self.open, first.span.range().start, text));
        } else if rows.contains_key(&0) {
            let at = next_line(text, self.open);
            edits.push(self.edit(at, at, lines(0)));
        }
        for (at, above) in (1..).zip(items.iter().take(items.len() - 1)) {
            if rows.contains_key(&at) {
                let here = next_line(text, above.span.range().end);
                edits.push(self.edit(here, here, lines(at)));
            }
        }
        let last_end = last.span.range().end;
        let rest: String = rows
            .range(items.len()..)
            .map(|(at, _)| lines(*at))
            .collect();
        let ends_before_brace = !self.between(last_end, self.close).contains('\n');
        if ends_before_brace && (is_one_line || !rest.is_empty()) {
            let text = format!("{end}{rest}{}", self.outer_indent);
            edits.push(self.edit(last_end, self.close, text));
        } else if !rest.is_empty() {
            let here = next_line(text, last_end);
            edits.push(self.edit(here, here, rest));
        }
        edits
    }

    /// Statements less, by their numbers.
    pub(crate) fn delete(&self, gone: &BTreeSet<usize>) -> Vec<Edit> {
        let Block {
            items,
            opening,
            end,
            ..
        } = self.block;
        let is_bare = opening.is_none() && end.is_empty();
        let is_left = |at: &usize| !gone.contains(at);
        if is_bare
            && !(0..items.len()).any(|at| is_left(&at))
            && items.iter().all(|item| item.comments.is_empty())
            && self.holds_nothing_else()
        {
            return vec![self.edit(self.open, self.close, String::new())];
        }
        let mut edits = Vec::new();
        for (at, item) in items.iter().enumerate().filter(|(at, _)| !is_left(at)) {
            let next = items.iter().enumerate().skip(at + 1);
            let next = next.filter(|(at, _)| is_left(at)).map(|(_, item)| item);
            let leaves_a_gap = leaves_a_gap(item, next.into_iter().next(), end);
            edits.push(match own_lines(self.source, item.span) {
                Some(own) => {
                    let own = own.range();
                    let start = match leaves_a_gap {
                        true => empty_lines_above(&self.source.text, own.start),
                        false => own.start,
                    };
                    self.edit(start, own.end, String::new())
                }
                None => self.on_a_shared_line(item),
            });
        }
        edits
    }

    /// Whether every line of the block is a statement that could be read.
    fn holds_nothing_else(&self) -> bool {
        let mut at = self.open;
        for item in &self.block.items {
            let own = own_lines(self.source, item.span).unwrap_or(item.span);
            let own = own.range();
            if !self.between(at, own.start.max(at)).trim().is_empty() {
                return false;
            }
            at = own.end;
        }
        self.between(at, self.close).trim().is_empty()
    }

    /// The first or the last statement, on the line of a brace.
    fn on_a_shared_line(&self, item: &Item<T>) -> Edit {
        let range = item.span.range();
        if !self.between(self.open, range.start).contains('\n') {
            return self.edit(self.open, range.end, String::new());
        }
        let start = line_start(&self.source.text, range.start);
        self.edit(start, self.close, self.outer_indent.to_owned())
    }

    /// The blanks before the statements of the block.
    fn inner_indent(&self) -> String {
        let text = &self.source.text;
        let alone = self.block.items.iter().find(|item| {
            let start = item.span.range().start;
            let before = text.get(line_start(text, start)..start);
            before.is_some_and(|before| before.trim().is_empty())
        });
        match alone {
            Some(item) => indent(text, item.span.range().start).to_owned(),
            None => format!("{}  ", self.outer_indent),
        }
    }

    fn between(&self, start: usize, end: usize) -> &'a str {
        self.source.text.get(start..end).unwrap_or_default()
    }

    fn edit(&self, start: usize, end: usize, text: String) -> Edit {
        Edit {
            span: part(self.file, start, end),
            text,
        }
    }
}

/// Whether the empty line above a statement would stand beside another one, or at an end, without
/// that statement.
fn leaves_a_gap<T>(item: &Item<T>, next: Option<&Item<T>>, end: &[Comment]) -> bool {
    let is_followed = match next {
        Some(next) => !next.blank_before,
        None => end.first().is_some_and(|comment| !comment.blank_before),
    };
    item.blank_before && item.comments.is_empty() && !is_followed
}

/// A statement at the top of a file less.
pub(crate) fn delete_statement(source: &Source, file: FileId, at: usize) -> Option<Edit> {
    let statements = &source.tree.statements;
    let item = statements.get(at)?;
    let text = &source.text;
    let own = own_lines(source, item.span).unwrap_or(item.span).range();
    let mut start = own.start;
    if leaves_a_gap(item, statements.get(at + 1), &source.tree.end) {
        start = empty_lines_above(text, start);
    }
    if own.end == text.len() && !text.ends_with('\n') {
        // The file goes on without a line end at its end.
        let before = text.get(..start)?;
        let before = before.strip_suffix('\n').unwrap_or(before);
        start = before.strip_suffix('\r').unwrap_or(before).len();
    }
    Some(Edit {
        span: part(file, start, own.end),
        text: String::new(),
    })
}

/// New lines behind a statement at the top of a file, or at the file's start; `is_parted` asks for
/// an empty line above them.
pub(crate) fn insert_statement(
    source: &Source,
    file: FileId,
    behind: Option<usize>,
    lines: &str,
    is_parted: bool,
) -> Edit {
    let text = &source.text;
    let end = line_end(text);
    let mut new = lines.replace('\n', end);
    let statements = &source.tree.statements;
    let above = behind.and_then(|at| statements.get(at));
    let below = statements.get(behind.map_or(0, |at| at + 1));
    let is_tall = |text: &str| text.trim_end().contains('\n');
    let above_text = above.and_then(|item| text.get(item.span.range()));
    if above.is_some() && (is_parted || (is_tall(lines) && above_text.is_some_and(is_tall))) {
        new.insert_str(0, end);
    }
    let at = above.map_or(0, |item| next_line(text, item.span.range().end));
    let is_close = below.is_some_and(|item| {
        let has_gap = item.blank_before || item.comments.iter().any(|one| one.blank_before);
        !has_gap && text.get(item.span.range()).is_some_and(is_tall)
    });
    if is_close && is_tall(lines) {
        new.push_str(end);
    }
    if at == text.len() && !text.is_empty() && !text.ends_with('\n') {
        // The file keeps being one without a line end at its end.
        let bare = new.strip_suffix(end).unwrap_or(&new);
        new = format!("{end}{bare}");
    }
    Edit {
        span: part(file, at, at),
        text: new,
    }
}
