//! The bed: an installation with everything around it, all of it containers on this engine.
//!
//! It is the demo's and the tests'. There is one at a time, because the policy names its addresses.

use std::net::Ipv4Addr;
use std::path::Path;
use std::thread;
use std::time::Duration;

use policy_core::compile;
use policy_core::ir::Policy;
use policy_render::deployment::Deployment;

use super::agents;
use super::cast::{self, SUBNET};
use super::doors;
use super::error::DemoError;
use super::leftovers::{self, MARKER};
use super::progress::Progress;
use crate::docker::{Docker, DockerCommand};
use crate::error::Error;
use crate::facts_file::Given;
use crate::files;
use crate::image;
use crate::observe::taken_by;
use crate::report;
use crate::state::{Lock, State};
use crate::up::{Input, Installation};
use crate::wanted::Uplink;

/// The instance, where no other name is given.
pub const INSTANCE: &str = "demo";
/// How long a `docker` without a master may take to end.
const SETTLE: Duration = Duration::from_secs(1);

/// The bed and what is in force on it; everything is removed when it is dropped.
pub struct Bed<'a> {
    docker: &'a (dyn Docker + Sync),
    state: State,
    kept: bool,
    lock: Lock,
}

/// The policy of a bed, compiled with what is known of the bed.
#[derive(Clone, Debug)]
pub struct Enforced {
    /// Its text.
    pub text: String,
    /// What it means.
    pub policy: Policy,
    /// Its networks and addresses.
    pub deployment: Deployment,
}

/// The state folder of a bed: beside the one that real instances have.
pub fn state(folder: Option<&Path>, instance: Option<&str>) -> Result<State, Error> {
    let real = State::locate(folder, None)?;
    let mut name = real.root().file_name().unwrap_or_default().to_owned();
    name.push("-demo");
    let folder = real.root().with_file_name(name);
    Ok(State::locate(
        Some(&folder),
        Some(instance.unwrap_or(INSTANCE)),
    )?)
}

impl<'a> Bed<'a> {
    /// Makes room: waits for another demo to end, and removes what one has left.
    pub fn make_room(
        docker: &'a (dyn Docker + Sync),
        state: State,
        progress: &mut Progress,
    ) -> Result<Self, Error> {
        progress.step("look for what an earlier demo has left")?;
        let lock = state.lock(|holder| progress.detail(&format!("waiting for {holder}")))?;
        let is_a_bed = leftovers::is_a_bed(docker, &state)?;
        let bed = Self {
            docker,
            state,
            kept: false,
            lock,
        };
        leftovers::clear(docker, &bed.state)?;
        if is_a_bed {
            // A demo that was killed may have left a `docker` that is still making something.
            thread::sleep(SETTLE);
            leftovers::clear(docker, &bed.state)?;
        }
        if let Some((network, range)) = taken_by(docker, &bed.state, SUBNET)? {
            return Err(DemoError::SubnetTaken {
                wanted: SUBNET,
                range,
                network,
            }
            .into());
        }
        Ok(bed)
    }

    /// Puts everybody in place: `wanted` is what is measured against, `enforced` what is put in
    /// force, and nobody but a test makes them differ.
    pub fn set_up(
        &self,
        wanted: &str,
        enforced: &str,
        progress: &mut Progress,
    ) -> Result<Enforced, Error> {
        let wanted = compiled(&self.input(MARKER, wanted)?, wanted)?;
        let input = self.input("policy.reeve", enforced)?;
        let instance = self.state.instance();
        progress.step("make the network beside the agents' own")?;
        self.docker.run(&cast::create_network(instance))?;
        self.make_image(progress)?;
        let agents: Vec<String> = wanted
            .deployment
            .agents
            .iter()
            .map(|agent| agent.name.clone())
            .collect();
        progress.step("start a gateway, a web, a device, a desktop and a resolver")?;
        let stand_ins = cast::stand_ins(&agents);
        for stand_in in &stand_ins {
            progress.interrupt().check()?;
            progress.detail(stand_in.name);
            self.docker.run(&stand_in.start(instance, &image::tag()))?;
        }
        self.enforce(&input, progress)?;
        progress.step("start the agents")?;
        for plan in &wanted.deployment.agents {
            progress.interrupt().check()?;
            progress.detail(&plan.name);
            agents::start(self, &wanted.deployment, plan)?;
        }
        progress.step("see that the bed itself works")?;
        doors::see(self, &stand_ins)?;
        Ok(wanted)
    }

    fn installation(&self) -> Installation<'_> {
        let uplink = Uplink::Existing(cast::network(self.state.instance()));
        Installation {
            docker: self.docker,
            state: &self.state,
            uplink,
        }
    }

    fn make_image(&self, progress: &mut Progress) -> Result<(), Error> {
        let installation = self.installation();
        for missing in installation.missing_prerequisites()? {
            progress.step(missing.to_string())?;
            // The bed's own network is the uplink, so none is made.
            installation.make(&missing, None, &mut |line| progress.detail(line))?;
        }
        Ok(())
    }

    /// Reads a policy with what is known of the bed.
    fn input(&self, name: &str, text: &str) -> Result<Input, Error> {
        let path = self.state.root().join(name);
        files::write(&path, text.as_bytes())?;
        let mut input = Input::read(&path, None)?;
        input.facts.host_address = cast::DESKTOP;
        input.facts.resolvers = vec![cast::NAMES.into()];
        input.facts.gateway_addresses = vec![cast::GATEWAY.into()];
        input.given = Given {
            host: true,
            gateway: true,
        };
        Ok(input)
    }

    fn enforce(&self, input: &Input, progress: &mut Progress) -> Result<(), Error> {
        progress.step("put the policy in force")?;
        let installation = self.installation();
        let prepared = installation.prepare(input, true)?;
        let Some(change) = prepared.change else {
            let report = report::human(&input.sources, &prepared.report);
            return Err(DemoError::Policy { report }.into());
        };
        installation.apply(&change, &mut |_, action| {
            progress.detail(&action.to_string())
        })
    }

    /// The engine.
    pub fn docker(&self) -> &'a (dyn Docker + Sync) {
        self.docker
    }

    /// The instance and its files.
    pub fn state(&self) -> &State {
        &self.state
    }

    /// The lock of its state folder.
    pub fn lock(&self) -> &Lock {
        &self.lock
    }

    /// A file of a container of the bed.
    pub fn read(&self, container: &str, path: &str) -> Result<String, Error> {
        let command = DockerCommand::new(["exec", container, "cat", path]);
        Ok(self.docker.run(&command)?.stdout)
    }

    /// Squid's address on the bed.
    pub fn squid_address(&self) -> Result<Ipv4Addr, Error> {
        let network = cast::network(self.state.instance());
        let format = format!("{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}");
        let container = self.state.instance().container();
        let command = DockerCommand::new(["container", "inspect", "--format", &format, &container]);
        let address = self.docker.run(&command)?.stdout;
        address.trim().parse().map_err(|_| {
            let what = container.clone();
            DemoError::Closed {
                what,
                tried: format!("look at its address, `{address}`"),
            }
            .into()
        })
    }

    /// Leaves everything as it is.
    pub fn keep(mut self) {
        self.kept = true;
    }

    /// Removes everything, and says what could not be.
    pub fn remove(mut self) -> Result<(), Error> {
        let removed = leftovers::clear(self.docker, &self.state);
        self.kept = removed.is_ok();
        removed?;
        Ok(files::remove_folder(self.state.root())?)
    }
}

impl Drop for Bed<'_> {
    fn drop(&mut self) {
        if !self.kept {
            // Whoever comes after a failure has another one to report; the next bed tries again.
            let _ = leftovers::clear(self.docker, &self.state);
            let _ = files::remove_folder(self.state.root());
        }
    }
}

fn compiled(input: &Input, text: &str) -> Result<Enforced, Error> {
    let compiled = compile(&input.sources, input.loading.clone(), &input.facts);
    match compiled.policy {
        Some((policy, _)) => {
            let deployment = Deployment::of(&policy);
            Ok(Enforced {
                text: text.to_owned(),
                policy,
                deployment,
            })
        }
        None => {
            let report = report::human(&input.sources, &compiled.report);
            Err(DemoError::Policy { report }.into())
        }
    }
}
