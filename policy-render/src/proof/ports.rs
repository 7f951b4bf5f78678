//! One port for each class of ports that no list and no statement tells apart.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ir::{Agent, Policy};

use super::list::{Range, Test};
use super::sources::View;

/// One port for each class of ports. Squid refuses port 0 before it asks any rule.
pub(super) fn ports(view: &View<'_, '_>, policy: &Policy, agent: Option<&Agent>) -> Vec<u16> {
    let mut sets: Vec<Vec<Range<u16>>> = view
        .tests()
        .filter_map(|(_, test)| match test {
            Test::Port(ranges) => Some(ranges.clone()),
            _ => None,
        })
        .collect();
    let floor = policy.gateway.floor_ports();
    let own = [&policy.safe_ports, &floor].into_iter();
    let lan = agent.into_iter().flat_map(|agent| &agent.lan);
    for ports in own.chain(lan.map(|rule| &rule.ports)) {
        let ranges = ports.ranges().iter();
        sets.push(
            ranges
                .map(|range| (range.first().get(), range.last().get()))
                .collect(),
        );
    }
    let mut single = BTreeSet::from([80]);
    if let Some(agent) = agent {
        let rules = agent.denies.iter().chain(&agent.allows);
        let named = rules.flat_map(|rule| rule.hosts.iter().filter_map(|host| host.value.port));
        single.extend(named.map(policy_core::port::Port::get));
        single.extend(agent.cdp.iter().map(|cdp| cdp.listen.get()));
    }
    sets.extend(single.into_iter().map(|port| vec![(port, port)]));
    sets.sort_unstable();
    sets.dedup();
    let starts: BTreeSet<u16> = sets
        .iter()
        .flatten()
        .flat_map(|(first, last)| [Some(*first), last.checked_add(1)])
        .flatten()
        .chain([1])
        .collect();
    let class = |port: u16| {
        let holds = |ranges: &Vec<Range<u16>>| ranges.iter().any(|r| r.0 <= port && port <= r.1);
        sets.iter().map(holds).collect::<Vec<bool>>()
    };
    let classes: BTreeMap<Vec<bool>, u16> =
        starts.into_iter().map(|port| (class(port), port)).collect();
    let mut ports: Vec<u16> = classes.into_values().collect();
    ports.sort_unstable();
    ports
}
