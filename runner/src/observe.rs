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
use crate::names::{LABEL_AGENT, LABEL_DIGEST, LABEL_INSTANCE};
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
}

/// Squid's container.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Container {
    /// Whether it carries our label.
    pub ours: bool,
    /// Whether it runs.
    pub running: bool,
    /// The digest of the command that made it.
    pub digest: String,
    /// The networks it is on, with its address there.
    pub networks: BTreeMap<String, Option<Ipv4Addr>>,
    /// The generation that runs inside; `None` where nothing does.
    pub generation: Option<String>,
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
    /// Every address that a container other than Squid's holds on one of our networks.
    pub fn attached(&self) -> BTreeSet<Ipv4Addr> {
        self.networks
            .values()
            .flat_map(|network| network.endpoints.keys().copied())
            .collect()
    }
}

/// Asks the engine and looks at the state folder.
pub fn observe(docker: &dyn Docker, state: &State) -> Result<Observed, Error> {
    let name = state.instance().container();
    let container = container(docker, state, &name)?;
    let networks = networks(docker, state, &name)?;
    Ok(Observed {
        container,
        networks,
        current: state.current_generation()?,
        generations: crate::files::list(&state.generations())?
            .into_iter()
            .collect(),
    })
}

fn container(docker: &dyn Docker, state: &State, name: &str) -> Result<Option<Container>, Error> {
    let command = DockerCommand::new(["container", "inspect", name]);
    let output = docker.try_run(&command)?;
    if !output.success() {
        return Ok(None);
    }
    let found: Vec<ContainerJson> = read_json(&command, &output)?;
    let Some(found) = found.into_iter().next() else {
        return Ok(None);
    };
    let labels = found.config.labels.unwrap_or_default();
    let running = found.state.running;
    let generation = if running {
        running_generation(docker, name)?
    } else {
        None
    };
    Ok(Some(Container {
        ours: labels.get(LABEL_INSTANCE).map(String::as_str) == Some(state.instance().as_str()),
        running,
        digest: labels.get(LABEL_DIGEST).cloned().unwrap_or_default(),
        networks: found
            .network_settings
            .networks
            .into_iter()
            .map(|(network, endpoint)| (network, endpoint.address()))
            .collect(),
        generation,
    }))
}

fn running_generation(docker: &dyn Docker, name: &str) -> Result<Option<String>, Error> {
    let command = DockerCommand::new(["exec", name, "portreeve-ctl", "running"]);
    let output = docker.try_run(&command)?;
    let id = output.stdout.trim();
    Ok((output.success() && !id.is_empty()).then(|| id.to_owned()))
}

fn networks(
    docker: &dyn Docker,
    state: &State,
    own_container: &str,
) -> Result<BTreeMap<String, Network>, Error> {
    let found = inspect_networks(docker, &["--filter", &state.instance().filter()])?;
    if found.is_empty() {
        return Ok(BTreeMap::new());
    }
    let agents = agents_by_container(docker, state)?;
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
                    let agent = agents.get(&endpoint.name).cloned();
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

/// The agent that each container of this instance is labelled with.
fn agents_by_container(
    docker: &dyn Docker,
    state: &State,
) -> Result<BTreeMap<String, String>, Error> {
    let format = format!("{{{{.Names}}}} {{{{.Label \"{LABEL_AGENT}\"}}}}");
    let list = DockerCommand::new(["ps", "--all", "--no-trunc", "--format", &format])
        .with(["--filter", &state.instance().filter()]);
    let lines = docker.run(&list)?.stdout;
    let pairs = lines.lines().filter_map(|line| line.split_once(' '));
    Ok(pairs
        .filter(|(_, agent)| !agent.is_empty())
        .map(|(name, agent)| (name.to_owned(), agent.to_owned()))
        .collect())
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
