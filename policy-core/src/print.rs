//! Writes a tree in the canonical form: what [`crate::format`] prints.
//!
//! Two blanks of indent, one statement on each line, arguments in one column within a block, at
//! most one empty line between statements, tails and comments of adjacent lines in columns. A block
//! keeps to one line when it was written so, has no comment inside, at most one statement (a set:
//! any number of patterns), and fits. Patterns that share a line keep doing so. Reading the printed
//! text gives an equal tree, so printing that again gives the same text.
//!
//! The columns of words do not depend on which statements a block has (only those of a `test` do),
//! so that adding one leaves the other lines alone.

mod page;
mod statement;
mod word;

use std::fmt;

use crate::ast::{AgentItem, Block, Comment, File, Item, Statement};
use page::Page;
use statement::{Layout, Row};

/// The longest line that a block is folded into, in characters.
pub const MAX_LINE_LEN: usize = 100;

const INDENT: &str = "  ";

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&page(self, |_, _| false).into_text())
    }
}

/// A file with an empty line between adjacent blocks that take several lines each.
pub(crate) fn parted(file: &File) -> String {
    let mut above_is_tall = false;
    let part = |item: &Item<Statement>, is_tall: bool| {
        let part = above_is_tall && is_tall && !is_parted(item);
        above_is_tall = is_tall;
        part
    };
    page(file, part).into_text()
}

/// Whether an empty line stands somewhere above the statement.
fn is_parted(item: &Item<Statement>) -> bool {
    let before_comments = item.comments.iter().any(|comment| comment.blank_before);
    item.blank_before || before_comments || (item.blank_after_comments && !item.comments.is_empty())
}

/// The lines of a file. `part` is told of each statement and whether it takes several lines, and says
/// whether an empty line more stands above it.
fn page(file: &File, mut part: impl FnMut(&Item<Statement>, bool) -> bool) -> Page {
    let mut page = Page::default();
    let mut parted = Vec::new();
    for (at, item) in file.statements.iter().enumerate() {
        let above = page.n_lines();
        let mut n_lines = 0;
        write_item(&mut page, "", at == 0, item, |page| {
            let before = page.n_lines();
            write_top(page, &item.node);
            n_lines = page.n_lines() - before;
        });
        if part(item, n_lines > 1) {
            parted.push(above);
        }
    }
    write_comments(&mut page, "", file.statements.is_empty(), &file.end);
    page.part(&parted);
    page
}

/// One statement of an agent in its canonical form without alignment and comments: words parted
/// by single blanks. Two statements that say the same have the same text.
pub fn statement_text(item: &AgentItem) -> String {
    statement::agent_item(item, Layout::PLAIN).joined(Layout::PLAIN.gap)
}

/// A statement at the top of a file.
fn write_top(page: &mut Page, node: &Statement) {
    match node {
        Statement::Policy(version) => page.line("", &format!("policy {}", version.value)),
        Statement::SafePorts(ports) => {
            page.line("", &format!("safe-ports {}", statement::words(ports)));
        }
        Statement::Include(path) => page.line("", &format!("include \"{}\"", path.value)),
        Statement::Edge(edge) => page.line("", &statement::edge(edge)),
        Statement::Gateway { name, block } => {
            let header = format!("gateway {}", name.value);
            write_block(page, &header, block, Layout::PLAIN, statement::gateway_item);
        }
        Statement::Network(block) => {
            let layout = Layout::NETWORK;
            write_block(page, "network", block, layout, statement::network_item);
        }
        Statement::Provider(set) => {
            let header = format!("provider {}", set.name.value);
            write_set(page, &header, &set.block);
        }
        Statement::Hosts(set) => {
            let header = format!("hosts {}", set.name.value);
            write_set(page, &header, &set.block);
        }
        Statement::Agent { name, block } => {
            let header = format!("agent {}", name.value);
            write_block(page, &header, block, Layout::AGENT, statement::agent_item);
        }
        Statement::Test { title, block } => {
            let header = format!("test \"{}\"", title.value);
            let layout = Layout::of_test(block);
            write_block(page, &header, block, layout, statement::can);
        }
        Statement::Invariant { title, block } => {
            let header = format!("invariant \"{}\"", title.value);
            write_block(page, &header, block, Layout::PLAIN, statement::reaches);
        }
    }
}

/// A block of statements behind its header.
fn write_block<T>(
    page: &mut Page,
    header: &str,
    block: &Block<T>,
    layout: Layout,
    row: impl Fn(&T, Layout) -> Row,
) {
    let wide = Layout::WIDE_TAIL;
    if block.items.len() <= 1
        && let Some(line) = folded(header, block, |node| row(node, wide).joined(wide.gap))
    {
        return page.line("", &line);
    }
    write_lines(page, header, block, |page, node, _| {
        let Row { words, tail } = row(node, layout);
        page.line(INDENT, &words);
        page.tail(tail);
    });
}

/// A set behind its header.
fn write_set<T: fmt::Display>(page: &mut Page, header: &str, block: &Block<T>) {
    match folded(header, block, T::to_string) {
        Some(line) => page.line("", &line),
        None => write_lines(page, header, block, |page, node, follows| {
            let word = node.to_string();
            if !(follows && page.append(&word, MAX_LINE_LEN)) {
                page.line(INDENT, &word);
            }
        }),
    }
}

/// The block on one line, where it may stand so.
fn folded<T>(header: &str, block: &Block<T>, text: impl Fn(&T) -> String) -> Option<String> {
    let is_bare =
        |item: &Item<T>| !item.blank_before && item.comments.is_empty() && item.trailing.is_none();
    if block.opening.is_some() || !block.end.is_empty() || !block.items.iter().all(is_bare) {
        return None;
    }
    if block.items.is_empty() {
        return Some(format!("{header} {{}}"));
    }
    if !block.one_line {
        return None;
    }
    let mut line = format!("{header} {{ ");
    for item in &block.items {
        line.push_str(&text(&item.node));
        line.push_str(&statement::despite(&item.despite));
        line.push(' ');
        // A set may have many thousand patterns.
        if line.len() > 4 * MAX_LINE_LEN {
            return None;
        }
    }
    line.push('}');
    (line.chars().count() <= MAX_LINE_LEN).then_some(line)
}

/// The block with its items on lines of their own; `write` is told of an item whether it may
/// stand on the line of the one before.
fn write_lines<T>(
    page: &mut Page,
    header: &str,
    block: &Block<T>,
    write: impl Fn(&mut Page, &T, bool),
) {
    page.line("", &format!("{header} {{"));
    page.trailing(block.opening.as_deref());
    for (at, item) in block.items.iter().enumerate() {
        let is_first = at == 0;
        let follows = item.follows && !is_first && !item.blank_before && item.comments.is_empty();
        write_item(page, INDENT, is_first, item, |page| {
            write(page, &item.node, follows)
        });
    }
    write_comments(page, INDENT, block.items.is_empty(), &block.end);
    page.line("", "}");
}

/// A statement with its comments.
fn write_item<T>(
    page: &mut Page,
    indent: &str,
    is_first: bool,
    item: &Item<T>,
    node: impl FnOnce(&mut Page),
) {
    if item.blank_before && !is_first {
        page.empty_line();
    }
    write_comments(page, indent, true, &item.comments);
    if item.blank_after_comments && !item.comments.is_empty() {
        page.empty_line();
    }
    node(page);
    page.despite(&statement::despite(&item.despite));
    page.trailing(item.trailing.as_deref());
}

/// Comments on lines of their own.
fn write_comments(page: &mut Page, indent: &str, is_first: bool, comments: &[Comment]) {
    for (at, comment) in comments.iter().enumerate() {
        if comment.blank_before && !(is_first && at == 0) {
            page.empty_line();
        }
        page.comment(indent, &comment.text);
    }
}
