//! What agents with `access list` may reach by name, each pattern where it is written.
//!
//! The model repeats a set in every agent that allows it. Whoever judges a pattern of a set does so
//! once, at its place in the set, however many agents allow it.

use std::collections::BTreeMap;
use std::rc::Rc;

use crate::ast::{AgentItem, NamedSet, Statement, Target};
use crate::facts::Facts;
use crate::host::HostPattern;
use crate::ir::{Access, Agent, Policy};
use crate::port::Port;
use crate::sources::Sources;
use crate::span::Span;

/// One pattern that somebody is allowed.
pub struct Allowed<'a> {
    /// The names.
    pub pattern: &'a HostPattern,
    /// Where it is written.
    pub span: Span,
    /// The one port, if any.
    pub port: Option<Port>,
    /// The agents; at least one.
    pub agents: Rc<[&'a Agent]>,
}

/// Every pattern that is in force, in the order of the text; those of sets come last.
pub(super) fn of<'a>(policy: &'a Policy, sources: &'a Sources, facts: &Facts) -> Vec<Allowed<'a>> {
    let statements = || {
        let files = sources.files().iter();
        files.flat_map(|file| &file.tree.statements)
    };
    let mut allowed = Vec::new();
    let mut users: BTreeMap<String, Vec<&Agent>> = BTreeMap::new();
    for item in statements() {
        let Statement::Agent { name, block } = &item.node else {
            continue;
        };
        let agent = policy.agent(name.value.as_str());
        // Whoever is `full` gets nothing by an `allow`.
        let Some(agent) = agent.filter(|agent| agent.access == Access::List) else {
            continue;
        };
        let agents: Rc<[&Agent]> = Rc::from([agent]);
        for item in &block.items {
            let AgentItem::Allow(grant) = &item.node else {
                continue;
            };
            let until = grant.tail.until.as_ref();
            if until.is_some_and(|until| until.value < facts.today) {
                continue;
            }
            for target in &grant.targets {
                match &target.value {
                    Target::Host { pattern, port } => allowed.push(Allowed {
                        pattern,
                        span: target.span,
                        port: *port,
                        agents: Rc::clone(&agents),
                    }),
                    Target::Set(name) => users.entry(name.folded()).or_default().push(agent),
                }
            }
        }
    }
    let sets: Vec<&NamedSet> = statements()
        .filter_map(|item| match &item.node {
            Statement::Hosts(set) => Some(set),
            _ => None,
        })
        .collect();
    for set in sets {
        let Some(agents) = users.remove(&set.name.value.folded()) else {
            continue;
        };
        let agents: Rc<[&Agent]> = agents.into();
        allowed.extend(set.block.items.iter().map(|item| Allowed {
            pattern: &item.node,
            span: item.span,
            port: None,
            agents: Rc::clone(&agents),
        }));
    }
    allowed
}
