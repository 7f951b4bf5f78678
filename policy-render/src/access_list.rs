//! The order of Squid's rules: the property of one type.
//!
//! Squid's first matching line decides. A rule is put into a section, the sections have one order,
//! and nothing else in this crate knows it. Beside each grant that goes around the gateway stand
//! the two lines that let it: a rule cannot be had without them.

use std::fmt;

use policy_core::decide::BuiltIn;

use crate::acl::{Term, note_of_rule};

/// One `http_access` line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Rule {
    /// `allow` or `deny`.
    pub(crate) action: Action,
    /// What must match, tried from left to right; the last one is the annotation.
    pub(crate) terms: Vec<Term>,
}

/// What a matching line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The request passes.
    Allow,
    /// It is refused.
    Deny,
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Action::Allow => "allow",
            Action::Deny => "deny",
        })
    }
}

impl Rule {
    pub(crate) fn allow(terms: Vec<Term>, note: String) -> Self {
        Self::new(Action::Allow, terms, note)
    }

    pub(crate) fn deny(terms: Vec<Term>, note: String) -> Self {
        Self::new(Action::Deny, terms, note)
    }

    /// A built-in refusal.
    pub(crate) fn refuse(terms: Vec<Term>, rule: BuiltIn) -> Self {
        Self::deny(terms, note_of_rule(rule))
    }

    fn new(action: Action, mut terms: Vec<Term>, note: String) -> Self {
        terms.push(Term::is(note));
        Self { action, terms }
    }
}

/// A grant that does not go through the gateway: the rule, and what bypasses the parent proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bypass {
    /// The allow.
    pub(crate) rule: Rule,
    /// What the gateway is not asked for.
    pub(crate) terms: Vec<Term>,
    /// The peer that is asked instead; `None` where Squid goes directly.
    pub(crate) peer: Option<String>,
}

impl Bypass {
    pub(crate) fn new(terms: Vec<Term>, note: String, peer: Option<String>) -> Self {
        Self {
            rule: Rule::allow(terms.clone(), note),
            terms,
            peer,
        }
    }
}

/// All rules, in sections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct AccessList {
    /// A source that is no agent.
    pub(crate) strangers: Vec<Rule>,
    /// Lines that decide nothing: they note in the log who asks.
    pub(crate) names: Vec<Vec<Term>>,
    /// Squid's own pages, and a scheme that is not `http`.
    pub(crate) schemes: Vec<Rule>,
    /// The exact endpoints of CDP grants; they lie in the egress subnet, which the floor closes.
    pub(crate) cdp: Vec<Bypass>,
    /// The floor, and hosts that cannot be read.
    pub(crate) floor: Vec<Rule>,
    /// LAN grants; any port.
    pub(crate) lan: Vec<Bypass>,
    /// Private addresses without a grant.
    pub(crate) private: Vec<Rule>,
    /// `deny !Safe_ports` and `deny CONNECT !SSL_ports`.
    pub(crate) ports: Vec<Rule>,
    /// What each agent may reach on the internet: its denies before its allows.
    pub(crate) internet: Vec<Internet>,
    /// `deny all`.
    pub(crate) last: Vec<Rule>,
}

/// One agent's rules for the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Internet {
    /// The agent's ACL label.
    pub(crate) label: String,
    /// Refusals.
    pub(crate) denies: Vec<Rule>,
    /// Grants by name.
    pub(crate) allows: Vec<Rule>,
    /// The guard of `access full` and what passes it.
    pub(crate) full: Vec<Rule>,
}

impl Internet {
    /// The rules in the order in which Squid tries them.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.denies.iter().chain(&self.allows).chain(&self.full)
    }
}

impl AccessList {
    /// Every rule in the order in which Squid tries them.
    pub(crate) fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.strangers
            .iter()
            .chain(&self.schemes)
            .chain(self.cdp.iter().map(|bypass| &bypass.rule))
            .chain(&self.floor)
            .chain(self.lan.iter().map(|bypass| &bypass.rule))
            .chain(&self.private)
            .chain(&self.ports)
            .chain(self.internet.iter().flat_map(Internet::rules))
            .chain(&self.last)
    }
}
