//! The matrix as a table: a row for each set of destinations that all agents see alike.
//!
//! The rows are cut as finely as it takes for each cell to be true of the whole row, and no finer.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use policy_core::ir::{Agent, Cdp};
use policy_core::reach::{Destinations, Row, Survey, groups};

use super::super::changes::{shown, wrapped};
use super::cell::Cell;
use crate::style::{BOLD, PLAIN};

/// What stands for no.
const REFUSED: &str = "·";
/// The least room for a destination; with less of it, a table is no help.
const MIN_LABEL: usize = 30;
/// The most room for one: what stands far from it is hard to find.
const MAX_LABEL: usize = 58;
/// The longest word of a cell.
const WORD: usize = 7;

type Cells = Vec<Option<Cell>>;

/// The rows under one title.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Internet,
    Lan,
    Browser,
}

struct Line {
    part: Part,
    label: String,
    cells: Cells,
}

/// The table and the words in it; nothing where it is too wide.
pub(super) fn table<'a>(
    survey: &Survey<'a>,
    agents: &[&'a Agent],
    width: usize,
) -> Option<(String, BTreeSet<Cell>)> {
    let columns: Vec<usize> = agents
        .iter()
        .map(|agent| agent.name.as_str().len().max(WORD) + 2)
        .collect();
    let room = width.checked_sub(columns.iter().sum())?;
    if room < MIN_LABEL {
        return None;
    }
    let lines = lines(survey, agents);
    let longest = lines.iter().map(|line| line.label.chars().count() + 2);
    let label = longest.max().unwrap_or(0);
    let label = label.clamp(MIN_LABEL, room.min(MAX_LABEL));
    let mut text = " ".repeat(label);
    for (agent, width) in agents.iter().zip(&columns) {
        // Writing to a string cannot fail, here and below.
        let _ = write!(text, "{BOLD}{:>width$}{PLAIN}", agent.name.as_str());
    }
    text.push('\n');
    let mut before = None;
    for line in &lines {
        if before != Some(line.part) {
            let _ = writeln!(text, "{BOLD}{}{PLAIN}", line.part.title());
            before = Some(line.part);
        }
        text.push_str(&draw(line, label, &columns));
    }
    if lines.is_empty() {
        text.push_str("nobody reaches anything\n");
    }
    let cells = lines.iter().flat_map(|line| &line.cells);
    Some((text, cells.flatten().copied().collect()))
}

fn draw(line: &Line, label: usize, columns: &[usize]) -> String {
    let mut parts = wrapped(&line.label, label.saturating_sub(2)).into_iter();
    let first = parts.next().unwrap_or_default();
    let mut text = format!("  {first:<width$}", width = label.saturating_sub(2));
    for (cell, width) in line.cells.iter().zip(columns) {
        let _ = match cell {
            Some(cell) => write!(text, "{}{:>width$}{PLAIN}", cell.colour(), cell.word()),
            None => write!(text, "{REFUSED:>width$}"),
        };
    }
    text.push('\n');
    for rest in parts {
        let _ = writeln!(text, "    {rest}");
    }
    text
}

fn lines<'a>(survey: &Survey<'a>, agents: &[&'a Agent]) -> Vec<Line> {
    let mut all: Destinations<Row<Cells>> = Destinations::constant(Row::constant(Vec::new()));
    for agent in agents {
        let answers = survey.answers(agent);
        let own = answers.destinations.map(Row::mapping(Cell::of));
        all = all.zip_with(&own, |before, own| {
            before.zip_with(own, |before, cell| [&**before, &[*cell]].concat())
        });
    }
    let open = all.map(|row| {
        row.map(|cells| {
            let is_open = cells.iter().any(Option::is_some);
            is_open.then(|| cells.clone())
        })
    });
    let mut lines = Vec::new();
    for group in groups(&open) {
        let is_lan = |cell: &Option<Cell>| matches!(cell, None | Some(Cell::Direct));
        let part = match group.value.iter().all(is_lan) {
            true => Part::Lan,
            false => Part::Internet,
        };
        let places = group.places.into_iter();
        lines.extend(places.map(|place| (part, place, group.ports.clone(), group.value.clone())));
    }
    lines.sort();
    let lines = lines.into_iter().map(|(part, place, ports, cells)| Line {
        part,
        label: format!("{}{ports}", shown(&place)),
        cells,
    });
    lines.chain(browsers(agents)).collect()
}

/// A row for each listener and the port of the host behind it.
fn browsers(agents: &[&Agent]) -> impl Iterator<Item = Line> {
    let key = |cdp: &Cdp| (cdp.listen, cdp.host_port);
    let mut rows: BTreeMap<_, Cells> = BTreeMap::new();
    for cdp in agents.iter().filter_map(|agent| agent.cdp.as_ref()) {
        let cell = |agent: &&Agent| {
            let own = agent.cdp.as_ref().map(key);
            own.filter(|own| *own == key(cdp)).map(|_| Cell::Forward)
        };
        rows.insert(key(cdp), agents.iter().map(cell).collect());
    }
    rows.into_iter().map(|((listen, host_port), cells)| Line {
        part: Part::Browser,
        label: format!("cdp at host:{listen} -> host:{host_port}"),
        cells,
    })
}

impl Part {
    fn title(self) -> &'static str {
        match self {
            Self::Internet => "internet",
            Self::Lan => "LAN",
            Self::Browser => "browser on the host: the widest grant there is",
        }
    }
}
