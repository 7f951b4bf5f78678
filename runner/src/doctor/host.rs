//! What is tried beside the agents: the services, the clock, the disks, and the way to the gateway.

use std::path::Path;

use jiff::Timestamp;

use crate::demo::probe::{self, Ask};
use crate::docker::DockerCommand;
use crate::error::Error;
use crate::in_force;
use crate::up::Installation;

use super::Check;

/// Below, in MiB, a log is soon written no more; the proxy goes on without.
const LITTLE_SPACE: u64 = 256;
/// A clock that is further off, in seconds, makes certificates and `until` wrong.
const CLOCK_OFF: u64 = 60;

const MAKE_ROOM: &str =
    "make room: without it nothing is logged, and no change can be written down";

/// Room for the state.
pub(super) fn disk(state: &Path) -> Option<Check> {
    let found = rustix::fs::statvfs(state).ok()?;
    let free = found.f_bavail.saturating_mul(found.f_frsize) >> 20;
    Some(room("room-for-state", free))
}

fn room(name: &'static str, free: u64) -> Check {
    Check::is(
        name,
        free >= LITTLE_SPACE,
        format!("{free} MiB are free"),
        MAKE_ROOM,
    )
}

/// What the proxy's container says.
pub(super) fn examine(installation: &Installation<'_>) -> Result<Vec<Check>, Error> {
    let name = installation.state.instance().container();
    let inside = |words: &[&str]| {
        let command = DockerCommand::new(["exec", &name]).with(words.iter().copied());
        installation.docker.try_run(&command)
    };
    let mut checks = Vec::new();
    let health = inside(&["portreeve-ctl", "health"])?;
    let found = health
        .stderr
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    checks.push(Check::is(
        "services-answer",
        health.success(),
        if health.success() { "every service answers".to_owned() } else { found },
        "wait some seconds, since each service is restarted by itself; else read supervisor.log and \
         cache.log of the proxy, and run `docker restart` on its container",
    ));
    let clock = inside(&["date", "+%s"])?.stdout;
    if let Ok(clock) = clock.trim().parse::<i64>() {
        let off = Timestamp::now().as_second().abs_diff(clock);
        checks.push(Check::is(
            "clock",
            off <= CLOCK_OFF,
            format!("the engine's clock is {off} s from this one"),
            "set both clocks, by NTP: `until` and certificates go by them",
        ));
    }
    let free = inside(&[
        "df",
        "--output=avail",
        "--block-size=1M",
        "/var/log/portreeve",
    ])?
    .stdout;
    if let Some(Ok(free)) = free.lines().nth(1).map(|line| line.trim().parse()) {
        checks.push(room("room-for-logs", free));
    }
    checks.push(gateway(installation, &name)?);
    Ok(checks)
}

/// Squid's own way to the gateway.
fn gateway(installation: &Installation<'_>, container: &str) -> Result<Check, Error> {
    let current = installation.state.current_generation()?;
    let kept = current
        .map(|id| in_force::kept(installation.state, &id))
        .transpose()?
        .flatten();
    let Some(read) = kept else {
        return Ok(Check::bad(
            "gateway-accepts",
            "the policy in force cannot be read again, so the gateway is not known",
            "run `portreeve up FILE` with this version",
        ));
    };
    let gateway = &read.policy.gateway;
    let address = gateway.address;
    let port = gateway.port.get();
    let ask = Ask::Connection { address, port };
    let answers = probe::ask(
        installation.docker,
        container,
        None,
        std::iter::once((0, &ask)),
    )?;
    let word = answers
        .get(&0)
        .map_or("silent", |answer| answer.word.as_str());
    Ok(Check::is(
        "gateway-accepts",
        word == "connected",
        format!("{address}:{port} from the proxy: {word}"),
        "start the gateway, let it listen on an address that containers reach, and open the host's \
         firewall towards the uplink network; until then nothing but `lan` and `cdp` works",
    ))
}
