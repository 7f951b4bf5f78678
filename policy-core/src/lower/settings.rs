//! `gateway`, `network` and `safe-ports`, with their defaults.

use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;

use crate::address::is_floor;
use crate::allocate::CONTROL_PORTS;
use crate::ast::{GatewayItem, NetworkItem};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::facts::Facts;
use crate::host::HostName;
use crate::ir::{Gateway, Isolation, Network};
use crate::name::Name;
use crate::port::{Port, PortSet};
use crate::span::{Located, Span};

use super::declared::{Declared, once};

/// Cut into one block for each agent, where the policy names no subnet.
pub(super) const DEFAULT_SUBNET: Ipv4Net = Ipv4Net::new_assert(Ipv4Addr::new(172, 30, 0, 0), 20);
/// Where Squid listens, where the policy names no port (Squid's own default).
pub(super) const DEFAULT_PROXY_PORT: Port = Port::constant(3128);
/// Where OneCLI is, where the policy names no gateway.
pub(super) const DEFAULT_GATEWAY_HOST: &str = "host.docker.internal";
/// OneCLI's gateway port.
pub(super) const DEFAULT_GATEWAY_PORT: Port = Port::constant(10255);
/// The longest subnet prefix: one block for Squid and one for an agent.
const MAX_SUBNET_PREFIX: u8 = 28;
/// The shortest subnet prefix: a whole private range.
const MIN_SUBNET_PREFIX: u8 = 8;

pub(super) fn network(declared: &Declared<'_>, report: &mut Report) -> Network {
    let (mut subnet, mut isolation, mut port) = (None, None, None);
    let items = declared.network.iter().flat_map(|(_, block)| &block.items);
    for item in items {
        match &item.node {
            NetworkItem::Subnet(value) => set(&mut subnet, "subnet", value, item.span, report),
            NetworkItem::Isolation(value) => {
                set(&mut isolation, "isolation", value, item.span, report);
            }
            NetworkItem::ProxyPort(value) => {
                set(&mut port, "proxy-port", value, item.span, report);
            }
        }
    }
    if let Some(subnet) = subnet {
        check_subnet(subnet, report);
    }
    if let Some(port) = port
        && (port.value.get() == 53 || CONTROL_PORTS.contains(&port.value.get()))
    {
        let message = format!("Squid's container itself uses port {}", port.value);
        let help = format!("leave `proxy-port` out for {DEFAULT_PROXY_PORT}, or take another");
        report.push(Diagnostic::error(Code::ListenPort, port.span, message).help(help));
    }
    Network {
        subnet: subnet.map_or(DEFAULT_SUBNET, |subnet| subnet.value),
        isolation: isolation.map_or(Isolation::default(), |isolation| isolation.value),
        proxy_port: port.map_or(DEFAULT_PROXY_PORT, |port| port.value),
    }
}

/// Keeps the first value of a setting and reports every other.
fn set<'a, T>(
    slot: &mut Option<&'a Located<T>>,
    word: &str,
    value: &'a Located<T>,
    span: Span,
    report: &mut Report,
) {
    if once(word, slot.map(|before| before.span), span, report) {
        *slot = Some(value);
    }
}

fn check_subnet(subnet: &Located<Ipv4Net>, report: &mut Report) {
    let net = subnet.value;
    let wrong = |message: String, help: &str| {
        Diagnostic::error(Code::Subnet, subnet.span, message).help(help)
    };
    if !(MIN_SUBNET_PREFIX..=MAX_SUBNET_PREFIX).contains(&net.prefix_len()) {
        let message = format!("a subnet of /{} is no use here", net.prefix_len());
        let help = "take a prefix from /8 to /28; /20 holds 511 agents of 4 sessions";
        report.push(wrong(message, help));
    }
    let edges = [net.network(), net.broadcast()].map(IpAddr::V4);
    if edges.into_iter().any(is_floor) {
        let message = format!("{net} overlaps addresses that no container may have");
        report.push(wrong(
            message,
            "take a private range, such as 172.30.0.0/20",
        ));
    }
}

pub(super) fn gateway(
    declared: &Declared<'_>,
    facts: &Facts,
    report: &mut Report,
) -> Option<Gateway> {
    let (span, name, items) = match declared.gateway {
        Some((span, name, block)) => (span, name.value.clone(), block.items.as_slice()),
        None => (Span::default(), "onecli".parse().ok()?, [].as_slice()),
    };
    let mut address: Option<(Span, &Located<Box<str>>, Port)> = None;
    for item in items {
        let GatewayItem::Address { host, port } = &item.node;
        if once(
            "address",
            address.map(|(before, ..)| before),
            item.span,
            report,
        ) {
            address = Some((item.span, host, port.value));
        }
    }
    let Some((_, host, port)) = address else {
        return named(
            name,
            DEFAULT_GATEWAY_HOST,
            DEFAULT_GATEWAY_PORT,
            span,
            facts,
            report,
        );
    };
    match host.value.parse::<IpAddr>() {
        Ok(IpAddr::V4(address)) => {
            if is_floor(address.into()) {
                let message = format!("{address} is an address that Squid's container cannot dial");
                let help = "name the gateway's address on the host's network, or \
                            `host.docker.internal` for a gateway on this host";
                report.push(Diagnostic::error(Code::Gateway, host.span, message).help(help));
            }
            Some(Gateway {
                name,
                host: None,
                address,
                port,
            })
        }
        Ok(IpAddr::V6(_)) => {
            let message = "the gateway must have an IPv4 address";
            let help = "write its IPv4 address or its name";
            report.push(Diagnostic::error(Code::Gateway, host.span, message).help(help));
            None
        }
        Err(_) => named(name, &host.value, port, host.span, facts, report),
    }
}

/// A gateway with a name: the first IPv4 address of those it resolves to.
fn named(
    name: Name,
    host: &str,
    port: Port,
    span: Span,
    facts: &Facts,
    report: &mut Report,
) -> Option<Gateway> {
    let host: HostName = match host.parse() {
        Ok(host) => host,
        Err(error) => {
            let message = format!("`{host}` is no host: {error}");
            let help = "write a name or an IPv4 address";
            report.push(Diagnostic::error(Code::Gateway, span, message).help(help));
            return None;
        }
    };
    let first_v4 = facts
        .gateway_addresses
        .iter()
        .find_map(|address| match address {
            IpAddr::V4(address) => Some(*address),
            IpAddr::V6(_) => None,
        });
    let Some(address) = first_v4 else {
        let message = format!("the gateway's name `{host}` has no IPv4 address");
        let help = "see that the name resolves inside a container, or write the address itself";
        report.push(Diagnostic::error(Code::Gateway, span, message).help(help));
        return None;
    };
    Some(Gateway {
        name,
        host: Some(host),
        address,
        port,
    })
}

pub(super) fn safe_ports(declared: &Declared<'_>) -> PortSet {
    match declared.safe_ports {
        Some((_, ports)) => ports.iter().map(|port| port.value).collect(),
        None => [Port::HTTP, Port::HTTPS].into_iter().collect(),
    }
}
