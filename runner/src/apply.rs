//! Carries out a plan, in order, and takes it back when a step fails.
//!
//! A step is either done or it has changed nothing that the policy in force depends on; so after
//! any failure the steps before it are undone from the last to the first, and what was in force
//! is in force again.

use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use policy_core::facts::Ledger;
use policy_core::ir::Policy;
use policy_render::file_set::{FileSet, MANIFEST};
use policy_render::hex;
use policy_render::manifest::Manifest;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::action::Action;
use crate::docker::{Docker, DockerCommand, DockerError};
use crate::error::Error;
use crate::exit::Exit;
use crate::files;
use crate::ledger;
use crate::open_request::{self, OpenRequest, filters};
use crate::state::State;
use crate::wanted::Cut;

/// How long a started container may take until it answers; with a hundred networks its start
/// alone takes a quarter of a minute.
const HEALTH_TIMEOUT: Duration = Duration::from_secs(60);
/// How long to wait between two looks.
const HEALTH_POLL: Duration = Duration::from_millis(100);

/// How often what is forbidden is looked for and ended; the first time is enough.
const CUT_ATTEMPTS: usize = 3;

/// What the steps on files and connections need.
pub struct Apply<'a> {
    /// The engine.
    pub docker: &'a dyn Docker,
    /// Where the files are.
    pub state: &'a State,
    /// The new generation.
    pub files: &'a FileSet,
    /// What the new generation is made of.
    pub record: &'a str,
    /// The new ledger, and the one before.
    pub ledgers: (&'a Ledger, &'a Ledger),
    /// The new policy, and the one in force, as far as they are known.
    pub policies: (Option<&'a Policy>, Option<&'a Policy>),
    /// How what a policy forbids is cut.
    pub cut: &'a Cut,
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
                self.write_record(id)?;
            }
            Action::PointCurrent { id, .. } => self.state.switch_to(id)?,
            Action::RemoveGenerations { ids } => {
                for id in ids {
                    files::remove_folder(&self.state.generation(id))?;
                    files::remove_file(&self.state.policy(id))?;
                }
            }
            Action::AwaitHealth { id, .. } => self.await_health(action, id)?,
            Action::SetAside { aside, .. } => {
                // One that was left by an earlier failure has no use.
                self.remove_own("container", aside)?;
                self.run(action)?;
            }
            Action::RemoveSetAside { aside } => self.remove_own("container", aside)?,
            Action::Cut { id, cut } => self.cut(cut, self.policies.0, id)?,
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

    /// Removes a container or network of that name if it carries our label. What is somebody
    /// else's stays: a name alone proves nothing.
    fn remove_own(&self, kind: &str, name: &str) -> Result<(), Error> {
        Ok(remove_own(self.docker, self.state, kind, name)?)
    }

    /// All files under another name first, so that a folder with the id is always complete.
    fn write_generation(&self, id: &str) -> Result<(), Error> {
        let folder = self.state.generation(id);
        self.write_record(id)?;
        files::create_folder(&self.state.generations())?;
        let fresh = self.state.generations().join(format!(".new-{id}"));
        files::remove_folder(&fresh)?;
        files::create_folder(&fresh)?;
        for (name, text) in self.files.iter() {
            files::write(&fresh.join(name), text.as_bytes())?;
        }
        // A folder of that name whose files are not ours any more makes room first.
        let spoilt = self.state.generations().join(format!(".spoilt-{id}"));
        files::remove_folder(&spoilt)?;
        if folder.is_dir() {
            files::rename_folder(&folder, &spoilt)?;
        }
        files::rename_folder(&fresh, &folder)?;
        Ok(files::remove_folder(&spoilt)?)
    }

    fn write_record(&self, id: &str) -> Result<(), Error> {
        files::create_folder(&self.state.policies())?;
        let path = self.state.policy(id);
        Ok(files::write(&path, self.record.as_bytes())?)
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

    /// Ends what `policy` forbids, and sees that it is gone. A policy that nobody knows permits no
    /// more than what its own generation has let pass.
    fn cut(&self, cut: &Cut, policy: Option<&Policy>, id: &str) -> Result<(), Error> {
        for _ in 0..CUT_ATTEMPTS {
            let open = open_request::read(&self.docker.run(&cut.list)?.stdout)?;
            let forbidden = |request: &&OpenRequest| match policy {
                Some(policy) => !request.is_permitted(policy, id),
                None => request.generation != id,
            };
            let revoked: Vec<&OpenRequest> = open.iter().filter(forbidden).collect();
            if revoked.is_empty() {
                return Ok(());
            }
            for filter in filters(&revoked) {
                self.docker.run(&cut.end.clone().stdin(filter))?;
            }
        }
        Err(Error::NotCut)
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
            Action::CreateContainer { name, .. } => self.remove_own("container", name),
            Action::SetAside {
                name,
                aside,
                running,
            } => {
                self.docker
                    .try_run(&DockerCommand::new(["rename", aside, name]))?;
                if *running {
                    self.docker.run(&DockerCommand::new(["start", name]))?;
                }
                Ok(())
            }
            Action::CreateNetwork { name, .. } => self.remove_own("network", name),
            Action::Switch {
                before: Some(before),
                ..
            } => {
                for undo in action.undo() {
                    self.perform(&undo)?;
                }
                // What only the new policy permits may have been opened in the meantime.
                self.cut(self.cut, self.policies.1, before)
            }
            // Where nothing was done there is nothing to undo, and that is no failure.
            Action::Connect { .. } | Action::Disconnect { .. } | Action::RemoveNetwork { .. } => {
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

/// Removes the `container` or `network` called `name`, if it carries this instance's label.
pub fn remove_own(
    docker: &dyn Docker,
    state: &State,
    kind: &str,
    name: &str,
) -> Result<(), DockerError> {
    let list = DockerCommand::new([kind, "ls", "--quiet", "--no-trunc"])
        .with([
            "--filter",
            &format!("name=^/?{}$", name.replace('.', "\\.")),
        ])
        .with(["--filter", &state.instance().filter()]);
    let list = if kind == "container" {
        list.arg("--all")
    } else {
        list
    };
    for id in docker.run(&list)?.stdout.lines() {
        let force: &[&str] = if kind == "container" {
            &["--force"]
        } else {
            &[]
        };
        docker.run(
            &DockerCommand::new([kind, "rm"])
                .with(force.iter().copied())
                .arg(id),
        )?;
    }
    Ok(())
}

/// Whether the files of a generation on disk are those of `files`, the manifest apart.
pub fn generation_is_intact(folder: &Path, files: &FileSet) -> Result<bool, Error> {
    for (name, text) in files.iter().filter(|(name, _)| *name != MANIFEST) {
        if files::read_if_there(&folder.join(name))?.as_deref() != Some(text.as_bytes()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the files of a generation on disk are those that its manifest names.
pub fn matches_its_manifest(folder: &Path) -> Result<bool, Error> {
    let Some(bytes) = files::read_if_there(&folder.join(MANIFEST))? else {
        return Ok(false);
    };
    let Ok(manifest) = serde_json::from_slice::<Manifest>(&bytes) else {
        return Ok(false);
    };
    for (name, digest) in &manifest.files {
        let text = files::read_if_there(&folder.join(name))?.unwrap_or_default();
        if hex(&Sha256::digest(&text)) != *digest {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether the manifest of generation `id` on disk is that of `files`.
pub fn manifest_is_current(folder: &Path, files: &FileSet) -> Result<bool, Error> {
    let before = files::read_if_there(&folder.join(MANIFEST))?;
    Ok(before.as_deref() == files.get(MANIFEST).map(str::as_bytes))
}
