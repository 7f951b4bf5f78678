//! Changes of one agent's block as edits of the text.

use crate::ast::{AgentItem, Block, Item, Statement};
use crate::edit::{Edit, closing_brace, own_lines};
use crate::name::Name;
use crate::sources::{Source, Sources};
use crate::span::{FileId, Span};

/// One change, as a person would say it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new statement at the end of the agent's block.
    Add(String),
    /// Another statement in the place of one.
    Replace(Span, String),
    /// A statement less.
    Delete(Span),
    /// A target of a statement less.
    TakeOut(Span),
}

/// An agent's block and the changes to it.
pub(super) struct Draft<'a> {
    source: &'a Source,
    file: FileId,
    block: &'a Block<AgentItem>,
    /// Where the closing brace stands.
    end: usize,
    pub(super) changes: Vec<Change>,
}

impl<'a> Draft<'a> {
    /// No changes yet; `None` where the agent's block cannot be found.
    pub(super) fn new(sources: &'a Sources, agent: &Name) -> Option<Self> {
        for source in sources.files() {
            for item in &source.tree.statements {
                if let Statement::Agent { name, block } = &item.node
                    && name.value.is(agent)
                {
                    let end = closing_brace(source, item)?;
                    return Some(Self {
                        source,
                        file: item.span.file,
                        block,
                        end,
                        changes: Vec::new(),
                    });
                }
            }
        }
        None
    }

    /// The statement of the agent at a place.
    pub(super) fn item(&self, span: Span) -> Option<&'a Item<AgentItem>> {
        self.block.items.iter().find(|item| item.span == span)
    }

    /// The change that gives a setting, which stands once, another value.
    pub(super) fn set(&self, text: &str, is_it: impl Fn(&AgentItem) -> bool) -> Change {
        match self.block.items.iter().find(|item| is_it(&item.node)) {
            Some(item) => Change::Replace(item.span, text.to_owned()),
            None => Change::Add(text.to_owned()),
        }
    }

    /// The changes as edits, sorted and apart from each other.
    pub(super) fn edits(&self) -> Vec<Edit> {
        let mut edits: Vec<Edit> = Vec::new();
        let mut added = String::new();
        for change in &self.changes {
            let (span, text) = match change {
                Change::Add(line) => {
                    added.push_str(&format!("  {line}\n"));
                    continue;
                }
                Change::Replace(span, text) => (*span, text.clone()),
                Change::Delete(span) => {
                    let whole = own_lines(self.source, *span);
                    (whole.unwrap_or(*span), String::new())
                }
                Change::TakeOut(span) => (self.with_blanks_before(*span), String::new()),
            };
            edits.push(Edit { span, text });
        }
        if !added.is_empty() {
            edits.push(self.added(added));
        }
        edits.sort_by_key(|edit| edit.span);
        edits
    }

    /// Lines before the closing brace, which may stand on a line with other things.
    fn added(&self, lines: String) -> Edit {
        let text = &self.source.text;
        let before = text.get(..self.end).unwrap_or_default();
        let kept = before.trim_end_matches([' ', '\t']).len();
        let begins_line = before.get(..kept).is_some_and(|kept| kept.ends_with('\n'));
        if begins_line {
            let span = Span::new(self.file, kept, kept);
            return Edit { span, text: lines };
        }
        // The brace goes to a line of its own.
        Edit {
            span: Span::new(self.file, kept, self.end + 1),
            text: format!("\n{lines}}}"),
        }
    }

    fn with_blanks_before(&self, span: Span) -> Span {
        let before = self.source.text.get(..span.range().start);
        let start = before
            .unwrap_or_default()
            .trim_end_matches([' ', '\t'])
            .len();
        Span::new(self.file, start, span.range().end)
    }
}
