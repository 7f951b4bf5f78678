//! Changes for a terminal, like a good code review: what is gained, what is lost, and by which line.

use std::fmt::Write as _;

use policy_core::reach::diff::{ChangeKind, EdgeChange, Presence};

use super::reach::Entry;
use super::words::{shown, story, summary, witness};
use super::{AgentChanges, Changes};
use crate::style::{BOLD, DIM, GREEN, PLAIN, RED, YELLOW};

/// Everything, wrapped to a width; the last line is the summary. A witness is left out where it is
/// all there is.
pub fn human(changes: &Changes<'_>, width: usize) -> String {
    let mut text = String::new();
    for agent in &changes.agents {
        text.push_str(&of_agent(agent, width));
        text.push('\n');
    }
    if !changes.edges.is_empty() {
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "{BOLD}edges{PLAIN}");
        for edge in &changes.edges {
            let (sign, colour) = sign(edge.kind);
            let _ = writeln!(text, "  {colour}{sign} {}{PLAIN}", arrow(edge));
        }
        text.push('\n');
    }
    if !changes.settings.is_empty() {
        let _ = writeln!(text, "{BOLD}all agents{PLAIN}");
        for own in &changes.settings {
            let _ = writeln!(text, "  {YELLOW}~ {} {}{PLAIN}", own.setting, own.new);
            let _ = writeln!(text, "    {DIM}was {}{PLAIN}", own.old);
        }
        text.push('\n');
    }
    for line in wrapped(&summary(changes), width) {
        text.push_str(&line);
        text.push('\n');
    }
    text
}

fn of_agent(agent: &AgentChanges<'_>, width: usize) -> String {
    let mut text = format!("{BOLD}{}{PLAIN}{}\n", agent.name, presence(agent.presence));
    for entry in &agent.entries {
        let (sign, colour) = sign(entry.kind);
        let all = destinations(entry);
        let why = match witness(&entry.witness) {
            only if all.ends_with(&only) && entry.witness.resolving_to.is_none() => story(entry),
            one => format!("e.g. {one} {}", story(entry)),
        };
        let (all, why) = (paragraph(&all, width, colour), paragraph(&why, width, DIM));
        let _ = write!(text, "  {colour}{sign}{PLAIN} {all}    {why}");
    }
    text
}

/// The destinations of an entry with their ports.
pub(in crate::report) fn destinations(entry: &Entry<'_>) -> String {
    let places: Vec<String> = entry.places.iter().map(shown).collect();
    format!("{}{}", places.join(", "), entry.ports)
}

/// What is said of an agent that is in one policy alone.
pub(super) fn presence(presence: Presence) -> &'static str {
    match presence {
        Presence::Both => "",
        Presence::New => " (new agent)",
        Presence::Old => " (removed)",
    }
}

/// An edge, as the language has it.
pub(super) fn arrow(edge: &EdgeChange) -> String {
    let EdgeChange { from, to, .. } = edge;
    match edge.local_name.eq_ignore_ascii_case(to) {
        true => format!("{from} -> {to}"),
        false => format!("{from} -> {to} as {}", edge.local_name),
    }
}

fn sign(kind: ChangeKind) -> (char, &'static str) {
    match kind {
        ChangeKind::Gained => ('+', GREEN),
        ChangeKind::Rerouted => ('~', YELLOW),
        ChangeKind::Lost => ('-', RED),
    }
}

/// A text of one colour that begins in the fifth column, as lines.
fn paragraph(text: &str, width: usize, colour: &str) -> String {
    let lines = wrapped(text, width.saturating_sub(4));
    let mut drawn = String::new();
    for (at, line) in lines.iter().enumerate() {
        let indent = if at == 0 { "" } else { "    " };
        let _ = writeln!(drawn, "{indent}{colour}{line}{PLAIN}");
    }
    drawn
}

/// The text in lines of at most so many columns, broken at blanks; a longer word has its own line.
pub(in crate::report) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let length = word.chars().count();
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + length <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_broken_at_blanks_and_loses_none_of_its_words() {
        assert_eq!(wrapped("a bc def", 4), ["a bc", "def"]);
        assert_eq!(wrapped("", 4), [""]);
        assert_eq!(wrapped("abcdefgh i", 4), ["abcdefgh", "i"]);
    }
}
