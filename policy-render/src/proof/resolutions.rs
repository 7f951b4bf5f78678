//! Everything that a name may resolve to, as far as a list or the policy tells it apart.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use policy_core::address;
use policy_core::decide::in_floor;
use policy_core::ir::Policy;

use super::host;
use super::list::{ListId, Range, Test};
use super::model::Bits;
use super::names::put;
use super::read::Config;

/// What a name resolves to, and which of the lists that look up hold it.
#[derive(Clone, Debug)]
pub(super) struct Resolution {
    pub(super) addresses: Vec<IpAddr>,
    pub(super) lists: Bits,
}

/// More kinds of addresses than this are no file of ours.
const KIND_LIMIT: usize = 10;

/// What the policy asks of an address: whether it is closed on some port, on the gateway's port,
/// and whether it is private.
type Asked = [bool; 3];

/// Every set of addresses with a meaning of its own, for `lists` that look up; `starts` are where
/// ranges of the policy begin. `None` when there are too many kinds of addresses.
pub(super) fn resolutions(
    config: &Config<'_>,
    lists: &[ListId],
    starts: impl Iterator<Item = u128>,
    policy: &Policy,
) -> Option<Vec<Resolution>> {
    let ranges: Vec<&[Range<u128>]> = lists
        .iter()
        .filter_map(|id| match &config.lists.get(*id)?.test {
            Test::Address { ranges, .. } => Some(ranges.as_slice()),
            _ => None,
        })
        .collect();
    let ends = ranges.iter().copied().flatten();
    let ends = ends.flat_map(|(first, last)| [Some(*first), last.checked_add(1)]);
    let starts: BTreeSet<u128> = starts.chain(ends.flatten()).collect();
    let mut kinds: BTreeMap<(Bits, Asked), IpAddr> = BTreeMap::new();
    for start in starts {
        let mut bits = vec![0; lists.len().div_ceil(64)];
        for (at, ranges) in ranges.iter().enumerate() {
            if ranges
                .iter()
                .any(|(first, last)| *first <= start && start <= *last)
            {
                put(&mut bits, &[at]);
            }
        }
        let address = host::address(start);
        // The port tells only whether the gateway's own are closed.
        let closed = |port| in_floor(policy, address, port);
        let asked = [
            closed(0),
            closed(policy.gateway.port.get()),
            address::is_private(address),
        ];
        kinds.entry((bits, asked)).or_insert(address);
    }
    if kinds.len() > KIND_LIMIT {
        return None;
    }
    let mut sums: BTreeMap<(Bits, Asked, bool), Vec<IpAddr>> = BTreeMap::new();
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
    let resolution = |(sum, addresses): ((Bits, Asked, bool), Vec<IpAddr>)| Resolution {
        addresses,
        lists: sum.0,
    };
    Some(sums.map(resolution).collect())
}
