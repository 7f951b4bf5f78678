//! From trees and facts to the model: the only place that fills defaults.
//!
//! Whatever is wrong is reported at its place and left out, so that the rest can still be
//! checked; a policy with errors is never rendered.

mod agent;
mod declared;
mod origin;
mod relations;
mod settings;

use std::collections::BTreeMap;

use crate::allocate::{self, AllocateError, Listen, Wish, allocate};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::facts::{Facts, Ledger};
use crate::ir::Isolation;
use crate::ir::{Agent, Network, Policy};
use crate::sources::Sources;
use crate::span::Span;

use self::agent::Draft;
pub(crate) use self::agent::NO_PROVIDER;
use self::declared::Declared;

/// The model of what the files say, and the ledger that goes with it.
///
/// `None` when not even the addresses could be handed out.
pub fn lower(sources: &Sources, facts: &Facts, report: &mut Report) -> Option<(Policy, Ledger)> {
    let declared = Declared::collect(sources, report);
    let network = settings::network(&declared, report);
    let gateway = settings::gateway(&declared, facts, report);
    let safe_ports = settings::safe_ports(&declared);
    let drafts = agent::drafts(&declared, facts, report);
    let names = agent::ids(&drafts, report);
    let edges = relations::edges(&declared, &names, report);
    let tests = relations::tests(&declared, &names, report);
    let invariants = relations::invariants(&declared, &names, report);
    let (agents, ledger) = place(&network, facts, drafts, &declared, report)?;
    // A grant that could not be read may have named it.
    if !report.has_errors() {
        declared.say_unused(report);
    }
    let policy = Policy {
        gateway: gateway?,
        network,
        safe_ports,
        host_address: facts.host_address,
        resolvers: facts.resolvers.clone(),
        agents,
        edges,
        tests,
        invariants,
    };
    Some((policy, ledger))
}

/// Gives each agent its addresses and its listen port.
fn place(
    network: &Network,
    facts: &Facts,
    drafts: Vec<Draft>,
    declared: &Declared<'_>,
    report: &mut Report,
) -> Option<(Vec<Agent>, Ledger)> {
    let wishes: Vec<Wish<'_>> = drafts
        .iter()
        .map(|draft| Wish {
            id: &draft.agent.id,
            sessions: draft.agent.sessions,
            listen: match (&draft.agent.cdp, draft.listen) {
                (None, _) => Listen::None,
                (Some(_), Some(port)) => Listen::Named(port),
                (Some(_), None) => Listen::Computed,
            },
        })
        .collect();
    let ledger = match allocate(network, &facts.ledger, &facts.attached, &wishes) {
        Ok(ledger) => ledger,
        Err(error) => {
            report.push(explain(&error, &drafts, declared));
            return None;
        }
    };
    let mut agents: Vec<Agent> = drafts
        .into_iter()
        .filter_map(|draft| placed(network, &ledger, draft))
        .collect();
    agents.sort_by_key(|agent| agent.name.folded());
    Some((agents, ledger))
}

fn placed(network: &Network, ledger: &Ledger, draft: Draft) -> Option<Agent> {
    let mut agent = draft.agent;
    agent.block = *ledger.blocks.get(&*agent.id)?;
    agent.proxy = allocate::proxy_address(match network.isolation {
        Isolation::PerAgent => agent.block,
        Isolation::Shared => network.subnet,
    });
    if let Some(cdp) = &mut agent.cdp {
        let computed = ledger.listen_ports.get(&*agent.id).copied();
        cdp.listen = draft.listen.or(computed)?;
    }
    Some(agent)
}

fn explain(error: &AllocateError, drafts: &[Draft], declared: &Declared<'_>) -> Diagnostic {
    let place = |id: &str| -> Option<Span> {
        drafts
            .iter()
            .find(|draft| &*draft.agent.id == id)
            .map(|draft| draft.agent.span)
    };
    match error {
        AllocateError::SubnetFull { id, size, subnet } => {
            let span = place(id).unwrap_or_default();
            let message = format!("no room is left in {subnet} for this agent's {size} addresses");
            let help = "take a larger `subnet` in `network`, or fewer `sessions`";
            let found = Diagnostic::error(Code::Subnet, span, message).help(help);
            match declared.network.as_ref() {
                Some((network, _)) => found.related(*network, "the subnet is set here"),
                None => found,
            }
        }
        AllocateError::PortsExhausted { id } => {
            let span = place(id).unwrap_or_default();
            let message = "no listen port is left for this agent's `cdp`";
            let help = "give fewer agents a `cdp`";
            Diagnostic::error(Code::ListenPort, span, message).help(help)
        }
    }
}

/// The agents' ids by folded name.
type Ids = BTreeMap<String, Box<str>>;
