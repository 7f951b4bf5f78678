//! The matrix as a list for each agent, with the statement behind each line.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use policy_core::ir::{Agent, Mode};
use policy_core::reach::Survey;

use super::super::changes::{Entry, Side, destinations, reach, reason, wrapped};
use super::cell::Cell;
use crate::style::{BOLD, DIM, PLAIN};

/// Where the destinations begin.
const INDENT: usize = 11;

/// Every agent with all that it reaches, and the words for it.
pub(super) fn sections<'a>(
    side: Side<'a>,
    survey: &Survey<'a>,
    agents: &[&'a Agent],
    width: usize,
) -> (String, BTreeSet<Cell>) {
    let mut text = String::new();
    let mut words = BTreeSet::new();
    for (at, agent) in agents.iter().enumerate() {
        let blank = if at == 0 { "" } else { "\n" };
        let report = match agent.mode {
            Mode::Enforce => "",
            Mode::Report => ", mode report",
        };
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(
            text,
            "{blank}{BOLD}{}{PLAIN}  {DIM}access {}{report}{PLAIN}",
            agent.name, agent.access
        );
        let entries = reach(side, survey, agent);
        for entry in &entries {
            text.push_str(&draw(entry, width));
            words.extend(of(entry));
        }
        if entries.is_empty() {
            text.push_str("  nothing\n");
        }
    }
    (text, words)
}

/// The word, the destinations, and behind them the statement where it fits.
fn draw(entry: &Entry<'_>, width: usize) -> String {
    let Some(cell) = of(entry) else {
        return String::new();
    };
    let mut all = destinations(entry);
    if let Some(port) = entry.after.host_port {
        let _ = write!(all, " -> host:{port}");
    }
    let lines = wrapped(&all, width.saturating_sub(INDENT));
    let mut text = format!("  {}{:<9}{PLAIN}", cell.colour(), cell.word());
    text.push_str(&lines.join(&format!("\n{:INDENT$}", "")));
    if let Some(reason) = reason(&entry.after) {
        let last = lines.last().map_or(0, |line| line.chars().count());
        let fits = INDENT + last + 2 + reason.chars().count() <= width;
        let lead = match fits {
            true => "  ".to_owned(),
            false => format!("\n{:INDENT$}", ""),
        };
        let _ = write!(text, "{lead}{DIM}{reason}{PLAIN}");
    }
    text.push('\n');
    text
}

/// The word for an entry of a reach.
pub(super) fn of(entry: &Entry<'_>) -> Option<Cell> {
    let way = entry.after.way?;
    Some(Cell::new(way.route, entry.after.cause?, way.is_guarded))
}
