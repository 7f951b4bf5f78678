//! One agent block: each setting once, grants with their sets written out.

use std::collections::BTreeMap;

use ipnet::{IpNet, Ipv4Net};

use crate::ast::{AgentItem, Block, Grant, Lan, LanTarget, Tail, Target};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::facts::Facts;
use crate::host::HostPattern;
use crate::ir::{Access, Agent, Cdp, HostGrant, HostRule, LanRule, Mode};
use crate::name::Name;
use crate::port::{Port, PortSet};
use crate::span::{Located, Span};

use super::declared::{Declared, once};
use super::origin::{cdp_text, grant_text, lan_text, origin};
use super::{Ids, relations::unknown};

/// Containers at once, where the policy says nothing.
pub(super) const DEFAULT_SESSIONS: u16 = 4;
/// Chrome's debugging port on the host, where the policy says nothing.
pub(super) const DEFAULT_CDP_HOST_PORT: Port = Port::constant(9222);
/// The model provider, where the policy says nothing.
pub(super) const DEFAULT_PROVIDER: &str = "claude";
/// The provider that has no hosts and needs none.
pub(crate) const NO_PROVIDER: &str = "none";

/// An agent without its addresses.
pub(super) struct Draft {
    pub(super) agent: Agent,
    /// The listen port that the policy names.
    pub(super) listen: Option<Port>,
}

pub(super) fn drafts(declared: &Declared<'_>, facts: &Facts, report: &mut Report) -> Vec<Draft> {
    let lowering = Lowering { declared, facts };
    declared
        .agents
        .iter()
        .map(|(name, block)| lowering.draft(name, block, report))
        .collect()
}

/// The agents' ids by folded name; an id must be unique, since it owns addresses.
pub(super) fn ids(drafts: &[Draft], report: &mut Report) -> Ids {
    let mut owners: BTreeMap<&str, &Agent> = BTreeMap::new();
    for Draft { agent, .. } in drafts {
        if let Some(before) = owners.insert(&agent.id, agent) {
            let message = format!("the id `{}` belongs to two agents", agent.id);
            let found = Diagnostic::error(Code::DuplicateName, agent.span, message)
                .help("give one of them another `id`")
                .related(before.span, "the other one is here");
            report.push(found);
        }
    }
    drafts
        .iter()
        .map(|Draft { agent, .. }| (agent.name.folded(), agent.id.clone()))
        .collect()
}

/// The settings of an agent that may stand once, as written.
#[derive(Default)]
struct Settings<'a> {
    id: Option<(Span, &'a str)>,
    provider: Option<(Span, &'a Located<Name>)>,
    access: Option<(Span, Access)>,
    cdp: Option<(Span, &'a crate::ast::Cdp)>,
    sessions: Option<(Span, u16)>,
    mode: Option<(Span, Mode)>,
}

fn keep<T>(slot: &mut Option<(Span, T)>, word: &str, value: T, span: Span, report: &mut Report) {
    if once(word, slot.as_ref().map(|(before, _)| *before), span, report) {
        *slot = Some((span, value));
    }
}

struct Lowering<'a> {
    declared: &'a Declared<'a>,
    facts: &'a Facts,
}

impl Lowering<'_> {
    fn draft(&self, name: &Located<Name>, block: &Block<AgentItem>, report: &mut Report) -> Draft {
        let folded = name.value.folded();
        let mut settings = Settings::default();
        let (mut denies, mut allows, mut lan) = (Vec::new(), Vec::new(), Vec::new());
        for item in &block.items {
            let span = item.span;
            match &item.node {
                AgentItem::Id(id) => keep(&mut settings.id, "id", &*id.value, span, report),
                AgentItem::Provider(provider) => {
                    keep(&mut settings.provider, "provider", provider, span, report);
                }
                AgentItem::Access(access) => {
                    keep(&mut settings.access, "access", access.value, span, report);
                }
                AgentItem::Cdp(cdp) => keep(&mut settings.cdp, "cdp", cdp, span, report),
                AgentItem::Sessions(n) => {
                    keep(&mut settings.sessions, "sessions", n.value, span, report);
                }
                AgentItem::Mode(mode) => keep(&mut settings.mode, "mode", mode.value, span, report),
                AgentItem::Allow(grant) => {
                    if self.is_current(&grant.tail, report) {
                        let text = grant_text("allow", grant);
                        allows.push((text, self.hosts(grant, report), span, &grant.tail));
                    }
                }
                AgentItem::Deny(grant) => {
                    self.refuse_until(&grant.tail, report);
                    let text = grant_text("deny", grant);
                    denies.push((text, self.hosts(grant, report), span, &grant.tail));
                }
                AgentItem::Lan(item) => {
                    if let (Some(net), true) = (
                        self.lan_net(item, report),
                        self.is_current(&item.tail, report),
                    ) {
                        lan.push((lan_text(item), net, lan_ports(item), span, &item.tail));
                    }
                }
            }
        }
        let rules = |mut rules: Vec<(String, Vec<Located<HostGrant>>, Span, &Tail)>| {
            // Equal statements are one; the sort is stable, so the first place is kept.
            rules.sort_by(|a, b| a.0.cmp(&b.0));
            rules.dedup_by(|a, b| a.0 == b.0);
            let rule = |(text, hosts, span, tail): (String, _, _, _)| HostRule {
                origin: origin(&folded, span, &text, Some(tail)),
                hosts,
            };
            rules.into_iter().map(rule).collect()
        };
        lan.sort_by(|a, b| a.0.cmp(&b.0));
        lan.dedup_by(|a, b| a.0 == b.0);
        let cdp = settings
            .cdp
            .filter(|(_, cdp)| self.is_current(&cdp.tail, report));
        let access = settings
            .access
            .map_or(Access::default(), |(_, access)| access);
        let (provider, provider_hosts) = self.provider(settings.provider, report);
        let agent = Agent {
            name: name.value.clone(),
            id: settings.id.map_or(name.value.as_str(), |(_, id)| id).into(),
            span: name.span,
            block: Ipv4Net::default(),
            proxy: std::net::Ipv4Addr::UNSPECIFIED,
            sessions: settings
                .sessions
                .map_or(DEFAULT_SESSIONS, |(_, sessions)| sessions),
            access,
            access_origin: origin(
                &folded,
                settings.access.map_or(name.span, |(span, _)| span),
                match access {
                    Access::Full => "access full",
                    Access::List => "access list",
                    Access::ModelOnly => "access model-only",
                },
                None,
            ),
            mode: settings.mode.map_or(Mode::default(), |(_, mode)| mode),
            provider,
            provider_hosts,
            denies: rules(denies),
            allows: rules(allows),
            lan: lan
                .into_iter()
                .map(|(text, net, ports, span, tail)| LanRule {
                    origin: origin(&folded, span, &text, Some(tail)),
                    net,
                    ports,
                })
                .collect(),
            cdp: cdp.map(|(span, cdp)| Cdp {
                origin: origin(&folded, span, &cdp_text(cdp), Some(&cdp.tail)),
                listen: DEFAULT_CDP_HOST_PORT,
                host_port: cdp
                    .host_port
                    .as_ref()
                    .map_or(DEFAULT_CDP_HOST_PORT, |port| port.value),
            }),
        };
        let listen = cdp.and_then(|(_, cdp)| cdp.listen.as_ref().map(|port| port.value));
        Draft { agent, listen }
    }

    /// The hosts of a grant, its sets written out.
    fn hosts(&self, grant: &Grant, report: &mut Report) -> Vec<Located<HostGrant>> {
        let mut hosts = Vec::with_capacity(grant.targets.len());
        for target in &grant.targets {
            match &target.value {
                Target::Host { pattern, port } => {
                    let value = HostGrant {
                        port: *port,
                        pattern: pattern.clone(),
                    };
                    hosts.push(Located::new(value, target.span));
                }
                Target::Set(name) => match self.declared.hosts.get(&name.folded()) {
                    Some(set) => hosts.extend(set.block.items.iter().map(|item| {
                        let value = HostGrant {
                            port: None,
                            pattern: item.node.clone(),
                        };
                        Located::new(value, target.span)
                    })),
                    None => {
                        let known = self.declared.hosts.values().map(|set| &set.name.value);
                        let found = unknown("set", name, target.span, known, report);
                        report.push(found);
                    }
                },
            }
        }
        hosts.sort_by(|a, b| a.value.cmp(&b.value));
        hosts.dedup();
        hosts
    }

    /// Whether the last day of a grant is not yet over.
    fn is_current(&self, tail: &Tail, report: &mut Report) -> bool {
        let Some(until) = &tail.until else {
            return true;
        };
        let current = self.facts.today <= until.value;
        if !current {
            let message = format!("this ended with {}, so it grants nothing", until.value);
            let help = "delete the statement, or give it a later day";
            report.push(Diagnostic::warning(Code::Expired, until.span, message).help(help));
        }
        current
    }

    fn refuse_until(&self, tail: &Tail, report: &mut Report) {
        if let Some(until) = &tail.until {
            let message = "a `deny` with an end would widen the policy by itself";
            let help = "leave `until` out, and delete the statement when its time has come";
            report.push(Diagnostic::error(Code::UntilOnDeny, until.span, message).help(help));
        }
    }

    fn lan_net(&self, lan: &Lan, report: &mut Report) -> Option<Ipv4Net> {
        match lan.target.value {
            LanTarget::Host => Some(Ipv4Net::from(self.facts.host_address)),
            LanTarget::Net(IpNet::V4(net)) => Some(net),
            LanTarget::Net(IpNet::V6(net)) => {
                let message = format!("`{net}` is IPv6, and `lan` is IPv4 only");
                let help = "name the device by its IPv4 address";
                report.push(Diagnostic::error(Code::LanRange, lan.target.span, message).help(help));
                None
            }
        }
    }

    fn provider(
        &self,
        written: Option<(Span, &Located<Name>)>,
        report: &mut Report,
    ) -> (Option<Name>, Vec<HostPattern>) {
        let name = match written {
            Some((_, name)) => Some(name.value.clone()),
            None => DEFAULT_PROVIDER.parse().ok(),
        };
        let Some(name) = name.filter(|name| name.folded() != NO_PROVIDER) else {
            return (None, Vec::new());
        };
        let folded = name.folded();
        let declared = self.declared.providers.get(&folded).map(|set| {
            set.block
                .items
                .iter()
                .map(|item| item.node.clone())
                .collect::<Vec<HostPattern>>()
        });
        let Some(mut hosts) = declared.or_else(|| self.facts.providers.get(&folded).cloned())
        else {
            if let Some((_, written)) = written {
                let own = self
                    .declared
                    .providers
                    .values()
                    .map(|set| set.name.value.clone());
                let built_in = self
                    .facts
                    .providers
                    .keys()
                    .filter_map(|name| name.parse().ok());
                let known = own.chain(built_in);
                let found = unknown("provider", &name, written.span, known, report);
                let hint = "declare it, `provider NAME { HOST… }`, or write `provider none`";
                let local = crate::providers::entry(name.as_str()).and_then(|entry| entry.note);
                let help = match (&found.help, local) {
                    (_, Some(note)) => note.to_owned(),
                    (Some(help), None) => format!("{help} else {hint}"),
                    (None, None) => hint.to_owned(),
                };
                report.push(found.help(help));
            }
            // Nothing more is said about an agent whose provider is a slip of the pen.
            return (None, Vec::new());
        };
        hosts.sort();
        hosts.dedup();
        (Some(name), hosts)
    }
}

fn lan_ports(lan: &Lan) -> PortSet {
    lan.ports
        .as_ref()
        .map_or_else(PortSet::all, |ports| ports.value.clone())
}
