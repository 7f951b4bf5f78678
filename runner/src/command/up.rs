//! `up` and `plan`: what would be done, and doing it.

use crate::action::Action;
use crate::compile::tell;
use crate::error::Error;
use crate::exit::Exit;
use crate::ui;
use crate::up::{Change, Input, Installation};

/// Puts a policy in force, and returns when it is.
pub fn up(installation: &Installation<'_>, input: &Input) -> Result<Exit, Error> {
    let early = policy_core::compile(&input.sources, input.loading.clone(), &input.facts);
    if early.report.has_errors() {
        tell(&input.sources, &early.report);
        ui::note("nothing was changed");
        return Ok(Exit::Findings);
    }
    let _lock = installation
        .state
        .lock(|holder| ui::note(format_args!("waiting for {holder}")))?;
    let egress = early.policy.map(|(policy, _)| policy.network.subnet);
    for missing in installation.missing_prerequisites()? {
        ui::note(format_args!("{missing}"));
        let say = &mut |line: &str| ui::note(format_args!("  {line}"));
        installation.make(&missing, egress, say)?;
    }
    let prepared = installation.prepare(input, true)?;
    tell(&input.sources, &prepared.report);
    let Some(change) = prepared.change else {
        ui::note("nothing was changed");
        return Ok(Exit::Findings);
    };
    if change.actions.is_empty() {
        ui::result(in_step(&change));
        return Ok(Exit::Fine);
    }
    let count = change.actions.len();
    installation.apply(&change, &mut |at, action| {
        ui::note(format_args!("[{}/{count}] {action}", at + 1));
    })?;
    ui::result(format_args!(
        "enforced: generation {}, {} agents",
        change.generation,
        change.policy.agents.len()
    ));
    Ok(Exit::Fine)
}

/// Shows what [`up`] would do.
pub fn plan(installation: &Installation<'_>, input: &Input) -> Result<Exit, Error> {
    let missing = installation.missing_prerequisites()?;
    let prepared = installation.prepare(input, missing.is_empty())?;
    tell(&input.sources, &prepared.report);
    let Some(change) = prepared.change else {
        return Ok(Exit::Findings);
    };
    if missing.is_empty() && change.actions.is_empty() {
        ui::result(in_step(&change));
        return Ok(Exit::Fine);
    }
    for prerequisite in &missing {
        ui::result(prerequisite);
    }
    if !missing.is_empty() {
        ui::note("the host's address is asked for in the image; until then the default stands in");
    }
    for action in &change.actions {
        show(action);
    }
    Ok(Exit::Fine)
}

fn show(action: &Action) {
    ui::result(action);
    for command in action.commands() {
        ui::result(format_args!("  {command}"));
    }
}

fn in_step(change: &Change) -> String {
    format!(
        "in step: generation {}, {} agents, nothing to do",
        change.generation,
        change.policy.agents.len()
    )
}
