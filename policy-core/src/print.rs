//! Writes a tree in the canonical form: what `fmt` prints.
//!
//! Two blanks of indent, one statement on each line, arguments in one column within a block, at
//! most one empty line between statements. A block keeps to one line when it was written so, has
//! no comment inside, at most one statement (a set: any number of patterns), and fits. Reading the
//! printed text gives an equal tree, so printing that again gives the same text.
//!
//! The columns do not depend on which statements a block has (only those of a `test` do), so that
//! adding one leaves the other lines alone.

mod statement;
mod word;

use std::fmt::{self, Write};

use crate::ast::{AgentItem, Block, Comment, File, Item, Statement};
use statement::Layout;

/// The longest line that a block is folded into, in characters.
pub const MAX_LINE_LEN: usize = 100;

const INDENT: &str = "  ";

impl fmt::Display for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, item) in self.statements.iter().enumerate() {
            write_item(f, "", at == 0, item, |f| {
                write_top(f, &item.node)?;
                f.write_str(&statement::despite(&item.despite))
            })?;
        }
        write_comments(f, "", self.statements.is_empty(), &self.end)
    }
}

/// One statement of an agent in its canonical form without alignment and comments: words parted
/// by single blanks. Two statements that say the same have the same text.
pub fn statement_text(item: &AgentItem) -> String {
    statement::agent_item(item, Layout::PLAIN)
}

/// A statement at the top of a file, without its line end.
fn write_top(f: &mut impl Write, node: &Statement) -> fmt::Result {
    match node {
        Statement::Policy(version) => write!(f, "policy {}", version.value),
        Statement::SafePorts(ports) => {
            f.write_str("safe-ports")?;
            ports
                .iter()
                .try_for_each(|port| write!(f, " {}", port.value))
        }
        Statement::Include(path) => write!(f, "include \"{}\"", path.value),
        Statement::Edge(edge) => f.write_str(&statement::edge(edge)),
        Statement::Gateway { name, block } => {
            let header = format!("gateway {}", name.value);
            write_block(f, &header, block, Layout::PLAIN, statement::gateway_item)
        }
        Statement::Network(block) => write_block(
            f,
            "network",
            block,
            Layout::NETWORK,
            statement::network_item,
        ),
        Statement::Provider(set) => {
            let header = format!("provider {}", set.name.value);
            write_set(f, &header, &set.block)
        }
        Statement::Hosts(set) => {
            let header = format!("hosts {}", set.name.value);
            write_set(f, &header, &set.block)
        }
        Statement::Agent { name, block } => {
            let header = format!("agent {}", name.value);
            write_block(f, &header, block, Layout::AGENT, statement::agent_item)
        }
        Statement::Test { title, block } => {
            let header = format!("test \"{}\"", title.value);
            let layout = Layout::of_test(block);
            write_block(f, &header, block, layout, statement::can)
        }
        Statement::Invariant { title, block } => {
            let header = format!("invariant \"{}\"", title.value);
            write_block(f, &header, block, Layout::PLAIN, statement::reaches)
        }
    }
}

/// A block of statements behind its header.
fn write_block<T>(
    f: &mut impl Write,
    header: &str,
    block: &Block<T>,
    layout: Layout,
    text: impl Fn(&T, Layout) -> String,
) -> fmt::Result {
    if block.items.len() <= 1
        && let Some(line) = folded(header, block, |node| text(node, Layout::WIDE_TAIL))
    {
        return f.write_str(&line);
    }
    write_lines(f, header, block, |node| text(node, layout))
}

/// A set behind its header.
fn write_set<T: fmt::Display>(f: &mut impl Write, header: &str, block: &Block<T>) -> fmt::Result {
    match folded(header, block, T::to_string) {
        Some(line) => f.write_str(&line),
        None => write_lines(f, header, block, T::to_string),
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

/// The block with a line for each item.
fn write_lines<T>(
    f: &mut impl Write,
    header: &str,
    block: &Block<T>,
    text: impl Fn(&T) -> String,
) -> fmt::Result {
    write!(f, "{header} {{")?;
    write_trailing(f, block.opening.as_deref())?;
    f.write_char('\n')?;
    for (at, item) in block.items.iter().enumerate() {
        write_item(f, INDENT, at == 0, item, |f| {
            f.write_str(&text(&item.node))?;
            f.write_str(&statement::despite(&item.despite))
        })?;
    }
    write_comments(f, INDENT, block.items.is_empty(), &block.end)?;
    f.write_char('}')
}

/// A statement with its comments, and the line end.
fn write_item<T, W: Write>(
    f: &mut W,
    indent: &str,
    is_first: bool,
    item: &Item<T>,
    node: impl Fn(&mut W) -> fmt::Result,
) -> fmt::Result {
    if item.blank_before && !is_first {
        f.write_char('\n')?;
    }
    write_comments(f, indent, true, &item.comments)?;
    if item.blank_after_comments && !item.comments.is_empty() {
        f.write_char('\n')?;
    }
    f.write_str(indent)?;
    node(f)?;
    write_trailing(f, item.trailing.as_deref())?;
    f.write_char('\n')
}

/// Comments on lines of their own.
fn write_comments(
    f: &mut impl Write,
    indent: &str,
    is_first: bool,
    comments: &[Comment],
) -> fmt::Result {
    for (at, comment) in comments.iter().enumerate() {
        if comment.blank_before && !(is_first && at == 0) {
            f.write_char('\n')?;
        }
        f.write_str(indent)?;
        write_comment(f, &comment.text)?;
        f.write_char('\n')?;
    }
    Ok(())
}

/// A comment behind a statement.
fn write_trailing(f: &mut impl Write, text: Option<&str>) -> fmt::Result {
    let Some(text) = text else {
        return Ok(());
    };
    f.write_str("  ")?;
    write_comment(f, text)
}

fn write_comment(f: &mut impl Write, text: &str) -> fmt::Result {
    f.write_char('#')?;
    if text.is_empty() {
        return Ok(());
    }
    write!(f, " {text}")
}
