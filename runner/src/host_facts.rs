//! What only the engine's host knows: its own address, and where the gateway's name leads.
//!
//! Both are asked inside a container on the uplink, because that is where Squid will dial from; a
//! name may mean another thing on the host.

use std::net::{IpAddr, Ipv4Addr};

use crate::docker::{Docker, DockerCommand};
use crate::error::Error;
use crate::observe::{Observed, Owner};
use crate::wanted::{HOST_NAME, Setting};

/// Prints the host's IPv4 addresses, an empty line, and the addresses of the first argument. A
/// name that leads nowhere prints nothing.
const SCRIPT: &str = "getent ahostsv4 host.docker.internal; echo; getent ahosts \"$1\"; true";

/// The answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostFacts {
    /// The Docker host.
    pub host_address: Option<Ipv4Addr>,
    /// The gateway, in the resolver's order.
    pub gateway_addresses: Vec<IpAddr>,
}

/// Asks in the running container, else in a throw-away one.
pub fn ask(
    docker: &dyn Docker,
    setting: &Setting,
    observed: &Observed,
    gateway: Option<&str>,
) -> Result<HostFacts, Error> {
    let gateway = gateway.unwrap_or(HOST_NAME);
    let ours =
        |container: &&crate::observe::Container| container.owner == Owner::Us && container.running;
    let running = observed.container.as_ref().filter(ours);
    // A container on another uplink may see other names.
    let current = running.is_some_and(|container| container.digest == setting.container_digest());
    let command = if current {
        let name = setting.instance.container();
        DockerCommand::new(["exec", &name, "sh", "-c", SCRIPT, "sh", gateway])
    } else {
        setting.run_on_uplink(SCRIPT, gateway)
    };
    Ok(read(&docker.run(&command)?.stdout))
}

/// Reads what [`SCRIPT`] prints: `ADDRESS TYPE [NAME]` lines, each address up to three times.
fn read(text: &str) -> HostFacts {
    let (host, gateway) = text
        .split_once("\n\n")
        .unwrap_or_else(|| ("", text.trim_start()));
    let address = |line: &str| line.split_whitespace().next()?.parse::<IpAddr>().ok();
    let host_address = host.lines().find_map(|line| match address(line)? {
        IpAddr::V4(address) => Some(address),
        IpAddr::V6(_) => None,
    });
    let mut gateway_addresses: Vec<IpAddr> = Vec::new();
    for address in gateway.lines().filter_map(address) {
        if !gateway_addresses.contains(&address) {
            gateway_addresses.push(address);
        }
    }
    HostFacts {
        host_address,
        gateway_addresses,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_resolvers_order() {
        let text = "172.17.0.1      STREAM host.docker.internal\n172.17.0.1      DGRAM\n\n\
                    fd00::5  STREAM gw.example\nfd00::5  DGRAM\n198.18.0.5  STREAM\n";
        let facts = read(text);
        assert_eq!(facts.host_address, Some(Ipv4Addr::new(172, 17, 0, 1)));
        let expected = ["fd00::5", "198.18.0.5"].map(|a| a.parse::<IpAddr>().unwrap());
        assert_eq!(facts.gateway_addresses, expected);
        assert_eq!(read("\n").host_address, None);
        assert_eq!(read("\n198.18.0.5 STREAM\n").gateway_addresses.len(), 1);
    }
}
