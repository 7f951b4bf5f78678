//! The columns of new lines: those that `fmt` would give them.
//!
//! Only lines that an edit has touched are looked at, and only in a block whose other lines are in
//! their columns. So no other line moves, and a layout of somebody's own is left alone.

use policy_core::ast::{File, Item, Statement};
use policy_core::edit::{Edit, apply};
use policy_core::parse::parse;
use policy_core::span::{FileId, Span};

use crate::text::{line_start, part};

/// A statement in a block: its place, and whether a comment stands behind it.
struct Row {
    span: Span,
    has_comment: bool,
}

/// The edited text, its touched lines in their columns.
pub(crate) fn align(file: FileId, text: String, edits: &[Edit]) -> String {
    let (tree, _) = parse(file, &text);
    let touched = touched(edits);
    let mut moves = Vec::new();
    for item in &tree.statements {
        let is_hit = touched
            .iter()
            .any(|(start, end)| *start < item.span.range().end && *end > item.span.range().start);
        if is_hit {
            moves.extend(of_block(file, &text, item, &touched));
        }
    }
    apply(&text, &moves).unwrap_or(text)
}

/// What the edits have written, as places of the edited text.
fn touched(edits: &[Edit]) -> Vec<(usize, usize)> {
    let (mut come, mut gone) = (0, 0);
    let mut places = Vec::new();
    for edit in edits {
        let start = edit.span.range().start + come - gone;
        come += edit.text.len();
        gone += edit.span.range().len();
        places.push((start, start + edit.text.len()));
    }
    places
}

fn of_block(
    file: FileId,
    text: &str,
    item: &Item<Statement>,
    touched: &[(usize, usize)],
) -> Vec<Edit> {
    let alone = File {
        statements: vec![Item {
            comments: Vec::new(),
            ..item.clone()
        }],
        end: Vec::new(),
    };
    let printed = alone.to_string();
    let (tree, _) = parse(file, &printed);
    let model = tree.statements.first().map(|item| rows(&item.node));
    let rows = rows(&item.node);
    let Some(model) = model.filter(|model| model.len() == rows.len() && printed.contains("\n  "))
    else {
        return Vec::new();
    };
    let is_agent = matches!(item.node, Statement::Agent { .. });
    let (mut own, mut is_aligned) = (Vec::new(), true);
    for (row, model) in rows.iter().zip(&model) {
        if is_touched(row.span, touched) {
            own.push((row, model));
        } else {
            let (found, wanted) = (upto_end(text, row.span), upto_end(&printed, model.span));
            is_aligned &= match is_agent {
                true => head(found) == head(wanted),
                false => found == wanted,
            };
        }
    }
    if !is_aligned {
        return Vec::new();
    }
    let mut edits = Vec::new();
    for (row, model) in own {
        let range = row.span.range();
        let start = line_start(text, range.start);
        let is_alone = text
            .get(start..range.start)
            .is_some_and(|before| before.trim().is_empty());
        if !is_alone {
            continue;
        }
        edits.push(Edit {
            span: part(file, start, range.end),
            text: upto_end(&printed, model.span).to_owned(),
        });
        if row.has_comment {
            let gap = |text: &str, at: usize| {
                let behind = text.get(at..).unwrap_or_default();
                behind.len() - behind.trim_start_matches([' ', '\t']).len()
            };
            edits.push(Edit {
                span: part(file, range.end, range.end + gap(text, range.end)),
                text: " ".repeat(gap(&printed, model.span.range().end)),
            });
        }
    }
    edits
}

/// Whether an edit has written a part of a statement, or taken one out of it.
fn is_touched(span: Span, touched: &[(usize, usize)]) -> bool {
    let range = span.range();
    touched.iter().any(|(start, end)| match start == end {
        true => *start > range.start && *start <= range.end,
        false => *start < range.end && *end >= range.start,
    })
}

/// The line of a statement up to the statement's end.
fn upto_end(text: &str, span: Span) -> &str {
    let range = span.range();
    text.get(line_start(text, range.start)..range.end)
        .unwrap_or_default()
}

/// A line up to its second word.
fn head(line: &str) -> &str {
    let words = line.trim_start_matches([' ', '\t']);
    let rest = words.split_once([' ', '\t']).map_or("", |(_, rest)| rest);
    let len = line.len() - rest.trim_start_matches([' ', '\t']).len();
    line.get(..len).unwrap_or_default()
}

fn rows(node: &Statement) -> Vec<Row> {
    fn of<T>(items: &[Item<T>]) -> Vec<Row> {
        let row = |item: &Item<T>| Row {
            span: item.span,
            has_comment: item.trailing.is_some(),
        };
        items.iter().map(row).collect()
    }
    match node {
        Statement::Agent { block, .. } => of(&block.items),
        Statement::Test { block, .. } => of(&block.items),
        Statement::Invariant { block, .. } => of(&block.items),
        _ => Vec::new(),
    }
}
