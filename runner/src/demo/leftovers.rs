//! Finding and removing what a bed has made, this one or an earlier one that was killed.
//!
//! A bed's network is made first and removed last. So wherever that network is, whatever else
//! carries the instance's name is a bed's too and may be removed; where it is not, the instance is
//! somebody's and is left alone.

use std::collections::BTreeSet;

use super::cast;
use super::error::DemoError;
use crate::docker::{Docker, DockerCommand};
use crate::error::Error;
use crate::files;
use crate::names::Instance;
use crate::state::State;

/// The file by which a bed knows its own state folder; it is written first and removed last.
pub const MARKER: &str = "wanted.reeve";
/// The lock of the state folder, which goes with the folder.
const LOCK: &str = "lock";

/// Whether there is a bed of this instance; an error when the instance or its folder is not a
/// bed's.
pub fn is_a_bed(docker: &dyn Docker, state: &State) -> Result<bool, Error> {
    let instance = state.instance();
    let is_a_bed = !beds_network(docker, instance)?.is_empty();
    if !is_a_bed && !Belongings::of(docker, instance)?.is_empty() {
        let instance = instance.to_string();
        return Err(DemoError::ForeignInstance { instance }.into());
    }
    let names = files::list(state.root())?;
    if names.iter().any(|name| name != LOCK) && !names.iter().any(|name| name == MARKER) {
        let path = state.root().to_owned();
        return Err(DemoError::ForeignFolder { path }.into());
    }
    Ok(is_a_bed)
}

/// Removes everything of a bed but the lock.
pub fn clear(docker: &dyn Docker, state: &State) -> Result<(), Error> {
    let instance = state.instance();
    let found = Belongings::of(docker, instance)?;
    remove(docker, &["rm", "--force", "--volumes"], found.containers)?;
    remove(docker, &["network", "rm"], found.networks)?;
    remove(docker, &["volume", "rm", "--force"], found.volumes)?;
    remove(docker, &["network", "rm"], beds_network(docker, instance)?)?;
    let kept = [LOCK, MARKER];
    for name in files::list(state.root())? {
        let path = state.root().join(&name);
        if path.is_dir() {
            files::remove_folder(&path)?;
        } else if !kept.contains(&name.as_str()) {
            files::remove_file(&path)?;
        }
    }
    Ok(files::remove_file(&state.root().join(MARKER))?)
}

/// What carries the bed's label or the instance's, apart from the bed's network.
struct Belongings {
    containers: BTreeSet<String>,
    networks: BTreeSet<String>,
    volumes: BTreeSet<String>,
}

impl Belongings {
    fn of(docker: &dyn Docker, instance: &Instance) -> Result<Self, Error> {
        let (instances, beds) = (instance.filter(), cast::filter(instance));
        let volume = format!("name=^{}$", instance.logs_volume());
        let mut containers = ids(docker, &["ps", "--all"], &instances)?;
        containers.extend(ids(docker, &["ps", "--all"], &beds)?);
        Ok(Self {
            containers,
            networks: ids(docker, &["network", "ls"], &instances)?,
            volumes: ids(docker, &["volume", "ls"], &volume)?,
        })
    }

    fn is_empty(&self) -> bool {
        self.containers.is_empty() && self.networks.is_empty() && self.volumes.is_empty()
    }
}

fn beds_network(docker: &dyn Docker, instance: &Instance) -> Result<BTreeSet<String>, Error> {
    ids(docker, &["network", "ls"], &cast::filter(instance))
}

fn ids(docker: &dyn Docker, list: &[&str], filter: &str) -> Result<BTreeSet<String>, Error> {
    let command = DockerCommand::new(list.iter().copied()).with(["--quiet", "--filter", filter]);
    let output = docker.run(&command)?;
    Ok(output
        .stdout
        .split_whitespace()
        .map(str::to_owned)
        .collect())
}

fn remove(docker: &dyn Docker, verb: &[&str], ids: BTreeSet<String>) -> Result<(), Error> {
    if !ids.is_empty() {
        docker.run(&DockerCommand::new(verb.iter().copied()).with(ids))?;
    }
    Ok(())
}
