//! Changes of one agent's block as edits of the text.
//!
//! All places are those of the text as it is, however many edits there are; [`before`] leads back
//! from a place in the edited text.

use crate::ast::{AgentItem, Block, Item, Statement};
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

/// A part of a text and what comes in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
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
                    let text = source.text.get(item.span.range())?;
                    let end = item.span.range().start + text.rfind('}')?;
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
                Change::Delete(span) => (self.with_its_line(*span), String::new()),
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

    /// The whole line, with the comment behind it, where nothing else stands on it.
    fn with_its_line(&self, span: Span) -> Span {
        let text = &self.source.text;
        let range = span.range();
        let before = text.get(..range.start).unwrap_or_default();
        let before = before.trim_end_matches([' ', '\t']);
        let behind = text.get(range.end..).unwrap_or_default();
        let rest = behind.split_once('\n').map(|(rest, _)| rest);
        let rest = rest.filter(|rest| matches!(rest.trim_start().chars().next(), None | Some('#')));
        match rest {
            Some(rest) if before.ends_with('\n') => {
                Span::new(self.file, before.len(), range.end + rest.len() + 1)
            }
            _ => span,
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

/// A text with edits of it, which are sorted and apart from each other.
pub(super) fn apply(text: &str, edits: &[Edit]) -> Option<String> {
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
pub(super) fn before(edits: &[Edit], span: Span) -> Option<Span> {
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
