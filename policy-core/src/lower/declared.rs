//! What the files declare, each name once.

use std::collections::{BTreeMap, BTreeSet};

use crate::ast::{
    AgentItem, Block, Can, Edge, GatewayItem, NamedSet, NetworkItem, Reaches, Statement, Target,
};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::name::Name;
use crate::port::Port;
use crate::sources::Sources;
use crate::span::{Located, Span};

/// A name and the hosts it stands for; by folded name.
pub(super) type Sets<'a> = BTreeMap<String, &'a NamedSet>;

/// The statements of all files, sorted by kind.
#[derive(Default)]
pub(super) struct Declared<'a> {
    pub(super) gateway: Option<(Span, &'a Located<Name>, &'a Block<GatewayItem>)>,
    pub(super) network: Option<(Span, &'a Block<NetworkItem>)>,
    pub(super) safe_ports: Option<(Span, &'a [Located<Port>])>,
    pub(super) providers: Sets<'a>,
    pub(super) hosts: Sets<'a>,
    pub(super) agents: Vec<(&'a Located<Name>, &'a Block<AgentItem>)>,
    pub(super) edges: Vec<(Span, &'a Edge)>,
    pub(super) tests: Vec<(&'a str, &'a Block<Can>)>,
    pub(super) invariants: Vec<(&'a str, &'a Block<Reaches>)>,
}

impl<'a> Declared<'a> {
    pub(super) fn collect(sources: &'a Sources, report: &mut Report) -> Self {
        let mut declared = Self::default();
        let mut agents = BTreeMap::new();
        let items = sources
            .files()
            .iter()
            .flat_map(|file| &file.tree.statements);
        for item in items {
            match &item.node {
                Statement::Policy(_) | Statement::Include(_) => {}
                Statement::Gateway { name, block } => {
                    let slot = &mut declared.gateway;
                    let before = slot.as_ref().map(|(span, ..)| *span);
                    if once("gateway", before, item.span, report) {
                        *slot = Some((item.span, name, block));
                    }
                }
                Statement::Network(block) => {
                    let before = declared.network.as_ref().map(|(span, _)| *span);
                    if once("network", before, item.span, report) {
                        declared.network = Some((item.span, block));
                    }
                }
                Statement::SafePorts(ports) => {
                    let before = declared.safe_ports.as_ref().map(|(span, _)| *span);
                    if once("safe-ports", before, item.span, report) {
                        declared.safe_ports = Some((item.span, ports));
                    }
                }
                Statement::Provider(set) => add(&mut declared.providers, "provider", set, report),
                Statement::Hosts(set) => add(&mut declared.hosts, "set", set, report),
                Statement::Agent { name, block } => {
                    if unique(&mut agents, "agent", name, report) {
                        declared.agents.push((name, block));
                    }
                }
                Statement::Edge(edge) => declared.edges.push((item.span, edge)),
                Statement::Test { title, block } => declared.tests.push((&title.value, block)),
                Statement::Invariant { title, block } => {
                    declared.invariants.push((&title.value, block));
                }
            }
        }
        declared
    }

    /// Sets that no grant names. The model has them written out, so it does not know.
    pub(super) fn say_unused(&self, report: &mut Report) {
        let items = self.agents.iter().flat_map(|(_, block)| &block.items);
        let targets = items.flat_map(|item| match &item.node {
            AgentItem::Allow(grant) | AgentItem::Deny(grant) => &grant.targets[..],
            _ => &[],
        });
        let used: BTreeSet<String> = targets
            .filter_map(|target| match &target.value {
                Target::Set(name) => Some(name.folded()),
                Target::Host { .. } => None,
            })
            .collect();
        for (_, set) in self.hosts.iter().filter(|(name, _)| !used.contains(*name)) {
            let message = format!("nothing names the set `{}`", set.name.value);
            let help = format!(
                "write `@{}` in an `allow` or a `deny`, or delete it",
                set.name.value
            );
            let found = Diagnostic::warning(Code::UnusedSet, set.name.span, message);
            report.push(found.help(help));
        }
    }
}

/// Reports a statement that may stand once and stands again; the first one counts.
pub(super) fn once(what: &str, before: Option<Span>, span: Span, report: &mut Report) -> bool {
    let Some(before) = before else { return true };
    let message = format!("`{what}` stands here a second time");
    let found = Diagnostic::error(Code::Repeated, span, message)
        .help("keep one of the two")
        .related(before, "the first one is here");
    report.push(found);
    false
}

fn add<'a>(sets: &mut Sets<'a>, what: &str, set: &'a NamedSet, report: &mut Report) {
    let folded = set.name.value.folded();
    match sets.get(&folded) {
        Some(before) => taken(what, &before.name, &set.name, report),
        None => {
            sets.insert(folded, set);
        }
    }
}

fn unique<'a>(
    seen: &mut BTreeMap<String, &'a Located<Name>>,
    what: &str,
    name: &'a Located<Name>,
    report: &mut Report,
) -> bool {
    match seen.get(&name.value.folded()) {
        Some(before) => {
            taken(what, before, name, report);
            false
        }
        None => {
            seen.insert(name.value.folded(), name);
            true
        }
    }
}

fn taken(what: &str, before: &Located<Name>, name: &Located<Name>, report: &mut Report) {
    let found = if before.value == name.value {
        Diagnostic::error(
            Code::DuplicateName,
            name.span,
            format!("a second {what} is called `{}`", name.value),
        )
    } else {
        let message = format!(
            "the {what}s `{}` and `{}` differ only in case, and Squid does not see case",
            before.value, name.value
        );
        Diagnostic::error(Code::DuplicateName, name.span, message)
    };
    report.push(
        found
            .help("rename one of the two")
            .related(before.span, "the first one is here"),
    );
}
