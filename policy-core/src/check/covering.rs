//! Which entries of an agent lie wholly in which others, without comparing each with each.

use std::collections::BTreeMap;

use crate::host::HostName;
use crate::ir::HostGrant;
use crate::port::Port;
use crate::span::{Located, Span};

type Entry<'a> = &'a Located<HostGrant>;

/// Entries by the name of their pattern: whatever covers a pattern has that name, or one above it.
#[derive(Default)]
pub(super) struct Covering<'a> {
    by_name: BTreeMap<(&'a str, Option<Port>), Vec<Entry<'a>>>,
}

impl<'a> FromIterator<Entry<'a>> for Covering<'a> {
    fn from_iter<I: IntoIterator<Item = Entry<'a>>>(entries: I) -> Self {
        let mut covering = Self::default();
        for entry in entries {
            let name = entry.value.pattern.name().as_str();
            let key = (name, entry.value.port);
            covering.by_name.entry(key).or_default().push(entry);
        }
        // The first in the text is the one that the others are measured by, so it is found first.
        for entries in covering.by_name.values_mut() {
            entries.sort_by_key(|entry| entry.span);
        }
        covering
    }
}

impl<'a> Covering<'a> {
    /// An entry that covers this one and fits.
    fn of(&self, entry: Entry<'_>, fits: impl Fn(Entry<'a>) -> bool) -> Option<Entry<'a>> {
        let own = &entry.value;
        let port = own.port.map(Some);
        let ports = || std::iter::once(None).chain(port);
        let keys = zones(own.pattern.name()).flat_map(|zone| ports().map(move |port| (zone, port)));
        let mut near = keys.filter_map(|key| self.by_name.get(&key)).flatten();
        near.find(|other| other.value.pattern.covers(&own.pattern) && fits(other))
            .copied()
    }

    /// The entries at this one's name, or above it, that some request belongs to as well.
    pub(super) fn meeting<'e>(&'e self, entry: Entry<'e>) -> impl Iterator<Item = Entry<'a>> + 'e {
        let own = &entry.value;
        let at = |zone: &'e str| {
            let keys = (zone, None)..=(zone, Some(Port::constant(u16::MAX)));
            self.by_name.range(keys).flat_map(|(_, entries)| entries)
        };
        let meets = |other: &HostGrant| {
            let ports = [own.port, other.port];
            let one_port = ports.contains(&None) || own.port == other.port;
            one_port && own.pattern.overlaps(&other.pattern)
        };
        let near = zones(own.pattern.name()).flat_map(at);
        near.copied().filter(move |other| meets(&other.value))
    }

    /// The places of `entries` of which everything is covered by entries of other places that fit:
    /// a place, one of its entries, and what covers that one. A set stands at one place.
    pub(super) fn covered<'e>(
        &self,
        entries: impl Iterator<Item = Entry<'e>>,
        fits: impl Fn(Entry<'e>, Entry<'a>) -> bool,
    ) -> Vec<(Entry<'e>, Entry<'a>)> {
        let mut places: BTreeMap<Span, Option<(Entry<'e>, Entry<'a>)>> = BTreeMap::new();
        for entry in entries {
            let found = self
                .of(entry, |other| {
                    other.span != entry.span && fits(entry, other)
                })
                .map(|other| (entry, other));
            places
                .entry(entry.span)
                .and_modify(|place| *place = place.and(found))
                .or_insert(found);
        }
        places.into_values().flatten().collect()
    }
}

/// A name and all names above it, the longest first.
fn zones(name: &HostName) -> impl Iterator<Item = &str> {
    let mut rest = Some(name.as_str());
    std::iter::from_fn(move || {
        let zone = rest?;
        rest = zone.split_once('.').map(|(_, above)| above);
        Some(zone)
    })
}
