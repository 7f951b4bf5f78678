//! Who may message whom.

use policy_core::ast::{Edge, Item, Statement};
use policy_core::edit::node_end;
use policy_core::name::Name;
use policy_core::sources::Sources;

use crate::block::{delete_statement, insert_statement};
use crate::draft::{Draft, statements};
use crate::text::part;
use crate::{EdgeWish, Refusal};

/// One direction of an edge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Direction {
    /// The sender, folded.
    pub(crate) from: String,
    /// What it calls the receiver.
    pub(crate) local_name: String,
    /// The receiver, folded.
    pub(crate) to: String,
}

/// What a sender calls somebody, as NanoClaw has it.
pub(crate) fn local_name(name: &Name) -> String {
    name.folded().replace('_', "-")
}

/// The one or two directions of an edge.
pub(crate) fn directions(
    from: &Name,
    to: &Name,
    both: bool,
    name: Option<&Name>,
) -> Vec<Direction> {
    let direction = |from: &Name, name: &Name, to: &Name| Direction {
        from: from.folded(),
        local_name: local_name(name),
        to: to.folded(),
    };
    let mut all = vec![direction(from, name.unwrap_or(to), to)];
    if both {
        all.push(direction(to, from, from));
    }
    all
}

fn of(edge: &Edge) -> Vec<Direction> {
    let name = edge.local_name.as_ref().map(|name| &name.value);
    directions(&edge.from.value, &edge.to.value, edge.both, name)
}

/// The directions of all edges.
pub(crate) fn all(sources: &Sources) -> Vec<Direction> {
    let edges = statements(sources).filter_map(|(_, _, _, item)| match &item.node {
        Statement::Edge(edge) => Some(of(edge)),
        _ => None,
    });
    edges.flatten().collect()
}

/// Both agents, by the names that the text gives them.
fn ends(draft: &Draft<'_>, wish: &EdgeWish) -> Result<(Name, Name), Refusal> {
    let from = draft.agent(&wish.from)?.name.value.clone();
    let to = draft.agent(&wish.to)?.name.value.clone();
    match from.is(&to) {
        true => Err(Refusal::SelfEdge),
        false => Ok((from, to)),
    }
}

/// A new edge, behind the last one of its sender, else behind the last one of the sender's file,
/// else behind the sender.
pub(crate) fn add(draft: &mut Draft<'_>, wish: &EdgeWish) -> Result<(), Refusal> {
    let (from, to) = ends(draft, wish)?;
    let there = all(draft.sources);
    let wanted = directions(&from, &to, wish.both, wish.local_name.as_ref());
    let missing: Vec<bool> = wanted.iter().map(|own| !there.contains(own)).collect();
    let name = match &wish.local_name {
        Some(name) => format!(" as {name}"),
        None => String::new(),
    };
    let line = match missing.as_slice() {
        [true, true] => format!("edge {from} <-> {to}{name}\n"),
        [true] | [true, false] => format!("edge {from} -> {to}{name}\n"),
        [false, true] => format!("edge {to} -> {from}\n"),
        _ => {
            draft.note("this edge is there already");
            return Ok(());
        }
    };
    let spot = draft.agent(&from)?;
    let statements = &spot.source.tree.statements;
    let is_own = |item: &Item<Statement>| match &item.node {
        Statement::Edge(edge) => edge.from.value.is(&from),
        _ => false,
    };
    let is_edge = |item: &Item<Statement>| matches!(item.node, Statement::Edge(_));
    let edge = statements
        .iter()
        .rposition(is_own)
        .or_else(|| statements.iter().rposition(is_edge));
    let is_agent = |item: &Item<Statement>| matches!(item.node, Statement::Agent { .. });
    let behind = edge.or_else(|| statements.iter().rposition(is_agent));
    let is_parted = edge.is_none();
    draft.push(insert_statement(
        spot.source,
        spot.file,
        behind,
        &line,
        is_parted,
    ));
    Ok(())
}

/// An edge less; what it leaves of a two-way edge is written as one way.
pub(crate) fn remove(draft: &mut Draft<'_>, wish: &EdgeWish) -> Result<(), Refusal> {
    let (from, to) = ends(draft, wish)?;
    let mut n_gone = 0;
    for (file, source, at, item) in statements(draft.sources) {
        let Statement::Edge(edge) = &item.node else {
            continue;
        };
        let own = of(edge);
        let is_left = |own: &&Direction| !is_removed(own, wish);
        let left: Vec<&Direction> = own.iter().filter(is_left).collect();
        n_gone += own.len() - left.len();
        match (own.len(), left.as_slice()) {
            (_, []) => draft.extend(delete_statement(source, file, at)),
            (2, [one]) => {
                let (sender, receiver) = (&edge.from.value, &edge.to.value);
                let name = match &edge.local_name {
                    Some(name) if one.from == sender.folded() => format!(" as {}", name.value),
                    _ => String::new(),
                };
                let text = match one.from == sender.folded() {
                    true => format!("edge {sender} -> {receiver}{name}"),
                    false => format!("edge {receiver} -> {sender}"),
                };
                let start = item.span.range().start;
                draft.replace(part(file, start, node_end(source, item)), text);
            }
            _ => {}
        }
    }
    if n_gone == 0 {
        draft.note(format!("there is no such edge from `{from}` to `{to}`"));
    }
    Ok(())
}

/// Whether a wish takes a direction away.
pub(crate) fn is_removed(own: &Direction, wish: &EdgeWish) -> bool {
    let (from, to) = (wish.from.folded(), wish.to.folded());
    let is_named = wish
        .local_name
        .as_ref()
        .is_none_or(|name| own.local_name == local_name(name));
    (own.from == from && own.to == to && is_named)
        || (wish.both && own.from == to && own.to == from)
}
