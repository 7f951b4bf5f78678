//! What is said about agents from outside their blocks: edges, tests, invariants.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::{Edge, Exclusive, Invariant, Question, Test};
use crate::name::{Name, nearest};
use crate::span::{Located, Span};

use super::Ids;
use super::declared::Declared;

/// A finding about a name that nothing has, with the nearest one that exists, unless the report
/// is full and would not tell it.
pub(super) fn unknown<N: Borrow<Name>>(
    what: &str,
    name: &Name,
    span: Span,
    known: impl Iterator<Item = N>,
    report: &Report,
) -> Diagnostic {
    let message = format!("there is no {what} called `{name}`");
    let found = Diagnostic::error(Code::UnknownName, span, message);
    if report.is_full() {
        return found;
    }
    match nearest(name, known) {
        Some(other) => {
            let meant = other.borrow().as_str();
            // The span of a set has its `@` before the name.
            let start = span.range().end.saturating_sub(name.as_str().len());
            let place = Span::new(span.file, start, span.range().end);
            found
                .help(format!("did you mean `{meant}`?"))
                .edit(place, meant)
        }
        None => found,
    }
}

/// The id of an agent, or a finding.
fn id_of<'i>(
    ids: &'i Ids,
    declared: &Declared<'_>,
    name: &Located<Name>,
    report: &mut Report,
) -> Option<&'i str> {
    let id = ids.get(&name.value.folded());
    if id.is_none() {
        let known = declared.agents.iter().map(|(name, _)| &name.value);
        let found = unknown("agent", &name.value, name.span, known, report);
        report.push(found);
    }
    id.map(|id| &**id)
}

/// A sender's id and what it calls somebody.
type SenderAndName = (Box<str>, Box<str>);

pub(super) fn edges(declared: &Declared<'_>, ids: &Ids, report: &mut Report) -> Vec<Edge> {
    let mut seen: BTreeMap<SenderAndName, (Span, Box<str>)> = BTreeMap::new();
    for (span, edge) in &declared.edges {
        let from = id_of(ids, declared, &edge.from, report);
        let to = id_of(ids, declared, &edge.to, report);
        let (Some(from), Some(to)) = (from, to) else {
            continue;
        };
        if from == to {
            let message = "an agent may always message itself";
            let help = "delete the edge";
            let found = Diagnostic::error(Code::Edge, *span, message).help(help);
            report.push(found.replace_with(""));
            continue;
        }
        let name = edge.local_name.as_ref().unwrap_or(&edge.to);
        let mut directions = vec![(from, local_name(&name.value), to)];
        if edge.both {
            directions.push((to, local_name(&edge.from.value), from));
        }
        for (from, local_name, to) in directions {
            let key = (Box::from(from), local_name);
            match seen.get(&key) {
                None => {
                    seen.insert(key, (*span, to.into()));
                }
                Some((before, other)) => {
                    let message = if &**other == to {
                        format!("this edge to `{}` is there already", key.1)
                    } else {
                        format!("the sender already calls another agent `{}`", key.1)
                    };
                    let found = Diagnostic::error(Code::Edge, *span, message)
                        .help("delete one of the two, or give this one a name with `as`")
                        .related(*before, "the first one is here");
                    report.push(found);
                }
            }
        }
    }
    let edge = |((from, local_name), (_, to))| Edge {
        from,
        local_name,
        to,
    };
    seen.into_iter().map(edge).collect()
}

/// NanoClaw's local names are lower case with dashes.
fn local_name(name: &Name) -> Box<str> {
    name.folded().replace('_', "-").into()
}

pub(super) fn tests(declared: &Declared<'_>, ids: &Ids, report: &mut Report) -> Vec<Test> {
    let lower = |(title, block): &(&str, &crate::ast::Block<crate::ast::Can>)| {
        let mut questions = Vec::new();
        for line in block.items.iter().map(|item| &item.node) {
            if id_of(ids, declared, &line.agent, report).is_none() {
                continue;
            }
            if let (false, Some(via)) = (line.can, &line.via) {
                let message = "`cannot` refuses every route, so `via` says nothing";
                let help = "leave `via` out; to demand another route write `can … via ROUTE`";
                report.push(Diagnostic::error(Code::WrongKind, via.span, message).help(help));
            }
            questions.extend(line.destinations.iter().map(|destination| Question {
                span: destination.span,
                agent: line.agent.value.clone(),
                destination: destination.value.clone(),
                can: line.can,
                via: line.via.as_ref().map(|route| route.value),
            }));
        }
        Test {
            title: (*title).into(),
            questions,
        }
    };
    declared.tests.iter().map(lower).collect()
}

pub(super) fn invariants(
    declared: &Declared<'_>,
    ids: &Ids,
    report: &mut Report,
) -> Vec<Invariant> {
    let lower = |(title, block): &(&str, &crate::ast::Block<crate::ast::Reaches>)| {
        let mut lines = Vec::new();
        for item in &block.items {
            for name in &item.node.only {
                id_of(ids, declared, name, report);
            }
            lines.push(Exclusive {
                span: item.span,
                only: item
                    .node
                    .only
                    .iter()
                    .map(|name| name.value.clone())
                    .collect(),
                targets: item
                    .node
                    .targets
                    .iter()
                    .map(|target| target.value.clone())
                    .collect(),
            });
        }
        Invariant {
            title: (*title).into(),
            lines,
        }
    };
    declared.invariants.iter().map(lower).collect()
}
