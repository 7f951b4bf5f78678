//! How the rules of all agents are laid out, so that a request costs the same whoever else there is.
//!
//! Squid tries lines one by one. Agents whose rules of a section are the same share them, under one
//! list of their addresses. A section that is still long becomes a tree: each `all-of` list holds
//! the lines of some agents, and a line that leads to it asks for their addresses first. So a
//! request is asked for its address a few times for each level, and for nothing of other agents'.
//!
//! Squid finds a list by its name by looking at one after another, from the last one to the first,
//! whenever a line names it. So a file starts sooner when its lists are few, and when each stands
//! close before the lines that name it.

use std::collections::BTreeMap;

use ipnet::Ipv4Net;
use policy_core::ir::Policy;

use crate::access_list::{Section, Terms};
use crate::acl::{Acl, Term, agent_label};

/// Which form the rules of a section take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// A section with more lines than this becomes a tree.
    pub flat_lines: usize,
    /// Of how many parts each list of a tree is made; two or more.
    pub fan_out: usize,
}

impl Default for Form {
    /// What measured best: at 64 lines a tree is as quick as they are; fewer parts make more names,
    /// which a start pays for, and more parts cost each request more.
    fn default() -> Self {
        Form {
            flat_lines: 64,
            fan_out: 16,
        }
    }
}

/// Agents, by their places in the policy, in order.
type Set = Vec<usize>;

/// A list that is made of several agents.
pub(crate) struct Joined {
    /// The last of them: everything that the list names stands behind that agent's own lists.
    pub(crate) behind: usize,
    pub(crate) acl: Acl,
}

/// The lists of agents' addresses, and what is laid out by them.
pub(crate) struct Layout<'p> {
    policy: &'p Policy,
    form: Form,
    sources: BTreeMap<Set, String>,
    /// How many lists begin with the same agent.
    counts: BTreeMap<usize, usize>,
    pub(crate) joined: Vec<Joined>,
}

impl<'p> Layout<'p> {
    pub(crate) fn new(policy: &'p Policy, form: Form) -> Self {
        Layout {
            policy,
            form,
            sources: BTreeMap::new(),
            counts: BTreeMap::new(),
            joined: Vec::new(),
        }
    }

    /// The list of every agent's addresses; `None` where there is no agent.
    pub(crate) fn everybody(&mut self) -> Option<String> {
        let all: Set = (0..self.policy.agents.len()).collect();
        let last = *all.last()?;
        let name = "agents".to_owned();
        let blocks = self.blocks(&all);
        self.sources.insert(all, name.clone());
        self.joined.push(Joined {
            behind: last,
            acl: Acl::new(&name, "src", blocks),
        });
        Some(name)
    }

    /// Which agents each list of several holds.
    pub(crate) fn groups(&self) -> BTreeMap<String, Set> {
        let named = self.sources.iter();
        named
            .map(|(set, name)| (name.clone(), set.clone()))
            .collect()
    }

    fn blocks(&self, set: &[usize]) -> Vec<String> {
        let agents = set.iter().filter_map(|at| self.policy.agents.get(*at));
        let blocks: Vec<Ipv4Net> = agents.map(|agent| agent.block).collect();
        let blocks = Ipv4Net::aggregate(&blocks);
        blocks.iter().map(Ipv4Net::to_string).collect()
    }

    /// The list of the addresses of some agents.
    fn source(&mut self, set: &Set) -> Term {
        let first = set.first().copied().unwrap_or_default();
        if let [_] = set.as_slice() {
            return Term::is(source_of(&label(self.policy, first)));
        }
        if let Some(name) = self.sources.get(set) {
            return Term::is(name);
        }
        let count = self.counts.entry(first).or_default();
        *count += 1;
        let name = format!("g_{}.{count}", label(self.policy, first));
        self.sources.insert(set.clone(), name.clone());
        self.joined.push(Joined {
            behind: set.last().copied().unwrap_or_default(),
            acl: Acl::new(&name, "src", self.blocks(set)),
        });
        Term::is(name)
    }

    /// The lines of a section: what must match together in each, addresses first.
    pub(crate) fn lay(&mut self, name: &str, section: &Section) -> Vec<Terms> {
        let mut classes: BTreeMap<&[Terms], Set> = BTreeMap::new();
        for (agent, rules) in &section.by_agent {
            classes.entry(rules).or_default().push(*agent);
        }
        let mut classes: Vec<(Set, &[Terms])> = classes
            .into_iter()
            .map(|(rules, set)| (set, rules))
            .collect();
        classes.sort_unstable();
        let n_lines: usize = classes.iter().map(|(_, rules)| rules.len()).sum();
        // One class has nobody to be kept from.
        if n_lines <= self.form.flat_lines || classes.len() < 2 {
            let mut lines = Vec::with_capacity(n_lines);
            for (set, rules) in classes {
                self.put(&set, rules, &mut lines);
            }
            return lines;
        }
        let mut nodes: Vec<(Set, Term)> = Vec::new();
        let mut rest = classes.as_slice();
        while !rest.is_empty() {
            let (leaf, behind) = rest.split_at(self.leaf(rest));
            rest = behind;
            let mut lines = Vec::new();
            for (set, rules) in leaf {
                self.put(set, rules, &mut lines);
            }
            let sets = leaf.iter().map(|(set, _)| set);
            let list = format!("t_{name}.0.{}", nodes.len());
            nodes.push(self.node(sets, list, lines));
        }
        let mut level = 0;
        while nodes.len() > self.form.fan_out.max(2) {
            level += 1;
            let mut above = Vec::new();
            for part in nodes.chunks(self.form.fan_out.max(2)) {
                let mut lines = Vec::new();
                for (set, list) in part {
                    self.put(set, &[vec![list.clone()]], &mut lines);
                }
                let sets = part.iter().map(|(set, _)| set);
                let list = format!("t_{name}.{level}.{}", above.len());
                above.push(self.node(sets, list, lines));
            }
            nodes = above;
        }
        let mut lines = Vec::new();
        for (set, list) in nodes {
            self.put(&set, &[vec![list]], &mut lines);
        }
        lines
    }

    /// How many classes go into the next leaf: few enough, or with lines enough.
    fn leaf(&self, classes: &[(Set, &[Terms])]) -> usize {
        let (mut count, mut n_lines) = (0, 0);
        for (_, rules) in classes.iter().take(self.form.fan_out.max(1)) {
            if n_lines >= 2 * self.form.fan_out {
                break;
            }
            n_lines += rules.len();
            count += 1;
        }
        count
    }

    fn put(&mut self, set: &Set, rules: &[Terms], lines: &mut Vec<Terms>) {
        let source = self.source(set);
        for terms in rules {
            lines.push(
                std::iter::once(source.clone())
                    .chain(terms.iter().cloned())
                    .collect(),
            );
        }
    }

    /// A list of the tree, and whose lines it holds.
    fn node<'s>(
        &mut self,
        sets: impl Iterator<Item = &'s Set>,
        name: String,
        lines: Vec<Terms>,
    ) -> (Set, Term) {
        let mut set: Set = sets.flatten().copied().collect();
        set.sort_unstable();
        self.joined.push(Joined {
            behind: set.last().copied().unwrap_or_default(),
            acl: Acl::all_of(&name, lines),
        });
        (set, Term::is(name))
    }
}

/// The list of one agent's addresses.
pub(crate) fn source_of(label: &str) -> String {
    format!("a_{label}")
}

fn label(policy: &Policy, agent: usize) -> String {
    let agent = policy.agents.get(agent);
    agent.map_or_else(String::new, |agent| agent_label(&agent.name))
}
