//! The requests for which a function has the same value, put together as people write them.

use std::collections::BTreeSet;

use crate::decide::Host;

use super::destinations::Destinations;
use super::place::{Place, Ports};
use super::row::Row;

/// Destinations and ports with one value; together with the others of its value, all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group<V> {
    /// The value.
    pub value: V,
    /// The ports.
    pub ports: Ports,
    /// The destinations that have the value on these ports and no others; never empty.
    pub places: Vec<Place>,
    /// One of the destinations.
    pub witness: Host,
}

/// Every request that has a value, each in one group, by value and ports.
pub fn groups<V: Clone + Ord>(values: &Destinations<Row<Option<V>>>) -> Vec<Group<V>> {
    let mut all: BTreeSet<&V> = BTreeSet::new();
    for (_, row) in values.regions() {
        all.extend(row.cells().filter_map(|(_, _, _, value)| value.as_ref()));
    }
    let mut groups = Vec::new();
    for value in all {
        let by_ports = values.map(|row| Ports::of(row, |own| own.as_ref() == Some(value)));
        let ports: BTreeSet<&Ports> = by_ports.regions().map(|(_, ports)| ports).collect();
        for ports in ports.into_iter().filter(|ports| !ports.is_empty()) {
            let places = by_ports.map(|own| own == ports);
            let witness = places.witness(|is_such| *is_such);
            groups.extend(witness.map(|witness| Group {
                value: value.clone(),
                ports: ports.clone(),
                places: Place::all(&places),
                witness,
            }));
        }
    }
    groups
}
