//! A function on everything a request can be for.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ops::RangeInclusive;

use crate::decide::Host;

use super::name_map::NameMap;
use super::range_map::{Point, RangeMap};
use super::region::NameRegion;

/// A total function on names, addresses, and the hosts that no one can read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destinations<V> {
    /// By name.
    pub names: NameMap<V>,
    /// By IPv4 address.
    pub v4: RangeMap<u32, V>,
    // INVARIANT: constant on `MAPPED` and the address before. An IPv4-mapped address is the IPv4
    // address to every reader, so its place here says nothing, and must make no difference.
    v6: RangeMap<u128, V>,
    /// The hosts that are neither.
    pub malformed: V,
}

/// The IPv4-mapped addresses, `::ffff:0:0/96`.
const MAPPED: RangeInclusive<u128> = 0xffff_0000_0000..=0xffff_ffff_ffff;

/// A set of destinations on which a function is constant.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Region {
    /// Names.
    Names(NameRegion),
    /// Addresses, first and last.
    V4(Ipv4Addr, Ipv4Addr),
    /// Addresses, first and last.
    V6(Ipv6Addr, Ipv6Addr),
    /// The hosts that are neither.
    Malformed,
}

impl Region {
    /// One of the destinations. A range of IPv6 addresses never begins at a mapped one.
    pub fn witness(&self) -> Host {
        match self {
            Region::Names(names) => Host::Name(names.witness.clone()),
            Region::V4(first, _) => Host::Address(IpAddr::V4(*first)),
            Region::V6(first, _) => Host::Address(IpAddr::V6(*first)),
            Region::Malformed => Host::Malformed,
        }
    }
}

impl<V: Clone + Eq> Destinations<V> {
    /// The same value everywhere.
    pub fn constant(value: V) -> Self {
        Self {
            names: NameMap::constant(value.clone()),
            v4: RangeMap::constant(value.clone()),
            v6: RangeMap::constant(value.clone()),
            malformed: value,
        }
    }

    /// The value of a destination, its address unmapped as [`Host::read`] does.
    pub fn get(&self, host: &Host) -> &V {
        match host {
            Host::Name(name) => self.names.get(name),
            Host::Address(IpAddr::V4(address)) => self.v4.get(address.to_bits()),
            Host::Address(IpAddr::V6(address)) => self.v6.get(address.to_bits()),
            Host::Malformed => &self.malformed,
        }
    }

    /// By IPv6 address.
    pub fn v6(&self) -> &RangeMap<u128, V> {
        &self.v6
    }

    /// Applies `f` to the values of the addresses from one to another of the same version.
    pub fn paint(&mut self, first: IpAddr, last: IpAddr, f: impl FnMut(&V) -> V) {
        match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                self.v4.paint(first.to_bits()..=last.to_bits(), f);
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                self.paint_v6(first.to_bits()..=last.to_bits(), f);
            }
            // No range.
            _ => {}
        }
    }

    fn paint_v6(&mut self, range: RangeInclusive<u128>, f: impl FnMut(&V) -> V) {
        let (mut first, mut last) = range.into_inner();
        let before = MAPPED.start().before();
        if MAPPED.contains(&first) {
            first = MAPPED.end().after().unwrap_or(first);
        }
        if before.is_some_and(|before| first <= before && before <= last) {
            last = last.max(*MAPPED.end());
        }
        self.v6.paint(first..=last, f);
    }

    /// The function that is `f` of this one, point by point.
    pub fn map<'v, X: Clone + Eq>(&'v self, mut f: impl FnMut(&'v V) -> X) -> Destinations<X> {
        Destinations {
            names: self.names.map(&mut f),
            v4: self.v4.map(&mut f),
            v6: self.v6.map(&mut f),
            malformed: f(&self.malformed),
        }
    }

    /// The function that is `f` of this one and another, point by point.
    pub fn zip_with<W: Clone + Eq, X: Clone + Eq>(
        &self,
        other: &Destinations<W>,
        mut f: impl FnMut(&V, &W) -> X,
    ) -> Destinations<X> {
        Destinations {
            names: self.names.zip_with(&other.names, &mut f),
            v4: self.v4.zip_with(&other.v4, &mut f),
            v6: self.v6.zip_with(&other.v6, &mut f),
            malformed: f(&self.malformed, &other.malformed),
        }
    }

    /// The sets of destinations on which the function is constant, names first.
    pub fn regions(&self) -> impl Iterator<Item = (Region, &V)> {
        let names = self.names.regions();
        let names = names.map(|(names, value)| (Region::Names(names), value));
        let v4 = self.v4.ranges().map(|(first, last, value)| {
            let [first, last] = [first, last].map(Ipv4Addr::from_bits);
            (Region::V4(first, last), value)
        });
        let v6 = self.v6.ranges().map(|(first, last, value)| {
            let [first, last] = [first, last].map(Ipv6Addr::from_bits);
            (Region::V6(first, last), value)
        });
        names
            .chain(v4)
            .chain(v6)
            .chain([(Region::Malformed, &self.malformed)])
    }

    /// A destination whose value is such as asked for; `None` when there is none.
    pub fn witness(&self, mut is_such: impl FnMut(&V) -> bool) -> Option<Host> {
        let mut regions = self.regions();
        let found = regions.find(|(_, value)| is_such(value));
        found.map(|(region, _)| region.witness())
    }
}
