//! Which change comes next on the way to another answer.
//!
//! A step looks at what decides now and proposes the narrowest change to that. It need not be
//! right: whether it helps is seen by trying.

use std::net::IpAddr;

use super::edit::{Change, Draft};
use super::{Aim, Answer, Asked};
use crate::address::is_public;
use crate::ast::AgentItem;
use crate::decide::{BuiltIn, Cause, DOCKER_HOST, Host};
use crate::edit::{self, Edit};
use crate::ir::{Access, HostRule, Origin};

/// How an answer can be changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// Allow the destination, and delete what denies it.
    Open,
    /// Delete what allows it.
    Delete,
    /// Deny it by name.
    Deny,
}

impl Way {
    pub(super) const ALL: [Way; 3] = [Way::Open, Way::Delete, Way::Deny];

    pub(super) fn aim(self) -> Aim {
        match self {
            Way::Open => Aim::Allow,
            Way::Delete | Way::Deny => Aim::Deny,
        }
    }

    /// The next changes; `None` where no statement helps.
    pub(super) fn step(
        self,
        asked: &Asked<'_>,
        answer: &Answer<'_>,
        edits: &[Edit],
        draft: &Draft<'_>,
    ) -> Option<Vec<Change>> {
        let step = Step {
            asked,
            answer,
            edits,
            draft,
            host: Host::read(&answer.host),
        };
        match self {
            Way::Open => step.open(),
            Way::Delete | Way::Deny => step.close(self == Way::Deny),
        }
    }
}

struct Step<'a> {
    asked: &'a Asked<'a>,
    answer: &'a Answer<'a>,
    edits: &'a [Edit],
    draft: &'a Draft<'a>,
    host: Host,
}

impl Step<'_> {
    fn open(&self) -> Option<Vec<Change>> {
        let verdict = &self.answer.verdict;
        let port = self.asked.destination.port;
        let rule = match verdict.would.unwrap_or(verdict.cause) {
            // Only a `deny` refuses.
            Cause::Statement(origin) => return self.without(origin, &self.answer.agent.denies),
            Cause::BuiltIn(rule) => rule,
        };
        match (rule, &self.host) {
            (BuiltIn::DefaultDeny | BuiltIn::Private | BuiltIn::Unresolved, Host::Name(name)) => {
                let allow = Change::Add(format!("allow {name}:{port}"));
                Some(match self.answer.agent.access {
                    Access::ModelOnly => vec![self.access("list"), allow],
                    Access::List | Access::Full => vec![allow],
                })
            }
            (
                BuiltIn::DefaultDeny | BuiltIn::Private | BuiltIn::SafePorts | BuiltIn::SslPorts,
                Host::Address(IpAddr::V4(address)),
            ) => {
                let target = if &*self.asked.destination.host == DOCKER_HOST {
                    DOCKER_HOST.to_owned()
                } else {
                    address.to_string()
                };
                Some(vec![Change::Add(format!("lan {target}:{port}"))])
            }
            (BuiltIn::DefaultDeny, Host::Address(address)) if is_public(*address) => {
                Some(vec![self.access("full")])
            }
            _ => None,
        }
    }

    fn close(&self, by_name: bool) -> Option<Vec<Change>> {
        let agent = self.answer.agent;
        let origin = match self.answer.verdict.cause {
            Cause::Statement(origin) => origin,
            Cause::BuiltIn(BuiltIn::Report) => {
                let is_mode = |item: &AgentItem| matches!(item, AgentItem::Mode(_));
                return Some(vec![self.draft.set("mode enforce", is_mode)]);
            }
            Cause::BuiltIn(BuiltIn::Provider) => {
                let is_provider = |item: &AgentItem| matches!(item, AgentItem::Provider(_));
                return Some(vec![self.draft.set("provider none", is_provider)]);
            }
            Cause::BuiltIn(_) => return None,
        };
        let is_full = *origin == agent.access_origin;
        let is_allow = agent.allows.iter().any(|rule| rule.origin == *origin);
        match &self.host {
            Host::Name(name) if is_full || by_name => {
                let port = self.asked.destination.port;
                Some(vec![Change::Add(format!("deny {name}:{port}"))])
            }
            _ if is_full => Some(vec![self.access("list")]),
            _ if is_allow => self.without(origin, &agent.allows),
            // A `lan` or a `cdp` has one target.
            _ => Some(vec![Change::Delete(edit::before(self.edits, origin.span)?)]),
        }
    }

    fn access(&self, value: &str) -> Change {
        let is_access = |item: &AgentItem| matches!(item, AgentItem::Access(_));
        self.draft.set(&format!("access {value}"), is_access)
    }

    /// A statement without the targets that hit.
    fn without(&self, origin: &Origin, rules: &[HostRule]) -> Option<Vec<Change>> {
        let Host::Name(name) = &self.host else {
            return None;
        };
        let rule = rules.iter().find(|rule| rule.origin == *origin)?;
        let statement = edit::before(self.edits, origin.span)?;
        let (AgentItem::Allow(grant) | AgentItem::Deny(grant)) = &self.draft.item(statement)?.node
        else {
            return None;
        };
        let port = self.asked.destination.port.get();
        let hits: Vec<_> = rule
            .hosts
            .iter()
            .filter(|grant| grant.value.matches(name, port))
            .filter_map(|grant| edit::before(self.edits, grant.span))
            .collect();
        let is_hit = |target: &&crate::span::Located<_>| hits.contains(&target.span);
        let targets = grant.targets.iter();
        if grant.targets.iter().all(|target| is_hit(&target)) {
            return Some(vec![Change::Delete(statement)]);
        }
        let out = targets.filter(is_hit);
        Some(out.map(|target| Change::TakeOut(target.span)).collect())
    }
}
