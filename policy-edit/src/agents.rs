//! Agents that come, go and get another name.

use std::collections::BTreeSet;

use policy_core::ast::{AgentItem, Block, Item, Reaches, Statement};
use policy_core::edit::Edit;
use policy_core::mention::{Kind, mentions};
use policy_core::name::Name;
use policy_core::print::statement_text;
use policy_core::span::{FileId, Located};

use crate::Refusal;
use crate::block::{Braces, delete_statement, insert_statement};
use crate::draft::{Draft, statements};
use crate::settings::{DEFAULT_PROVIDER, DEFAULT_SESSIONS, fresh};
use crate::text::part;

/// A new agent, behind the last one of the root.
pub(crate) fn add(
    draft: &mut Draft<'_>,
    name: &Name,
    settings: &[AgentItem],
) -> Result<(), Refusal> {
    if let Some(spot) = draft.agents().find(|spot| spot.name.value.is(name)) {
        let mut items = spot.block.items.iter().map(|item| &item.node);
        let is_so = |wanted: &AgentItem| is_default(wanted, name) || items.any(|own| own == wanted);
        let at = draft.place(spot.name.span);
        if spot.name.value == *name && settings.iter().all(is_so) {
            draft.note(format!("`{name}` is there already, at {at}"));
            return Ok(());
        }
        return Err(Refusal::Taken {
            name: spot.name.value.to_string(),
            at,
        });
    }
    let root = FileId(0);
    let Some(source) = draft.sources.file(root) else {
        return Ok(());
    };
    let rows: String = settings
        .iter()
        .map(|item| format!("  {}\n", statement_text(item)))
        .collect();
    let lines = match rows.is_empty() {
        true => format!("agent {name} {{}}\n"),
        false => format!("agent {name} {{\n{rows}}}\n"),
    };
    let items = &source.tree.statements;
    let last = items.iter().rposition(|item| match &item.node {
        Statement::Edge(_) | Statement::Test { .. } | Statement::Invariant { .. } => false,
        Statement::Agent { .. } => true,
        // Without an agent in the file, behind whatever else it declares.
        _ => !items
            .iter()
            .any(|item| matches!(item.node, Statement::Agent { .. })),
    });
    let is_behind_agent = last
        .and_then(|at| items.get(at))
        .is_some_and(|item| matches!(item.node, Statement::Agent { .. }));
    let is_parted = !is_behind_agent || !rows.is_empty();
    draft.push(insert_statement(source, root, last, &lines, is_parted));
    Ok(())
}

/// Whether a setting says what an agent without it has.
fn is_default(item: &AgentItem, agent: &Name) -> bool {
    match item {
        AgentItem::Id(id) => &*id.value == agent.as_str(),
        AgentItem::Provider(name) => name.value.folded() == DEFAULT_PROVIDER,
        AgentItem::Access(access) => access.value == Default::default(),
        AgentItem::Sessions(sessions) => sessions.value == DEFAULT_SESSIONS,
        _ => false,
    }
}

/// An agent less.
pub(crate) fn remove(draft: &mut Draft<'_>, name: &Name, cascade: bool) -> Result<(), Refusal> {
    let spot = match draft.agent(name) {
        Ok(spot) => spot,
        Err(Refusal::NoAgent { .. }) => {
            draft.note(format!("there is no agent called `{name}`"));
            return Ok(());
        }
        Err(refusal) => return Err(refusal),
    };
    let mut places: Vec<String> = Vec::new();
    for source in draft.sources.files() {
        let others = mentions(&source.tree).into_iter();
        let others =
            others.filter(|one| one.kind == Kind::Agent && one.name.is(name) && !one.declares);
        places.extend(others.map(|one| draft.place(one.span)));
    }
    places.dedup();
    if !places.is_empty() && !cascade {
        return Err(Refusal::Named {
            name: spot.name.value.to_string(),
            places,
        });
    }
    if !spot.item.comments.is_empty() {
        let at = draft.place(spot.item.span);
        draft.note(format!(
            "the comment above {at} stays: see whether it still says something"
        ));
    }
    draft.extend(delete_statement(spot.source, spot.file, spot.at));
    for (file, source, at, item) in statements(draft.sources) {
        match &item.node {
            Statement::Edge(edge) if edge.from.value.is(name) || edge.to.value.is(name) => {
                draft.extend(delete_statement(source, file, at));
            }
            Statement::Test { title, block } => {
                let lines = block.items.iter().enumerate();
                let gone: BTreeSet<usize> = lines
                    .filter(|(_, line)| line.node.agent.value.is(name))
                    .map(|(at, _)| at)
                    .collect();
                if !gone.is_empty() && gone.len() == block.items.len() {
                    draft.note(format!(
                        "the test \"{}\" asks nothing else and goes",
                        title.value
                    ));
                    draft.extend(delete_statement(source, file, at));
                } else if !gone.is_empty() {
                    let braces = Braces::of(source, item, title.span.range().end, block);
                    let braces = braces.ok_or_else(|| Refusal::Unreadable {
                        name: title.value.to_string(),
                        at: draft.place(item.span),
                    })?;
                    draft.extend(braces.delete(&gone));
                }
            }
            Statement::Invariant { block, .. } => {
                let edits = without(file, block, name);
                draft.extend(edits);
            }
            _ => {}
        }
    }
    Ok(())
}

/// The lines of an invariant without an agent: `only` it is `nobody` then.
fn without(file: FileId, block: &Block<Reaches>, name: &Name) -> Vec<Edit> {
    let mut edits = Vec::new();
    for item in &block.items {
        let only = &item.node.only;
        let Some(nth) = only.iter().position(|own| own.value.is(name)) else {
            continue;
        };
        let (Some(own), Some(last)) = (only.get(nth), only.last()) else {
            continue;
        };
        let own = own.span.range();
        let before = nth.checked_sub(1).and_then(|nth| only.get(nth));
        let (start, end, text) = match (before, only.get(nth + 1)) {
            (Some(before), _) => (before.span.range().end, own.end, ""),
            (None, Some(next)) => (own.start, next.span.range().start, ""),
            (None, None) => (item.span.range().start, last.span.range().end, "nobody"),
        };
        edits.push(Edit {
            span: part(file, start, end),
            text: text.to_owned(),
        });
    }
    edits
}

/// Another name for an agent, wherever it stands. Addresses belong to the id, which stays.
pub(crate) fn rename(draft: &mut Draft<'_>, name: &Name, to: &Name) -> Result<(), Refusal> {
    let found = draft.agent(name);
    if let (Err(_), Some(_)) = (&found, draft.agents().find(|spot| spot.name.value == *to)) {
        draft.note(format!(
            "no agent is called `{name}`, and one is called `{to}`"
        ));
        return Ok(());
    }
    let spot = found?;
    if spot.name.value == *to {
        return Ok(());
    }
    let taken = draft
        .agents()
        .find(|other| other.name.value.is(to) && other.name.span != spot.name.span);
    if let Some(other) = taken {
        return Err(Refusal::Taken {
            name: other.name.value.to_string(),
            at: draft.place(other.name.span),
        });
    }
    for source in draft.sources.files() {
        for one in mentions(&source.tree) {
            if one.kind == Kind::Agent && one.name.is(name) {
                draft.replace(one.span, to.as_str());
            }
        }
    }
    let mut items = spot.block.items.iter();
    if !items.any(|item| matches!(item.node, AgentItem::Id(_))) {
        let old = &spot.name.value;
        draft.add(spot, &[AgentItem::Id(fresh(old.as_str().into()))])?;
        draft.note(format!(
            "`id {old}` keeps the agent's addresses and edges; delete it for an agent that begins anew"
        ));
    }
    let local = unnamed_edges(draft, spot.name);
    if !local.is_empty() {
        let places = local.join(", ");
        draft.note(format!(
            "senders call it `{}` from now on: {places}",
            to.folded().replace('_', "-")
        ));
    }
    Ok(())
}

/// Where edges are whose sender calls an agent by its own name.
fn unnamed_edges(draft: &Draft<'_>, name: &Located<Name>) -> Vec<String> {
    let is_local = |item: &&Item<Statement>| match &item.node {
        Statement::Edge(edge) => {
            let is_called = edge.to.value.is(&name.value) && edge.local_name.is_none();
            is_called || (edge.both && edge.from.value.is(&name.value))
        }
        _ => false,
    };
    let items = statements(draft.sources).map(|(_, _, _, item)| item);
    items
        .filter(is_local)
        .map(|item| draft.place(item.span))
        .collect()
}
