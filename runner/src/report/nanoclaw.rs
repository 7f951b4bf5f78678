//! What an import decides otherwise, and what a sync writes, for people.

use std::fmt::Write as _;

use nanoclaw::compare::Comparison;
use nanoclaw::finding::Finding;
use nanoclaw::sync::{EdgeChange, Plan};
use policy_core::name::Name;
use policy_core::reach::Way;
use policy_core::reach::diff::{Change, ChangeKind};

use super::changes::{passage, request, shown, wrapped};
use crate::style::{BOLD, DIM, GREEN, PLAIN, RED, YELLOW};
use policy_core::diagnostic::visible;

/// A finding, its text of the user's made harmless: message and help.
pub fn finding(found: &Finding) -> (String, String) {
    let text = found.to_string();
    (
        visible(&text).into_owned(),
        visible(&found.help).into_owned(),
    )
}

/// Everything that is decided otherwise, one line each with a request out of all.
pub fn comparison(found: &Comparison, width: usize) -> String {
    let mut text = format!("{BOLD}against NanoClaw's own proxy{PLAIN}\n");
    for group in &found.groups {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "{BOLD}{}{PLAIN}", names(&group.agents));
        if group.changes.is_empty() {
            text.push_str("  = every request is decided as it was\n");
        }
        for change in &group.changes {
            let (sign, colour) = match change.kind {
                ChangeKind::Gained => ('+', GREEN),
                ChangeKind::Rerouted => ('~', YELLOW),
                ChangeKind::Lost => ('-', RED),
            };
            let lines = wrapped(&line(change), width.saturating_sub(4));
            for (at, line) in lines.iter().enumerate() {
                let lead = if at == 0 { sign } else { ' ' };
                let _ = writeln!(text, "  {colour}{lead}{PLAIN} {line}");
            }
        }
    }
    if !found.holes.is_empty() {
        let _ = writeln!(text, "{BOLD}closed here{PLAIN}");
    }
    for (hole, agents) in &found.holes {
        let lines = wrapped(
            &format!("{hole} ({})", names(agents)),
            width.saturating_sub(4),
        );
        for (at, line) in lines.iter().enumerate() {
            let lead = if at == 0 { '-' } else { ' ' };
            let _ = writeln!(text, "  {RED}{lead}{PLAIN} {line}");
        }
    }
    text.push_str(match found.widens() {
        true => "what begins with `+` or `~` is new; every other request is decided as it was, or refused\n",
        false => "nobody reaches anything new\n",
    });
    text
}

fn line(change: &Change) -> String {
    let places: Vec<String> = change.places.iter().map(shown).collect();
    let way = |way: Option<Way>| way.map_or("refused".to_owned(), passage);
    format!(
        "{}{}: {}, was {}; e.g. {}",
        places.join(", "),
        change.ports,
        way(change.to),
        way(change.from),
        request(&change.witness)
    )
}

fn names(all: &[Name]) -> String {
    let all: Vec<&str> = all.iter().map(Name::as_str).collect();
    all.join(", ")
}

/// The rows that are written.
pub fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    for column in &plan.columns {
        let before = column.before.as_deref().unwrap_or("NULL");
        let _ = writeln!(
            text,
            "{YELLOW}~{PLAIN} agent_groups {} ({})",
            column.id, column.agent
        );
        let _ = writeln!(text, "    {}", visible(&column.after));
        let _ = writeln!(text, "    {DIM}was {}{PLAIN}", visible(before));
    }
    for edge in &plan.edges {
        let row = edge.row();
        let key = format!("{} calls {} `{}`", row.from, row.to, row.local_name);
        let key = visible(&key);
        let _ = match edge {
            EdgeChange::Delete(_) => writeln!(text, "{RED}-{PLAIN} agent_destinations {key}"),
            EdgeChange::Insert(_) => writeln!(text, "{GREEN}+{PLAIN} agent_destinations {key}"),
            EdgeChange::Retarget { before, .. } => {
                let before = visible(before);
                writeln!(
                    text,
                    "{YELLOW}~{PLAIN} agent_destinations {key}, was {before}"
                )
            }
        };
    }
    text
}
