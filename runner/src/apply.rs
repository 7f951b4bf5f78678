//! Carries out a plan, in order, and takes it back when a step fails.
//!
//! A step is either done or it has changed nothing that the policy in force depends on; so after
//! any failure the steps before it are undone from the last to the first, and what was in force
//! is in force again.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use policy_core::facts::Ledger;
use policy_render::file_set::{FileSet, MANIFEST};
use thiserror::Error;

use crate::action::{Action, set_aside_name};
use crate::docker::{Docker, DockerCommand, DockerError};
use crate::error::Error;
use crate::exit::Exit;
use crate::files;
use crate::ledger;
use crate::state::State;

/// How long a started container may take until it answers; with a hundred networks its start
/// alone takes a quarter of a minute.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait between two looks.
const HEALTH_POLL: Duration = Duration::from_millis(100);

/// What the steps on files need.
pub struct Apply<'a> {
    /// The engine.
    pub docker: &'a dyn Docker,
    /// Where the files are.
    pub state: &'a State,
    /// The new generation.
    pub files: &'a FileSet,
    /// The new ledger, and the one before.
    pub ledgers: (&'a Ledger, &'a Ledger),
}

/// A plan that was not carried out, and what became of what had been done.
#[derive(Debug, Error)]
#[error("could not {step}: {cause}\n{}", outcome(unrestored))]
pub struct ApplyError {
    /// The step that failed.
    pub step: String,
    /// Why.
    pub cause: Box<Error>,
    /// What could not be taken back, with the reason.
    pub unrestored: Vec<String>,
}

fn outcome(unrestored: &[String]) -> String {
    if unrestored.is_empty() {
        return "everything before it was taken back: what was in force still is".to_owned();
    }
    format!(
        "not everything could be taken back:\n  {}",
        unrestored.join("\n  ")
    )
}

impl ApplyError {
    /// What to do.
    pub fn remedy(&self) -> String {
        if self.unrestored.is_empty() {
            format!("{}; then run the command again", self.cause.remedy())
        } else {
            "remove the cause and run the command again: it converges from any state".to_owned()
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        Exit::RolledBack
    }
}

/// Carries out every action; `say` is told each before it begins.
pub fn apply(
    apply: &Apply<'_>,
    actions: &[Action],
    say: &mut dyn FnMut(usize, &Action),
) -> Result<(), ApplyError> {
    let mut done = Vec::new();
    for (at, action) in actions.iter().enumerate() {
        say(at, action);
        if let Err(cause) = apply.perform(action) {
            // The failed step may have been half done, so it is taken back as well.
            done.push(action);
            let unrestored = apply.take_back(&done);
            let step = action.to_string();
            return Err(ApplyError {
                step,
                cause: Box::new(cause),
                unrestored,
            });
        }
        done.push(action);
    }
    Ok(())
}

impl Apply<'_> {
    fn perform(&self, action: &Action) -> Result<(), Error> {
        match action {
            Action::SaveLedger => ledger::save(&self.state.ledger(), self.ledgers.0)?,
            Action::WriteGeneration { id } => self.write_generation(id)?,
            Action::WriteManifest { id } => {
                let text = self.files.get(MANIFEST).unwrap_or_default();
                files::write(&self.state.generation(id).join(MANIFEST), text.as_bytes())?;
            }
            Action::PointCurrent { id, .. } => self.state.switch_to(id)?,
            Action::RemoveGenerations { ids } => {
                for id in ids {
                    files::remove_folder(&self.state.generation(id))?;
                }
            }
            Action::AwaitHealth { id, .. } => self.await_health(action, id)?,
            Action::SetAside { name, .. } => {
                // One that was left by an earlier failure has no use.
                let stale = Action::RemoveSetAside { name: name.clone() };
                self.docker.try_run(&first(&stale))?;
                self.run(action)?;
            }
            // `ss` has nothing to say about what it has ended.
            _ => self.run(action)?,
        }
        Ok(())
    }

    fn run(&self, action: &Action) -> Result<(), Error> {
        for command in action.commands() {
            self.docker.run(&command)?;
        }
        Ok(())
    }

    /// All files under another name first, so that a folder with the id is always complete.
    fn write_generation(&self, id: &str) -> Result<(), Error> {
        let folder = self.state.generation(id);
        files::create_folder(&self.state.generations())?;
        let fresh = self.state.generations().join(format!(".new-{id}"));
        files::remove_folder(&fresh)?;
        files::create_folder(&fresh)?;
        for (name, text) in self.files.iter() {
            files::write(&fresh.join(name), text.as_bytes())?;
        }
        Ok(files::rename_folder(&fresh, &folder)?)
    }

    fn await_health(&self, action: &Action, id: &str) -> Result<(), Error> {
        let health = first(action);
        let end = Instant::now() + HEALTH_TIMEOUT;
        loop {
            // It prints the generation that is healthy.
            let output = self.docker.try_run(&health)?;
            if output.success() && output.stdout.trim() == id {
                return Ok(());
            }
            if Instant::now() >= end {
                return Err(DockerError::failed(&health, &output).into());
            }
            thread::sleep(HEALTH_POLL);
        }
    }

    /// Undoes what was done, from the last to the first; says what could not be.
    fn take_back(&self, done: &[&Action]) -> Vec<String> {
        let mut unrestored = Vec::new();
        for action in done.iter().rev() {
            if let Err(error) = self.undo(action) {
                unrestored.push(format!("{action}: {error}"));
            }
        }
        unrestored
    }

    fn undo(&self, action: &Action) -> Result<(), Error> {
        match action {
            // The addresses in force are those of the ledger before.
            Action::SaveLedger => Ok(ledger::save(&self.state.ledger(), self.ledgers.1)?),
            Action::PointCurrent { before: None, .. } => {
                Ok(files::remove_file(&self.state.current())?)
            }
            Action::CreateContainer { name, .. } => {
                let remove = DockerCommand::new(["rm", "--force", name]);
                self.docker.try_run(&remove)?;
                Ok(())
            }
            Action::SetAside { name, running } => {
                let aside = set_aside_name(name);
                self.docker
                    .try_run(&DockerCommand::new(["rename", &aside, name]))?;
                if *running {
                    self.docker.run(&DockerCommand::new(["start", name]))?;
                }
                Ok(())
            }
            // What was not made cannot be removed, and that is no failure of undoing it.
            Action::CreateNetwork { .. } | Action::Connect { .. } => {
                for command in action.undo().iter().flat_map(Action::commands) {
                    self.docker.try_run(&command)?;
                }
                Ok(())
            }
            Action::Disconnect { .. } => {
                for command in action.undo().iter().flat_map(Action::commands) {
                    self.docker.try_run(&command)?;
                }
                Ok(())
            }
            _ => action.undo().iter().try_for_each(|undo| self.perform(undo)),
        }
    }
}

/// The one command of an action that has one.
fn first(action: &Action) -> DockerCommand {
    let none = || DockerCommand::new(Vec::<String>::new());
    action.commands().into_iter().next().unwrap_or_else(none)
}

/// Whether the manifest of generation `id` on disk is that of `files`.
pub fn manifest_is_current(folder: &Path, files: &FileSet) -> Result<bool, Error> {
    let before = files::read_if_there(&folder.join(MANIFEST))?;
    Ok(before.as_deref() == files.get(MANIFEST).map(str::as_bytes))
}
