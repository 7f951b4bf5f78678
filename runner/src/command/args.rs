//! `args AGENT`: the arguments for one container, for whoever builds command lines himself.

use std::collections::BTreeMap;

use policy_render::deployment::AgentPlan;
use serde::Serialize;

use crate::cli::{ArgsArgs, Format, Global};
use crate::docker::DockerCli;
use crate::error::Error;
use crate::exit::Exit;
use crate::leases::{self, Keep};
use crate::proxy_env::{self, Credentials};
use crate::session::Session;
use crate::state::State;
use crate::{deployed, files, shell_word, ui};

/// The format of the JSON document.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    agent: &'a str,
    address: std::net::Ipv4Addr,
    args: &'a [String],
}

/// Runs the command.
pub fn run(args: &ArgsArgs, global: &Global) -> Result<Exit, Error> {
    let credentials: Option<Credentials> = match &args.credentials {
        Some(text) => Some(text.parse()?),
        None => None,
    };
    let state = State::locate(global.state.as_deref(), global.instance.as_deref())?;
    let session = open(&state, &args.agent, Keep::TwoMinutes)?;
    let given = BTreeMap::new();
    let variables = proxy_env::variables(session.endpoints, &given, credentials.as_ref())?;
    let words = session.args(&variables);
    match args.format {
        Format::Human => ui::result(shell_word::join(words.iter().map(String::as_str))),
        Format::Json => {
            let document = Document {
                version: VERSION,
                agent: &session.agent,
                address: session.address,
                args: &words,
            };
            ui::result(serde_json::to_string_pretty(&document)?);
        }
    }
    Ok(Exit::Fine)
}

/// Leases an address for one container of the agent and prepares what it mounts.
pub(crate) fn open(state: &State, agent: &str, keep: Keep) -> Result<Session, Error> {
    // What is plainly wrong is said before anything waits.
    deployed::agent(&deployed::required(state)?, agent)?;
    let lock = state.lock(|holder| ui::note(format_args!("waiting for {holder}")))?;
    let deployment = deployed::required(state)?;
    let plan = deployed::agent(&deployment, agent)?;
    let resolv_conf = resolver(state, plan)?;
    let instance = state.instance();
    let network = instance.agent_network(&deployment.network_of(plan));
    let docker = DockerCli::default();
    let address = leases::lease(&lock, state, &docker, &network, plan, keep)?;
    Ok(Session::new(
        instance,
        network,
        &deployment,
        plan,
        address,
        resolv_conf,
    ))
}

/// Writes the agent's resolver file. A running container keeps the file it has mounted, so this
/// never changes anything under its feet.
pub(crate) fn resolver(state: &State, agent: &AgentPlan) -> Result<std::path::PathBuf, Error> {
    let path = state.resolv_conf(&agent.name.to_ascii_lowercase());
    if let Some(folder) = path.parent() {
        files::create_folder(folder)?;
    }
    files::write_if_changed(&path, Session::resolv_conf_text(agent.proxy).as_bytes())?;
    Ok(path)
}
