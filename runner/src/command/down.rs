//! `down`: removes what is ours from the engine.
//!
//! The ledger stays, so that agents have their addresses again after the next `up`, and so do the
//! logs; `--purge` removes both.

use crate::apply::remove_own;
use crate::docker::DockerCommand;
use crate::error::Error;
use crate::exit::Exit;
use crate::files;
use crate::observe::observe;
use crate::ui;
use crate::up::Installation;

/// Removes the container and the networks. A network on which somebody's container still runs
/// stays, closed, and is named; exit code 1 says so.
pub fn run(installation: &Installation<'_>, purge: bool) -> Result<Exit, Error> {
    let state = installation.state;
    let docker = installation.docker;
    let _lock = state.lock(|holder| ui::note(format_args!("waiting for {holder}")))?;
    let observed = observe(docker, state)?;
    let instance = state.instance();
    let name = instance.container();
    if let Some(container) = &observed.container {
        container.refuse_foreign(&name)?;
    }
    let mut removed = 0;
    if observed.container.is_some() {
        ui::note(format_args!("remove the container {name}"));
        docker.run(&DockerCommand::new(["rm", "--force", &name]))?;
        removed += 1;
    }
    // A change that was killed may have left one.
    remove_own(docker, state, "container", &instance.set_aside())?;
    let mut held = Vec::new();
    for (network, found) in &observed.networks {
        if found.endpoints.is_empty() {
            ui::note(format_args!("remove the network {network}"));
            docker.run(&DockerCommand::new(["network", "rm", network]))?;
            removed += 1;
        } else {
            let users = found
                .endpoints
                .values()
                .map(|endpoint| endpoint.container.as_str());
            held.push((network, users.collect::<Vec<_>>().join(", ")));
        }
    }
    if purge {
        docker.try_run(&DockerCommand::new([
            "volume",
            "rm",
            "--force",
            &instance.logs_volume(),
        ]))?;
        for path in [
            state.config(),
            state.policies(),
            state.root().join("agents"),
        ] {
            files::remove_folder(&path)?;
        }
        for path in [
            state.ledger(),
            crate::ledger::backup(&state.ledger()),
            state.leases(),
        ] {
            files::remove_file(&path)?;
        }
    }
    for (network, users) in &held {
        ui::warning(
            format_args!("{network} stays, closed: {users} still hold it"),
            "stop them and run `portreeve down` again",
        );
    }
    if removed == 0 && held.is_empty() {
        ui::result("nothing of this instance is on the engine");
    } else {
        let kept = if purge {
            ""
        } else {
            "; the ledger and the logs are kept"
        };
        ui::result(format_args!("removed {removed} objects{kept}"));
    }
    Ok(if held.is_empty() {
        Exit::Fine
    } else {
        Exit::Findings
    })
}
