//! proptest strategies: values, statements, whole files, and text that is none.
//!
//! Trees are such as the parser makes: the first statement of a file or a block has no empty line
//! before it, comments carry no blanks at their ends, and spans are those of an empty file. Names
//! come from a small pool half of the time, so that statements refer to each other.

mod files;
mod large;
mod policy;
mod statement;
mod text;
mod value;

pub use files::MemoryFiles;
pub use large::large_policy;
pub use policy::{PolicyText, policy};
pub use statement::{agent_item, edge, grant, lan, statement, tail};
pub use text::{damaged, ruffled, soup};
pub use value::{date, host, host_pattern, name, net, odd_host, port, port_set, reason};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::subsequence;

use crate::ast::{Block, Comment, Despite, File, Item, Statement};
use crate::diagnostic::Code;
use crate::span::{Located, Span};

/// A value that stands nowhere.
pub fn located<T>(value: T) -> Located<T> {
    Located::new(value, Span::default())
}

/// A whole file: `policy 1` and up to a dozen statements.
pub fn file() -> impl Strategy<Value = File> {
    let policy = item(Just(Statement::Policy(located(1))));
    let rest = vec(item(statement()), 0..12);
    (policy, rest, vec(comment(), 0..3)).prop_map(|(policy, rest, end)| {
        let mut statements = vec![policy];
        statements.extend(rest);
        if let Some(first) = statements.first_mut() {
            first.blank_before = false;
        }
        File { statements, end }
    })
}

/// A statement with its comments and what it silences.
fn item<T: std::fmt::Debug + Clone>(
    node: impl Strategy<Value = T>,
) -> impl Strategy<Value = Item<T>> {
    (pattern_item(node), despite()).prop_map(|(item, despite)| Item { despite, ..item })
}

/// A pattern of a set with its comments.
fn pattern_item<T: std::fmt::Debug + Clone>(
    node: impl Strategy<Value = T>,
) -> impl Strategy<Value = Item<T>> {
    let no_comments = prop_oneof![3 => Just(Vec::new()), 1 => vec(comment(), 1..3)];
    let trailing = option::weighted(0.2, comment_text());
    (any::<bool>(), no_comments, any::<bool>(), node, trailing).prop_map(
        |(blank_before, mut comments, blank_after, node, trailing)| {
            let blank_after_comments = blank_after && !comments.is_empty();
            if let Some(first) = comments.first_mut() {
                first.blank_before = false;
            }
            Item {
                blank_before,
                comments,
                blank_after_comments,
                follows: false,
                node,
                despite: Vec::new(),
                span: Span::default(),
                trailing,
            }
        },
    )
}

/// A block of up to `max` statements.
fn block<T: std::fmt::Debug + Clone>(
    node: impl Strategy<Value = T>,
    max: usize,
) -> impl Strategy<Value = Block<T>> {
    block_of(vec(item(node), 0..=max))
}

/// The block of a set.
fn set_block<T: std::fmt::Debug + Clone>(
    node: impl Strategy<Value = T>,
    max: usize,
) -> impl Strategy<Value = Block<T>> {
    block_of(vec(pattern_item(node), 0..=max))
}

fn block_of<T: std::fmt::Debug + Clone>(
    items: impl Strategy<Value = Vec<Item<T>>>,
) -> impl Strategy<Value = Block<T>> {
    let opening = option::weighted(0.1, comment_text());
    let end = prop_oneof![5 => Just(Vec::new()), 1 => vec(comment(), 1..3)];
    (items, opening, end, any::<bool>()).prop_map(|(mut items, opening, mut end, one_line)| {
        match items.first_mut() {
            Some(first) => first.blank_before = false,
            None => {
                if let Some(first) = end.first_mut() {
                    first.blank_before = false;
                }
            }
        }
        Block {
            items,
            opening,
            end,
            one_line,
        }
    })
}

/// What a statement silences: mostly nothing.
pub fn despite() -> impl Strategy<Value = Vec<Despite>> {
    let codes: Vec<Code> = Code::ALL
        .iter()
        .copied()
        .filter(|code| code.may_warn())
        .collect();
    let reason = reason().prop_filter("a reason", |text| !text.trim().is_empty());
    let clauses = vec((1_usize..3, reason), 1..3);
    let some = (subsequence(codes, 4), clauses).prop_map(|(codes, clauses)| {
        let mut codes = codes.into_iter().map(located);
        let clause = |(n_codes, reason)| Despite {
            codes: codes.by_ref().take(n_codes).collect(),
            reason: located(reason),
        };
        clauses.into_iter().map(clause).collect()
    });
    prop_oneof![4 => Just(Vec::new()), 1 => some]
}

fn comment() -> impl Strategy<Value = Comment> {
    (any::<bool>(), comment_text()).prop_map(|(blank_before, text)| Comment { blank_before, text })
}

fn comment_text() -> impl Strategy<Value = Box<str>> {
    prop_oneof![
        3 => "[a-z]{1,8}( [a-z]{1,8}){0,3}",
        // Whatever structures the text outside of a comment does not do so inside.
        2 => "[ -~äß\u{200b}]{0,20}",
    ]
    .prop_map(|text: String| text.trim_matches([' ', '\t']).into())
}
