//! No statement opens the floor: metadata services, loopback, the gateway's own ports, and the
//! egress subnet itself.
//!
//! A grant that lies wholly inside is an error. One that reaches further keeps the rest, and a
//! warning says which part it does not get.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net};

use crate::address;
use crate::check::{Check, Subject, shown};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::{Agent, LanRule, Policy};
use crate::port::PortSet;

pub(super) const CHECK: Check = Check {
    code: Code::Floor,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    let floor: Vec<Ipv4Net> = address::floor()
        .into_iter()
        .filter_map(|net| match net {
            IpNet::V4(net) => Some(net),
            IpNet::V6(_) => None,
        })
        .chain([policy.network.subnet])
        .collect();
    for agent in &policy.agents {
        for rule in &agent.lan {
            lan(policy, &floor, rule, report);
        }
        names(policy, agent, report);
    }
}

fn lan(policy: &Policy, floor: &[Ipv4Net], rule: &LanRule, report: &mut Report) {
    let span = rule.origin.span;
    let own = policy.network.subnet;
    if let Some(net) = floor.iter().find(|net| net.contains(&rule.net)) {
        let (message, help) = if *net == own {
            (
                format!(
                    "{} lies in {own}, the egress subnet itself",
                    shown(rule.net)
                ),
                "agents message each other through an `edge`; Squid's own ports are no LAN",
            )
        } else {
            let (net, address) = (shown(*net), shown(rule.net));
            (
                format!("{address} lies in {net}, which no statement can open"),
                "delete the statement: metadata and loopback addresses stay closed",
            )
        };
        report.push(Diagnostic::error(CHECK.code, span, message).help(help));
    } else if let Some(net) = floor.iter().find(|net| rule.net.contains(*net)) {
        let message = format!("{} is a part of {} and stays closed", shown(*net), rule.net);
        let help = "name a smaller network to make that plain";
        report.push(Diagnostic::warning(CHECK.code, span, message).help(help));
    }
    let gateway = &policy.gateway;
    if rule.net.contains(&gateway.address) {
        gateway_ports(policy, rule, report);
    }
}

/// The gateway's address is no floor but on its own ports.
fn gateway_ports(policy: &Policy, rule: &LanRule, report: &mut Report) {
    let gateway = &policy.gateway;
    let closed = gateway.floor_ports();
    let opened: PortSet = rule
        .ports
        .ranges()
        .iter()
        .copied()
        .filter(|range| {
            closed
                .ranges()
                .iter()
                .any(|c| c.first() <= range.last() && range.first() <= c.last())
        })
        .collect();
    if opened.is_empty() {
        return;
    }
    let address = IpAddr::V4(gateway.address);
    let all_closed = rule.net.prefix_len() == 32
        && rule.ports.ranges().iter().all(|range| {
            closed
                .ranges()
                .iter()
                .any(|c| c.first() <= range.first() && range.last() <= c.last())
        });
    let help = "the gateway is reached through the proxy alone";
    if all_closed {
        let message = format!(
            "{address} on {opened} is the gateway `{}` itself",
            gateway.name
        );
        report.push(Diagnostic::error(CHECK.code, rule.origin.span, message).help(help));
    } else {
        let message = format!("ports {closed} of {address} belong to the gateway and stay closed");
        report.push(Diagnostic::warning(CHECK.code, rule.origin.span, message).help(help));
    }
}

fn names(policy: &Policy, agent: &Agent, report: &mut Report) {
    let floor = policy.floor_names();
    for host in agent.allows.iter().flat_map(|rule| &rule.hosts) {
        let pattern = &host.value.pattern;
        if let Some(closed) = floor.iter().find(|closed| closed.covers(pattern)) {
            let message = format!("`{pattern}` is closed to every agent, as `{closed}` is");
            let help = "for a service on the Docker host write `lan host:PORT`";
            report.push(Diagnostic::error(CHECK.code, host.span, message).help(help));
        } else if let Some(closed) = floor.iter().find(|closed| pattern.covers(closed)) {
            let message = format!("`{closed}` is a part of `{pattern}` and stays closed");
            let help = "name the hosts that are meant";
            report.push(Diagnostic::warning(CHECK.code, host.span, message).help(help));
        }
    }
}
