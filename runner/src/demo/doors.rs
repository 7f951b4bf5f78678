//! Whether the servers of the bed are there: a silence towards an agent means something only where
//! a neighbour is answered.

use std::thread;
use std::time::{Duration, Instant};

use super::bed::Bed;
use super::cast::{self, StandIn};
use super::error::DemoError;
use super::probe::{self, Ask};
use crate::error::Error;

/// How long the servers of the bed may take to listen.
const TIMEOUT: Duration = Duration::from_secs(20);
/// How long to wait between two looks.
const POLL: Duration = Duration::from_millis(200);

/// Waits until a container of the bed reaches every port of every server.
pub fn see(bed: &Bed<'_>, stand_ins: &[StandIn]) -> Result<(), Error> {
    let doors: Vec<(&str, Ask)> = stand_ins.iter().flat_map(doors).collect();
    let container = cast::container(bed.state().instance(), cast::NAMES_CONTAINER);
    let end = Instant::now() + TIMEOUT;
    loop {
        let asks = doors.iter().map(|(_, ask)| ask).enumerate();
        let answers = probe::ask(bed.docker(), &container, None, asks)?;
        let is_open = |number: &usize| {
            answers
                .get(number)
                .is_some_and(|answer| answer.word == "connected")
        };
        let closed = doors
            .iter()
            .enumerate()
            .find(|(number, _)| !is_open(number));
        let Some((_, (what, door))) = closed else {
            return Ok(());
        };
        if Instant::now() >= end {
            let (what, tried) = ((*what).to_owned(), door.to_string());
            return Err(DemoError::Closed { what, tried }.into());
        }
        thread::sleep(POLL);
    }
}

fn doors(one: &StandIn) -> Vec<(&'static str, Ask)> {
    let door = |port: &u16| Ask::Connection {
        address: one.address,
        port: *port,
    };
    one.ports
        .iter()
        .map(|port| (one.name, door(port)))
        .collect()
}
