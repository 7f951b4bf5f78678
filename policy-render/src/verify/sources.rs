//! The addresses of lists of sources, to compare them.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use policy_core::ir::{Access, Mode, Policy};

use super::Directive;

/// Whether a list holds addresses of agents: one, several, or all.
pub(super) fn is_source(name: &str) -> bool {
    name.starts_with("a_") || name.starts_with("g_") || name == "agents"
}

/// The lists of addresses by name; one with a value of another kind is left out.
pub(super) struct Sources<'a>(BTreeMap<&'a str, Vec<Ipv4Net>>);

impl<'a> Sources<'a> {
    pub(super) fn of(directives: &[Directive<'a>]) -> Self {
        let mut lists: BTreeMap<&str, Option<Vec<Ipv4Net>>> = BTreeMap::new();
        for directive in directives {
            if let ["acl", name, "src", values @ ..] = directive.words.as_slice() {
                let nets: Option<Vec<Ipv4Net>> =
                    values.iter().map(|value| value.parse().ok()).collect();
                let list = lists.entry(name).or_insert_with(|| Some(Vec::new()));
                match (list.as_mut(), nets) {
                    (Some(list), Some(nets)) => list.extend(nets),
                    _ => *list = None,
                }
            }
        }
        let known = lists
            .into_iter()
            .filter_map(|(name, list)| Some((name, list?)));
        Sources(known.collect())
    }

    /// The addresses of a list, none where they are not known.
    pub(super) fn nets(&self, name: &str) -> &[Ipv4Net] {
        self.0.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether the addresses of a list are known and all in `space`.
    pub(super) fn is_within(&self, name: &str, space: &Space) -> bool {
        let nets = self.nets(name);
        !nets.is_empty() && nets.iter().all(|net| space.contains(net))
    }
}

/// Addresses, in as few networks as they can be.
pub(super) struct Space(Vec<Ipv4Net>);

impl Space {
    pub(super) fn of(nets: &[Ipv4Net]) -> Self {
        let mut nets = Ipv4Net::aggregate(&nets.to_vec());
        nets.sort_unstable_by_key(Ipv4Net::network);
        Space(nets)
    }

    /// The agents that may reach what no statement names.
    pub(super) fn open(policy: &Policy) -> Self {
        let open = |mode, access| access == Access::Full || mode == Mode::Report;
        let agents = policy.agents.iter();
        let agents = agents.filter(|agent| open(agent.mode, agent.access));
        Space::of(&agents.map(|agent| agent.block).collect::<Vec<_>>())
    }

    fn contains(&self, net: &Ipv4Net) -> bool {
        let behind = self.0.partition_point(|own| own.network() <= net.network());
        let before = behind.checked_sub(1).and_then(|at| self.0.get(at));
        before.is_some_and(|own| own.contains(net))
    }
}
