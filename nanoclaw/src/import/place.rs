//! Room for every agent: the egress network, where the default one is too small.

use std::net::Ipv4Addr;

use crate::error::DatabaseError;

/// Where the egress network of a policy begins by default.
const START: Ipv4Addr = Ipv4Addr::new(172, 30, 0, 0);
/// The default length of its prefix.
const DEFAULT_PREFIX: u32 = 20;
/// The shortest prefix of a private network that begins there.
const SHORTEST_PREFIX: u32 = 15;
/// The block of an agent with the default number of sessions.
const BLOCK: usize = 8;

/// The egress network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Subnet {
    prefix: u32,
}

impl Subnet {
    /// The smallest one that is not below the default.
    pub(super) fn for_agents(n_agents: usize) -> Result<Self, DatabaseError> {
        // One block is Squid's own.
        let holds = |prefix: u32| (1usize << (32 - prefix)) / BLOCK - 1;
        let mut prefixes = (SHORTEST_PREFIX..=DEFAULT_PREFIX).rev();
        match prefixes.find(|prefix| holds(*prefix) >= n_agents) {
            Some(prefix) => Ok(Self { prefix }),
            None => Err(DatabaseError::TooMany {
                n_agents,
                most: holds(SHORTEST_PREFIX),
            }),
        }
    }

    /// The statement, where the policy needs one.
    pub(super) fn statement(self) -> String {
        match self.prefix {
            DEFAULT_PREFIX => String::new(),
            prefix => format!("\nnetwork {{ subnet {START}/{prefix} }}\n"),
        }
    }

    pub(super) fn contains(self, address: Ipv4Addr) -> bool {
        (address.to_bits() ^ START.to_bits()).leading_zeros() >= self.prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_network_grows_with_the_agents() {
        let statement = |n_agents| Subnet::for_agents(n_agents).map(Subnet::statement).ok();
        assert_eq!(statement(511).as_deref(), Some(""));
        assert!(statement(512).is_some_and(|text| text.contains("172.30.0.0/19")));
        assert!(statement(16_383).is_some_and(|text| text.contains("172.30.0.0/15")));
        assert_eq!(statement(16_384), None);
        let subnet = Subnet::for_agents(1).unwrap();
        assert!(subnet.contains(Ipv4Addr::new(172, 30, 15, 255)));
        assert!(!subnet.contains(Ipv4Addr::new(172, 30, 16, 0)));
    }
}
