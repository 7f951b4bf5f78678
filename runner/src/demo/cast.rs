//! Who plays what on the bed: addresses, and the commands that start the stand-ins.
//!
//! They all run from the proxy image, which has everything they need, so that the demo needs no
//! other and works where no registry can be reached.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use crate::docker::DockerCommand;
use crate::names::Instance;

/// The label of everything that belongs to a bed; its value is the instance, as there is one bed
/// at a time.
const LABEL: &str = "portreeve.demo";

/// Squid's uplink and all that lies behind it: the benchmark range of RFC 2544, which is no one's.
pub const SUBNET: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 0), 24);
/// Where containers go that have no address of their own, Squid's among them.
const DYNAMIC: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(198, 18, 0, 128), 25);

/// A parent proxy with users.
pub const GATEWAY: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 10);
/// The gateway's port.
pub const GATEWAY_PORT: u16 = 10255;
/// Something on the LAN.
pub const DEVICE: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 20);
/// The Docker host, with a browser.
pub const DESKTOP: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 30);
/// The browser's debugging port.
pub const BROWSER_PORT: u16 = 9222;
/// The whole internet.
pub const WEB: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 40);
/// The resolver of the gateway, and of Squid for agents with full access.
pub const NAMES: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 53);

/// Its container.
pub const NAMES_CONTAINER: &str = "names";

/// A name of public shape that leads to a private address.
pub const INSIDE_NAME: &str = "inside.example";
/// The private address; nobody ever dials it.
const INSIDE: Ipv4Addr = Ipv4Addr::new(10, 18, 0, 9);

const STAND_INS: &str = include_str!("stand_ins.pl");
const GATEWAY_CONF: &str = include_str!("gateway.conf");

/// Starts the gateway: configuration, then users.
const GATEWAY_SCRIPT: &str = r#"printf %s "$1" >/run/gateway/squid.conf; shift
perl -e 'for (@ARGV) { my ($user, $token) = split /:/; print "$user:", crypt($token, q($5$portreeve$)), "\n" }' "$@" \
    >/run/gateway/users
exec squid -N -f /run/gateway/squid.conf"#;

/// What a name leads to on this bed.
pub fn resolve(name: &str) -> IpAddr {
    IpAddr::V4(if name == INSIDE_NAME { INSIDE } else { WEB })
}

/// What an agent shows to the gateway, `USER:TOKEN`.
pub fn credentials(agent: &str) -> String {
    format!("{agent}:token-of-{agent}")
}

/// A server of the bed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandIn {
    /// What it is called.
    pub name: &'static str,
    /// Where it is.
    pub address: Ipv4Addr,
    /// What it listens on.
    pub ports: &'static [u16],
    options: Vec<String>,
    command: Vec<String>,
}

/// Everybody on the bed; the gateway knows `agents`.
pub fn stand_ins(agents: &[String]) -> Vec<StandIn> {
    let perl = |role: &str| ["perl", "-e", STAND_INS, role].map(str::to_owned).to_vec();
    let names = [
        "dnsmasq",
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
    ];
    let mut names = names.map(str::to_owned).to_vec();
    names.extend([
        "--no-hosts".to_owned(),
        "--user=".to_owned(),
        "--pid-file=".to_owned(),
    ]);
    names.push(format!("--address=/#/{WEB}"));
    names.push(format!("--address=/{INSIDE_NAME}/{INSIDE}"));
    let mut gateway = ["sh", "-euc", GATEWAY_SCRIPT, "sh", GATEWAY_CONF]
        .map(str::to_owned)
        .to_vec();
    gateway.extend(agents.iter().map(|agent| credentials(agent)));
    let tmpfs = vec!["--tmpfs=/run/gateway:uid=13,gid=13".to_owned()];
    let server = |name, address, ports, command| StandIn {
        name,
        address,
        ports,
        options: Vec::new(),
        command,
    };
    vec![
        server(NAMES_CONTAINER, NAMES, &[53], names),
        StandIn {
            options: tmpfs,
            ..server("gateway", GATEWAY, &[GATEWAY_PORT], gateway)
        },
        server("web", WEB, &[80, 443], perl("web")),
        server("device", DEVICE, &[8838, 8839], perl("device")),
        server("desktop", DESKTOP, &[BROWSER_PORT], perl("desktop")),
    ]
}

/// The bed's network.
pub fn network(instance: &Instance) -> String {
    format!("portreeve-{instance}-bed")
}

/// The label of everything on the bed, as `KEY=VALUE`.
pub fn label(instance: &Instance) -> String {
    format!("{LABEL}={instance}")
}

/// The filter that finds everything on the bed.
pub fn filter(instance: &Instance) -> String {
    format!("label={}", label(instance))
}

/// A container of the bed.
pub fn container(instance: &Instance, name: &str) -> String {
    format!("portreeve-{instance}-{name}")
}

/// Makes the bed's network: an ordinary one, as Squid's uplink would be, so that it is not the bed
/// that keeps agents in.
pub fn create_network(instance: &Instance) -> DockerCommand {
    DockerCommand::new(["network", "create", "--label", &label(instance)])
        .with([
            format!("--subnet={SUBNET}"),
            format!("--ip-range={DYNAMIC}"),
        ])
        .arg(network(instance))
}

impl StandIn {
    /// Starts it.
    pub fn start(&self, instance: &Instance, image: &str) -> DockerCommand {
        DockerCommand::new(["run", "--detach", "--rm", "--no-healthcheck", "--read-only"])
            .with(["--cap-drop=ALL", "--security-opt=no-new-privileges"])
            .with(["--sysctl=net.ipv4.ip_unprivileged_port_start=0", "--name"])
            .with([
                container(instance, self.name),
                format!("--label={}", label(instance)),
            ])
            .with([
                format!("--network={}", network(instance)),
                format!("--ip={}", self.address),
            ])
            .with(self.options.iter().cloned())
            .arg(image)
            .with(self.command.iter().cloned())
    }
}

#[cfg(test)]
mod tests {
    use policy_core::compile;
    use policy_core::facts::Facts;
    use policy_core::sources::Sources;

    use super::*;
    use crate::demo::QUICKSTART;

    #[test]
    fn the_policy_the_gateway_and_the_bed_speak_of_the_same_addresses() {
        let (sources, loading) = Sources::single("quickstart.reeve", QUICKSTART);
        let facts = Facts::on(jiff::civil::date(2026, 1, 1));
        let (policy, _) = compile(&sources, loading, &facts).policy.unwrap();
        assert_eq!(
            (policy.gateway.address, policy.gateway.port.get()),
            (GATEWAY, GATEWAY_PORT)
        );
        let coder = policy.agent("coder").unwrap();
        assert_eq!(coder.lan[0].net, Ipv4Net::from(DEVICE));
        assert_eq!(coder.cdp.as_ref().unwrap().host_port.get(), BROWSER_PORT);
        assert!(GATEWAY_CONF.contains(&format!("\nhttp_port {GATEWAY_PORT}\n")));
        assert!(GATEWAY_CONF.contains(&format!("\ndns_nameservers {NAMES}\n")));
        for address in [GATEWAY, DEVICE, DESKTOP, WEB, NAMES] {
            assert!(
                SUBNET.contains(&address) && !DYNAMIC.contains(&address),
                "{address}"
            );
        }
    }
}
