//! The hosts of the proof: one for each atom of a finite partition of all hosts.
//!
//! On one atom neither the policy nor the file can tell two requests apart, since each of their
//! tests holds for all of it or for none: an address between two ends of ranges, a place in the
//! tree of names, a text of a certain shape. So equality on the atoms is equality on all hosts.
//!
//! What every agent has in common is parted once: of addresses that no common list and no common
//! rule tells apart, an agent needs one that its own ranges do not hold, and each place where one of
//! its own ranges begins or ends.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use policy_core::address;
use policy_core::decide::{self, in_floor};
use policy_core::host::HostPattern;
use policy_core::ir::{Agent, Policy};

use super::host::{self, number};
use super::list::{ListId, Range, Test};
use super::model::Bits;
use super::names::{Names, odd_hosts, odd_prefixes, put, respelled};
use super::read::Config;
use super::sources::View;

/// A host and the lists of the view that hold it.
#[derive(Clone, Debug)]
pub(super) struct Atom<'a> {
    /// As a request names it. Most hosts stand in the file or in what is shared already.
    pub(super) host: Cow<'a, str>,
    pub(super) bits: Bits,
    pub(super) is_address: bool,
}

/// What can be told of a host without any list or statement of one agent's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Traits {
    /// Which of [`Shared::common`] hold it.
    lists: Bits,
    is_address: bool,
    /// What the policy asks of it.
    asked: Vec<bool>,
}

/// The first address of a range, and how a request names it.
type Start = (u128, String);

/// What the whole policy has in common.
pub(super) struct Shared<'c> {
    config: &'c Config<'c>,
    fresh: String,
    floor_names: Vec<HostPattern>,
    /// The lists that ask about the shape of a host, or about many addresses.
    common: Vec<ListId>,
    /// Where a new range of addresses begins, and its traits by their place in `classes`.
    starts: BTreeMap<u128, usize>,
    classes: Vec<(Traits, Vec<Start>)>,
    /// Hosts that are neither addresses nor near a name, and what makes a name such a host.
    odd_hosts: Vec<(String, Traits)>,
    odd_prefixes: Vec<(String, Bits)>,
    all_odd_prefixes: Vec<String>,
    /// The common lists that hold a name of one label, and one of several.
    one_label: Bits,
    dotted: Bits,
}

/// The longest name of DNS.
const NAME_LIMIT: usize = 253;

/// Longer than what [`odd_prefixes`] puts before a name without making it a long one.
const PREFIX_ROOM: usize = 120;

impl<'c> Shared<'c> {
    pub(super) fn of(policy: &Policy, config: &'c Config<'c>, fresh: String) -> Self {
        let is_common = |test: &Test<'_>| match test {
            Test::Shape(_) => true,
            Test::Address { ranges, looks_up } => {
                *looks_up || ranges.len() > 1 || ranges.contains(&(0, u128::MAX))
            }
            _ => false,
        };
        let lists = config.lists.iter().enumerate();
        let common = lists
            .filter(|(_, list)| is_common(&list.test))
            .map(|(id, _)| id);
        let mut shared = Shared {
            config,
            floor_names: policy.floor_names(),
            common: common.collect(),
            starts: BTreeMap::new(),
            classes: Vec::new(),
            odd_hosts: Vec::new(),
            odd_prefixes: Vec::new(),
            all_odd_prefixes: odd_prefixes(&fresh),
            one_label: Bits::new(),
            dotted: Bits::new(),
            fresh,
        };
        shared.part_hosts(policy);
        shared.part_addresses(policy);
        shared
    }

    fn part_hosts(&mut self, policy: &Policy) {
        let sample = format!("{0}.{0}", self.fresh);
        let mut seen = BTreeSet::new();
        for text in odd_hosts(&self.fresh)
            .into_iter()
            .chain([self.fresh.clone()])
        {
            let Some((host, traits)) = self.traits(policy, &text) else {
                continue;
            };
            let read = match decide::Host::read(&text) {
                decide::Host::Address(address) => Some(number(address)),
                _ => None,
            };
            let is_plain = host.address == read;
            if let Some(address) = host.address.filter(|_| is_plain) {
                // A spelling of an address that both sides read alike is that address.
                self.starts.insert(address, 0);
            } else if seen.insert((traits.clone(), is_plain)) {
                self.odd_hosts.push((text, traits));
            }
        }
        let mut seen = BTreeSet::new();
        for prefix in self.all_odd_prefixes.clone() {
            if let Some((_, traits)) = self.traits(policy, &format!("{prefix}{sample}"))
                && seen.insert(traits.clone())
            {
                self.odd_prefixes.push((prefix, traits.lists));
            }
        }
        let lists = |text: &str| self.traits(policy, text).map(|(_, traits)| traits.lists);
        let one_label = lists(&self.fresh).unwrap_or_default();
        let dotted = lists(&sample).unwrap_or_default();
        (self.one_label, self.dotted) = (one_label, dotted);
    }

    fn part_addresses(&mut self, policy: &Policy) {
        let nets = address::floor().into_iter().chain(address::private());
        let nets = nets.map(|net| (net.network(), net.broadcast()));
        let own = policy.network.subnet;
        let gateway: IpAddr = policy.gateway.address.into();
        // IPv4 ends where IPv6 goes on, and the unspecified addresses are texts.
        let single = [gateway, [0; 4].into(), [0; 16].into()];
        let ranges = nets
            .chain(address::public())
            .chain([
                (own.network().into(), own.broadcast().into()),
                (IpAddr::from([0; 4]), IpAddr::from([255; 4])),
            ])
            .chain(single.map(|address| (address, address)))
            .map(|(first, last)| (number(first), number(last)));
        let of_lists = self.common.iter().filter_map(|id| self.addresses(*id));
        let all = ranges.chain(of_lists.flatten().copied());
        let ends = all.flat_map(|(first, last)| [Some(first), last.checked_add(1)]);
        let starts: BTreeSet<u128> = ends.flatten().chain(self.starts.keys().copied()).collect();
        let mut places: BTreeMap<Traits, usize> = BTreeMap::new();
        for start in starts {
            let written = host::written(start);
            let Some((_, traits)) = self.traits(policy, &written) else {
                continue;
            };
            let place = *places.entry(traits.clone()).or_insert(self.classes.len());
            match self.classes.get_mut(place) {
                Some((_, members)) => members.push((start, written)),
                None => self.classes.push((traits, vec![(start, written)])),
            }
            self.starts.insert(start, place);
        }
    }

    fn addresses(&self, id: ListId) -> Option<&'c [Range<u128>]> {
        match &self.config.lists.get(id)?.test {
            Test::Address { ranges, .. } => Some(ranges),
            _ => None,
        }
    }

    /// What can be told of a text; `None` where Squid does not take it for a host.
    fn traits(&self, policy: &Policy, text: &str) -> Option<(host::Host, Traits)> {
        let host = host::read(text)?;
        let mut lists = vec![0; self.common.len().div_ceil(64)];
        for (at, id) in self.common.iter().enumerate() {
            if self
                .config
                .lists
                .get(*id)
                .is_some_and(|list| holds(&list.test, &host))
            {
                put(&mut lists, &[at]);
            }
        }
        let asked = match decide::Host::read(text) {
            decide::Host::Malformed => vec![],
            decide::Host::Name(name) => vec![name.as_str().contains('.')],
            decide::Host::Address(address) => {
                let closed = |port| in_floor(policy, address, port);
                vec![
                    closed(0),
                    closed(policy.gateway.port.get()),
                    address::is_private(address),
                    address::is_public(address),
                ]
            }
        };
        let traits = Traits {
            lists,
            is_address: host.address.is_some(),
            asked,
        };
        Some((host, traits))
    }

    /// Where ranges of addresses begin.
    pub(super) fn starts(&self) -> impl Iterator<Item = u128> {
        self.starts.keys().copied()
    }
}

/// Whether a list that does not ask for a name holds a host.
fn holds(test: &Test<'_>, host: &host::Host) -> bool {
    match test {
        Test::Shape(shapes) => shapes.iter().any(|shape| shape(&host.text)),
        Test::Address { ranges, .. } => host.address.is_some_and(|it| within(ranges, it)),
        _ => false,
    }
}

fn within(ranges: &[Range<u128>], address: u128) -> bool {
    ranges
        .iter()
        .any(|(first, last)| *first <= address && address <= *last)
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

/// The hosts of one source.
pub(super) struct Hosts<'a> {
    pub(super) shared: &'a Shared<'a>,
    /// The lists of the view that ask about the host.
    pub(super) lists: &'a [ListId],
    pub(super) agent: Option<&'a Agent>,
}

impl<'a> Hosts<'a> {
    pub(super) fn atoms(&self) -> Vec<Atom<'a>> {
        let mut atoms = self.names();
        self.addresses(&mut atoms);
        atoms
    }

    fn test(&self, id: ListId) -> Option<&'a Test<'a>> {
        self.shared.config.lists.get(id).map(|list| &list.test)
    }

    /// The lists of the view out of a set of common lists, besides those in `bits`.
    fn joined(&self, bits: &[u64], common: &[u64]) -> Bits {
        let mut bits = bits.to_vec();
        for (at, id) in self.lists.iter().enumerate() {
            if let Ok(place) = self.shared.common.binary_search(id)
                && common
                    .get(place / 64)
                    .is_some_and(|word| word >> (place % 64) & 1 == 1)
            {
                put(&mut bits, &[at]);
            }
        }
        bits
    }

    fn names(&self) -> Vec<Atom<'a>> {
        let shared = self.shared;
        let mut names = Names::new(self.lists.len());
        for (at, id) in self.lists.iter().enumerate() {
            if let Some(Test::Domain(values)) = self.test(*id) {
                for (name, within) in values {
                    names.add_value(name, *within, at);
                }
            }
        }
        let patterns = self.agent.into_iter().flat_map(|agent| {
            let rules = agent.denies.iter().chain(&agent.allows);
            let hosts = rules.flat_map(|rule| rule.hosts.iter().map(|host| &host.value.pattern));
            hosts.chain(&agent.provider_hosts)
        });
        for pattern in patterns.chain(&shared.floor_names) {
            names.add(pattern.name().as_str());
        }
        let mut atoms = Vec::new();
        let mut seen: BTreeSet<Bits> = BTreeSet::new();
        // What every name has, besides its own lists.
        let none = vec![0; self.lists.len().div_ceil(64)];
        let one_label = self.joined(&none, &shared.one_label);
        let dotted = self.joined(&none, &shared.dotted);
        let joined = |host: Cow<'a, str>, own: &[u64], shape: &[u64]| Atom {
            host,
            bits: own
                .iter()
                .zip(shape)
                .map(|(own, shape)| own | shape)
                .collect(),
            is_address: false,
        };
        let places = names.places();
        if let Some(place) = places.last().filter(|place| !place.name.is_empty()) {
            // Squid drops what is odd of a spelling before it asks any list, so one name will do.
            let texts = respelled(place.name).into_iter();
            atoms.extend(texts.filter_map(|text| self.read(text.into(), &place.here)));
        }
        for place in places {
            if place.name.is_empty() {
                for (text, traits) in &shared.odd_hosts {
                    if traits.is_address {
                        // The policy takes it for another address, or for none.
                        atoms.extend(self.read(text.into(), &place.below));
                        continue;
                    }
                    let shape = self.joined(&none, &traits.lists);
                    atoms.push(joined(text.into(), &place.below, &shape));
                }
                continue;
            }
            let is_dotted = place.name.contains('.');
            let shape = if is_dotted { &dotted } else { &one_label };
            atoms.push(joined(place.name.into(), &place.here, shape));
            let under = [&shared.fresh, ".", place.name].concat();
            if place.name.len() + PREFIX_ROOM > NAME_LIMIT {
                // What stands before such a name may make it too long for one.
                atoms.extend(self.read(under.into(), &place.below));
                let odd = shared.all_odd_prefixes.iter();
                let odd = odd.map(|prefix| [prefix, place.name].concat());
                atoms.extend(odd.filter_map(|odd| self.read(odd.into(), &place.below)));
                continue;
            }
            atoms.push(joined(under.into(), &place.below, &dotted));
            if seen.insert(place.below.clone()) {
                for (prefix, lists) in &shared.odd_prefixes {
                    let odd = [prefix, place.name].concat();
                    let shape = self.joined(&none, lists);
                    atoms.push(joined(odd.into(), &place.below, &shape));
                }
            }
        }
        atoms
    }

    /// The atom of a text, asked of every list.
    fn read(&self, text: Cow<'a, str>, own: &[u64]) -> Option<Atom<'a>> {
        let host = host::read(&text)?;
        let mut bits = own.to_vec();
        for (at, id) in self.lists.iter().enumerate() {
            if self.test(*id).is_some_and(|test| holds(test, &host)) {
                put(&mut bits, &[at]);
            }
        }
        Some(Atom {
            host: text,
            bits,
            is_address: host.address.is_some(),
        })
    }

    fn addresses(&self, atoms: &mut Vec<Atom<'a>>) {
        let shared = self.shared;
        let none = vec![0; self.lists.len().div_ceil(64)];
        let mut ranges: Vec<Range<u128>> = Vec::new();
        for id in self.lists {
            if let Some(Test::Address { ranges: of, .. }) = self.test(*id)
                && shared.common.binary_search(id).is_err()
            {
                ranges.extend(of);
            }
        }
        if let Some(agent) = self.agent {
            for rule in &agent.lan {
                let (first, last) = (rule.net.network(), rule.net.broadcast());
                ranges.push((number(first.into()), number(last.into())));
            }
            let proxy = number(agent.proxy.into());
            ranges.push((proxy, proxy));
        }
        let mut points: BTreeSet<u128> = BTreeSet::new();
        for (first, last) in &ranges {
            points.insert(*first);
            points.extend(last.checked_add(1));
            points.extend(shared.starts.range(first..=last).map(|(start, _)| *start));
        }
        let mut own = |point: u128, host: Cow<'a, str>, traits: &Traits| {
            let mut bits = self.joined(&none, &traits.lists);
            for (at, id) in self.lists.iter().enumerate() {
                if let Some(Test::Address { ranges, .. }) = self.test(*id)
                    && shared.common.binary_search(id).is_err()
                    && traits.is_address
                    && within(ranges, point)
                {
                    put(&mut bits, &[at]);
                }
            }
            atoms.push(Atom {
                host,
                bits,
                is_address: traits.is_address,
            });
        };
        for (traits, members) in &shared.classes {
            let mut members = members.iter();
            if let Some((start, host)) = members.find(|(start, _)| !within(&ranges, *start)) {
                own(*start, host.into(), traits);
            }
        }
        for point in points {
            // What is common to the whole range in which the point lies.
            let range = shared.starts.range(..=point).next_back();
            if let Some((traits, _)) = range.and_then(|(_, place)| shared.classes.get(*place)) {
                own(point, host::written(point).into(), traits);
            }
        }
    }
}
