//! `boot`: a policy in force when the machine starts, else the last good state, else deny-all.
//!
//! The last line says which of the three it is. Never anything wider: what an engine restarts by
//! itself is the last good state, and where that cannot be made sure of, nobody reaches anything.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::BootArgs;
use crate::command::up::show_event;
use crate::converge::{converge, early};
use crate::deny_all;
use crate::engine;
use crate::error::Error;
use crate::exit::Exit;
use crate::last_good::{self, LastGood, LastGoodError};
use crate::ui;
use crate::up::{Change, Input, Installation};

/// Why the policy that was asked for is not in force.
enum NotInForce {
    /// It has errors, which were told.
    Refused,
    /// What happened.
    Failed(Error),
}

/// Returns when it is sure what is in force; exit code 0 only where that is the policy.
pub fn run(
    installation: &Installation<'_>,
    args: &BootArgs,
    facts: Option<&Path>,
) -> Result<Exit, Error> {
    let end = Instant::now() + Duration::from_secs(args.wait);
    let file = args.file.display();
    let reason = loop {
        engine::wait(installation.docker, end, &mut |seconds| {
            ui::note(format_args!(
                "waiting for the Docker engine: {seconds} of {} s",
                args.wait
            ));
        })?;
        match policy(installation, &args.file, facts) {
            Ok(change) => {
                let n_agents = change.policy.agents.len();
                ui::result(format_args!(
                    "in force: the policy {file}, generation {}, {n_agents} agents",
                    change.generation
                ));
                return Ok(Exit::Fine);
            }
            Err(NotInForce::Failed(error))
                if Instant::now() < end && engine::is_away(installation.docker, &error) =>
            {
                ui::error(&error);
            }
            Err(NotInForce::Failed(error)) => {
                ui::error(&error);
                break first_line(&error);
            }
            Err(NotInForce::Refused) => break "it has errors".to_owned(),
        }
    };
    let lock = installation
        .state
        .lock(|holder| ui::note(format_args!("waiting for {holder}")));
    // Falling back must not fail for want of a lock: a full disk is one reason to fall back.
    if let Err(error) = &lock {
        ui::warning(error, error.remedy());
    }
    match last_good::restore(installation, &mut show_event) {
        Ok(LastGood {
            generation,
            n_agents,
            ..
        }) => ui::result(format_args!(
            "in force: the last good generation {generation}, {n_agents} agents, not {file}: {reason}"
        )),
        Err(no_last_good) => {
            if let LastGoodError::Failed(error) = &no_last_good {
                ui::error(error);
            }
            let why = first_line(&no_last_good);
            if let Err(error) = deny_all::establish(installation) {
                ui::result(format_args!("in force: not known: {}", first_line(&error)));
                return Err(error);
            }
            ui::result(format_args!(
                "in force: deny-all, nobody reaches anything; not {file}: {reason}; not the last good state: {why}"
            ));
        }
    }
    Ok(Exit::RolledBack)
}

/// What `up` does.
fn policy(
    installation: &Installation<'_>,
    file: &Path,
    facts: Option<&Path>,
) -> Result<Box<Change>, NotInForce> {
    let input = Input::read(file, facts).map_err(NotInForce::Failed)?;
    let early = early(&input, &mut show_event).ok_or(NotInForce::Refused)?;
    let lock = installation
        .state
        .lock(|holder| ui::note(format_args!("waiting for {holder}")));
    let _lock = lock.map_err(|error| NotInForce::Failed(error.into()))?;
    converge(installation, &input, early, &mut show_event)
        .map_err(NotInForce::Failed)?
        .into_change()
        .ok_or(NotInForce::Refused)
}

/// A reason that fits into one line.
fn first_line(error: &dyn std::fmt::Display) -> String {
    let text = error.to_string();
    text.lines().next().unwrap_or_default().to_owned()
}
