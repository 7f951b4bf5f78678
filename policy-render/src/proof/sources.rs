//! Which lines of the file a source can come to at all.
//!
//! The sources fall into classes: addresses in the same lists and of the same agent. For each class
//! the file is cut down to the lines that do not ask for another source, through an index, so the
//! work of one class does not grow with the number of agents.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use policy_core::ir::{Agent, Policy};

use super::list::{ListId, Range, Term, Test};
use super::read::{Config, Peer, Rule};

/// Sources that no line and no statement tells apart.
#[derive(Clone, Debug)]
pub(super) struct Source<'p> {
    /// One of them.
    pub(super) address: IpAddr,
    /// Whose it is.
    pub(super) agent: Option<&'p Agent>,
    /// The lists that hold it, in order.
    pub(super) lists: Vec<ListId>,
}

/// Every class of sources: of IPv4 by the ends of all ranges, and all of IPv6 as one.
pub(super) fn classes<'p>(config: &Config<'_>, policy: &'p Policy) -> Vec<Source<'p>> {
    let mut begins: BTreeMap<u32, Vec<ListId>> = BTreeMap::new();
    let mut ends: BTreeMap<u32, Vec<ListId>> = BTreeMap::new();
    let mut starts: BTreeSet<u32> = BTreeSet::from([0]);
    let mut everywhere = Vec::new();
    for (id, list) in config.lists.iter().enumerate() {
        let Test::Source(ranges) = &list.test else {
            continue;
        };
        for (first, last) in merged(ranges) {
            begins.entry(first).or_default().push(id);
            starts.insert(first);
            match last.checked_add(1) {
                Some(end) => {
                    ends.entry(end).or_default().push(id);
                    starts.insert(end);
                }
                // Only `all` holds IPv6 as well.
                None if first == 0 => everywhere.push(id),
                None => {}
            }
        }
    }
    let mut owners: BTreeMap<u32, (u32, &'p Agent)> = BTreeMap::new();
    for agent in &policy.agents {
        let (first, last) = (agent.block.network(), agent.block.broadcast());
        owners.insert(first.to_bits(), (last.to_bits(), agent));
        starts.insert(first.to_bits());
        starts.extend(last.to_bits().checked_add(1));
    }
    let mut inside: BTreeSet<ListId> = BTreeSet::new();
    let mut strangers: BTreeSet<Vec<ListId>> = BTreeSet::new();
    let mut found = Vec::new();
    for start in starts {
        for id in ends.get(&start).into_iter().flatten() {
            inside.remove(id);
        }
        inside.extend(begins.get(&start).into_iter().flatten());
        let owner = owners.range(..=start).next_back();
        let agent = owner
            .filter(|(_, (last, _))| start <= *last)
            .map(|(_, (_, agent))| *agent);
        let lists: Vec<ListId> = inside.iter().copied().collect();
        if agent.is_none() && !strangers.insert(lists.clone()) {
            continue;
        }
        found.push(Source {
            address: Ipv4Addr::from_bits(start).into(),
            agent,
            lists,
        });
    }
    everywhere.sort_unstable();
    found.push(Source {
        address: Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1).into(),
        agent: None,
        lists: everywhere,
    });
    found
}

/// Sorted, and no two of them touch.
pub(super) fn merged(ranges: &[Range<u32>]) -> Vec<Range<u32>> {
    let mut sorted = ranges.to_vec();
    sorted.sort_unstable();
    let mut merged: Vec<Range<u32>> = Vec::with_capacity(sorted.len());
    for (first, last) in sorted {
        match merged.last_mut() {
            Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
            _ => merged.push((first, last)),
        }
    }
    merged
}

/// Rules by the source that they ask for.
struct Index<'c> {
    rules: &'c [Rule],
    /// Those that any source may come to.
    common: Vec<usize>,
    by_source: BTreeMap<ListId, Vec<usize>>,
}

impl<'c> Index<'c> {
    fn of(config: &Config<'_>, rules: &'c [Rule]) -> Self {
        let mut index = Index {
            rules,
            common: Vec::new(),
            by_source: BTreeMap::new(),
        };
        for (at, rule) in rules.iter().enumerate() {
            // What stands behind an annotation or a look-up comes too late to keep it from being made.
            let before = rule
                .terms
                .iter()
                .take_while(|term| !leaves_a_trace(config, term));
            let source = before
                .filter(|term| !term.negated)
                .find(|term| matches!(test(config, term), Test::Source(_)));
            match source {
                Some(term) => index.by_source.entry(term.list).or_default().push(at),
                None => index.common.push(at),
            }
        }
        index
    }

    /// The rules that a source in `lists` may come to, in order.
    fn of_source(&self, config: &Config<'_>, lists: &[ListId]) -> Vec<&'c Rule> {
        let own = lists.iter().filter_map(|list| self.by_source.get(list));
        let mut at: Vec<usize> = self.common.iter().chain(own.flatten()).copied().collect();
        at.sort_unstable();
        let mut kept = Vec::with_capacity(at.len());
        for rule in at.into_iter().filter_map(|at| self.rules.get(at)) {
            if is_dead(config, lists, &rule.terms) {
                continue;
            }
            kept.push(rule);
            let always = |term: &Term| match test(config, term) {
                Test::Notes(_) => !term.negated,
                _ => fixed(config, lists, term).is_some_and(|holds| holds != term.negated),
            };
            if rule.terms.iter().all(always) {
                break;
            }
        }
        kept
    }
}

/// Whether a term may do more than to match: note something, or look a name up.
fn leaves_a_trace(config: &Config<'_>, term: &Term) -> bool {
    matches!(
        test(config, term),
        Test::Notes(_) | Test::AnyOf(_) | Test::AllOf(_) | Test::Address { looks_up: true, .. }
    )
}

/// What a list says to every request of a source in `lists`; `None` where it depends.
fn fixed(config: &Config<'_>, lists: &[ListId], term: &Term) -> Option<bool> {
    match test(config, term) {
        Test::All => Some(true),
        Test::Control => Some(false),
        Test::Source(_) => Some(lists.binary_search(&term.list).is_ok()),
        _ => None,
    }
}

/// Whether a line ends for a source in `lists` before it has done anything.
pub(super) fn is_dead(config: &Config<'_>, lists: &[ListId], terms: &[Term]) -> bool {
    let mut before = terms
        .iter()
        .take_while(|term| !leaves_a_trace(config, term));
    before.any(|term| fixed(config, lists, term).is_some_and(|holds| holds == term.negated))
}

fn test<'c, 't>(config: &'c Config<'t>, term: &Term) -> &'c Test<'t> {
    config
        .lists
        .get(term.list)
        .map_or(&Test::All, |list| &list.test)
}

/// The whole file, ready to be cut down.
pub(super) struct Sieve<'c, 't> {
    pub(super) config: &'c Config<'t>,
    access: Index<'c>,
    never_direct: Index<'c>,
    always_direct: Index<'c>,
    /// Each peer with its rules, and whether a source that none of them asks for is refused.
    peers: Vec<(&'c Peer<'t>, Index<'c>)>,
    open_peers: Vec<usize>,
    peers_by_source: BTreeMap<ListId, Vec<usize>>,
}

/// What is left of the file for one class of sources.
pub(super) struct View<'c, 't> {
    pub(super) config: &'c Config<'t>,
    pub(super) sources: &'c [ListId],
    pub(super) access: Vec<&'c Rule>,
    pub(super) never_direct: Vec<&'c Rule>,
    pub(super) always_direct: Vec<&'c Rule>,
    pub(super) peers: Vec<(&'c Peer<'t>, Vec<&'c Rule>)>,
    /// Every list that is left in some rule, those inside of others included: of a list of several
    /// lines, only what this source comes to. A list of addresses that keeps it out asks nothing else.
    pub(super) used: Vec<ListId>,
}

impl<'c, 't> Sieve<'c, 't> {
    pub(super) fn of(config: &'c Config<'t>) -> Self {
        let index = |rules: &'c [Rule]| Index::of(config, rules);
        let mut open_peers = Vec::new();
        let mut peers_by_source: BTreeMap<ListId, Vec<usize>> = BTreeMap::new();
        let mut peers = Vec::new();
        for (at, peer) in config.peers.iter().enumerate() {
            let index = index(&peer.access);
            let first = index.common.first().and_then(|at| peer.access.get(*at));
            let closed = first.is_some_and(|rule| {
                let all = |term: &Term| matches!(test(config, term), Test::All) && !term.negated;
                !rule.allow && rule.terms.iter().all(all)
            });
            if closed {
                for list in index.by_source.keys() {
                    peers_by_source.entry(*list).or_default().push(at);
                }
            } else {
                open_peers.push(at);
            }
            peers.push((peer, index));
        }
        Sieve {
            config,
            access: index(&config.access),
            never_direct: index(&config.never_direct),
            always_direct: index(&config.always_direct),
            peers,
            open_peers,
            peers_by_source,
        }
    }

    /// What is left for `source`.
    pub(super) fn view(&self, source: &'c Source<'_>) -> View<'c, 't> {
        let config = self.config;
        let of = |index: &Index<'c>| index.of_source(config, &source.lists);
        let own = source
            .lists
            .iter()
            .filter_map(|list| self.peers_by_source.get(list));
        let peers: BTreeSet<usize> = own.flatten().chain(&self.open_peers).copied().collect();
        let mut view = View {
            config,
            sources: &source.lists,
            access: of(&self.access),
            never_direct: of(&self.never_direct),
            always_direct: of(&self.always_direct),
            peers: peers
                .into_iter()
                .filter_map(|at| self.peers.get(at))
                .map(|(peer, index)| (*peer, of(index)))
                .collect(),
            used: Vec::new(),
        };
        view.used = view.lists();
        view
    }
}

impl<'c, 't> View<'c, 't> {
    fn lists(&self) -> Vec<ListId> {
        let rules = self
            .access
            .iter()
            .chain(&self.never_direct)
            .chain(&self.always_direct);
        let rules = rules.chain(self.peers.iter().flat_map(|(_, rules)| rules));
        let mut found: Vec<ListId> = Vec::new();
        let mut open: Vec<ListId> = rules.flat_map(|rule| &rule.terms).map(|t| t.list).collect();
        open.sort_unstable();
        open.dedup();
        let mut seen: BTreeSet<ListId> = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            found.push(id);
            match self.config.lists.get(id).map(|list| &list.test) {
                Some(Test::AnyOf(terms)) => open.extend(terms.iter().map(|term| term.list)),
                Some(Test::AllOf(lines)) => {
                    let alive = lines.iter().filter(|terms| self.is_alive(terms));
                    open.extend(alive.flatten().map(|term| term.list));
                }
                _ => {}
            }
        }
        found.sort_unstable();
        found
    }

    /// Whether the source comes behind its address in a line of a list.
    pub(super) fn is_alive(&self, terms: &[Term]) -> bool {
        !is_dead(self.config, self.sources, terms)
    }

    /// The lists in use and what they ask.
    pub(super) fn tests(&self) -> impl Iterator<Item = (ListId, &'c Test<'t>)> + use<'_, 'c, 't> {
        let config = self.config;
        self.used
            .iter()
            .filter_map(move |id| Some((*id, &config.lists.get(*id)?.test)))
    }
}
