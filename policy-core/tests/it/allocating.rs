//! Who gets which addresses and ports, whatever came before.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::select;

use policy_core::allocate::{Listen, Wish, allocate, is_reserved, prefix_for, session_addresses};
use policy_core::facts::Ledger;
use policy_core::ir::{Isolation, Network};
use policy_core::port::Port;

const NETWORK: Network = Network {
    subnet: Ipv4Net::new_assert(Ipv4Addr::new(172, 30, 0, 0), 20),
    isolation: Isolation::PerAgent,
    proxy_port: Port::constant(3128),
};

type Wishes = BTreeMap<String, (u16, Listen)>;

fn wishes() -> impl Strategy<Value = Wishes> {
    let named = (9223..9230u16).prop_map(|port| Listen::Named(Port::constant(port)));
    let listen = prop_oneof![1 => Just(Listen::None), 1 => named, 2 => Just(Listen::Computed)];
    let sessions = select(vec![1u16, 4, 5, 12, 13, 60, 200]);
    btree_map("[a-f]", (sessions, listen), 0..6)
}

fn plan(before: &Ledger, attached: &BTreeSet<Ipv4Addr>, wishes: &Wishes) -> Ledger {
    let wishes: Vec<Wish<'_>> = wishes
        .iter()
        .map(|(id, (sessions, listen))| Wish {
            id,
            sessions: *sessions,
            listen: *listen,
        })
        .collect();
    // Six agents of 256 addresses have room in a /20, even with all they had before in use.
    allocate(&NETWORK, before, attached, &wishes).unwrap()
}

fn meet(a: Ipv4Net, b: Ipv4Net) -> bool {
    a.contains(&b) || b.contains(&a)
}

/// What holds for every ledger that was made for these wishes.
fn sound(ledger: &Ledger, wishes: &Wishes) -> Result<(), TestCaseError> {
    prop_assert!(ledger.blocks.keys().eq(wishes.keys()));
    let reserved: Ipv4Net = "172.30.0.0/29"
        .parse()
        .map_err(|_| TestCaseError::fail("a net"))?;
    let mut others = vec![reserved];
    others.extend(&ledger.quarantine);
    for (id, block) in &ledger.blocks {
        let (sessions, _) = wishes[id];
        prop_assert_eq!(block.trunc(), *block, "aligned");
        prop_assert!(NETWORK.subnet.contains(block));
        prop_assert!(
            block.prefix_len() <= prefix_for(sessions),
            "{id} has too small a block"
        );
        prop_assert!(session_addresses(*block).count() >= usize::from(sessions));
        let crossed = others.iter().find(|other| meet(**other, *block));
        prop_assert_eq!(crossed, None, "{} shares {}", id, block);
        others.push(*block);
    }
    let named = wishes.values().filter_map(|(_, listen)| match listen {
        Listen::Named(port) => Some(*port),
        _ => None,
    });
    let mut ports: BTreeSet<Port> = named.collect();
    for (id, (_, listen)) in wishes {
        let port = ledger.listen_ports.get(id);
        prop_assert_eq!(port.is_some(), *listen == Listen::Computed);
        if let Some(port) = port {
            prop_assert!(!is_reserved(*port, &NETWORK));
            prop_assert!(ports.insert(*port), "{} has {}, which is taken", id, port);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_plan_is_distinct_aligned_and_stable(
        first in wishes(),
        second in wishes(),
        running in vec(any::<prop::sample::Index>(), 0..6),
    ) {
        let before = plan(&Ledger::default(), &BTreeSet::new(), &first);
        sound(&before, &first)?;
        for (id, block) in &before.blocks {
            prop_assert_eq!(block.prefix_len(), prefix_for(first[id].0), "{}", id);
        }
        // Some of the containers still run.
        let addresses: Vec<Ipv4Addr> = before
            .blocks
            .values()
            .flat_map(|block| session_addresses(*block).take(3))
            .collect();
        let attached: BTreeSet<Ipv4Addr> = match addresses.is_empty() {
            true => BTreeSet::new(),
            false => running.iter().map(|index| *index.get(&addresses)).collect(),
        };
        let after = plan(&before, &attached, &second);
        sound(&after, &second)?;
        for (id, block) in &after.blocks {
            match before.blocks.get(id) {
                Some(old) if old.prefix_len() <= prefix_for(second[id].0) => {
                    prop_assert_eq!(old, block, "{} has moved", id);
                }
                // A new block has no container in it: its address would be that one's identity.
                _ => prop_assert!(!attached.iter().any(|address| block.contains(address))),
            }
        }
        for (id, port) in &after.listen_ports {
            let taken = second.values().any(|(_, listen)| *listen == Listen::Named(*port));
            if let Some(old) = before.listen_ports.get(id) {
                let wanted = second.values().any(|(_, listen)| *listen == Listen::Named(*old));
                prop_assert!(old == port || wanted, "{} has lost {}", id, old);
            }
            prop_assert!(!taken);
        }
        // Nothing moves when nothing changes, and what was given up is free once it is empty.
        prop_assert_eq!(&plan(&after, &attached, &second), &after);
        prop_assert!(plan(&after, &BTreeSet::new(), &second).quarantine.is_empty());
    }
}
