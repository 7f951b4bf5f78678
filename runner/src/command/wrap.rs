//! `wrap AGENT -- docker run …`: a given command line, run under the agent's policy.

use std::env;
use std::path::{Path, PathBuf};

use crate::cli::{Global, WrapArgs};
use crate::docker;
use crate::error::Error;
use crate::exit::Exit;
use crate::files::{self, FileError};
use crate::leases::Keep;
use crate::proxy_env::Endpoints;
use crate::state::State;
use crate::wrap::{self, Guarded, Surroundings, Wrapped};
use crate::{deployed, shell_word, ui};

/// The longest file of `--env-file` that is read, in bytes.
const MAX_ENV_FILE: usize = 1024 * 1024;

/// Where engines listen when nothing else is said.
const SOCKETS: [&str; 3] = [
    "/var/run/docker.sock",
    "/run/docker.sock",
    "/run/containerd/containerd.sock",
];

/// Runs the command; with `--print`, only shows it.
pub fn run(args: &WrapArgs, global: &Global) -> Result<Exit, Error> {
    let state = State::locate(global.state.as_deref(), global.instance.as_deref())?;
    let sockets = sockets();
    let folder = env::current_dir().map_err(files::failed("find", Path::new(".")))?;
    let surroundings = Surroundings {
        guarded: Guarded {
            folder: &folder,
            sockets: &sockets,
            state: state.root(),
        },
        variable: &|name| env::var(name).ok(),
        read: &read,
    };
    let checked = wrap::check(&args.command, surroundings)?;
    let deployment = deployed::required(&state)?;
    let endpoints = Endpoints::of(&deployment, deployed::agent(&deployment, &args.agent)?);
    checked.variables(endpoints)?;

    let keep = if args.print {
        Keep::TwoMinutes
    } else {
        Keep::WhileThisProcessLives
    };
    let session = super::args::open(&state, &args.agent, keep)?;
    // The deployment may have changed while we waited for the lock.
    let variables = checked.variables(session.endpoints)?;
    let Wrapped { words, warnings } = checked.wrap(&session, variables);
    for (message, help) in warnings {
        ui::warning(message, help);
    }
    if args.print {
        ui::result(shell_word::join(words.iter().map(String::as_str)));
        return Ok(Exit::Fine);
    }
    match words.split_first() {
        Some((program, args)) => Err(docker::become_command(program, args).into()),
        None => Err(wrap::WrapError::NoImage.into()),
    }
}

fn sockets() -> Vec<PathBuf> {
    let chosen = env::var("DOCKER_HOST").ok();
    let chosen = chosen
        .as_deref()
        .and_then(|host| host.strip_prefix("unix://"));
    SOCKETS
        .into_iter()
        .chain(chosen)
        .map(PathBuf::from)
        .collect()
}

fn read(path: &Path) -> Result<String, FileError> {
    files::read_text(path, MAX_ENV_FILE)
}
