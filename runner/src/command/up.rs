//! `up` and `plan`: what would be done, and doing it.

use serde::Serialize;

use crate::action::Action;
use crate::cli::Format;
use crate::compile::tell;
use crate::converge::{Event, Outcome, converge, early};
use crate::docker::DockerCommand;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::changes::{Lines, Told};
use crate::ui;
use crate::up::{Change, Input, Installation, Prerequisite};

/// The format of the JSON output.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Plan<'a> {
    version: u32,
    generation: &'a str,
    actions: Vec<Step>,
    /// What there is to say of the change beside the lines.
    #[serde(skip_serializing_if = "Option::is_none")]
    note: Option<&'a str>,
    #[serde(flatten)]
    lines: Lines<'a>,
}

#[derive(Serialize)]
struct Step {
    action: String,
    commands: Vec<String>,
}

/// Puts a policy in force, and returns when it is.
pub fn up(installation: &Installation<'_>, input: &Input) -> Result<Exit, Error> {
    let Some(early) = early(input, &mut show_event) else {
        ui::note("nothing was changed");
        return Ok(Exit::Findings);
    };
    let _lock = installation
        .state
        .lock(|holder| ui::note(format_args!("waiting for {holder}")))?;
    match converge(installation, input, early, &mut show_event)? {
        Outcome::Refused => {
            ui::note("nothing was changed");
            return Ok(Exit::Findings);
        }
        Outcome::InStep(change) => ui::result(in_step(&change)),
        Outcome::Enforced(change) => ui::result(format_args!(
            "enforced: generation {}, {} agents",
            change.generation,
            change.policy.agents.len()
        )),
    }
    Ok(Exit::Fine)
}

/// Shows what goes on to whoever waits for the end.
pub fn show_event(event: Event<'_>) {
    match event {
        Event::Findings(sources, report) => tell(sources, report),
        Event::Making(missing) => ui::note(missing),
        Event::MakingLine(line) => ui::note(format_args!("  {line}")),
        Event::Changing(told) => ui::note_part(told.human(ui::width())),
        Event::Step { number, of, action } => ui::note(format_args!("[{number}/{of}] {action}")),
    }
}

/// Shows what [`up`] would do.
pub fn plan(installation: &Installation<'_>, input: &Input, format: Format) -> Result<Exit, Error> {
    let missing = installation.missing_prerequisites()?;
    let prepared = installation.prepare(input, missing.is_empty())?;
    tell(&input.sources, &prepared.report);
    let Some(change) = prepared.change else {
        return Ok(Exit::Findings);
    };
    let told = Told::of(&input.sources, &change);
    if format == Format::Json {
        let document = Plan::of(&missing, &change, &told);
        ui::result(serde_json::to_string_pretty(&document)?);
        return Ok(Exit::Fine);
    }
    if missing.is_empty() && change.actions.is_empty() {
        ui::result(in_step(&change));
        return Ok(Exit::Fine);
    }
    ui::part(told.human(ui::width()));
    ui::result("");
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

impl<'a> Plan<'a> {
    fn of(missing: &[Prerequisite], change: &'a Change, told: &'a Told<'a>) -> Self {
        let step = |action: String, commands: Vec<DockerCommand>| Step {
            action,
            commands: commands.iter().map(ToString::to_string).collect(),
        };
        let missing = missing
            .iter()
            .map(|missing| step(missing.to_string(), missing.commands()));
        let actions = change
            .actions
            .iter()
            .map(|action| step(action.to_string(), action.commands()));
        let (note, lines) = match told {
            Told::Line(line) => (Some(&**line), Lines::default()),
            Told::Changes(changes) => (None, Lines::of(changes)),
        };
        Self {
            version: VERSION,
            generation: &change.generation,
            actions: missing.chain(actions).collect(),
            note,
            lines,
        }
    }
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
