//! The table: what was wanted against what was measured, for a terminal of 100 columns.

use std::fmt::Write as _;

use super::measure::{Cell, Measured};
use crate::style::{BOLD, DIM, GREEN, PLAIN, RED};

/// How wide the names of the rows are.
const LABEL: usize = 34;
/// How wide a word of the policy is.
const WORD: usize = 10;
/// A cell: two words, a sign and a blank.
const CELL: usize = 2 * WORD + 2;

/// The table, with colours, and below it what the logs say and every cell that differs.
pub fn table(measured: &Measured) -> String {
    let mut text = head(measured);
    let mut group = "";
    let n_agents = measured.agents.len().max(1);
    for ((title, label), cells) in measured.rows.iter().zip(measured.cells.chunks(n_agents)) {
        if *title != group {
            group = title;
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(text, "{BOLD}{title}{PLAIN}");
        }
        let _ = write!(text, "  {label:<width$}", width = LABEL - 2);
        for cell in cells {
            text.push_str(&pair(cell));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text.push('\n');
    for finding in &measured.findings {
        let sign = if finding.failures.is_empty() {
            format!("{GREEN}✓")
        } else {
            format!("{RED}✗")
        };
        let _ = writeln!(text, "{sign}{PLAIN} {}", finding.claim);
    }
    text + &details(measured)
}

fn head(measured: &Measured) -> String {
    let mut names = " ".repeat(LABEL);
    let mut words = names.clone();
    for agent in &measured.agents {
        let _ = write!(
            names,
            "{BOLD}{agent}{PLAIN}{:width$}",
            "",
            width = pad(agent, CELL)
        );
        let _ = write!(
            words,
            "{DIM}{:<WORD$}measured{PLAIN}{:width$}",
            "wanted",
            "",
            width = pad("measured", CELL - WORD)
        );
    }
    format!("{}\n{}\n", names.trim_end(), words.trim_end())
}

/// How much is missing to `width`.
fn pad(text: &str, width: usize) -> usize {
    width.saturating_sub(text.chars().count())
}

fn pair(cell: &Cell) -> String {
    let (wanted, measured) = (&cell.question.wanted, &cell.measured);
    let (sign, colour) = if cell.holds() {
        ('✓', GREEN)
    } else {
        ('✗', RED)
    };
    // What gets through is what one looks for.
    let word = match (cell.holds(), measured.is_open()) {
        (true, false) => PLAIN,
        _ => colour,
    };
    format!("{DIM}{wanted:<WORD$}{PLAIN}{word}{measured:<WORD$}{PLAIN}{colour}{sign}{PLAIN} ")
}

/// Nothing when everything is as wanted.
fn details(measured: &Measured) -> String {
    let mut text = String::new();
    for cell in measured.differing() {
        let label = measured.rows.get(cell.row).map_or("", |(_, label)| label);
        let question = &cell.question;
        let _ = writeln!(
            text,
            "\n{RED}✗ {}, {label}{PLAIN}: wanted {}, measured {}\n    tried: {}\n    came back: {} {}",
            question.agent,
            question.wanted,
            cell.measured,
            question.ask,
            cell.answer.word,
            cell.answer.text
        );
        match (&question.statement, &question.rule) {
            (Some(statement), _) => {
                let _ = writeln!(text, "    wanted by: {statement}");
            }
            (None, Some(rule)) => {
                let _ = writeln!(text, "    wanted by: the built-in rule {rule}");
            }
            (None, None) => {}
        }
    }
    for failure in measured
        .findings
        .iter()
        .flat_map(|finding| &finding.failures)
    {
        let _ = writeln!(text, "\n{RED}✗{PLAIN} {failure}");
    }
    text
}
