//! What the compiler must be told of the world: time, addresses, and what was promised before.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::Ipv4Net;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::host::HostPattern;
use crate::port::Port;
use crate::providers;

/// The inputs of a compile besides the text. Same text, same facts: same bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Facts {
    /// The day, in UTC, for which `until` is judged.
    pub today: Date,
    /// What the gateway's name resolves to, in the resolver's order; the first IPv4 is used.
    pub gateway_addresses: Vec<IpAddr>,
    /// The Docker host as Squid's container reaches it (`host-gateway`).
    pub host_address: Ipv4Addr,
    /// Where Squid looks names up for agents with `access full`.
    pub resolvers: Vec<IpAddr>,
    /// What was handed out before.
    pub ledger: Ledger,
    /// Addresses of the egress subnet that a container holds now.
    pub attached: BTreeSet<Ipv4Addr>,
    /// The hosts of each model provider, by folded name.
    pub providers: BTreeMap<String, Vec<HostPattern>>,
}

/// Docker's default bridge address, which `host-gateway` is on a Linux engine out of the box.
pub const DEFAULT_HOST_ADDRESS: Ipv4Addr = Ipv4Addr::new(172, 17, 0, 1);

/// Docker's embedded resolver, present in every container on a user-defined network.
pub const DEFAULT_RESOLVER: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 11));

impl Facts {
    /// The documented defaults, for a compile without an engine.
    pub fn on(today: Date) -> Self {
        Self {
            today,
            gateway_addresses: vec![IpAddr::V4(DEFAULT_HOST_ADDRESS)],
            host_address: DEFAULT_HOST_ADDRESS,
            resolvers: vec![DEFAULT_RESOLVER],
            ledger: Ledger::default(),
            attached: BTreeSet::new(),
            providers: providers::built_in(),
        }
    }
}

/// Who owns which addresses and listen ports: the only memory of a compile.
///
/// Keys are agent ids, so an agent may be renamed and keep its block.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ledger {
    /// The block of each agent.
    pub blocks: BTreeMap<String, Ipv4Net>,
    /// The computed CDP listen port of each agent that needs one.
    pub listen_ports: BTreeMap<String, Port>,
    /// Blocks without an owner in which a container still runs.
    pub quarantine: BTreeSet<Ipv4Net>,
}
