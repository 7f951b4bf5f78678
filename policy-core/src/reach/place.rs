//! Sets of destinations and ports as people write them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use ipnet::IpNet;

use crate::address;
use crate::decide::{Host, Kind};
use crate::port::{Port, PortRange, PortSet};

use super::destinations::Destinations;
use super::region::NameRegion;
use super::row::{PerKind, Row};

/// Ports, by the methods that reach them.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ports {
    /// As everywhere: by every method, or by all but CONNECT on port 80.
    pub usual: PortSet,
    /// By all methods but CONNECT, and not port 80.
    pub plain: PortSet,
    /// By CONNECT alone.
    pub connect: PortSet,
}

/// A set of destinations.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// Names.
    Names(NameRegion),
    /// Every public address but those of these ranges.
    PublicAddresses {
        /// Ranges, first and last.
        except: Vec<AddressRange>,
    },
    /// Addresses.
    Addresses(AddressRange),
    /// The agent's CDP listener.
    Listener,
    /// Any name that resolves to one of these addresses, where names are reached by what they are.
    ResolvingTo(AddressRange),
}

/// Addresses of one version, the first and the last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AddressRange {
    /// The first.
    pub first: IpAddr,
    /// The last.
    pub last: IpAddr,
}

impl AddressRange {
    /// Whether an address is one of them.
    pub fn contains(&self, address: IpAddr) -> bool {
        address.is_ipv4() == self.first.is_ipv4() && self.first <= address && address <= self.last
    }
}

impl Ports {
    /// The ports of a row on which `is_such` holds.
    pub(super) fn of<T: Clone + Eq>(row: &Row<T>, mut is_such: impl FnMut(&T) -> bool) -> Self {
        let (mut usual, mut plain, mut connect) = (Vec::new(), Vec::new(), Vec::new());
        for (first, last, values) in row.by_port().ranges() {
            let such = values.map(&mut is_such);
            let Some(range) = range(first, last) else {
                continue;
            };
            match such {
                PerKind {
                    plain: true,
                    connect: true,
                } => usual.push(range),
                PerKind {
                    plain: true,
                    connect: false,
                } => plain.push(range),
                PerKind {
                    plain: false,
                    connect: true,
                } => connect.push(range),
                PerKind {
                    plain: false,
                    connect: false,
                } => {}
            }
        }
        let plain: PortSet = plain.into_iter().collect();
        if plain.contains(Port::HTTP.get()) {
            usual.push(Port::HTTP.into());
        }
        Self {
            usual: usual.into_iter().collect(),
            plain: plain.without(Port::HTTP),
            connect: connect.into_iter().collect(),
        }
    }

    /// Those of one port.
    pub(super) fn only(&self, port: Port) -> Self {
        let only = |ports: &PortSet| {
            let is_in = ports.contains(port.get());
            is_in.then_some(port).into_iter().collect()
        };
        Self {
            usual: only(&self.usual),
            plain: only(&self.plain),
            connect: only(&self.connect),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.usual.is_empty() && self.plain.is_empty() && self.connect.is_empty()
    }

    /// A port and a method that reaches it, if possible such as a question asks: port 80 plainly,
    /// others by CONNECT.
    pub fn witness(&self) -> Option<(Port, Kind)> {
        let best = |ports: &PortSet| {
            let known = [Port::HTTPS, Port::HTTP];
            let known = known.into_iter().find(|port| ports.contains(port.get()));
            known.or_else(|| Some(ports.ranges().first()?.first()))
        };
        let asked = |port: Port| match port {
            Port::HTTP => Kind::Plain,
            _ => Kind::Connect,
        };
        let connect = self.connect.without(Port::HTTP);
        best(&self.usual)
            .map(|port| (port, asked(port)))
            .or_else(|| best(&connect).map(|port| (port, Kind::Connect)))
            .or_else(|| best(&self.plain).map(|port| (port, Kind::Plain)))
            .or_else(|| best(&self.connect).map(|port| (port, Kind::Connect)))
    }
}

/// Port 0 is no port that a rule can name.
fn range(first: u16, last: u16) -> Option<PortRange> {
    PortRange::new(
        Port::try_from(first.max(1)).ok()?,
        Port::try_from(last).ok()?,
    )
}

impl Place {
    /// One of the destinations; `None` where it takes more than a host to say which.
    pub fn witness(&self) -> Option<Host> {
        match self {
            Place::Names(names) => Some(Host::Name(names.witness.clone())),
            Place::Addresses(range) => Some(Host::Address(range.first)),
            Place::PublicAddresses { except } => {
                let mut all = Destinations::constant(false);
                for (first, last) in address::public() {
                    all.paint(first, last, |_| true);
                }
                for range in except {
                    all.paint(range.first, range.last, |_| false);
                }
                let first = addresses(&all).next()?.first;
                Some(Host::Address(first))
            }
            Place::Listener | Place::ResolvingTo(_) => None,
        }
    }

    /// The destinations of which `is_such` holds: names first, then addresses, those that read
    /// shorter as `every public address` so.
    pub(super) fn all(such: &Destinations<bool>) -> Vec<Place> {
        let mut names = Vec::new();
        for (region, is_such) in such.names.regions() {
            if *is_such {
                names.push(Place::Names(region));
            }
        }
        names.sort();
        let mut public = Destinations::constant(false);
        for (first, last) in address::public() {
            public.paint(first, last, |_| true);
        }
        let ranges = |of: &Destinations<bool>| addresses(of).collect::<Vec<_>>();
        let inside = ranges(&such.zip_with(&public, |such, public| *such && *public));
        let missing = ranges(&such.zip_with(&public, |such, public| !*such && *public));
        let mut listed = such.clone();
        if missing.len() < inside.len() {
            names.push(Place::PublicAddresses { except: missing });
            listed = such.zip_with(&public, |such, public| *such && !*public);
        }
        names.extend(addresses(&listed).map(Place::Addresses));
        names
    }
}

/// The ranges of addresses of which `such` holds.
pub(super) fn addresses(such: &Destinations<bool>) -> impl Iterator<Item = AddressRange> {
    let v4 = such.v4.ranges().map(|(first, last, such)| {
        let [first, last] = [first, last].map(|bits| IpAddr::V4(Ipv4Addr::from_bits(bits)));
        (AddressRange { first, last }, such)
    });
    let v6 = such.v6().ranges().map(|(first, last, such)| {
        let [first, last] = [first, last].map(|bits| IpAddr::V6(Ipv6Addr::from_bits(bits)));
        (AddressRange { first, last }, such)
    });
    let all = v4.chain(v6);
    all.filter_map(|(range, such)| such.then_some(range))
}

impl fmt::Display for AddressRange {
    /// As a network where it is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let AddressRange { first, last } = self;
        if first == last {
            return first.fmt(f);
        }
        let length = match (first, last) {
            (IpAddr::V4(first), IpAddr::V4(last)) => {
                (first.to_bits() ^ last.to_bits()).leading_zeros()
            }
            (IpAddr::V6(first), IpAddr::V6(last)) => {
                (first.to_bits() ^ last.to_bits()).leading_zeros()
            }
            _ => 0,
        };
        let net = u8::try_from(length).ok();
        let net = net.and_then(|length| IpNet::new(*first, length).ok());
        match net.filter(|net| net.network() == *first && net.broadcast() == *last) {
            Some(net) => net.fmt(f),
            None => write!(f, "{first}-{last}"),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Names(names) => names.fmt(f),
            Place::PublicAddresses { except } => {
                f.write_str("every public address")?;
                except.iter().enumerate().try_for_each(|(at, range)| {
                    let lead = if at == 0 { "except " } else { "" };
                    write!(f, " {lead}{range}")
                })
            }
            Place::Addresses(range) => range.fmt(f),
            Place::Listener => f.write_str("host"),
            Place::ResolvingTo(range) => write!(f, "names that resolve to {range}"),
        }
    }
}

impl fmt::Display for Ports {
    /// As behind a destination: `:443`, ` ports 80,443`; the methods only where they matter.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            (&self.usual, ""),
            (&self.plain, " without CONNECT"),
            (&self.connect, " by CONNECT alone"),
        ];
        let mut shown = parts.iter().filter(|(ports, _)| !ports.is_empty());
        if let (Some((ports, "")), None) = (shown.next(), shown.next())
            && let [only] = ports.ranges()
        {
            return match ports.is_all() {
                true => f.write_str(" on every port"),
                false => write!(f, ":{only}"),
            };
        }
        let shown = parts.iter().filter(|(ports, _)| !ports.is_empty());
        for (at, (ports, methods)) in shown.enumerate() {
            let lead = if at == 0 { " ports " } else { " and " };
            write!(f, "{lead}{ports}{methods}")?;
        }
        Ok(())
    }
}
