//! Statements of every kind.

use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::value::{date, host, host_pattern, name, net, odd_host, port, port_set, reason};
use super::{block, located, set_block};
use crate::ast::{
    Access, AgentItem, Can, Cdp, Destination, Edge, Extent, GatewayItem, Grant, Guarded, Isolation,
    Lan, LanTarget, Mode, NamedSet, NetworkItem, Reaches, Route, Statement, Tail, Target,
};
use crate::host::{HostPattern, Reach};

/// A statement at the top of a file, other than `policy`.
pub fn statement() -> impl Strategy<Value = Statement> {
    let set = || {
        (name(), set_block(host_pattern(), 6)).prop_map(|(name, block)| NamedSet {
            name: located(name),
            block,
        })
    };
    let title = || reason().prop_map(located);
    prop_oneof![
        1 => (name(), block(gateway_item(), 1)).prop_map(|(name, block)| Statement::Gateway {
            name: located(name),
            block
        }),
        1 => block(network_item(), 3).prop_map(Statement::Network),
        1 => vec(port().prop_map(located), 1..4).prop_map(Statement::SafePorts),
        1 => set().prop_map(Statement::Provider),
        1 => set().prop_map(Statement::Hosts),
        1 => "[a-z*./-]{1,16}".prop_map(|path| Statement::Include(located(path.into()))),
        4 => (name(), block(agent_item(), 8)).prop_map(|(name, block)| Statement::Agent {
            name: located(name),
            block
        }),
        1 => edge().prop_map(Statement::Edge),
        1 => (title(), block(can(), 4)).prop_map(|(title, block)| Statement::Test { title, block }),
        1 => (title(), block(reaches(), 3))
            .prop_map(|(title, block)| Statement::Invariant { title, block }),
    ]
}

fn gateway_item() -> impl Strategy<Value = GatewayItem> {
    let host = prop_oneof![
        host().prop_map(|name| name.as_str().to_owned()),
        net().prop_map(|net| net.addr().to_string()),
    ];
    (host, port()).prop_map(|(host, port)| GatewayItem::Address {
        host: located(host.into()),
        port: located(port),
    })
}

fn network_item() -> impl Strategy<Value = NetworkItem> {
    let subnet = (any::<u32>(), 0u8..=32).prop_filter_map("a network", |(bits, length)| {
        Some(
            Ipv4Net::new(Ipv4Addr::from_bits(bits), length)
                .ok()?
                .trunc(),
        )
    });
    let isolation = select(vec![Isolation::PerAgent, Isolation::Shared]);
    prop_oneof![
        subnet.prop_map(|net| NetworkItem::Subnet(located(net))),
        isolation.prop_map(|isolation| NetworkItem::Isolation(located(isolation))),
        port().prop_map(|port| NetworkItem::ProxyPort(located(port))),
    ]
}

/// A statement of an agent.
pub fn agent_item() -> impl Strategy<Value = AgentItem> {
    let access = select(vec![Access::Full, Access::List, Access::ModelOnly]);
    let mode = select(vec![Mode::Enforce, Mode::Report]);
    prop_oneof![
        1 => "[A-Za-z0-9][A-Za-z0-9._-]{0,30}".prop_map(|id| AgentItem::Id(located(id.into()))),
        1 => name().prop_map(|name| AgentItem::Provider(located(name))),
        1 => access.prop_map(|access| AgentItem::Access(located(access))),
        3 => grant().prop_map(AgentItem::Allow),
        2 => grant().prop_map(AgentItem::Deny),
        3 => lan().prop_map(AgentItem::Lan),
        2 => cdp().prop_map(AgentItem::Cdp),
        1 => (1..=u16::MAX).prop_map(|number| AgentItem::Sessions(located(number))),
        1 => mode.prop_map(|mode| AgentItem::Mode(located(mode))),
    ]
}

/// What stands behind `allow` or `deny`.
pub fn grant() -> impl Strategy<Value = Grant> {
    let host = (host_pattern(), option::of(port()))
        .prop_filter("no word of the tail, and no date", |(pattern, port)| {
            port.is_some() || !reads_as_tail(pattern)
        })
        .prop_map(|(pattern, port)| Target::Host { pattern, port });
    let target = prop_oneof![4 => host, 1 => name().prop_map(Target::Set)];
    (vec(target.prop_map(located), 1..5), tail())
        .prop_map(|(targets, tail)| Grant { targets, tail })
}

/// Whether a pattern, as one of several words, would be taken for a part of the tail.
fn reads_as_tail(pattern: &HostPattern) -> bool {
    let text = pattern.name().as_str();
    let is_date = text.split('-').count() == 3 && !text.contains(|c: char| c.is_ascii_lowercase());
    let is_keyword = ["because", "since", "until", "despite"].contains(&text);
    pattern.reach() == Reach::Exact && (is_date || is_keyword)
}

/// `lan …`
pub fn lan() -> impl Strategy<Value = Lan> {
    let target = prop_oneof![4 => net().prop_map(LanTarget::Net), 1 => Just(LanTarget::Host)];
    let ports = option::of(port_set().prop_map(located));
    (target.prop_map(located), ports, tail()).prop_map(|(target, ports, tail)| Lan {
        target,
        ports,
        tail,
    })
}

fn cdp() -> impl Strategy<Value = Cdp> {
    let port = || option::of(port().prop_map(located));
    (port(), port(), tail()).prop_map(|(listen, host_port, tail)| Cdp {
        listen,
        host_port,
        tail,
    })
}

/// Reason and dates.
pub fn tail() -> impl Strategy<Value = Tail> {
    let day = || option::weighted(0.3, date().prop_map(located));
    let because = option::weighted(0.5, reason().prop_map(located));
    (because, day(), day()).prop_map(|(because, since, until)| Tail {
        because,
        since,
        until,
    })
}

/// `edge …`
pub fn edge() -> impl Strategy<Value = Edge> {
    let local_name = option::of(name().prop_map(located));
    (name(), name(), any::<bool>(), local_name).prop_map(|(from, to, both, local_name)| Edge {
        from: located(from),
        to: located(to),
        both,
        local_name,
    })
}

fn can() -> impl Strategy<Value = Can> {
    let destination = (odd_host(), port()).prop_map(|(host, port)| Destination { host, port });
    let route = select(vec![Route::Gateway, Route::Direct, Route::Forward]);
    let destinations = vec(destination.prop_map(located), 1..4);
    let via = option::of(route.prop_map(located));
    (name(), any::<bool>(), destinations, via).prop_map(|(agent, can, destinations, via)| Can {
        agent: located(agent),
        can,
        destinations,
        via,
    })
}

fn reaches() -> impl Strategy<Value = Reaches> {
    let what = prop_oneof![
        host_pattern().prop_map(Extent::Names),
        net().prop_map(Extent::Net)
    ];
    let guarded = (what, option::of(port()))
        .prop_map(|(what, port)| Guarded { what, port })
        .prop_filter("no word of the tail", |guarded| match &guarded.what {
            Extent::Names(pattern) => guarded.port.is_some() || !reads_as_tail(pattern),
            Extent::Net(_) => true,
        });
    let only = vec(name().prop_map(located), 0..3);
    let targets = vec(guarded.prop_map(located), 1..4);
    (only, targets).prop_map(|(only, targets)| Reaches { only, targets })
}
