//! Who gets which addresses and which listen port: pure, stable, distinct.
//!
//! An agent that stayed keeps what it has. A block in which a container still runs is never given
//! to another agent: its address would be that container's identity.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use thiserror::Error;

use crate::facts::Ledger;
use crate::ir::Network;
use crate::port::Port;

/// Addresses of a block that no container of the agent can have: the network's own, the bridge's,
/// Squid's and the broadcast.
pub const OVERHEAD: u32 = 4;

/// Where Squid stands in a block, counted from its first address.
pub const PROXY_OFFSET: u32 = 2;

/// Where the addresses for containers begin in a block.
pub const FIRST_SESSION_OFFSET: u32 = 3;

/// The prefix of the block at the subnet's start, which is Squid's own with `isolation shared`.
const RESERVED_PREFIX: u8 = 29;

/// The lowest computed listen port: one above Chrome's own default, 9222.
pub const FIRST_LISTEN_PORT: u16 = 9223;

/// The highest listen port; Linux takes outgoing ports from 32768 up
/// (`net.ipv4.ip_local_port_range`), and one of them may be busy when the listener starts.
pub const LAST_LISTEN_PORT: u16 = 32767;

/// Loopback ports on which the generations of Squid answer their own health checks.
pub const CONTROL_PORTS: std::ops::RangeInclusive<u16> = 31000..=31099;

/// What one agent needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish<'a> {
    /// Whose it is.
    pub id: &'a str,
    /// How many containers at once.
    pub sessions: u16,
    /// Its CDP listener.
    pub listen: Listen,
}

/// What an agent wants of the listen ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listen {
    /// No listener.
    None,
    /// The port that the policy names.
    Named(Port),
    /// Any free one, the same as last time.
    Computed,
}

/// Why the plan cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AllocateError {
    /// The subnet has no room for one more block.
    #[error("no room for a block of {size} addresses in {subnet}")]
    SubnetFull {
        /// The agent without a block.
        id: String,
        /// What it needs.
        size: u64,
        /// Where.
        subnet: Ipv4Net,
    },
    /// All listen ports are taken.
    #[error("no listen port is left between {FIRST_LISTEN_PORT} and {LAST_LISTEN_PORT}")]
    PortsExhausted {
        /// The agent without a port.
        id: String,
    },
}

/// The smallest block that holds `sessions` containers, as a prefix length.
pub fn prefix_for(sessions: u16) -> u8 {
    let size = (u32::from(sessions) + OVERHEAD).next_power_of_two();
    // A power of two of at most 2^17, so the subtraction cannot wrap.
    32 - u8::try_from(size.trailing_zeros()).unwrap_or(32)
}

/// The addresses of `block` that containers may have, lowest first.
pub fn session_addresses(block: Ipv4Net) -> impl Iterator<Item = Ipv4Addr> {
    let first = block.network().to_bits() + FIRST_SESSION_OFFSET;
    (first..block.broadcast().to_bits()).map(Ipv4Addr::from_bits)
}

/// Squid's address at the start of `net`.
pub fn proxy_address(net: Ipv4Net) -> Ipv4Addr {
    Ipv4Addr::from_bits(net.network().to_bits() + PROXY_OFFSET)
}

/// Whether no CDP listener may have `port`: DNS, the proxy itself, Squid's control ports, and
/// the ports that outgoing connections take.
pub fn is_reserved(port: Port, network: &Network) -> bool {
    port.get() == 53
        || port == network.proxy_port
        || CONTROL_PORTS.contains(&port.get())
        || port.get() > LAST_LISTEN_PORT
}

/// The ledger for these agents, given the one before and the addresses in use now.
pub fn allocate(
    network: &Network,
    before: &Ledger,
    attached: &BTreeSet<Ipv4Addr>,
    wishes: &[Wish<'_>],
) -> Result<Ledger, AllocateError> {
    let mut wishes: Vec<&Wish<'_>> = wishes.iter().collect();
    wishes.sort_by_key(|wish| wish.id);
    let (blocks, quarantine) = blocks(network, before, attached, &wishes)?;
    let listen_ports = listen_ports(network, before, &wishes)?;
    Ok(Ledger {
        blocks,
        listen_ports,
        quarantine,
    })
}

type Blocks = (BTreeMap<String, Ipv4Net>, BTreeSet<Ipv4Net>);

fn blocks(
    network: &Network,
    before: &Ledger,
    attached: &BTreeSet<Ipv4Addr>,
    wishes: &[&Wish<'_>],
) -> Result<Blocks, AllocateError> {
    let reserved =
        Ipv4Net::new(network.subnet.network(), RESERVED_PREFIX).unwrap_or(network.subnet);
    let in_use = |net: Ipv4Net| {
        attached
            .range(net.network()..=net.broadcast())
            .next()
            .is_some()
    };
    let mut taken = Taken::default();
    taken.insert(reserved);

    let mut blocks = BTreeMap::new();
    for wish in wishes {
        let Some(block) = before.blocks.get(wish.id) else {
            continue;
        };
        let fits =
            network.subnet.contains(block) && block.prefix_len() <= prefix_for(wish.sessions);
        if fits && taken.is_free(*block) {
            taken.insert(*block);
            blocks.insert(wish.id.to_owned(), *block);
        }
    }
    let kept: BTreeSet<Ipv4Net> = blocks.values().copied().collect();
    let left = before.blocks.values().chain(&before.quarantine);
    let quarantine: BTreeSet<Ipv4Net> = left
        .copied()
        .filter(|block| !kept.contains(block) && in_use(*block))
        .collect();
    quarantine.iter().for_each(|block| taken.insert(*block));

    for wish in wishes {
        if blocks.contains_key(wish.id) {
            continue;
        }
        let prefix = prefix_for(wish.sessions);
        let block = taken
            .first_free(network.subnet, prefix, in_use)
            .ok_or_else(|| {
                let size = 1 << (32 - u32::from(prefix));
                AllocateError::SubnetFull {
                    id: wish.id.to_owned(),
                    size,
                    subnet: network.subnet,
                }
            })?;
        taken.insert(block);
        blocks.insert(wish.id.to_owned(), block);
    }
    Ok((blocks, quarantine))
}

/// Disjoint networks by their first address, and for each block size where to look next.
#[derive(Default)]
struct Taken {
    ranges: BTreeMap<u32, u32>,
    cursors: BTreeMap<u8, u32>,
}

impl Taken {
    fn insert(&mut self, net: Ipv4Net) {
        self.ranges
            .insert(net.network().to_bits(), net.broadcast().to_bits());
    }

    /// The last address of a taken range that meets `first..=last`.
    fn obstacle(&self, first: u32, last: u32) -> Option<u32> {
        let (_, end) = self.ranges.range(..=last).next_back()?;
        (*end >= first).then_some(*end)
    }

    fn is_free(&self, net: Ipv4Net) -> bool {
        self.obstacle(net.network().to_bits(), net.broadcast().to_bits())
            .is_none()
    }

    /// The lowest free block of that size inside `subnet` in which nothing is attached.
    ///
    /// What is taken is never given back during one plan, so each size goes on where it stopped:
    /// the whole plan is near linear.
    fn first_free(
        &mut self,
        subnet: Ipv4Net,
        prefix: u8,
        in_use: impl Fn(Ipv4Net) -> bool,
    ) -> Option<Ipv4Net> {
        let mut first = *self
            .cursors
            .get(&prefix)
            .unwrap_or(&subnet.network().to_bits());
        loop {
            let block = Ipv4Net::new(Ipv4Addr::from_bits(first), prefix).ok()?;
            if !subnet.contains(&block) {
                return None;
            }
            let last = block.broadcast().to_bits();
            let blocked_until = match self.obstacle(first, last) {
                Some(end) => end.max(last),
                None if in_use(block) => last,
                None => {
                    self.cursors.insert(prefix, first);
                    return Some(block);
                }
            };
            // The next boundary of this size above the obstacle.
            let past = Ipv4Net::new(Ipv4Addr::from_bits(blocked_until), prefix).ok()?;
            first = past.broadcast().to_bits().checked_add(1)?;
        }
    }
}

fn listen_ports(
    network: &Network,
    before: &Ledger,
    wishes: &[&Wish<'_>],
) -> Result<BTreeMap<String, Port>, AllocateError> {
    let named = wishes.iter().filter_map(|wish| match wish.listen {
        Listen::Named(port) => Some(port),
        Listen::None | Listen::Computed => None,
    });
    let mut taken: BTreeSet<Port> = named.collect();
    let computed = || wishes.iter().filter(|wish| wish.listen == Listen::Computed);
    let mut ports = BTreeMap::new();
    for wish in computed() {
        let kept = before.listen_ports.get(wish.id).copied();
        if let Some(port) = kept.filter(|port| !is_reserved(*port, network) && taken.insert(*port))
        {
            ports.insert(wish.id.to_owned(), port);
        }
    }
    let mut free =
        (FIRST_LISTEN_PORT..=LAST_LISTEN_PORT).filter_map(|port| Port::try_from(port).ok());
    for wish in computed() {
        if ports.contains_key(wish.id) {
            continue;
        }
        let port = free
            .find(|port| !is_reserved(*port, network) && !taken.contains(port))
            .ok_or_else(|| AllocateError::PortsExhausted {
                id: wish.id.to_owned(),
            })?;
        ports.insert(wish.id.to_owned(), port);
    }
    Ok(ports)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ast::Isolation;

    fn network(subnet: &str) -> Network {
        Network {
            subnet: subnet.parse().unwrap(),
            isolation: Isolation::PerAgent,
            proxy_port: Port::constant(3128),
        }
    }

    fn wish(id: &str, sessions: u16, listen: Listen) -> Wish<'_> {
        Wish {
            id,
            sessions,
            listen,
        }
    }

    #[test]
    fn a_block_is_the_next_power_of_two_above_sessions_and_overhead() {
        assert_eq!(
            [1, 4, 5, 12, 13, 65535].map(prefix_for),
            [29, 29, 28, 28, 27, 15]
        );
        let block = "172.30.0.8/29".parse().unwrap();
        let addresses: Vec<String> = session_addresses(block).map(|a| a.to_string()).collect();
        assert_eq!(
            addresses,
            ["172.30.0.11", "172.30.0.12", "172.30.0.13", "172.30.0.14"]
        );
    }

    #[test]
    fn an_agent_that_stayed_keeps_its_block_and_a_gap_is_filled() {
        let net = network("172.30.0.0/24");
        let none = BTreeSet::new();
        let first = allocate(
            &net,
            &Ledger::default(),
            &none,
            &[
                wish("a", 4, Listen::Computed),
                wish("b", 4, Listen::Computed),
            ],
        )
        .unwrap();
        assert_eq!(first.blocks["a"].to_string(), "172.30.0.8/29");
        assert_eq!(first.blocks["b"].to_string(), "172.30.0.16/29");
        let second = allocate(
            &net,
            &first,
            &none,
            &[
                wish("b", 4, Listen::Computed),
                wish("0", 4, Listen::Computed),
            ],
        )
        .unwrap();
        assert_eq!(second.blocks["b"], first.blocks["b"]);
        assert_eq!(second.blocks["0"].to_string(), "172.30.0.8/29");
        assert_eq!(second.listen_ports["b"], first.listen_ports["b"]);
    }

    #[test]
    fn a_block_in_use_is_quarantined_until_its_container_is_gone() {
        let net = network("172.30.0.0/24");
        let none = BTreeSet::new();
        let first = allocate(
            &net,
            &Ledger::default(),
            &none,
            &[wish("a", 4, Listen::None)],
        )
        .unwrap();
        let attached = BTreeSet::from([Ipv4Addr::new(172, 30, 0, 11)]);
        let second = allocate(&net, &first, &attached, &[wish("b", 4, Listen::None)]).unwrap();
        assert_eq!(second.blocks["b"].to_string(), "172.30.0.16/29");
        assert_eq!(second.quarantine.len(), 1);
        let third = allocate(
            &net,
            &second,
            &attached,
            &[wish("b", 4, Listen::None), wish("c", 4, Listen::None)],
        )
        .unwrap();
        assert_eq!(third.blocks["c"].to_string(), "172.30.0.24/29");
        let fourth = allocate(&net, &third, &none, &[wish("d", 4, Listen::None)]).unwrap();
        assert!(fourth.quarantine.is_empty());
        assert_eq!(fourth.blocks["d"].to_string(), "172.30.0.8/29");
    }

    #[test]
    fn a_full_subnet_is_an_error_that_names_the_agent() {
        let wishes = [wish("a", 4, Listen::None), wish("b", 100, Listen::None)];
        let error = allocate(
            &network("172.30.0.0/26"),
            &Ledger::default(),
            &BTreeSet::new(),
            &wishes,
        );
        let expected = AllocateError::SubnetFull {
            id: "b".to_owned(),
            size: 128,
            subnet: "172.30.0.0/26".parse().unwrap(),
        };
        assert_eq!(error, Err(expected));
    }

    #[test]
    fn computed_ports_avoid_named_and_reserved_ones() {
        let mut net = network("172.30.0.0/24");
        net.proxy_port = Port::constant(9224);
        let wishes = [
            wish("a", 1, Listen::Computed),
            wish("b", 1, Listen::Named(Port::constant(9223))),
            wish("c", 1, Listen::Computed),
        ];
        let ledger = allocate(&net, &Ledger::default(), &BTreeSet::new(), &wishes).unwrap();
        assert_eq!(ledger.listen_ports["a"], Port::constant(9225));
        assert_eq!(ledger.listen_ports["c"], Port::constant(9226));
    }
}
