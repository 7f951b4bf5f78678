//! Changes as a review comment.
//!
//! Whatever comes out of a policy or the name of its file stands in code spans: nothing there is a
//! mention, a link or the end of a cell.

use std::fmt::Write as _;

use policy_core::reach::diff::ChangeKind;

use super::human::{arrow, presence};
use super::reach::{Entry, Outcome};
use super::words::{reason, routes, shown, summary, witness};
use super::{AgentChanges, Changes};
use policy_core::diagnostic::visible;

/// The longest comment that is read at once, in lines.
const MAX_LINES: usize = 20;
/// How many places a cell lists at once, where it has some more than these.
const MAX_PLACES: usize = 8;
/// How many more.
const MANY_MORE: usize = 3;

/// The comment; its first line is the verdict.
pub fn markdown(changes: &Changes<'_>) -> String {
    let summary = summary(changes);
    let mut text = match verdict(changes) {
        Some(verdict) => format!("**{verdict}**: {summary}\n"),
        None => format!("**No wider**: {summary}\n"),
    };
    let rows: usize = changes
        .agents
        .iter()
        .map(|agent| agent.entries.iter().map(n_lines).sum::<usize>())
        .sum();
    let is_long = rows + changes.edges.len() > MAX_LINES;
    for agent in &changes.agents {
        let title = format!("{}{}", code(&agent.name), presence(agent.presence));
        let table = table(agent);
        // Writing to a string cannot fail, here and below.
        let _ = if is_long {
            let counts = counts(agent);
            let title = format!("<code>{}</code>{}", agent.name, presence(agent.presence));
            write!(
                text,
                "\n<details><summary>{title}: {counts}</summary>\n\n{table}\n</details>\n"
            )
        } else {
            write!(text, "\n#### {title}\n\n{table}")
        };
    }
    if !changes.edges.is_empty() {
        text.push_str("\n#### Edges\n\n");
        for edge in &changes.edges {
            let _ = writeln!(text, "- {} {}", sign(edge.kind), code(&arrow(edge)));
        }
    }
    if !changes.settings.is_empty() {
        text.push_str("\n#### All agents\n\n");
        for own in &changes.settings {
            let (old, new) = (code(&own.old), code(&own.new));
            let _ = writeln!(text, "- re-routed: {} is {new}, was {old}", own.setting);
        }
    }
    text
}

fn verdict(changes: &Changes<'_>) -> Option<&'static str> {
    let mut entries = changes.agents.iter().flat_map(|agent| &agent.entries);
    match changes.widens {
        true => Some("Widens"),
        false if changes.is_empty() => None,
        false if entries.all(|entry| entry.kind == ChangeKind::Rerouted) => Some("Re-routes"),
        false => Some("Narrows"),
    }
}

fn counts(agent: &AgentChanges<'_>) -> String {
    let count = |kind| {
        let own = agent.entries.iter().filter(|entry| entry.kind == kind);
        own.map(|entry| entry.places.len()).sum::<usize>()
    };
    let kinds = [ChangeKind::Gained, ChangeKind::Rerouted, ChangeKind::Lost];
    let parts = kinds.into_iter().filter(|kind| count(*kind) > 0);
    let parts: Vec<String> = parts
        .map(|kind| format!("{} {}", count(kind), sign(kind)))
        .collect();
    parts.join(", ")
}

fn table(agent: &AgentChanges<'_>) -> String {
    let mut text =
        "| | destinations | route | for example | by |\n| --- | --- | --- | --- | --- |\n"
            .to_owned();
    for entry in &agent.entries {
        let cells = [
            sign(entry.kind).to_owned(),
            destinations(entry),
            routes(entry),
            code(&witness(&entry.witness)),
            why(entry),
        ];
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

fn n_lines(entry: &Entry<'_>) -> usize {
    entry.places.len().min(MAX_PLACES + 1)
}

fn destinations(entry: &Entry<'_>) -> String {
    let places: Vec<String> = entry
        .places
        .iter()
        .map(|place| code(&shown(place)))
        .collect();
    let mut text = match places.split_at_checked(MAX_PLACES) {
        Some((first, rest)) if rest.len() >= MANY_MORE => format!(
            "{}<details><summary>{} more</summary>{}</details>",
            first.join("<br>"),
            rest.len(),
            rest.join("<br>")
        ),
        _ => places.join("<br>"),
    };
    let ports = entry.ports.to_string();
    let ports = match ports.strip_prefix(':') {
        Some(range) if range.contains('-') => format!(" ports {range}"),
        Some(port) => format!(" port {port}"),
        None => ports,
    };
    text.push_str(&ports);
    text
}

/// The statements: of a lost way the one that gave it, and the one that takes it.
fn why(entry: &Entry<'_>) -> String {
    let told = |outcome: &Outcome<'_>| reason(outcome).map(|reason| code(&reason));
    let denies = |outcome: &Outcome<'_>| outcome.statement.and_then(|_| told(outcome));
    let (before, after) = (&entry.before, &entry.after);
    match (entry.kind, after.way) {
        (ChangeKind::Lost, None) => {
            let was = told(before).map(|reason| format!("was {reason}"));
            let now = denies(after).map(|reason| format!("denied by {reason}"));
            was.into_iter().chain(now).collect::<Vec<_>>().join("<br>")
        }
        _ => {
            let now = told(after);
            let was = denies(before).map(|reason| format!("was {reason}"));
            now.into_iter().chain(was).collect::<Vec<_>>().join("<br>")
        }
    }
}

fn sign(kind: ChangeKind) -> &'static str {
    match kind {
        ChangeKind::Gained => "gained",
        ChangeKind::Rerouted => "re-routed",
        ChangeKind::Lost => "lost",
    }
}

/// A code span for a cell of a table, whatever the text is.
fn code(text: &str) -> String {
    let text = visible(text);
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{fence}{blank}{}{blank}{fence}", text.replace('|', "\\|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_its_code_span_or_its_cell() {
        assert_eq!(code("a.example"), "`a.example`");
        assert_eq!(code("@team|x"), "`@team\\|x`");
        assert_eq!(code("a`b``c"), "``` a`b``c ```");
        assert_eq!(code("a\n# b"), "`a\\u{a}# b`");
    }
}
