//! `deployment.json`: the networks and addresses a policy asks of the engine.
//!
//! Names are relative here; the runner puts its instance in front of them.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use policy_core::allocate::{PROXY_OFFSET, proxy_address, session_addresses};
use policy_core::ir::{Agent, Isolation, Policy};
use serde::{Deserialize, Serialize};

/// The format of the file.
pub const VERSION: u32 = 1;

/// The name of the one network of `isolation shared`. No agent has this id: it begins with a
/// letter or a digit.
pub const SHARED_NETWORK: &str = "_agents";

/// What must exist on the engine for a policy to be in force.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Deployment {
    /// The format: [`VERSION`].
    pub version: u32,
    /// The whole egress subnet.
    pub subnet: Ipv4Net,
    /// Squid's port on each of its addresses.
    pub proxy_port: u16,
    /// The internal networks, by name.
    pub networks: Vec<NetworkPlan>,
    /// The agents, by folded name.
    pub agents: Vec<AgentPlan>,
}

/// One internal network.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkPlan {
    /// The agent's id, which outlives a change of its name, or [`SHARED_NETWORK`].
    pub name: String,
    /// Its addresses.
    pub subnet: Ipv4Net,
    /// The bridge's address, which the host does not hold (`inhibit_ipv4`).
    pub gateway: Ipv4Addr,
    /// Squid's address.
    pub proxy: Ipv4Addr,
}

/// What one agent's containers are given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AgentPlan {
    /// Its name.
    pub name: String,
    /// NanoClaw's agent group id.
    pub id: String,
    /// The network it is on: a name out of [`Deployment::networks`].
    pub network: String,
    /// Its addresses, Squid's and the bridge's included.
    pub block: Ipv4Net,
    /// The first address for a container.
    pub first_address: Ipv4Addr,
    /// The last address for a container.
    pub last_address: Ipv4Addr,
    /// How many containers the policy wants at once; the block may hold a few more.
    pub sessions: u16,
    /// Squid as this agent sees it: proxy, resolver and CDP endpoint.
    pub proxy: Ipv4Addr,
    /// The CDP listener on that address.
    pub cdp_port: Option<u16>,
}

impl Deployment {
    /// What `policy` asks for.
    pub fn of(policy: &Policy) -> Self {
        let shared = policy.network.isolation == Isolation::Shared;
        let mut networks: Vec<NetworkPlan> = if shared {
            vec![network(SHARED_NETWORK, policy.network.subnet)]
        } else {
            policy
                .agents
                .iter()
                .map(|agent| network(&agent.id, agent.block))
                .collect()
        };
        networks.sort();
        Self {
            version: VERSION,
            subnet: policy.network.subnet,
            proxy_port: policy.network.proxy_port.get(),
            networks,
            agents: policy
                .agents
                .iter()
                .map(|agent| plan(agent, shared))
                .collect(),
        }
    }

    /// The network that an agent is on.
    pub fn network_of(&self, agent: &AgentPlan) -> NetworkPlan {
        let shared = agent.network == SHARED_NETWORK;
        network(
            &agent.network,
            if shared { self.subnet } else { agent.block },
        )
    }

    /// The agent of that name, ignoring case.
    pub fn agent(&self, name: &str) -> Option<&AgentPlan> {
        self.agents
            .iter()
            .find(|agent| agent.name.eq_ignore_ascii_case(name))
    }
}

fn network(name: &str, subnet: Ipv4Net) -> NetworkPlan {
    let gateway = Ipv4Addr::from_bits(subnet.network().to_bits() + PROXY_OFFSET - 1);
    NetworkPlan {
        name: name.to_owned(),
        subnet,
        gateway,
        proxy: proxy_address(subnet),
    }
}

fn plan(agent: &Agent, shared: bool) -> AgentPlan {
    let mut addresses = session_addresses(agent.block);
    // A block always holds one container at least: see `allocate::prefix_for`.
    let first_address = addresses.next().unwrap_or(agent.block.network());
    AgentPlan {
        name: agent.name.to_string(),
        id: agent.id.to_string(),
        network: if shared {
            SHARED_NETWORK.to_owned()
        } else {
            agent.id.to_string()
        },
        block: agent.block,
        first_address,
        last_address: addresses.last().unwrap_or(first_address),
        sessions: agent.sessions,
        proxy: agent.proxy,
        cdp_port: agent.cdp.as_ref().map(|cdp| cdp.listen.get()),
    }
}
