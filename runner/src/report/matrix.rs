//! Who reaches what: agents against destinations, by what is in force and not by what is written.
//!
//! What no statement names is there and marked as such: the hosts of the model provider, what
//! `access full` opens, and what a browser on the host makes of a `cdp`. What is covered by a deny
//! or lies in the floor is not there, whatever the text grants.

mod cell;
mod json;
mod sections;
mod table;

pub use self::json::json;

use std::fmt::Write as _;

use policy_core::ir::Agent;
use policy_core::port::{Port, PortSet};
use policy_core::reach::Survey;

use super::changes::Side;
use crate::style::{DIM, PLAIN};

/// With more agents, each has a section of its own.
const MAX_COLUMNS: usize = 8;

/// What these agents reach, for a terminal of this width; always by agent where that is asked for.
pub fn human<'a>(side: Side<'a>, agents: &[&'a Agent], width: usize, by_agent: bool) -> String {
    let survey = Survey::new(side.policy);
    let table = match agents {
        [_, _, ..] if !by_agent && agents.len() <= MAX_COLUMNS => {
            table::table(&survey, agents, width)
        }
        _ => None,
    };
    let sections = || sections::sections(side, &survey, agents, width);
    let (mut text, words) = table.unwrap_or_else(sections);
    text.push('\n');
    for cell in words {
        let (colour, word, meaning) = (cell.colour(), cell.word(), cell.meaning());
        // Writing to a string cannot fail, here and below.
        let _ = writeln!(text, "{colour}{word:<9}{PLAIN}{DIM}{meaning}{PLAIN}");
    }
    let ports = &side.policy.safe_ports;
    let usual: PortSet = [Port::HTTP, Port::HTTPS].into_iter().collect();
    let built_in = if *ports == usual { ", built in" } else { "" };
    let _ = writeln!(
        text,
        "{DIM}names are reached on the safe ports, {ports}{built_in}; what is not listed is refused{PLAIN}"
    );
    text
}
