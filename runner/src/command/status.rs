//! `status`: what runs, and whether it is in step. Exit code 1 says that it is not.

use serde::Serialize;

use crate::cli::Format;
use crate::docker::DockerCommand;
use crate::error::Error;
use crate::exit::Exit;
use crate::in_force;
use crate::observe::strangers::strangers;
use crate::observe::{Observed, Owner, observe};
use crate::ui;
use crate::up::{Input, Installation, Prerequisite};

/// The format of the JSON output.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Status {
    version: u32,
    instance: String,
    in_step: bool,
    generation: Option<String>,
    services: Vec<Service>,
    agents: Vec<AgentStatus>,
    differences: Vec<String>,
}

#[derive(Serialize)]
struct Service {
    name: String,
    state: String,
}

#[derive(Serialize)]
struct AgentStatus {
    name: String,
    network: String,
    containers: Vec<String>,
}

/// Compares the engine with a policy, or with what was put in force last.
pub fn run(
    installation: &Installation<'_>,
    input: Option<&Input>,
    format: Format,
) -> Result<Exit, Error> {
    let observed = observe(installation.docker, installation.state)?;
    let mut differences = match input {
        Some(input) => {
            let missing = installation.missing_prerequisites()?;
            match installation.prepare(input, Prerequisite::let_the_host_be_asked(&missing))? {
                prepared if prepared.change.is_none() => {
                    ui::note_part(crate::report::human(&input.sources, &prepared.report));
                    return Ok(Exit::Findings);
                }
                prepared => prepared
                    .change
                    .iter()
                    .flat_map(|change| &change.actions)
                    .map(ToString::to_string)
                    .collect(),
            }
        }
        None => installation
            .drift(&observed)?
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>(),
    };
    let services = services(installation, &observed)?;
    let down = services
        .iter()
        .filter(|service| !matches!(&*service.state, "up" | "draining"));
    differences.extend(down.map(|service| format!("{} is {}", service.name, service.state)));
    let deployment = crate::deployed::current(installation.state)?;
    let found = deployment
        .iter()
        .flat_map(|deployment| strangers(&observed, deployment));
    differences.extend(found.map(|stranger| stranger.to_string()));
    if input.is_none() {
        // A policy that is given has just been compiled for today.
        differences.extend(in_force::ended(installation.state)?);
    }
    let status = Status {
        version: VERSION,
        instance: installation.state.instance().to_string(),
        in_step: differences.is_empty() && observed.current.is_some(),
        generation: observed
            .container
            .as_ref()
            .and_then(|c| c.generation.clone()),
        services,
        agents: agents(installation, &observed)?,
        differences,
    };
    match format {
        Format::Human => human(&status),
        Format::Json => ui::result(serde_json::to_string_pretty(&status)?),
    }
    Ok(if status.in_step {
        Exit::Fine
    } else {
        Exit::Findings
    })
}

fn services(installation: &Installation<'_>, observed: &Observed) -> Result<Vec<Service>, Error> {
    if !observed
        .container
        .as_ref()
        .is_some_and(|container| container.owner == Owner::Us && container.running)
    {
        return Ok(Vec::new());
    }
    let name = installation.state.instance().container();
    let command = DockerCommand::new(["exec", &name, "portreeve-ctl", "status"]);
    let output = installation.docker.try_run(&command)?;
    let service = |line: &str| {
        let mut words = line.split_whitespace();
        Some(Service {
            name: words.next()?.to_owned(),
            state: words.next()?.to_owned(),
        })
    };
    // The reaper works only while an old generation drains.
    let services = output
        .stdout
        .lines()
        .filter_map(service)
        .filter(|s| s.name != "reaper");
    Ok(services.collect())
}

fn agents(installation: &Installation<'_>, observed: &Observed) -> Result<Vec<AgentStatus>, Error> {
    let Some(deployment) = crate::deployed::current(installation.state)? else {
        return Ok(Vec::new());
    };
    let mut agents = Vec::new();
    for agent in &deployment.agents {
        let plan = deployment
            .networks
            .iter()
            .find(|plan| plan.name == agent.network);
        let network = plan
            .map(|plan| installation.network_name(plan))
            .unwrap_or_default();
        let endpoints = observed
            .networks
            .get(&network)
            .map(|network| &network.endpoints);
        let own = endpoints
            .into_iter()
            .flatten()
            .filter(|(at, _)| agent.block.contains(*at));
        let containers = own
            .map(|(_, endpoint)| endpoint.container.clone())
            .collect();
        agents.push(AgentStatus {
            name: agent.name.clone(),
            network,
            containers,
        });
    }
    Ok(agents)
}

fn human(status: &Status) {
    match &status.generation {
        Some(id) => ui::result(format_args!(
            "instance {}, generation {id}",
            status.instance
        )),
        None => ui::result(format_args!("instance {}, nothing runs", status.instance)),
    }
    for service in &status.services {
        ui::result(format_args!("  {:<16} {}", service.name, service.state));
    }
    for agent in &status.agents {
        let containers = match agent.containers.as_slice() {
            [] => "no container".to_owned(),
            names => names.join(", "),
        };
        ui::result(format_args!("  agent {:<16} {containers}", agent.name));
    }
    if status.in_step {
        ui::result("in step");
        return;
    }
    if status.differences.is_empty() {
        ui::result("nothing was put in force yet: run `portreeve up FILE`");
    }
    for difference in &status.differences {
        ui::result(format_args!("not in step: {difference}"));
    }
}
