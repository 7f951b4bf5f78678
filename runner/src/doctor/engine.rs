//! What the engine is, and what it lacks: asked by giving it an option with a value that no engine
//! takes. One that knows the option complains; one that does not makes the network.

use crate::docker::{DockerCommand, engine_version};
use crate::error::Error;
use crate::up::Installation;

use super::Check;

/// A way to make a network whose bridge has no address on the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ability {
    /// `inhibit_ipv4`, which is how our networks are made.
    InhibitIpv4,
    /// `gateway_mode_ipv4`, of newer engines.
    GatewayMode,
}

impl Ability {
    /// The option.
    pub fn option(self) -> &'static str {
        match self {
            Self::InhibitIpv4 => "com.docker.network.bridge.inhibit_ipv4",
            Self::GatewayMode => "com.docker.network.bridge.gateway_mode_ipv4",
        }
    }
}

pub(super) fn examine(installation: &Installation<'_>) -> Result<Vec<Check>, Error> {
    let version = engine_version(installation.docker)?;
    let inhibits = knows(installation, Ability::InhibitIpv4)?;
    let modes = knows(installation, Ability::GatewayMode)?;
    let lacks = match (inhibits, modes) {
        (true, true) => "",
        (true, false) => ", without `gateway_mode_ipv4`, which is not needed",
        (false, true) => ", without `inhibit_ipv4`",
        (false, false) => ", without `inhibit_ipv4` and `gateway_mode_ipv4`",
    };
    Ok(vec![Check::is(
        "engine-closes-bridges",
        inhibits,
        format!("engine {version}{lacks}"),
        "use an engine that knows the network option `com.docker.network.bridge.inhibit_ipv4`; on \
         this one agents meet what the host listens on",
    )])
}

/// Whether the engine knows an option.
fn knows(installation: &Installation<'_>, ability: Ability) -> Result<bool, Error> {
    let instance = installation.state.instance();
    let name = format!("portreeve-{instance}-doctor");
    let option = format!("--opt={}=no-such-value", ability.option());
    let label = format!("--label={}", instance.label());
    let create = ["network", "create", "--internal", &option, &label, &name];
    let output = installation.docker.try_run(&DockerCommand::new(create))?;
    if output.success() {
        installation
            .docker
            .run(&DockerCommand::new(["network", "rm", &name]))?;
        return Ok(false);
    }
    // Any other complaint, such as one about free subnets, says nothing about the option.
    Ok(output.stderr.contains("no-such-value"))
}
