//! The agents: containers that do nothing but wait to be asked, each under its own policy.
//!
//! They get exactly the arguments that `portreeve args` gives.

use std::collections::BTreeMap;

use policy_render::deployment::{AgentPlan, Deployment};

use super::bed::Bed;
use super::cast;
use crate::command::args::resolver;
use crate::docker::DockerCommand;
use crate::error::Error;
use crate::image;
use crate::leases::{self, Keep};
use crate::names::Instance;
use crate::proxy_env::{self, Credentials};
use crate::session::Session;

/// What an agent does when it is not asked; the engine ends it at once.
const COMMAND: [&str; 2] = ["sleep", "infinity"];

/// The container of an agent.
pub fn container(instance: &Instance, agent: &str) -> String {
    cast::container(instance, &agent.to_ascii_lowercase())
}

/// Starts the container of one agent.
pub fn start(bed: &Bed<'_>, deployment: &Deployment, plan: &AgentPlan) -> Result<(), Error> {
    let (docker, state) = (bed.docker(), bed.state());
    let resolv_conf = resolver(state, plan)?;
    let instance = state.instance();
    let network = instance.agent_network(&deployment.network_of(plan));
    let keep = Keep::WhileThisProcessLives;
    let address = leases::lease(bed.lock(), state, docker, &network, plan, keep)?;
    let session = Session::new(instance, network, deployment, plan, address, resolv_conf);
    let credentials: Credentials = cast::credentials(&plan.name).parse()?;
    let given = BTreeMap::new();
    let variables = proxy_env::variables(session.endpoints, &given, Some(&credentials))?;
    let command = DockerCommand::new(["run", "--detach", "--no-healthcheck", "--name"])
        .with([
            container(instance, &plan.name),
            format!("--label={}", cast::label(instance)),
        ])
        .with(session.args(&variables))
        .arg(image::tag())
        .with(COMMAND);
    docker.run(&command)?;
    Ok(())
}
