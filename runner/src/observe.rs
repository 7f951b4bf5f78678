//! What the engine and the state folder hold now.
//!
//! Everything is asked by name or by our label, so what belongs to others is not even seen, with
//! one exception: a name of ours that somebody else has taken.

mod engine;

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;

use crate::docker::{Docker, DockerCommand, DockerError, read_json};
use crate::error::Error;
use crate::names::{LABEL_DIGEST, LABEL_INSTANCE, LABEL_STATE};
use crate::open_request::{self, OpenRequest};
use crate::plan::PlanError;
use crate::state::State;

use self::engine::{ContainerJson, NetworkJson};

/// Everything a plan is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Observed {
    /// Squid's container.
    pub container: Option<Container>,
    /// The networks with our label, by name.
    pub networks: BTreeMap<String, Network>,
    /// The generation that `current` points to.
    pub current: Option<String>,
    /// The generations whose folders are there.
    pub generations: BTreeSet<String>,
    /// Whether a container that made room for another was left behind.
    pub set_aside: bool,
    /// Addresses that containers with our label hold or ask for, whether they run or not.
    pub asked_for: BTreeMap<Ipv4Addr, Endpoint>,
}

/// Squid's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Whose it is.
    pub owner: Owner,
    /// Whether it runs.
    pub running: bool,
    /// The digest of the command that made it.
    pub digest: String,
    /// The networks it is on, with its address there.
    pub networks: BTreeMap<String, Option<Ipv4Addr>>,
    /// The generation that runs inside; `None` where nothing does.
    pub generation: Option<String>,
    /// What earlier generations still have open.
    pub open: Vec<OpenRequest>,
}

/// Whose an object is, by its labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Owner {
    /// This instance's.
    Us,
    /// That of an instance of the same name with this state folder.
    OtherState(String),
    /// Somebody else's.
    Stranger,
}

impl Container {
    /// What is not ours is not touched.
    pub fn refuse_foreign(&self, name: &str) -> Result<(), PlanError> {
        let name = name.to_owned();
        match &self.owner {
            Owner::Us => Ok(()),
            Owner::OtherState(state) => Err(PlanError::OtherState {
                name,
                state: state.clone(),
            }),
            Owner::Stranger => Err(PlanError::ForeignContainer { name }),
        }
    }
}

/// A network with our label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// Its addresses.
    pub subnet: Option<Ipv4Net>,
    /// The digest of the command that made it.
    pub digest: String,
    /// Who is attached and runs, by address, without Squid's container.
    pub endpoints: BTreeMap<Ipv4Addr, Endpoint>,
}

/// A container on one of our networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    /// The container's name.
    pub container: String,
    /// The agent it belongs to, by its label; `None` for a stranger.
    pub agent: Option<String>,
}

impl Observed {
    /// Every address that a container other than Squid's holds on one of our networks, or will
    /// hold when it is started: a stopped container comes back with the address it had.
    pub fn attached(&self) -> BTreeSet<Ipv4Addr> {
        let endpoints = self
            .networks
            .values()
            .flat_map(|network| network.endpoints.keys());
        endpoints.chain(self.asked_for.keys()).copied().collect()
    }
}

/// Asks the engine and looks at the state folder.
pub fn observe(docker: &dyn Docker, state: &State) -> Result<Observed, Error> {
    let name = state.instance().container();
    let aside = state.instance().set_aside();
    let labelled = containers(docker, &own_ids(docker, state)?)?;
    let by_name = |wanted: &str| labelled.iter().find(|found| found.name() == wanted);
    let container = match by_name(&name) {
        Some(found) => Some(found.clone()),
        None => containers(docker, std::slice::from_ref(&name))?
            .into_iter()
            .next(),
    };
    let container = container
        .map(|found| described(docker, state, &found))
        .transpose()?;
    let set_aside = by_name(&aside).is_some();
    let others: Vec<ContainerJson> = labelled
        .into_iter()
        .filter(|found| found.name() != name && found.name() != aside)
        .collect();
    let networks = networks(docker, state, &name, &others)?;
    let endpoints = others.iter().flat_map(|found| {
        found
            .addresses()
            .map(|address| (address, found.endpoint()))
            .collect::<Vec<_>>()
    });
    let is_id = |name: &String| !name.is_empty() && name.bytes().all(|b| b.is_ascii_hexdigit());
    Ok(Observed {
        container,
        networks,
        current: state.current_generation()?,
        generations: crate::files::list(&state.generations())?
            .into_iter()
            .filter(is_id)
            .collect(),
        set_aside,
        asked_for: endpoints.collect(),
    })
}

/// The ids of all containers with our label, stopped ones included.
fn own_ids(docker: &dyn Docker, state: &State) -> Result<Vec<String>, Error> {
    let list = DockerCommand::new(["ps", "--all", "--no-trunc", "--quiet"])
        .with(["--filter", &state.instance().filter()]);
    Ok(docker
        .run(&list)?
        .stdout
        .lines()
        .map(str::to_owned)
        .collect())
}

/// The containers of these names or ids that are there.
fn containers(docker: &dyn Docker, names: &[String]) -> Result<Vec<ContainerJson>, Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let command = DockerCommand::new(["container", "inspect"]).with(names.iter().cloned());
    let output = docker.try_run(&command)?;
    // One may go between two questions; the others are printed all the same.
    if !output.success()
        && !output
            .stderr
            .lines()
            .all(|line| line.contains("No such container"))
    {
        return Err(DockerError::failed(&command, &output).into());
    }
    Ok(read_json(&command, &output)?)
}

/// Squid's container, from what the engine says of it.
fn described(
    docker: &dyn Docker,
    state: &State,
    found: &ContainerJson,
) -> Result<Container, Error> {
    let label = |name: &str| found.label(name).unwrap_or_default();
    let folder = state.config().display().to_string();
    let owner = if label(LABEL_INSTANCE) != state.instance().as_str() {
        Owner::Stranger
    } else if label(LABEL_STATE) != folder {
        Owner::OtherState(label(LABEL_STATE).to_owned())
    } else {
        Owner::Us
    };
    let running = found.state.running;
    let ours = owner == Owner::Us;
    let name = state.instance().container();
    let (generation, open) = if running && ours {
        running_generation(docker, &name)?
    } else {
        (None, Vec::new())
    };
    let networks = found.network_settings.networks.iter();
    Ok(Container {
        owner,
        running,
        digest: label(LABEL_DIGEST).to_owned(),
        networks: networks
            .map(|(name, endpoint)| (name.clone(), endpoint.address()))
            .collect(),
        generation,
        open,
    })
}

/// The running generation, and what those before it have open.
fn running_generation(
    docker: &dyn Docker,
    name: &str,
) -> Result<(Option<String>, Vec<OpenRequest>), Error> {
    let script = "portreeve-ctl running && portreeve-ctl requests";
    let command = DockerCommand::new(["exec", name, "sh", "-c", script]);
    let output = docker.try_run(&command)?;
    let (id, open) = output.stdout.split_once('\n').unwrap_or_default();
    // An image of another version may not know the second word; its container is made anew.
    if !output.success() || id.is_empty() {
        return Ok((None, Vec::new()));
    }
    Ok((Some(id.to_owned()), open_request::read(open)?))
}

fn networks(
    docker: &dyn Docker,
    state: &State,
    own_container: &str,
    labelled: &[ContainerJson],
) -> Result<BTreeMap<String, Network>, Error> {
    let found = inspect_networks(docker, &["--filter", &state.instance().filter()])?;
    let agents: BTreeMap<&str, Endpoint> = labelled
        .iter()
        .map(|found| (found.name(), found.endpoint()))
        .collect();
    Ok(found
        .into_iter()
        .map(|network| {
            let labels = network.labels.unwrap_or_default();
            let mut endpoints = BTreeMap::new();
            for endpoint in network.containers.unwrap_or_default().into_values() {
                let Some(address) = endpoint.address() else {
                    continue;
                };
                if endpoint.name != own_container {
                    let agent = agents
                        .get(&*endpoint.name)
                        .and_then(|known| known.agent.clone());
                    endpoints.insert(
                        address,
                        Endpoint {
                            container: endpoint.name,
                            agent,
                        },
                    );
                }
            }
            let subnet = network
                .ipam
                .config
                .iter()
                .flatten()
                .find_map(|range| range.subnet());
            let digest = labels.get(LABEL_DIGEST).cloned().unwrap_or_default();
            (
                network.name,
                Network {
                    subnet,
                    digest,
                    endpoints,
                },
            )
        })
        .collect())
}

/// The networks that `docker network ls` lists with these options.
fn inspect_networks(docker: &dyn Docker, options: &[&str]) -> Result<Vec<NetworkJson>, Error> {
    let list = DockerCommand::new(["network", "ls", "--no-trunc", "--format", "{{.ID}}"])
        .with(options.iter().copied());
    let listed = docker.run(&list)?.stdout;
    if listed.is_empty() {
        return Ok(Vec::new());
    }
    let inspect = DockerCommand::new(["network", "inspect"]).with(listed.lines());
    let output = docker.try_run(&inspect)?;
    // Others may remove theirs between the two questions; the rest is printed all the same.
    let gone = |line: &str| line.contains("No such network") || line.contains(" not found");
    if !output.success() && !output.stderr.lines().all(gone) {
        return Err(DockerError::failed(&inspect, &output).into());
    }
    Ok(read_json(&inspect, &output)?)
}

/// A network of somebody else's that has addresses of `subnet`: its name and its addresses.
pub fn taken_by(
    docker: &dyn Docker,
    state: &State,
    subnet: Ipv4Net,
) -> Result<Option<(String, Ipv4Net)>, Error> {
    let foreign = inspect_networks(docker, &[])?
        .into_iter()
        .filter(|network| {
            let labels = network.labels.clone().unwrap_or_default();
            labels.get(LABEL_INSTANCE).map(String::as_str) != Some(state.instance().as_str())
        });
    for network in foreign {
        let ranges = network
            .ipam
            .config
            .iter()
            .flatten()
            .filter_map(|range| range.subnet());
        for range in ranges {
            if range.contains(&subnet) || subnet.contains(&range) {
                return Ok(Some((network.name, range)));
            }
        }
    }
    Ok(None)
}
