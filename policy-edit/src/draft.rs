//! The edits of all files while they are made.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ast::{AgentItem, Block, Item, Statement};
use policy_core::edit::{Edit, apply, node_end};
use policy_core::facts::Facts;
use policy_core::name::{Name, nearest};
use policy_core::print::statement_text;
use policy_core::sources::{Source, Sources};
use policy_core::span::{FileId, Located, Span};

use crate::align::align;
use crate::block::Braces;
use crate::text::{part, place};
use crate::{Edited, Refusal};

/// Edits that are not made yet.
pub(crate) struct Draft<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) facts: &'a Facts,
    edits: BTreeMap<FileId, Vec<Edit>>,
    pub(crate) notes: Vec<String>,
}

/// An agent in the text.
#[derive(Clone, Copy)]
pub(crate) struct Spot<'a> {
    pub(crate) source: &'a Source,
    pub(crate) file: FileId,
    /// Its number among the statements of the file.
    pub(crate) at: usize,
    pub(crate) item: &'a Item<Statement>,
    pub(crate) name: &'a Located<Name>,
    pub(crate) block: &'a Block<AgentItem>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(sources: &'a Sources, facts: &'a Facts) -> Self {
        Self {
            sources,
            facts,
            edits: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// The agents, in the order of the text.
    pub(crate) fn agents(&self) -> impl Iterator<Item = Spot<'a>> + use<'a> {
        statements(self.sources).filter_map(|(file, source, at, item)| match &item.node {
            Statement::Agent { name, block } => Some(Spot {
                source,
                file,
                at,
                item,
                name,
                block,
            }),
            _ => None,
        })
    }

    /// The agent of that name.
    pub(crate) fn agent(&self, name: &Name) -> Result<Spot<'a>, Refusal> {
        let found: Vec<Spot<'a>> = self
            .agents()
            .filter(|spot| spot.name.value.is(name))
            .collect();
        match found.as_slice() {
            [] => {}
            [spot] => return Ok(*spot),
            several => {
                let places = several.iter().map(|spot| self.place(spot.name.span));
                return Err(Refusal::Several {
                    name: name.to_string(),
                    places: places.collect(),
                });
            }
        }
        let names: Vec<&Name> = self.agents().map(|spot| &spot.name.value).collect();
        Err(Refusal::NoAgent {
            name: name.to_string(),
            meant: nearest(name, names.iter().copied()).map(Name::to_string),
            known: names.into_iter().map(Name::to_string).collect(),
        })
    }

    pub(crate) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    pub(crate) fn push(&mut self, edit: Edit) {
        self.edits.entry(edit.span.file).or_default().push(edit);
    }

    pub(crate) fn extend(&mut self, edits: impl IntoIterator<Item = Edit>) {
        edits.into_iter().for_each(|edit| self.push(edit));
    }

    /// Another text in a place.
    pub(crate) fn replace(&mut self, span: Span, text: impl Into<String>) {
        let text = text.into();
        self.push(Edit { span, text });
    }

    /// `FILE:LINE` of a place.
    pub(crate) fn place(&self, span: Span) -> String {
        let source = self.sources.file(span.file);
        source.map_or_else(String::new, |source| place(source, span))
    }

    /// Another statement in the place of one; what it silences and the comment behind it stay.
    pub(crate) fn rewrite(&mut self, spot: Spot<'_>, item: &Item<AgentItem>, node: &AgentItem) {
        let start = item.span.range().start;
        let span = part(spot.file, start, node_end(spot.source, item));
        self.replace(span, statement_text(node));
    }

    /// New statements in an agent, each where its kind belongs.
    pub(crate) fn add(&mut self, spot: Spot<'a>, nodes: &[AgentItem]) -> Result<(), Refusal> {
        let mut rows: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for node in nodes {
            let mut items = spot.block.items.iter();
            let last = items.rposition(|item| rank(&item.node) <= rank(node));
            let at = last.map_or(0, |at| at + 1);
            rows.entry(at).or_default().push(statement_text(node));
        }
        self.insert(spot, &rows)
    }

    /// New statements in an agent, before those of these numbers.
    pub(crate) fn insert(
        &mut self,
        spot: Spot<'a>,
        rows: &BTreeMap<usize, Vec<String>>,
    ) -> Result<(), Refusal> {
        let edits = self.braces(spot)?.insert(rows);
        let edits = edits.ok_or_else(|| self.unreadable(spot))?;
        self.extend(edits);
        Ok(())
    }

    /// Statements of an agent less.
    pub(crate) fn delete(&mut self, spot: Spot<'a>, gone: &BTreeSet<usize>) -> Result<(), Refusal> {
        for item in gone.iter().filter_map(|at| spot.block.items.get(*at)) {
            if !item.comments.is_empty() {
                let at = self.place(item.span);
                self.note(format!(
                    "the comment above {at} stays: see whether it still says something"
                ));
            }
        }
        let edits = self.braces(spot)?.delete(gone);
        self.extend(edits);
        Ok(())
    }

    fn braces(&self, spot: Spot<'a>) -> Result<Braces<'a, AgentItem>, Refusal> {
        let after = spot.name.span.range().end;
        let braces = Braces::of(spot.source, spot.item, after, spot.block);
        braces.ok_or_else(|| self.unreadable(spot))
    }

    fn unreadable(&self, spot: Spot<'_>) -> Refusal {
        Refusal::Unreadable {
            name: spot.name.value.to_string(),
            at: self.place(spot.name.span),
        }
    }

    /// The texts.
    pub(crate) fn finish(mut self) -> Result<Edited, Refusal> {
        let mut texts = BTreeMap::new();
        for (file, mut edits) in std::mem::take(&mut self.edits) {
            edits.sort_by_key(|edit| edit.span);
            let Some(source) = self.sources.file(file) else {
                continue;
            };
            let unreadable = || Refusal::Unreadable {
                name: source.name.clone(),
                at: source.name.clone(),
            };
            let edited = apply(&source.text, &edits).ok_or_else(unreadable)?;
            let edited = align(file, edited, &edits);
            if edited != source.text {
                texts.insert(file, edited);
            }
        }
        Ok(Edited {
            texts,
            notes: self.notes,
        })
    }
}

/// All statements, each with its file and its number there.
pub(crate) fn statements(
    sources: &Sources,
) -> impl Iterator<Item = (FileId, &Source, usize, &Item<Statement>)> {
    let files = (0..).map(FileId).zip(sources.files());
    files.flat_map(|(file, source)| {
        let items = source.tree.statements.iter().enumerate();
        items.map(move |(at, item)| (file, source, at, item))
    })
}

/// The usual order of the statements of an agent.
fn rank(node: &AgentItem) -> usize {
    match node {
        AgentItem::Id(_) => 0,
        AgentItem::Provider(_) => 1,
        AgentItem::Access(_) => 2,
        AgentItem::Allow(_) => 3,
        AgentItem::Deny(_) => 4,
        AgentItem::Lan(_) => 5,
        AgentItem::Cdp(_) => 6,
        AgentItem::Sessions(_) => 7,
        AgentItem::Mode(_) => 8,
    }
}
