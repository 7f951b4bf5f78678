//! What one container of an agent is given: its network, its address, and where to find Squid.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use policy_render::deployment::{AgentPlan, Deployment};

use crate::names::{Instance, LABEL_AGENT};
use crate::proxy_env::{Endpoints, Variables};

/// One container to be.
#[derive(Clone, Debug)]
pub struct Session {
    /// The network it is on.
    pub network: String,
    /// Its address.
    pub address: Ipv4Addr,
    /// Squid, as proxy and for CDP.
    pub endpoints: Endpoints,
    /// The resolver file it mounts.
    pub resolv_conf: PathBuf,
    /// The label of the instance, as `KEY=VALUE`.
    pub instance_label: String,
    /// The agent's name.
    pub agent: String,
}

impl Session {
    /// A container of `agent` at `address`.
    pub fn new(
        instance: &Instance,
        network: String,
        deployment: &Deployment,
        agent: &AgentPlan,
        address: Ipv4Addr,
        resolv_conf: PathBuf,
    ) -> Self {
        Self {
            network,
            address,
            endpoints: Endpoints::of(deployment, agent),
            resolv_conf,
            instance_label: instance.label(),
            agent: agent.name.clone(),
        }
    }

    /// The arguments besides the environment.
    ///
    /// The capabilities go because a source address is an identity here: NET_RAW forges one,
    /// NET_ADMIN takes one. `--dns` alone is not enough: some engines never forward a query out
    /// of an internal network, so the file itself is put in place.
    pub fn confinement(&self) -> Vec<String> {
        let proxy = self.endpoints.proxy;
        let resolv_conf = self.resolv_conf.display();
        [
            ("--network", self.network.clone()),
            ("--ip", self.address.to_string()),
            ("--dns", proxy.to_string()),
            ("--volume", format!("{resolv_conf}:/etc/resolv.conf:ro")),
            ("--cap-drop", "NET_RAW".to_owned()),
            ("--cap-drop", "NET_ADMIN".to_owned()),
            ("--security-opt", "no-new-privileges".to_owned()),
            ("--label", self.instance_label.clone()),
            ("--label", format!("{LABEL_AGENT}={}", self.agent)),
        ]
        .into_iter()
        .flat_map(|(flag, value)| [flag.to_owned(), value])
        .collect()
    }

    /// All arguments, the environment included.
    pub fn args(&self, variables: &Variables) -> Vec<String> {
        let mut args = self.confinement();
        args.extend(variables.args());
        args
    }

    /// The text of the resolver file.
    pub fn resolv_conf_text(proxy: Ipv4Addr) -> String {
        format!("nameserver {proxy}\n")
    }
}
