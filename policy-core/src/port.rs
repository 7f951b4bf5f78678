//! Ports and sets of ports.

use std::fmt;
use std::num::NonZeroU16;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A TCP port from 1 to 65535.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Port(NonZeroU16);

/// The text is not a decimal number from 1 to 65535.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("a port is a number from 1 to 65535")]
pub struct PortError;

impl Port {
    /// Plain HTTP, RFC 9110 section 4.2.1.
    pub const HTTP: Port = Port::constant(80);
    /// HTTPS, RFC 9110 section 4.2.2.
    pub const HTTPS: Port = Port::constant(443);

    /// A port known at compile time; 0 becomes 1, which no caller writes.
    pub const fn constant(number: u16) -> Port {
        match NonZeroU16::new(number) {
            Some(number) => Port(number),
            None => Port(NonZeroU16::MIN),
        }
    }

    /// The number.
    pub const fn get(self) -> u16 {
        self.0.get()
    }
}

impl TryFrom<u16> for Port {
    type Error = PortError;

    fn try_from(number: u16) -> Result<Self, PortError> {
        NonZeroU16::new(number).map(Port).ok_or(PortError)
    }
}

impl FromStr for Port {
    type Err = PortError;

    fn from_str(text: &str) -> Result<Self, PortError> {
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(PortError);
        }
        text.parse::<u16>().map_err(|_| PortError)?.try_into()
    }
}

impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Ports from `first` to `last`, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PortRange {
    first: Port, // INVARIANT: first <= last.
    last: Port,
}

impl PortRange {
    /// The range from one port to another; `None` when the first is above the last.
    pub fn new(first: Port, last: Port) -> Option<Self> {
        (first <= last).then_some(Self { first, last })
    }

    /// The first port.
    pub fn first(self) -> Port {
        self.first
    }

    /// The last port.
    pub fn last(self) -> Port {
        self.last
    }
}

impl From<Port> for PortRange {
    fn from(port: Port) -> Self {
        Self {
            first: port,
            last: port,
        }
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return self.first.fmt(f);
        }
        write!(f, "{}-{}", self.first, self.last)
    }
}

/// A set of ports in its one normal form: ranges in order, neither touching nor overlapping.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PortSet(Vec<PortRange>); // INVARIANT: sorted, disjoint, not adjacent.

impl PortSet {
    /// Every port.
    pub fn all() -> Self {
        Self(vec![PortRange {
            first: Port::constant(1),
            last: Port::constant(u16::MAX),
        }])
    }

    /// The ranges, in order.
    pub fn ranges(&self) -> &[PortRange] {
        &self.0
    }

    /// Whether `port` is in the set. Port 0 never is.
    pub fn contains(&self, port: u16) -> bool {
        self.0
            .iter()
            .any(|range| range.first.get() <= port && port <= range.last.get())
    }

    /// Whether the set holds every port.
    pub fn is_all(&self) -> bool {
        *self == Self::all()
    }

    /// Whether the set holds none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The set without one port.
    #[must_use]
    pub fn without(&self, port: Port) -> Self {
        let below = port
            .get()
            .checked_sub(1)
            .and_then(|number| Port::try_from(number).ok());
        let above = port
            .get()
            .checked_add(1)
            .and_then(|number| Port::try_from(number).ok());
        let parts = self.0.iter().flat_map(|range| {
            if port < range.first || range.last < port {
                return [Some(*range), None];
            }
            [
                below.and_then(|last| PortRange::new(range.first, last)),
                above.and_then(|first| PortRange::new(first, range.last)),
            ]
        });
        parts.flatten().collect()
    }
}

impl FromIterator<PortRange> for PortSet {
    fn from_iter<I: IntoIterator<Item = PortRange>>(ranges: I) -> Self {
        let mut sorted: Vec<PortRange> = ranges.into_iter().collect();
        sorted.sort_unstable();
        let mut merged: Vec<PortRange> = Vec::with_capacity(sorted.len());
        for range in sorted {
            match merged.last_mut() {
                Some(before) if range.first.get() <= before.last.get().saturating_add(1) => {
                    before.last = before.last.max(range.last);
                }
                _ => merged.push(range),
            }
        }
        Self(merged)
    }
}

impl FromIterator<Port> for PortSet {
    fn from_iter<I: IntoIterator<Item = Port>>(ports: I) -> Self {
        ports.into_iter().map(PortRange::from).collect()
    }
}

impl fmt::Display for PortSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, range) in self.0.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            write!(f, "{comma}{range}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(ranges: &[(u16, u16)]) -> PortSet {
        let range = |(first, last): &(u16, u16)| {
            PortRange::new(Port::constant(*first), Port::constant(*last)).unwrap()
        };
        ranges.iter().map(range).collect()
    }

    #[test]
    fn a_port_is_a_plain_decimal_number() {
        assert_eq!("65535".parse::<Port>(), Ok(Port::constant(65535)));
        for bad in ["", "0", "65536", "+80", "-1", "80 ", "0x50", "9222.5", "٣"] {
            assert_eq!(bad.parse::<Port>(), Err(PortError), "{bad:?}");
        }
    }

    #[test]
    fn ranges_that_touch_or_overlap_become_one() {
        let merged = set(&[(8000, 8080), (80, 80), (81, 90), (8050, 9000)]);
        assert_eq!(merged.to_string(), "80-90,8000-9000");
        assert!(set(&[(1, 65535)]).is_all());
    }

    #[test]
    fn without_splits_the_range_that_holds_the_port() {
        assert_eq!(
            set(&[(79, 81)]).without(Port::HTTP),
            set(&[(79, 79), (81, 81)])
        );
        assert_eq!(
            set(&[(80, 80), (443, 443)]).without(Port::HTTP),
            set(&[(443, 443)])
        );
        assert_eq!(
            set(&[(1, 65535)]).without(Port::constant(65535)),
            set(&[(1, 65534)])
        );
    }
}
