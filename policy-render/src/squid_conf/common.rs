//! The lists and rules that stand in every file, whatever the policy says.

use std::collections::BTreeSet;

use ipnet::IpNet;
use policy_core::address;
use policy_core::decide::BuiltIn;
use policy_core::host::HostPattern;
use policy_core::ir::Policy;
use policy_core::port::{Port, PortSet};

use crate::access_list::refusal;
use crate::acl::{Acl, Term, note_of_rule};
use crate::domains::Domains;
use crate::reason;

use super::{Parts, needs_resolver};

/// A name as the policy language has it: labels of RFC 1123 letters, digits, hyphens, and `_`.
const NAME: &str = "^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\\.)*[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\\.?$";
/// A last label that some readers take for a number (URL Standard, "ends in a number").
const NUMERIC_END: &str = "(^|\\.)([0-9]+|0x[0-9a-f]*)\\.?$";
/// A label of more than 63 characters.
const LONG_LABEL: &str = "[^.]{64}";
/// A name of more than 253 characters, the dot behind it not counted.
const LONG_NAME: &str = "^.{253}([^.]|\\..)";
/// The unspecified address, which Squid takes for a name and leaves as it is written: zeros as
/// `inet_aton` reads them, and the shape that the specification gives it in IPv6, with the brackets
/// that Squid prints around an address and the zone that it does not drop here.
const UNSPECIFIED: &str =
    "^((0x0+|0+)(\\.(0x0+|0+)){0,3}|\\[?[0:.]*:[0:.]*(ffff:[0:.]*)?(%[0-9]+)?\\]?)$";
/// Two labels or more.
const PUBLIC_NAME: &str = "[^.]\\.[^.]";

/// What the log says of a request for Squid's own pages (`manager` is an ACL of Squid's). It is a
/// matter of the path, which no policy and no verdict knows.
pub(crate) const MANAGER_RULE: &str = "manager";
const MANAGER_NOTE: &str = "b_manager";

/// The lists and rules; `everybody` is the list of all agents' addresses.
pub(super) fn add(policy: &Policy, everybody: Option<String>, parts: &mut Parts<'_>) {
    let is = |name: &str| Term::is(name);
    let not = |name: &str| Term::not(name);
    // Rules of agents ask for it, so it stands before their lists.
    let connect = Acl::new("CONNECT", "method", ["CONNECT".to_owned()]);
    parts.lists.add(None, connect);
    let acls = &mut parts.common;
    let list = &mut parts.list;

    // Without an agent everybody is a stranger.
    let strangers = everybody.map(Term::not);
    let strangers = refusal(strangers.into_iter().collect(), BuiltIn::UnknownSource);
    list.strangers.push(strangers);
    acls.push(Acl::new("http", "proto", ["HTTP".to_owned()]));
    let because = reason::words(Some("the proxy has no pages of its own"));
    acls.push(Acl::refusal(MANAGER_NOTE, MANAGER_RULE, because));
    list.schemes.push(vec![is("manager"), is(MANAGER_NOTE)]);
    list.schemes
        .push(refusal(vec![not("CONNECT"), not("http")], BuiltIn::Scheme));

    let own = IpNet::from(policy.network.subnet);
    let closed = IpNet::aggregate(&address::floor().into_iter().chain([own]).collect());
    acls.push(Acl::new(
        "floor",
        "dst -n",
        closed.iter().map(IpNet::to_string),
    ));
    acls.push(Acl::new("floor_names", "dstdomain -n", floor_names(policy)));
    acls.push(Acl::new(
        "unspecified",
        "dstdom_regex -n -i",
        [UNSPECIFIED.to_owned()],
    ));
    acls.push(Acl::new(
        "gateway_itself",
        "dst -n",
        [policy.gateway.address.to_string()],
    ));
    acls.push(Acl::new(
        "gateway_ports",
        "port",
        port_values(&policy.gateway.floor_ports()),
    ));
    for terms in [
        vec![is("floor")],
        vec![is("unspecified")],
        vec![is("gateway_itself"), is("gateway_ports")],
    ] {
        list.floor.push(refusal(terms, BuiltIn::Floor));
    }
    acls.push(Acl::new("address", "dst -n", ["all".to_owned()]));
    acls.push(Acl::new("name", "dstdom_regex -n -i", [NAME.to_owned()]));
    let odd = [NUMERIC_END, LONG_LABEL, LONG_NAME].map(str::to_owned);
    acls.push(Acl::new("odd_name", "dstdom_regex -n -i", odd));
    list.floor.push(refusal(
        vec![not("address"), not("name")],
        BuiltIn::Malformed,
    ));
    list.floor.push(refusal(
        vec![not("address"), is("odd_name")],
        BuiltIn::Malformed,
    ));
    // `-x.localhost` is no name, so it is none of the floor's.
    list.floor
        .push(refusal(vec![is("floor_names")], BuiltIn::Floor));

    let private = address::private();
    acls.push(Acl::new(
        "private",
        "dst -n",
        private.iter().map(IpNet::to_string),
    ));
    list.private
        .push(refusal(vec![is("private")], BuiltIn::Private));

    add_ports(policy, parts);
    if needs_resolver(policy) {
        add_guard(policy, parts, &closed, &private);
    }
    parts
        .list
        .last
        .push(refusal(Vec::new(), BuiltIn::DefaultDeny));
}

/// The annotations of the built-in rules that the file uses.
pub(super) fn add_notes(parts: &mut Parts<'_>) {
    let used: BTreeSet<&str> = parts.list.notes().collect();
    let notes = BuiltIn::ALL.map(|rule| (rule, note_of_rule(rule)));
    let notes: Vec<(BuiltIn, String)> = notes
        .into_iter()
        .filter(|(_, name)| used.contains(name.as_str()))
        .collect();
    for (rule, name) in notes {
        if rule == BuiltIn::Provider {
            // A list of agents' rules may have it.
            let values = [("verdict", "allow"), ("rule", rule.name())];
            parts.lists.add(None, Acl::note(name, &values));
        } else {
            // The last list that a refusal asks for is looked up by its name, from the last one on.
            let because = reason::words_of_rule(rule);
            parts.common.push(Acl::refusal(name, rule.name(), because));
        }
    }
}

fn floor_names(policy: &Policy) -> Vec<String> {
    let names: Vec<HostPattern> = policy.floor_names();
    // None of the floor's names is of the form `*.x`.
    Domains::of(&names).names
}

fn add_ports(policy: &Policy, parts: &mut Parts<'_>) {
    let acls = &mut parts.common;
    acls.push(Acl::new(
        "Safe_ports",
        "port",
        port_values(&policy.safe_ports),
    ));
    parts
        .list
        .ports
        .push(refusal(vec![Term::not("Safe_ports")], BuiltIn::SafePorts));
    let ssl_ports = policy.ssl_ports();
    let mut terms = vec![Term::is("CONNECT")];
    if !ssl_ports.is_empty() {
        acls.push(Acl::new("SSL_ports", "port", port_values(&ssl_ports)));
        terms.push(Term::not("SSL_ports"));
    }
    parts.list.ports.push(refusal(terms, BuiltIn::SslPorts));

    let allows = policy
        .agents
        .iter()
        .flat_map(|agent| agent.allows.iter().chain(&agent.denies));
    let named = allows.flat_map(|rule| rule.hosts.iter().filter_map(|host| host.value.port));
    for port in named.collect::<BTreeSet<Port>>() {
        let acl = Acl::new(port_acl(port), "port", [port.to_string()]);
        parts.lists.add(None, acl);
    }
}

/// What `access full` is made of. These are the only lists without `-n`.
fn add_guard(policy: &Policy, parts: &mut Parts<'_>, floor: &[IpNet], private: &[IpNet]) {
    let text = |nets: &[IpNet]| nets.iter().map(IpNet::to_string).collect::<Vec<_>>();
    let acls = &mut parts.common;
    let public = address::public();
    let ranges = public.iter().map(|(first, last)| format!("{first}-{last}"));
    acls.push(Acl::new("public", "dst -n", ranges));
    acls.push(Acl::new(
        "public_name",
        "dstdom_regex -n -i",
        [PUBLIC_NAME.to_owned()],
    ));
    acls.push(Acl::new("resolves_to_floor", "dst", text(floor)));
    if reaches_gateway_ports(policy) {
        let address = [policy.gateway.address.to_string()];
        acls.push(Acl::new("resolves_to_gateway", "dst", address));
    }
    acls.push(Acl::new("resolves_to_private", "dst", text(private)));
    acls.push(Acl::new("resolves", "dst", ["all".to_owned()]));
}

/// Whether a port on which the gateway's address is closed can be asked for at all.
pub(super) fn reaches_gateway_ports(policy: &Policy) -> bool {
    let closed = policy.gateway.floor_ports();
    let mut ports = closed
        .ranges()
        .iter()
        .flat_map(|range| range.first().get()..=range.last().get());
    ports.any(|port| policy.safe_ports.contains(port))
}

/// The list that holds one port.
pub(super) fn port_acl(port: Port) -> String {
    format!("p_{port}")
}

/// The values of a `port` list.
pub(super) fn port_values(ports: &PortSet) -> Vec<String> {
    ports.ranges().iter().map(ToString::to_string).collect()
}
