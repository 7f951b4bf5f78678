//! The built-in rules in words, for one request.

use std::net::IpAddr;

use ipnet::IpNet;

use super::{Answer, Asked};
use crate::address::{floor, is_private};
use crate::decide::{BuiltIn, Host, Resolved, in_floor};
use crate::ir::{Access, Policy};
use crate::port::Port;

/// Why a built-in rule decides about a request as it does: half a sentence.
pub fn words(policy: &Policy, asked: &Asked<'_>, answer: &Answer<'_>, rule: BuiltIn) -> String {
    let host = Host::read(&answer.host);
    let port = asked.destination.port;
    let is = |what: &str| host_is(asked, answer, &host, what);
    let agent = answer.agent;
    match rule {
        BuiltIn::UnknownSource => "the source belongs to no agent".to_owned(),
        BuiltIn::Scheme => "only CONNECT and plain `http:` requests pass".to_owned(),
        BuiltIn::Malformed => is("neither a name nor an address, and its readers may disagree"),
        BuiltIn::Floor => match (&host, resolved(asked, |a| in_floor(policy, a, port.get()))) {
            (Host::Address(address), _) => is(&format!(
                "in the floor: {}",
                floor_part(policy, *address, port)
            )),
            (_, Some(address)) => {
                let part = floor_part(policy, address, port);
                format!("it resolves to {address}, which is in the floor: {part}")
            }
            _ => is("in the floor of every policy"),
        },
        BuiltIn::Private => match resolved(asked, is_private) {
            Some(address) if matches!(host, Host::Name(_)) => {
                format!("it resolves to {address}, which is private, and `access full` looks")
            }
            _ => is("private: only a `lan` opens it"),
        },
        BuiltIn::SafePorts => format!(
            "{port} is no safe port; without a `lan`, only {} can be reached",
            policy.safe_ports
        ),
        BuiltIn::SslPorts => match policy.ssl_ports() {
            ports if ports.is_empty() => "no port is open to CONNECT".to_owned(),
            ports => format!("{port} is for plain requests; CONNECT may go to {ports}"),
        },
        BuiltIn::Provider => match &agent.provider {
            Some(provider) => format!("`{provider}` is the model provider of `{}`", agent.name),
            None => "the model provider is always allowed".to_owned(),
        },
        BuiltIn::Unresolved => {
            "it does not resolve, and `access full` reaches only what does".to_owned()
        }
        BuiltIn::Report => {
            "`mode report` refuses nothing that `access full` would reach".to_owned()
        }
        BuiltIn::DefaultDeny => match agent.access {
            Access::ModelOnly => format!(
                "`{}` is `model-only` and reaches its model provider alone",
                agent.name
            ),
            Access::List => format!("no statement of `{}` allows it", agent.name),
            Access::Full => match host {
                Host::Name(_) => is("one label, like a name in a local network"),
                _ => is("no public address"),
            },
        },
    }
}

/// Why no statement of the agent changes a denial.
pub fn hopeless(policy: &Policy, answer: &Answer<'_>, rule: BuiltIn) -> String {
    let host = Host::read(&answer.host);
    match (rule, host) {
        (BuiltIn::UnknownSource, _) => "give the container an address of an agent".to_owned(),
        (BuiltIn::Scheme, _) => "no statement allows another scheme".to_owned(),
        (BuiltIn::Malformed, _) => {
            "no statement can name such a host; ask for it by its name in DNS".to_owned()
        }
        (BuiltIn::Floor, Host::Name(name)) if !policy.is_floor_name(&name) => {
            "nothing in the policy is wrong: have the name's entry in DNS corrected".to_owned()
        }
        (BuiltIn::Floor, _) => "no statement can open the floor".to_owned(),
        (BuiltIn::SafePorts, Host::Name(_)) => {
            "no `allow` can help: `safe-ports` holds for every agent, and a device wants a `lan`"
                .to_owned()
        }
        (BuiltIn::SslPorts, Host::Name(_)) => {
            "no `allow` can help: ask for it with a plain request".to_owned()
        }
        (_, Host::Address(IpAddr::V6(_))) => {
            "no statement opens this address: a `lan` is IPv4, so name the device by that"
                .to_owned()
        }
        _ => "no single statement changes this".to_owned(),
    }
}

/// The first address the name resolves to that is such.
fn resolved(asked: &Asked<'_>, is_such: impl Fn(IpAddr) -> bool) -> Option<IpAddr> {
    match asked.resolved {
        Resolved::Public => None,
        Resolved::To(addresses) => addresses.iter().copied().find(|address| is_such(*address)),
    }
}

/// What the host is, and which address where that does not show.
fn host_is(asked: &Asked<'_>, answer: &Answer<'_>, host: &Host, what: &str) -> String {
    let written = &asked.destination.host;
    match host {
        Host::Address(address) if address.to_string() != **written => {
            format!("`{written}` is {address}, which is {what}")
        }
        _ if **written != *answer.host => format!("`{}` is {what}", answer.host),
        _ => format!("`{written}` is {what}"),
    }
}

/// Which part of the floor an address belongs to.
fn floor_part(policy: &Policy, address: IpAddr, port: Port) -> String {
    let own = IpNet::from(policy.network.subnet);
    if own.contains(&address) {
        return format!("the egress network {own}");
    }
    match floor().into_iter().find(|net| net.contains(&address)) {
        Some(net) => net.to_string(),
        None => format!("the gateway on its port {port}"),
    }
}
