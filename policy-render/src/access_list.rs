//! The order of Squid's rules: the property of one type.
//!
//! Squid's first matching line decides. A rule is put into a section, the sections have one order,
//! and nothing else in this crate knows it. All rules of a section do the same to a request, allow
//! or deny, and no request is two agents': so within a section only the order of one agent's own
//! rules matters, and how the rules of all agents are laid out is free (`crate::layout`).

use std::collections::BTreeMap;

use policy_core::decide::BuiltIn;
use policy_core::port::Port;

use crate::acl::{Term, note_of_rule};

/// What must match together, tried from left to right; the last one of a rule is its annotation.
pub(crate) type Terms = Vec<Term>;

/// What a matching line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The request passes.
    Allow,
    /// It is refused.
    Deny,
}

/// A built-in refusal, for every agent.
pub(crate) fn refusal(mut terms: Terms, rule: BuiltIn) -> Terms {
    terms.push(Term::is(note_of_rule(rule)));
    terms
}

/// The rules of each agent that belong together, in the order in which they are tried.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Section {
    /// By the agent's place in the policy; its addresses are not among the terms.
    pub(crate) by_agent: BTreeMap<usize, Vec<Terms>>,
}

impl Section {
    pub(crate) fn push(&mut self, agent: usize, mut terms: Terms, note: String) {
        terms.push(Term::is(note));
        self.by_agent.entry(agent).or_default().push(terms);
    }

    /// The same requests, with nothing noted of them.
    pub(crate) fn without_notes(&self) -> Section {
        let bare = |rules: &Vec<Terms>| {
            let rule = |terms: &Terms| match terms.split_last() {
                Some((_, bare)) => bare.to_vec(),
                None => Terms::new(),
            };
            rules.iter().map(rule).collect()
        };
        Section {
            by_agent: self
                .by_agent
                .iter()
                .map(|(at, of)| (*at, bare(of)))
                .collect(),
        }
    }

    fn notes(&self) -> impl Iterator<Item = &str> {
        let rules = self.by_agent.values().flatten();
        rules.filter_map(|terms| Some(terms.last()?.name.as_str()))
    }
}

/// All rules, in sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccessList {
    /// Refused: a source that is no agent.
    pub(crate) strangers: Vec<Terms>,
    /// What decides nothing: the note of who asks.
    pub(crate) names: Section,
    /// Refused: Squid's own pages, and a scheme that is not `http`.
    pub(crate) schemes: Vec<Terms>,
    /// Allowed: the exact endpoints of CDP grants, by the port on the host; they lie in the egress
    /// subnet, which the floor closes.
    pub(crate) cdp: BTreeMap<Port, Section>,
    /// Refused: the floor, and hosts that cannot be read.
    pub(crate) floor: Vec<Terms>,
    /// Allowed: LAN grants; any port.
    pub(crate) lan: Section,
    /// Refused: private addresses without a grant.
    pub(crate) private: Vec<Terms>,
    /// Refused: `!Safe_ports` and `CONNECT !SSL_ports`.
    pub(crate) ports: Vec<Terms>,
    /// Refused: what an agent's `deny` names.
    pub(crate) refused: Section,
    /// Allowed: the hosts of the agent's model provider.
    pub(crate) provided: Section,
    /// Allowed: what an agent's `allow` names.
    pub(crate) allowed: Section,
    /// Refused: what is not public, to agents that may have everything that is.
    pub(crate) guard: Section,
    /// Allowed: all the rest, to the same agents.
    pub(crate) open: Section,
    /// Refused: everything.
    pub(crate) last: Vec<Terms>,
}

impl AccessList {
    /// The annotation of every rule.
    pub(crate) fn notes(&self) -> impl Iterator<Item = &str> {
        let refusals = [
            &self.strangers,
            &self.schemes,
            &self.floor,
            &self.private,
            &self.ports,
            &self.last,
        ];
        let refusals = refusals.into_iter().flatten();
        let sections = [&self.provided, &self.guard];
        refusals
            .filter_map(|terms| Some(terms.last()?.name.as_str()))
            .chain(sections.into_iter().flat_map(Section::notes))
    }
}
