//! The files beside `squid.conf`: each value against the policy.
//!
//! `manifest.json` decides nothing; it is only checked to know every statement that `squid.conf`
//! may name.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use policy_core::ir::{Agent, Isolation, Origin, Policy};
use serde::Deserialize;

use super::disproof::Disproof;
use crate::file_set::{
    AGENT_DESTINATIONS, DEPLOYMENT, DNSMASQ_CONF, FileSet, MANIFEST, SOCAT_FORWARDS,
};

/// The resolver's settings: every name of every type is NXDOMAIN, on every network but the uplink.
const DNSMASQ: [&str; 7] = [
    "port=53",
    "no-resolv",
    "no-hosts",
    "address=/#/",
    "except-interface=eth0",
    "log-queries=extra",
    "log-facility=/var/log/portreeve/dns.log",
];

/// Squid's place in a network, and the first place for a container.
const PROXY_PLACE: u32 = 2;
const FIRST_PLACE: u32 = 3;

pub(super) fn check(policy: &Policy, files: &FileSet) -> Result<(), Disproof> {
    let text = |name| files.get(name).unwrap_or_default();
    forwards(policy, text(SOCAT_FORWARDS))?;
    let lines = settings(text(DNSMASQ_CONF));
    same(DNSMASQ_CONF, "the settings", &lines, &DNSMASQ.to_vec())?;
    destinations(policy, text(AGENT_DESTINATIONS))?;
    deployment(policy, text(DEPLOYMENT))?;
    manifest(policy, text(MANIFEST))
}

/// The lines that are neither empty nor comments.
fn settings(text: &str) -> Vec<&str> {
    let lines = text.split('\n');
    lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .collect()
}

fn same<T: PartialEq + std::fmt::Debug>(
    file: &'static str,
    what: &str,
    found: &T,
    wanted: &T,
) -> Result<(), Disproof> {
    if found == wanted {
        return Ok(());
    }
    Err(Disproof::Other {
        file,
        what: what.to_owned(),
        found: format!("{found:?}"),
        wanted: format!("{wanted:?}"),
    })
}

/// One forwarder for each CDP grant, and no other.
fn forwards(policy: &Policy, text: &str) -> Result<(), Disproof> {
    let wanted = policy.agents.iter().filter_map(|agent| {
        let cdp = agent.cdp.as_ref()?;
        Some(format!(
            "{} {} {} {}",
            cdp.listen, agent.block, policy.host_address, cdp.host_port
        ))
    });
    let wanted: Vec<String> = wanted.collect();
    let found = settings(text);
    let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
    for pair in found.iter().zip(&wanted) {
        same(SOCAT_FORWARDS, "a forwarder", pair.0, pair.1)?;
    }
    same(
        SOCAT_FORWARDS,
        "the number of forwarders",
        &found.len(),
        &wanted.len(),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Destinations<'t> {
    version: u32,
    #[serde(borrow)]
    rows: Vec<Row<'t>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row<'t> {
    agent_group_id: &'t str,
    local_name: &'t str,
    target_type: &'t str,
    target_id: &'t str,
}

fn json<'t, T: Deserialize<'t>>(file: &'static str, text: &'t str) -> Result<T, Disproof> {
    serde_json::from_str(text).map_err(|error| Disproof::Unread {
        file,
        line: error.line(),
        found: error.to_string(),
        why: "not what the proof can read",
    })
}

fn destinations(policy: &Policy, text: &str) -> Result<(), Disproof> {
    let file: Destinations<'_> = json(AGENT_DESTINATIONS, text)?;
    same(AGENT_DESTINATIONS, "the version", &file.version, &1)?;
    let wanted = policy.edges.iter().map(|edge| Row {
        agent_group_id: &edge.from,
        local_name: &edge.local_name,
        target_type: "agent",
        target_id: &edge.to,
    });
    let wanted: BTreeSet<Row<'_>> = wanted.collect();
    same(
        AGENT_DESTINATIONS,
        "the number of rows",
        &file.rows.len(),
        &wanted.len(),
    )?;
    let found: BTreeSet<Row<'_>> = file.rows.into_iter().collect();
    let first = |one: &BTreeSet<Row<'_>>, other: &BTreeSet<Row<'_>>| {
        one.difference(other).next().map(|row| format!("{row:?}"))
    };
    same(
        AGENT_DESTINATIONS,
        "a row",
        &first(&found, &wanted),
        &first(&wanted, &found),
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deployment<'t> {
    version: u32,
    subnet: &'t str,
    proxy_port: u16,
    #[serde(borrow)]
    networks: Vec<Network<'t>>,
    #[serde(borrow)]
    agents: Vec<Plan<'t>>,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct Network<'t> {
    name: &'t str,
    subnet: String,
    gateway: Ipv4Addr,
    proxy: Ipv4Addr,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Plan<'t> {
    name: &'t str,
    id: &'t str,
    network: &'t str,
    block: String,
    first_address: Ipv4Addr,
    last_address: Ipv4Addr,
    sessions: u16,
    proxy: Ipv4Addr,
    cdp_port: Option<u16>,
}

/// The one network of `isolation shared`.
const SHARED: &str = "_agents";

fn at(net: ipnet::Ipv4Net, place: u32) -> Ipv4Addr {
    Ipv4Addr::from_bits(net.network().to_bits() | place)
}

fn network(name: &str, net: ipnet::Ipv4Net) -> Network<'_> {
    Network {
        name,
        subnet: net.to_string(),
        gateway: at(net, PROXY_PLACE - 1),
        proxy: at(net, PROXY_PLACE),
    }
}

fn deployment(policy: &Policy, text: &str) -> Result<(), Disproof> {
    let file: Deployment<'_> = json(DEPLOYMENT, text)?;
    let own = policy.network;
    same(DEPLOYMENT, "the version", &file.version, &1)?;
    same(
        DEPLOYMENT,
        "the subnet",
        &file.subnet,
        &own.subnet.to_string().as_str(),
    )?;
    same(
        DEPLOYMENT,
        "the proxy's port",
        &file.proxy_port,
        &own.proxy_port.get(),
    )?;
    let shared = own.isolation == Isolation::Shared;
    let mut wanted: Vec<Network<'_>> = match shared {
        true => vec![network(SHARED, own.subnet)],
        false => {
            let agents = policy.agents.iter();
            agents
                .map(|agent| network(&agent.id, agent.block))
                .collect()
        }
    };
    wanted.sort_unstable();
    same(
        DEPLOYMENT,
        "the number of networks",
        &file.networks.len(),
        &wanted.len(),
    )?;
    for (found, wanted) in file.networks.iter().zip(&wanted) {
        same(DEPLOYMENT, "a network", found, wanted)?;
    }
    same(
        DEPLOYMENT,
        "the number of agents",
        &file.agents.len(),
        &policy.agents.len(),
    )?;
    for (found, agent) in file.agents.iter().zip(&policy.agents) {
        same(DEPLOYMENT, "an agent", found, &plan(agent, shared))?;
        let seen = match shared {
            true => at(own.subnet, PROXY_PLACE),
            false => at(agent.block, PROXY_PLACE),
        };
        same(DEPLOYMENT, "the proxy of an agent", &found.proxy, &seen)?;
    }
    Ok(())
}

fn plan(agent: &Agent, shared: bool) -> Plan<'_> {
    let last = agent.block.broadcast().to_bits().saturating_sub(1);
    Plan {
        name: agent.name.as_str(),
        id: &agent.id,
        network: if shared { SHARED } else { &agent.id },
        block: agent.block.to_string(),
        first_address: at(agent.block, FIRST_PLACE),
        last_address: Ipv4Addr::from_bits(last),
        sessions: agent.sessions,
        proxy: agent.proxy,
        cdp_port: agent.cdp.as_ref().map(|cdp| cdp.listen.get()),
    }
}

/// The parts of the manifest that are about statements; who has which is what matters.
#[derive(Deserialize)]
struct Manifest<'t> {
    #[serde(borrow)]
    statements: BTreeMap<&'t str, BTreeMap<&'t str, serde::de::IgnoredAny>>,
}

fn manifest(policy: &Policy, text: &str) -> Result<(), Disproof> {
    let file: Manifest<'_> = json(MANIFEST, text)?;
    same(
        MANIFEST,
        "the number of agents",
        &file.statements.len(),
        &policy.agents.len(),
    )?;
    for agent in &policy.agents {
        let hosts = agent.denies.iter().chain(&agent.allows);
        let lan = agent.lan.iter().map(|rule| &rule.origin);
        let cdp = agent.cdp.iter().map(|cdp| &cdp.origin);
        let origins = hosts.map(|rule| &rule.origin).chain(lan).chain(cdp);
        let keys = origins.chain([&agent.access_origin]);
        let keys: BTreeSet<String> = keys.map(|origin: &Origin| origin.key.to_string()).collect();
        let wanted: Vec<&str> = keys.iter().map(String::as_str).collect();
        let found = file.statements.get(agent.name.as_str());
        let found: Vec<&str> = found
            .into_iter()
            .flat_map(BTreeMap::keys)
            .copied()
            .collect();
        same(MANIFEST, "the statements of an agent", &found, &wanted)?;
    }
    Ok(())
}
