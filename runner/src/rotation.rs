//! Rotating the logs.
//!
//! They lie in a volume, which only containers reach: its folder on the host is root's, and the
//! engine may be on another host. So the work is done by a script in the proxy's container, as the
//! user who writes them; `squid/rotate-logs.sh` says how no line is lost. What month it is comes
//! from here.

use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::docker::{Docker, DockerCommand};
use crate::error::Error;
use crate::state::State;

/// Where the script is in the image.
const SCRIPT: &str = "/usr/local/lib/portreeve/rotate-logs.sh";
/// Packing a log of 256 MiB takes ten seconds; a script that waits for another one takes longer.
const TIMEOUT: Duration = Duration::from_secs(1800);

/// Rotates what is due, with `all` everything that has a line. Gives what the script says it did,
/// a line each; nothing comes back where the proxy's container does not run, as then nothing is
/// logged either.
pub fn rotate(docker: &dyn Docker, state: &State, all: bool) -> Result<Option<Vec<String>>, Error> {
    let name = state.instance().container();
    let running = ["container", "inspect", "--format", "{{.State.Running}}"];
    let running = docker.try_run(&DockerCommand::new(running).arg(&name))?;
    if running.stdout.trim() != "true" {
        return Ok(None);
    }
    let month = Timestamp::now().to_zoned(TimeZone::UTC).date();
    let month = month.strftime("%Y-%m").to_string();
    let command = DockerCommand::new(["exec", &name, SCRIPT, &month])
        .with(all.then_some("now"))
        .within(TIMEOUT);
    let output = docker.run(&command)?;
    Ok(Some(output.stdout.lines().map(str::to_owned).collect()))
}
