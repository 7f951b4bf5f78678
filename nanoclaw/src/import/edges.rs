//! The edges between agents, with the names that senders use.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use policy_core::name::Name;

use crate::agent_names::slug;
use crate::finding::{Finding, Place};
use crate::rows::{DESTINATIONS, EdgeRow, Snapshot};
use crate::text::{one_line, quoted};

/// One direction.
struct Edge<'a> {
    from: &'a Name,
    to: &'a Name,
    local_name: String,
}

/// The statements, and a comment for each row that gives none.
pub(super) fn text(
    snapshot: &Snapshot,
    names: &BTreeMap<&str, Name>,
    findings: &mut Vec<Finding>,
) -> String {
    let mut comments = Vec::new();
    let mut told = |row: &EdgeRow, message: String, help: &str| {
        let key = format!("{}/{}", row.from, row.local_name);
        comments.push(one_line(&format!("{}: {message}", quoted(&key))));
        findings.push(Place::row(DESTINATIONS, &key).says(message, help));
    };
    let mut rows = Vec::new();
    for row in &snapshot.edges {
        match (names.get(&*row.from), names.get(&*row.to)) {
            (Some(from), Some(to)) if from == to => {
                let message = "an agent may always message itself".to_owned();
                told(row, message, "delete the row");
            }
            (Some(from), Some(to)) => rows.push((row, from, to)),
            (from, _) => {
                let missing = if from.is_none() { &row.from } else { &row.to };
                let message = format!("there is no agent {}", quoted(missing));
                told(row, message, "delete the row");
            }
        }
    }
    let mut edges: Vec<Edge<'_>> = Vec::new();
    let mut taken: BTreeSet<(&Name, String)> = BTreeSet::new();
    // A name that can stay is taken first, so that a mended one gives way.
    let (valid, odd): (Vec<_>, Vec<_>) =
        rows.iter().partition(|(row, ..)| is_valid(&row.local_name));
    for (row, from, to) in valid.into_iter().chain(odd) {
        let base = match is_valid(&row.local_name) {
            true => row.local_name.clone(),
            false => mended(&row.local_name),
        };
        let numbered = (2..).map(|number| format!("{base}-{number}"));
        let mut free = std::iter::once(base.clone()).chain(numbered);
        let Some(local_name) = free.find(|name| !taken.contains(&(from, name.clone()))) else {
            continue;
        };
        taken.insert((from, local_name.clone()));
        if local_name != row.local_name {
            let message = format!(
                "{} is no name that a policy can give: it is `{local_name}` now",
                quoted(&row.local_name)
            );
            told(
                row,
                message,
                "tell the agent, which calls the other by this name",
            );
        }
        edges.push(Edge {
            from,
            to,
            local_name,
        });
    }
    statements(&edges)
        + &comments
            .iter()
            .map(|line| format!("# not taken over: {line}\n"))
            .collect::<String>()
}

fn statements(edges: &[Edge<'_>]) -> String {
    let mut text = String::new();
    let mut done: BTreeSet<usize> = BTreeSet::new();
    // Both ways where the other one goes by the name that it has anyway.
    for (at, edge) in edges.iter().enumerate() {
        let is_back = |(_, back): &(usize, &Edge<'_>)| {
            back.from == edge.to
                && back.to == edge.from
                && back.local_name == default_name(edge.from)
        };
        let mut others = edges.iter().enumerate();
        let back = others.find(|other| !done.contains(&other.0) && is_back(other));
        if let Some((other, _)) = back.filter(|_| !done.contains(&at)) {
            // The plain one of two plain ones leads.
            let is_plain = edge.local_name == default_name(edge.to);
            if !is_plain || at < other {
                done.extend([at, other]);
                line(&mut text, edge, "<->");
            }
        }
    }
    for (at, edge) in edges.iter().enumerate() {
        if !done.contains(&at) {
            line(&mut text, edge, "->");
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\n{text}"),
    }
}

fn line(text: &mut String, edge: &Edge<'_>, arrow: &str) {
    // Writing to a string cannot fail.
    let _ = write!(text, "edge {} {arrow} {}", edge.from, edge.to);
    if edge.local_name != default_name(edge.to) {
        let _ = write!(text, " as {}", edge.local_name);
    }
    text.push('\n');
}

/// What a sender calls a receiver without `as`.
fn default_name(name: &Name) -> String {
    name.folded().replace('_', "-")
}

/// Whether a policy can give this local name.
fn is_valid(text: &str) -> bool {
    text.parse::<Name>()
        .is_ok_and(|name| default_name(&name) == text)
}

/// The name as NanoClaw makes names: lower case, dashes between words. Short enough for a number.
fn mended(text: &str) -> String {
    let slug = slug(&text.to_ascii_lowercase().replace('_', "-"));
    let slug = slug.unwrap_or_else(|| "unnamed".to_owned());
    let short: String = slug.chars().take(56).collect();
    short.trim_end_matches('-').to_owned()
}
