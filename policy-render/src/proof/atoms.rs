//! The requests of the proof: one for each atom of a finite partition of all requests.
//!
//! On one atom neither the policy nor the file can tell two requests apart, since each of their
//! tests holds for all of it or for none: a port between two ends of ranges, an address likewise, a
//! place in the tree of names, a set of kinds of addresses that a name resolves to. So equality on
//! the atoms is equality on all requests.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use policy_core::address;
use policy_core::decide::in_floor;
use policy_core::host::HostPattern;
use policy_core::ir::{Agent, Policy};

use super::host::{self, number};
use super::list::{ListId, Range, Test};
use super::model::Bits;
use super::names::{Names, odd_hosts, odd_prefixes, put};
use super::sources::View;

/// A host and the lists of the view that hold it.
#[derive(Clone, Debug)]
pub(super) struct Atom {
    /// As a request names it.
    pub(super) host: String,
    pub(super) bits: Bits,
    pub(super) is_address: bool,
}

/// What a name resolves to, and the lists that look up and hold it.
#[derive(Clone, Debug)]
pub(super) struct Resolution {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) bits: Bits,
}

/// What the whole policy has in common.
pub(super) struct Shared {
    fresh: String,
    odd_hosts: Vec<String>,
    odd_prefixes: Vec<String>,
    /// Where a new range of addresses begins, as far as every agent's policy goes.
    starts: BTreeSet<u128>,
    floor_names: Vec<HostPattern>,
}

impl Shared {
    pub(super) fn of(policy: &Policy, fresh: String) -> Self {
        let mut starts = BTreeSet::new();
        let nets = address::floor().into_iter().chain(address::private());
        let nets = nets.map(|net| (net.network(), net.broadcast()));
        let own = policy.network.subnet;
        let gateway: IpAddr = policy.gateway.address.into();
        let single = [gateway, IpAddr::from([0; 4]), IpAddr::from([0; 16])];
        let ranges = nets
            .chain(address::public())
            .chain([(own.network().into(), own.broadcast().into())])
            .chain(single.map(|address| (address, address)));
        for (first, last) in ranges {
            add_start(&mut starts, (number(first), number(last)));
        }
        // IPv4 ends where IPv6 goes on.
        let v4 = (number([0; 4].into()), number([255; 4].into()));
        add_start(&mut starts, v4);
        starts.insert(0);
        Shared {
            odd_hosts: odd_hosts(&fresh),
            odd_prefixes: odd_prefixes(&fresh),
            floor_names: policy.floor_names(),
            fresh,
            starts,
        }
    }
}

fn add_start(starts: &mut BTreeSet<u128>, (first, last): Range<u128>) {
    starts.insert(first);
    starts.extend(last.checked_add(1));
}

/// The lists of a view that ask about the host, in order.
pub(super) fn host_lists(view: &View<'_, '_>) -> Vec<ListId> {
    let asks = |test: &Test<'_>| {
        matches!(
            test,
            Test::Address { .. } | Test::Domain(_) | Test::Shape(_)
        )
    };
    view.tests()
        .filter(|(_, test)| asks(test))
        .map(|(id, _)| id)
        .collect()
}

/// Every host of one source.
pub(super) fn hosts(
    view: &View<'_, '_>,
    lists: &[ListId],
    agent: Option<&Agent>,
    shared: &Shared,
) -> Vec<Atom> {
    let tests: Vec<&Test<'_>> = lists
        .iter()
        .filter_map(|id| view.config.lists.get(*id).map(|list| &list.test))
        .collect();
    let mut atoms = names(&tests, agent, shared);
    atoms.extend(addresses(&tests, agent, shared));
    atoms
}

fn names(tests: &[&Test<'_>], agent: Option<&Agent>, shared: &Shared) -> Vec<Atom> {
    let mut names = Names::new(tests.len());
    for (at, test) in tests.iter().enumerate() {
        if let Test::Domain(values) = test {
            for (name, within) in values {
                names.add_value(name, *within, at);
            }
        }
    }
    let patterns = agent.into_iter().flat_map(|agent| {
        let rules = agent.denies.iter().chain(&agent.allows);
        let hosts = rules.flat_map(|rule| rule.hosts.iter().map(|host| &host.value.pattern));
        hosts.chain(&agent.provider_hosts)
    });
    for pattern in patterns.chain(&shared.floor_names) {
        names.add(pattern.name().as_str());
    }
    let mut atoms = Vec::new();
    let mut seen: BTreeSet<Bits> = BTreeSet::new();
    let fresh = &shared.fresh;
    for place in names.places() {
        if place.name.is_empty() {
            let odd = shared.odd_hosts.iter();
            atoms.extend(odd.filter_map(|text| with_text(tests, text, &place.below)));
            atoms.extend(with_text(tests, fresh, &place.below));
            continue;
        }
        atoms.extend(with_text(tests, place.name, &place.here));
        let under = format!("{fresh}.{}", place.name);
        atoms.extend(with_text(tests, &under, &place.below));
        if seen.insert(place.below.clone()) {
            for prefix in &shared.odd_prefixes {
                let odd = format!("{prefix}{}", place.name);
                atoms.extend(with_text(tests, &odd, &place.below));
            }
        }
    }
    atoms
}

/// The atom of a text that the lists in `bits` hold by its name; `None` where Squid does not take
/// it for a host.
fn with_text(tests: &[&Test<'_>], text: &str, bits: &[u64]) -> Option<Atom> {
    let host = host::read(text)?;
    let mut bits = bits.to_vec();
    for (at, test) in tests.iter().enumerate() {
        let holds = match test {
            Test::Shape(shapes) => shapes.iter().any(|shape| shape(&host.text)),
            Test::Address { ranges, .. } => {
                host.address.is_some_and(|address| within(ranges, address))
            }
            _ => false,
        };
        if holds {
            put(&mut bits, &[at]);
        }
    }
    Some(Atom {
        host: text.to_owned(),
        bits,
        is_address: host.address.is_some(),
    })
}

fn within(ranges: &[Range<u128>], address: u128) -> bool {
    ranges
        .iter()
        .any(|(first, last)| *first <= address && address <= *last)
}

fn addresses(tests: &[&Test<'_>], agent: Option<&Agent>, shared: &Shared) -> Vec<Atom> {
    let mut starts = shared.starts.clone();
    for test in tests {
        if let Test::Address { ranges, .. } = test {
            ranges
                .iter()
                .for_each(|range| add_start(&mut starts, *range));
        }
    }
    if let Some(agent) = agent {
        for rule in &agent.lan {
            let (first, last) = (rule.net.network(), rule.net.broadcast());
            add_start(&mut starts, (number(first.into()), number(last.into())));
        }
        let proxy = number(agent.proxy.into());
        add_start(&mut starts, (proxy, proxy));
    }
    let none = vec![0; tests.len().div_ceil(64)];
    starts
        .into_iter()
        .filter_map(|start| with_text(tests, &host::written(start), &none))
        .collect()
}

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

/// More kinds of addresses than this are no file of ours.
const KIND_LIMIT: usize = 10;

/// Everything that a name may resolve to; `None` when there are too many kinds of addresses.
pub(super) fn resolutions(
    view: &View<'_, '_>,
    lists: &[ListId],
    policy: &Policy,
    shared: &Shared,
) -> Option<Vec<Resolution>> {
    let tests: Vec<(usize, &Vec<Range<u128>>)> = lists
        .iter()
        .enumerate()
        .filter_map(|(at, id)| match &view.config.lists.get(*id)?.test {
            Test::Address {
                ranges,
                looks_up: true,
            } => Some((at, ranges)),
            _ => None,
        })
        .collect();
    let mut starts = shared.starts.clone();
    for (_, ranges) in &tests {
        ranges
            .iter()
            .for_each(|range| add_start(&mut starts, *range));
    }
    let mut kinds: BTreeMap<(Bits, [bool; 3]), IpAddr> = BTreeMap::new();
    for start in starts {
        let mut bits = vec![0; lists.len().div_ceil(64)];
        for (at, ranges) in &tests {
            if within(ranges, start) {
                put(&mut bits, &[*at]);
            }
        }
        let address = host::address(start);
        // What the policy asks of it; the port tells only whether the gateway's are closed.
        let ports = [0, policy.gateway.port.get()];
        let closed = ports.map(|port| in_floor(policy, address, port));
        let asked = [closed[0], closed[1], address::is_private(address)];
        kinds.entry((bits, asked)).or_insert(address);
    }
    if kinds.len() > KIND_LIMIT {
        return None;
    }
    let mut sums: BTreeMap<(Bits, [bool; 3], bool), Vec<IpAddr>> = BTreeMap::new();
    for subset in 0..1u32 << kinds.len() {
        let chosen = kinds.iter().enumerate();
        let chosen = chosen.filter(|(at, _)| subset >> at & 1 == 1);
        let mut sum = (vec![0; lists.len().div_ceil(64)], [false; 3], subset == 0);
        let mut addresses = Vec::new();
        for (_, ((bits, asked), address)) in chosen {
            sum.0
                .iter_mut()
                .zip(bits)
                .for_each(|(to, from)| *to |= from);
            sum.1
                .iter_mut()
                .zip(asked)
                .for_each(|(to, from)| *to |= from);
            addresses.push(*address);
        }
        sums.entry(sum).or_insert(addresses);
    }
    let sums = sums.into_iter();
    Some(
        sums.map(|((bits, ..), addresses)| Resolution { addresses, bits })
            .collect(),
    )
}
