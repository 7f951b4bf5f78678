//! The model of a policy as it should be after an edit, made of the model before it.
//!
//! This is the second opinion on every edit: nothing here has seen the new text.

use ipnet::{IpNet, Ipv4Net};
use policy_core::ast::{Access, AgentItem, Grant, Lan, LanTarget, Statement, Tail, Target};
use policy_core::facts::Facts;
use policy_core::ir::{Agent, Cdp, Edge, HostGrant, HostRule, LanRule, Origin, Policy};
use policy_core::name::Name;
use policy_core::port::{Port, PortSet};
use policy_core::sources::Sources;
use policy_core::span::Located;

use crate::draft::statements;
use crate::edges::{Direction, all, directions, is_removed};
use crate::grants::{is_revoked, merged, set};
use crate::lan::is_revoked_lan;
use crate::{Browser, Request};

/// Chrome's port on the host, where the policy says nothing.
const HOST_PORT: Port = Port::constant(9222);

/// What is known before the edit.
pub(crate) struct Before<'a> {
    pub(crate) sources: &'a Sources,
    pub(crate) policy: &'a Policy,
    pub(crate) facts: &'a Facts,
}

impl Before<'_> {
    /// The model that a request should lead to. Only what the compiler chooses freely, which is a
    /// computed port and the settings that a new agent does not name, is taken from `after`.
    /// `None` where the request cannot be understood.
    pub(crate) fn after(&self, request: &Request, after: &Policy) -> Option<Policy> {
        let mut policy = self.policy.clone();
        match request {
            Request::Add { name, settings } => {
                if policy.agent(name.as_str()).is_none() {
                    policy.agents.push(self.new_agent(name, settings, after)?);
                }
            }
            Request::Remove { name, .. } => {
                let gone = policy.agent(name.as_str()).map(|agent| agent.id.clone());
                policy.agents.retain(|agent| !agent.name.is(name));
                policy.edges.retain(|edge| {
                    gone != Some(edge.from.clone()) && gone != Some(edge.to.clone())
                });
            }
            Request::Rename { name, to } => {
                if let Some(agent) = agent(&mut policy, name) {
                    agent.name = to.clone();
                    policy.edges = self.renamed_edges(name, to);
                }
            }
            Request::AddEdge(wish) => {
                let name = wish.local_name.as_ref();
                let mut edges = all(self.sources);
                edges.extend(directions(&wish.from, &wish.to, wish.both, name));
                policy.edges = self.edges(&edges);
            }
            Request::RemoveEdge(wish) => {
                let mut edges = all(self.sources);
                edges.retain(|own| !is_removed(own, wish));
                policy.edges = self.edges(&edges);
            }
            _ => self.of_agent(request, agent(&mut policy, request.agent())?, after)?,
        }
        policy.agents.sort_by_key(|agent| agent.name.folded());
        policy.edges.sort();
        policy.edges.dedup();
        Some(policy)
    }

    fn of_agent(&self, request: &Request, agent: &mut Agent, after: &Policy) -> Option<()> {
        let origin = agent.access_origin.clone();
        match request {
            Request::Access { access, drop, .. } => {
                agent.access = *access;
                if *drop && *access != Access::List {
                    agent.allows.clear();
                }
                if *drop && *access == Access::ModelOnly {
                    agent.denies.clear();
                }
            }
            Request::Allow { grant, .. } => agent.allows.push(self.rule(grant, &origin)),
            Request::Deny { grant, .. } => agent.denies.push(self.rule(grant, &origin)),
            Request::Revoke { name, targets } => {
                agent.allows = self.rules_without(name, targets, &origin, |node| match node {
                    AgentItem::Allow(grant) if self.is_current(&grant.tail) => Some(grant),
                    _ => None,
                });
            }
            Request::RevokeDeny { name, targets } => {
                agent.denies = self.rules_without(name, targets, &origin, |node| match node {
                    AgentItem::Deny(grant) => Some(grant),
                    _ => None,
                });
            }
            Request::Lan { lan, .. } => agent.lan.extend(self.lan(lan, &origin)),
            Request::RevokeLan { name, lan } => {
                let items = self.items(name).into_iter();
                let left = items.filter_map(|node| match node {
                    AgentItem::Lan(own) if self.is_current(&own.tail) => Some(own),
                    _ => None,
                });
                let left = left.filter(|own| !is_revoked_lan(own, lan));
                agent.lan = left.filter_map(|own| self.lan(own, &origin)).collect();
            }
            Request::Cdp { name, browser } => {
                agent.cdp = match browser {
                    Some(browser) => self.cdp(name, browser, &origin, after)?,
                    None => None,
                };
            }
            Request::Provider { provider, .. } => {
                (agent.provider, agent.provider_hosts) = self.provider(provider);
            }
            Request::Sessions { sessions, .. } => agent.sessions = *sessions,
            _ => return None,
        }
        Some(())
    }

    fn items(&self, name: &Name) -> Vec<&AgentItem> {
        let mut agents = statements(self.sources).filter_map(|(_, _, _, item)| match &item.node {
            Statement::Agent { name: own, block } if own.value.is(name) => Some(block),
            _ => None,
        });
        let items = agents.next().map(|block| block.items.iter());
        items.into_iter().flatten().map(|item| &item.node).collect()
    }

    fn is_current(&self, tail: &Tail) -> bool {
        let until = tail.until.as_ref();
        until.is_none_or(|day| self.facts.today <= day.value)
    }

    fn rule(&self, grant: &Grant, origin: &Origin) -> HostRule {
        let mut hosts = Vec::new();
        for target in &grant.targets {
            let mut push = |port, pattern| {
                hosts.push(Located::new(HostGrant { port, pattern }, target.span));
            };
            match &target.value {
                Target::Host { pattern, port } => push(*port, pattern.clone()),
                Target::Set(name) => {
                    let patterns = set(self.sources, name).into_iter().cloned();
                    patterns.for_each(|pattern| push(None, pattern));
                }
            }
        }
        HostRule {
            origin: origin.clone(),
            hosts,
        }
    }

    fn rules_without<'g>(
        &'g self,
        name: &Name,
        gone: &[Target],
        origin: &Origin,
        grant: impl Fn(&'g AgentItem) -> Option<&'g Grant>,
    ) -> Vec<HostRule> {
        let is_gone = |own: &Target| gone.iter().any(|target| is_revoked(own, target));
        let grants = self.items(name).into_iter().filter_map(grant);
        let left = grants.map(|grant| {
            let targets = grant.targets.iter();
            let targets = targets.filter(|own| !is_gone(&own.value));
            let left = Grant {
                targets: targets.cloned().collect(),
                tail: Tail::default(),
            };
            self.rule(&left, origin)
        });
        left.filter(|rule| !rule.hosts.is_empty()).collect()
    }

    fn lan(&self, lan: &Lan, origin: &Origin) -> Option<LanRule> {
        let net = match lan.target.value {
            LanTarget::Host => Ipv4Net::from(self.facts.host_address),
            LanTarget::Net(IpNet::V4(net)) => net,
            LanTarget::Net(IpNet::V6(_)) => return None,
        };
        let ports = lan.ports.as_ref();
        Some(LanRule {
            origin: origin.clone(),
            net,
            ports: ports.map_or_else(PortSet::all, |ports| ports.value.clone()),
        })
    }

    fn cdp(
        &self,
        name: &Name,
        browser: &Browser,
        origin: &Origin,
        after: &Policy,
    ) -> Option<Option<Cdp>> {
        let items = self.items(name).into_iter();
        let before = items.filter_map(|node| match node {
            AgentItem::Cdp(cdp) => Some(cdp),
            _ => None,
        });
        let before = before.into_iter().next();
        let nothing = Tail::default();
        let tail = merged(&browser.tail, before.map_or(&nothing, |cdp| &cdp.tail));
        if !self.is_current(&tail) {
            return Some(None);
        }
        let kept = before.and_then(|cdp| cdp.host_port.as_ref());
        let kept = kept.map(|port| port.value);
        let computed = || {
            let cdp = after.agent(name.as_str())?.cdp.as_ref();
            cdp.map(|cdp| cdp.listen)
        };
        Some(Some(Cdp {
            origin: origin.clone(),
            listen: browser.listen.or_else(computed)?,
            host_port: browser.host_port.or(kept).unwrap_or(HOST_PORT),
        }))
    }

    fn provider(&self, provider: &Name) -> (Option<Name>, Vec<policy_core::host::HostPattern>) {
        if provider.folded() == "none" {
            return (None, Vec::new());
        }
        let mut declared =
            statements(self.sources).filter_map(|(_, _, _, item)| match &item.node {
                Statement::Provider(set) if set.name.value.is(provider) => Some(&set.block),
                _ => None,
            });
        let hosts = match declared.next() {
            Some(block) => block.items.iter().map(|item| item.node.clone()).collect(),
            None => {
                let known = self.facts.providers.get(&provider.folded());
                known.cloned().unwrap_or_default()
            }
        };
        (Some(provider.clone()), hosts)
    }

    /// A new agent: nothing but its settings.
    fn new_agent(&self, name: &Name, settings: &[AgentItem], after: &Policy) -> Option<Agent> {
        let mut agent = after.agent(name.as_str())?.clone();
        agent.name = name.clone();
        agent.id = name.as_str().into();
        agent.access = Access::default();
        agent.mode = Default::default();
        (agent.denies, agent.allows, agent.lan) = (Vec::new(), Vec::new(), Vec::new());
        agent.cdp = None;
        agent.sessions = crate::settings::DEFAULT_SESSIONS;
        let provider = crate::settings::DEFAULT_PROVIDER.parse().ok()?;
        (agent.provider, agent.provider_hosts) = self.provider(&provider);
        for item in settings {
            match item {
                AgentItem::Id(id) => agent.id = id.value.clone(),
                AgentItem::Provider(name) => {
                    (agent.provider, agent.provider_hosts) = self.provider(&name.value);
                }
                AgentItem::Access(access) => agent.access = access.value,
                AgentItem::Sessions(sessions) => agent.sessions = sessions.value,
                _ => return None,
            }
        }
        Some(agent)
    }

    /// Edges by the ids of their agents.
    fn edges(&self, directions: &[Direction]) -> Vec<Edge> {
        let id = |name: &str| Some(self.policy.agent(name)?.id.clone());
        let edge = |own: &Direction| {
            Some(Edge {
                from: id(&own.from)?,
                local_name: own.local_name.as_str().into(),
                to: id(&own.to)?,
            })
        };
        directions.iter().filter_map(edge).collect()
    }

    fn renamed_edges(&self, name: &Name, to: &Name) -> Vec<Edge> {
        let edges = statements(self.sources).filter_map(|(_, _, _, item)| match &item.node {
            Statement::Edge(edge) => Some(edge),
            _ => None,
        });
        let called = |own: &Name| match own.is(name) {
            true => to.clone(),
            false => own.clone(),
        };
        let mut found = Vec::new();
        for edge in edges {
            let (from, receiver) = (&edge.from.value, &edge.to.value);
            let local_name = match &edge.local_name {
                Some(name) => name.value.clone(),
                None => called(receiver),
            };
            let mut own = directions(from, receiver, edge.both, Some(&local_name));
            if let Some(back) = own.get_mut(1) {
                back.local_name = crate::edges::local_name(&called(from));
            }
            found.extend(own);
        }
        self.edges(&found)
    }
}

fn agent<'p>(policy: &'p mut Policy, name: &Name) -> Option<&'p mut Agent> {
    policy.agents.iter_mut().find(|agent| agent.name.is(name))
}
