//! `squid.conf`: every printed value is a field of a view, computed here.

mod agent;
mod common;

pub(crate) use self::common::MANAGER_RULE;

use std::collections::BTreeSet;
use std::net::IpAddr;

use askama::Template;
use policy_core::ir::{Access, Mode, Policy};

use crate::RenderError;
use crate::access_list::AccessList;
use crate::acl::Acl;

/// dnsmasq, which knows no name: an instance in which no request needs a look-up makes none.
const NO_RESOLVER: &str = "127.0.0.1";

#[derive(Template)]
#[template(path = "squid.conf")]
struct SquidConf<'a> {
    resolvers: Vec<String>,
    gateway_address: String,
    gateway_port: u16,
    proxy_port: u16,
    common: &'a [Acl],
    agents: &'a [AgentAcls],
    peers: &'a [Peer],
    list: &'a AccessList,
}

/// The lists of one agent.
struct AgentAcls {
    label: String,
    acls: Vec<Acl>,
}

/// Chrome on the host, as one agent's client that proxies its way there reaches it.
struct Peer {
    name: String,
    address: String,
    port: u16,
}

/// What has been put together for the file so far.
#[derive(Default)]
struct Parts {
    common: Vec<Acl>,
    /// The names of those lists in `common` that several agents may ask for.
    shared: BTreeSet<String>,
    agents: Vec<AgentAcls>,
    peers: Vec<Peer>,
    list: AccessList,
}

/// The text of the file.
pub(crate) fn render(policy: &Policy) -> Result<String, RenderError> {
    let mut parts = Parts::default();
    common::add(policy, &mut parts);
    for agent in &policy.agents {
        agent::add(policy, agent, &mut parts);
    }
    common::add_notes(&mut parts);
    distinct_names(&parts)?;
    let view = SquidConf {
        resolvers: resolvers(policy),
        gateway_address: policy.gateway.address.to_string(),
        gateway_port: policy.gateway.port.get(),
        proxy_port: policy.network.proxy_port.get(),
        common: &parts.common,
        agents: &parts.agents,
        peers: &parts.peers,
        list: &parts.list,
    };
    Ok(view.render()? + "\n")
}

/// Whether Squid resolves names for an agent before it lets them pass.
pub(crate) fn needs_resolver(policy: &Policy) -> bool {
    policy
        .agents
        .iter()
        .any(|agent| agent.access == Access::Full || agent.mode == Mode::Report)
}

fn resolvers(policy: &Policy) -> Vec<String> {
    if needs_resolver(policy) {
        policy.resolvers.iter().map(IpAddr::to_string).collect()
    } else {
        vec![NO_RESOLVER.to_owned()]
    }
}

/// Two lists under one name would be one list to Squid.
fn distinct_names(parts: &Parts) -> Result<(), RenderError> {
    let mut names = BTreeSet::new();
    let acls = parts
        .common
        .iter()
        .chain(parts.agents.iter().flat_map(|agent| &agent.acls));
    for acl in acls {
        if acl.lines.is_empty() || !names.insert(acl.name.to_ascii_lowercase()) {
            return Err(RenderError::AclName {
                name: acl.name.clone(),
            });
        }
    }
    Ok(())
}
