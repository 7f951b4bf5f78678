//! `squid.conf`: every printed value is a field of a view, computed here.

mod agent;
mod common;
mod lists;

pub(crate) use self::common::MANAGER_RULE;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use askama::Template;
use policy_core::ir::{Access, Mode, Policy};

use self::lists::Lists;
use crate::RenderError;
use crate::access_list::{AccessList, Section, Terms};
use crate::acl::Acl;
use crate::layout::{Form, Layout};

/// dnsmasq, which knows no name: an instance in which no request needs a look-up makes none.
const NO_RESOLVER: &str = "127.0.0.1";

#[derive(Template)]
#[template(path = "squid.conf")]
struct SquidConf<'a> {
    resolvers: Vec<String>,
    gateway_address: String,
    gateway_port: u16,
    proxy_port: u16,
    shared: &'a [&'a Acl],
    agents: &'a [AgentAcls<'a>],
    common: &'a [Acl],
    peers: &'a [Peer],
    list: &'a AccessList,
    laid: &'a Laid,
}

/// The lists of one agent, and those of several that stand behind them.
struct AgentAcls<'a> {
    label: String,
    acls: Vec<&'a Acl>,
}

/// Chrome on the host, as clients that proxy their way there reach it.
struct Peer {
    name: String,
    address: String,
    port: u16,
    /// What it is asked for.
    grants: Vec<Terms>,
}

/// The lines of every section, in the form that it takes.
struct Laid {
    names: Vec<Terms>,
    cdp: Vec<Terms>,
    lan: Vec<Terms>,
    refused: Vec<Terms>,
    provided: Vec<Terms>,
    allowed: Vec<Terms>,
    guard: Vec<Terms>,
    open: Vec<Terms>,
    /// The same requests as those of `lan`, with nothing noted of them.
    around: Vec<Terms>,
}

/// What has been put together for the file so far.
#[derive(Default)]
struct Parts<'p> {
    lists: Lists<'p>,
    common: Vec<Acl>,
    list: AccessList,
}

/// The text of the file, and which agents each list of several holds, by their places in the policy.
pub(crate) struct Rendered {
    pub(crate) text: String,
    pub(crate) groups: BTreeMap<String, Vec<usize>>,
}

/// Renders the file.
pub(crate) fn render(policy: &Policy, form: Form) -> Result<Rendered, RenderError> {
    let mut parts = Parts::default();
    let mut layout = Layout::new(policy, form);
    let everybody = layout.everybody();
    common::add(policy, everybody, &mut parts);
    for (at, agent) in policy.agents.iter().enumerate() {
        agent::add(policy, at, agent, &mut parts);
    }
    common::add_notes(&mut parts);
    let list = &parts.list;
    let mut cdp = Vec::new();
    let mut peers = Vec::new();
    for (port, section) in &list.cdp {
        let name = format!("cdp_{port}");
        cdp.extend(layout.lay(&name, section));
        let grants = layout.lay(&format!("around.{name}"), &section.without_notes());
        peers.push(Peer {
            name,
            address: policy.host_address.to_string(),
            port: port.get(),
            grants,
        });
    }
    let mut lay = |name: &str, section: &Section| layout.lay(name, section);
    let laid = Laid {
        names: lay("names", &list.names),
        cdp,
        lan: lay("lan", &list.lan),
        refused: lay("refused", &list.refused),
        provided: lay("provided", &list.provided),
        allowed: lay("allowed", &list.allowed),
        guard: lay("guard", &list.guard),
        open: lay("open", &list.open),
        around: lay("around.lan", &list.lan.without_notes()),
    };
    layout.joined.sort_by_key(|joined| joined.behind);
    let (shared, own) = parts.lists.parted()?;
    let mut joined = layout.joined.iter().peekable();
    let agents = policy.agents.iter().enumerate().map(|(at, agent)| {
        let mut acls = own.get(&at).cloned().unwrap_or_default();
        while let Some(next) = joined.next_if(|joined| joined.behind == at) {
            acls.push(&next.acl);
        }
        AgentAcls {
            label: crate::acl::agent_label(&agent.name),
            acls,
        }
    });
    let agents: Vec<AgentAcls<'_>> = agents.collect();
    let every = shared.iter().copied().chain(&parts.common);
    distinct_names(every.chain(agents.iter().flat_map(|agent| agent.acls.iter().copied())))?;
    let view = SquidConf {
        resolvers: resolvers(policy),
        gateway_address: policy.gateway.address.to_string(),
        gateway_port: policy.gateway.port.get(),
        proxy_port: policy.network.proxy_port.get(),
        shared: &shared,
        common: &parts.common,
        agents: &agents,
        peers: &peers,
        list,
        laid: &laid,
    };
    Ok(Rendered {
        text: view.render()? + "\n",
        groups: layout.groups(),
    })
}

/// Whether Squid resolves names for an agent before it lets them pass.
pub(crate) fn needs_resolver(policy: &Policy) -> bool {
    policy
        .agents
        .iter()
        .any(|agent| agent.access == Access::Full || agent.mode == Mode::Report)
}

fn resolvers(policy: &Policy) -> Vec<String> {
    if needs_resolver(policy) {
        policy.resolvers.iter().map(IpAddr::to_string).collect()
    } else {
        vec![NO_RESOLVER.to_owned()]
    }
}

/// Two lists under one name would be one list to Squid.
fn distinct_names<'a>(acls: impl Iterator<Item = &'a Acl>) -> Result<(), RenderError> {
    let mut names = BTreeSet::new();
    for acl in acls {
        if acl.lines.is_empty() || !names.insert(acl.name.to_ascii_lowercase()) {
            return Err(RenderError::AclName {
                name: acl.name.clone(),
            });
        }
    }
    Ok(())
}
