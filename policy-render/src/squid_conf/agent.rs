//! The lists and rules of one agent.

use std::collections::BTreeMap;

use policy_core::decide::BuiltIn;
use policy_core::host::HostPattern;
use policy_core::ir::{Access, Agent, HostRule, Mode, Origin, Policy};
use policy_core::key::Key;
use policy_core::port::Port;

use crate::access_list::{Action, Bypass, Internet, Rule};
use crate::acl::{Acl, Term, agent_label, note_of, note_of_rule};
use crate::domains::Domains;
use crate::reason;

use super::common::{port_acl, port_values, reaches_gateway_ports};
use super::{AgentAcls, Parts, Peer};

pub(super) fn add(policy: &Policy, agent: &Agent, parts: &mut Parts) {
    let label = agent_label(&agent.name);
    let mut lists = Lists {
        agent,
        source: format!("a_{label}"),
        acls: Vec::new(),
    };
    lists
        .acls
        .push(Acl::new(&lists.source, "src", [agent.block.to_string()]));
    let who = format!("m_{label}");
    lists
        .acls
        .push(Acl::note(&who, &[("agent", agent.name.as_str())]));
    // `!all` never matches, so the line only leaves its note.
    parts.list.names.push(vec![
        Term::is(&lists.source),
        Term::is(who),
        Term::not("all"),
    ]);

    lists.cdp(policy, &label, parts);
    lists.lan(parts);
    let provider = lists.provider(parts);
    let internet = lists.internet(policy, &label, provider);
    parts.list.internet.push(internet);
    parts.agents.push(AgentAcls {
        label,
        acls: lists.acls,
    });
}

struct Lists<'a> {
    agent: &'a Agent,
    /// The list of the agent's addresses.
    source: String,
    acls: Vec<Acl>,
}

/// What must match together.
type Terms = Vec<Term>;

impl Lists<'_> {
    /// The agent's address, and what else must match.
    fn with_source(&self, terms: &[Term]) -> Terms {
        std::iter::once(Term::is(&self.source))
            .chain(terms.iter().cloned())
            .collect()
    }

    /// The annotation of a statement, for the log.
    fn note(&mut self, key: Key) -> String {
        let values = [("verdict", "allow"), ("rule", &key.to_string())];
        self.acls.push(Acl::note(note_of(key), &values));
        note_of(key)
    }

    /// The same of one that refuses.
    fn refusal(&mut self, origin: &Origin) -> String {
        let (name, rule) = (note_of(origin.key), origin.key.to_string());
        let because = reason::words(origin.because.as_deref());
        self.acls.push(Acl::refusal(&name, &rule, because));
        name
    }

    /// The endpoint on Squid's own address; CONNECT has no way to a peer that is an origin.
    fn cdp(&mut self, policy: &Policy, label: &str, parts: &mut Parts) {
        let Some(cdp) = &self.agent.cdp else { return };
        let key = cdp.origin.key;
        self.acls.push(Acl::new(
            format!("c_{key}"),
            "dst -n",
            [self.agent.proxy.to_string()],
        ));
        self.acls.push(Acl::new(
            format!("cp_{key}"),
            "port",
            [cdp.listen.to_string()],
        ));
        let endpoint = [
            Term::is(format!("c_{key}")),
            Term::is(format!("cp_{key}")),
            Term::not("CONNECT"),
        ];
        let note = self.note(key);
        let peer = format!("cdp_{label}");
        parts.peers.push(Peer {
            name: peer.clone(),
            address: policy.host_address.to_string(),
            port: cdp.host_port.get(),
        });
        parts
            .list
            .cdp
            .push(Bypass::new(self.with_source(&endpoint), note, Some(peer)));
    }

    fn lan(&mut self, parts: &mut Parts) {
        for rule in &self.agent.lan {
            let key = rule.origin.key;
            let mut terms = vec![Term::is(format!("l_{key}"))];
            self.acls.push(Acl::new(
                format!("l_{key}"),
                "dst -n",
                [rule.net.to_string()],
            ));
            if !rule.ports.is_all() {
                terms.push(Term::is(format!("lp_{key}")));
                self.acls.push(Acl::new(
                    format!("lp_{key}"),
                    "port",
                    port_values(&rule.ports),
                ));
            }
            let note = self.note(key);
            parts
                .list
                .lan
                .push(Bypass::new(self.with_source(&terms), note, None));
        }
    }

    /// The provider's hosts; agents of one provider share the lists.
    fn provider(&mut self, parts: &mut Parts) -> Vec<Terms> {
        let Some(provider) = &self.agent.provider else {
            return Vec::new();
        };
        let stem = format!("p.{}", agent_label(provider));
        let (acls, matches) = matches(&stem, None, &self.agent.provider_hosts);
        for acl in acls {
            if parts.shared.insert(acl.name.clone()) {
                parts.common.push(acl);
            }
        }
        matches
    }

    fn internet(&mut self, policy: &Policy, label: &str, provider: Vec<Terms>) -> Internet {
        let agent = self.agent;
        let mut internet = Internet {
            label: label.to_owned(),
            ..Internet::default()
        };
        let verdict = match agent.mode {
            Mode::Enforce => Some(Action::Deny),
            // No line of the file refuses by it.
            Mode::Report => None,
        };
        let denies = self.host_rules(&agent.denies, verdict);
        let mut unless = Vec::new();
        match agent.mode {
            Mode::Enforce => {
                for (_, terms, note) in &denies {
                    internet
                        .denies
                        .push(Rule::deny(self.with_source(terms), note.clone()));
                }
            }
            // A deny does not decide here, but what it names is not allowed by an `allow` either.
            Mode::Report if !denies.is_empty() => unless.push(self.any_of(label, &denies)),
            Mode::Report => {}
        }
        for terms in provider {
            let terms = self.with_source(&[unless.clone(), terms].concat());
            internet
                .allows
                .push(Rule::allow(terms, note_of_rule(BuiltIn::Provider)));
        }
        for (_, terms, note) in self.host_rules(&agent.allows, Some(Action::Allow)) {
            let terms = self.with_source(&[unless.clone(), terms].concat());
            internet.allows.push(Rule::allow(terms, note));
        }
        if agent.access == Access::Full || agent.mode == Mode::Report {
            self.full(policy, &denies, &mut internet);
        }
        internet
    }

    /// The guard that lets only public destinations pass, and the allows behind it. The lists are
    /// tried from left to right, so no other agent's request and no odd name is ever looked up.
    fn full(&mut self, policy: &Policy, denies: &[HostMatch], internet: &mut Internet) {
        let not = |name: &str| Term::not(name);
        let is = |name: &str| Term::is(name);
        let mut guard = vec![
            // An address is public by what it is; Squid would match its text as a name, too.
            (vec![is("address")], BuiltIn::DefaultDeny),
            (vec![not("public_name")], BuiltIn::DefaultDeny),
            (vec![is("resolves_to_floor")], BuiltIn::Floor),
        ];
        if reaches_gateway_ports(policy) {
            let terms = vec![is("gateway_ports"), is("resolves_to_gateway")];
            guard.push((terms, BuiltIn::Floor));
        }
        guard.push((vec![is("resolves_to_private")], BuiltIn::Private));
        guard.push((vec![not("resolves")], BuiltIn::Unresolved));
        for (rest, rule) in guard {
            let terms = [vec![not("public")], rest].concat();
            internet
                .full
                .push(Rule::refuse(self.with_source(&terms), rule));
        }
        if self.agent.mode == Mode::Report {
            for (key, terms, _) in denies {
                let note = self.report_note(&key.to_string());
                internet
                    .full
                    .push(Rule::allow(self.with_source(terms), note));
            }
        }
        let note = if self.agent.access == Access::Full {
            self.note(self.agent.access_origin.key)
        } else {
            self.report_note(BuiltIn::DefaultDeny.name())
        };
        internet.full.push(Rule::allow(self.with_source(&[]), note));
    }

    /// The annotation of what passes under `mode report` alone, with what would have refused it.
    fn report_note(&mut self, would: &str) -> String {
        let name = format!("r_{}_{would}", self.source);
        if !self.acls.iter().any(|acl| acl.name == name) {
            let rule = BuiltIn::Report.name();
            let values = [("verdict", "allow"), ("rule", rule), ("would", would)];
            self.acls.push(Acl::note(&name, &values));
        }
        name
    }

    /// Lists of `allow` or `deny` statements, and their annotations where they give a verdict.
    fn host_rules(&mut self, rules: &[HostRule], verdict: Option<Action>) -> Vec<HostMatch> {
        let mut found = Vec::new();
        for rule in rules {
            let key = rule.origin.key;
            let mut by_port: BTreeMap<Option<Port>, Vec<&HostPattern>> = BTreeMap::new();
            for host in &rule.hosts {
                by_port
                    .entry(host.value.port)
                    .or_default()
                    .push(&host.value.pattern);
            }
            if by_port.is_empty() {
                // An empty set names no host; Squid has no empty list.
                continue;
            }
            let note = match verdict {
                Some(Action::Allow) => self.note(key),
                Some(Action::Deny) => self.refusal(&rule.origin),
                None => note_of(key),
            };
            for (port, patterns) in by_port {
                let stem = match port {
                    None => key.to_string(),
                    Some(port) => format!("{key}_{port}"),
                };
                let (acls, matches) = matches(&stem, port, patterns);
                self.acls.extend(acls);
                found.extend(matches.into_iter().map(|terms| (key, terms, note.clone())));
            }
        }
        found
    }

    /// One list that matches when any of the denies does.
    fn any_of(&mut self, label: &str, denies: &[HostMatch]) -> Term {
        let mut names = Vec::new();
        for (at, (_, terms, _)) in denies.iter().enumerate() {
            let name = format!("d_{label}.{at}");
            self.acls
                .push(Acl::new(&name, "all-of", terms.iter().map(Term::to_string)));
            names.push(name);
        }
        let name = format!("d_{label}");
        self.acls.push(Acl::new(&name, "any-of", names));
        Term::not(name)
    }
}

/// The key of a statement, what must match, and its annotation.
type HostMatch = (Key, Terms, String);

/// The lists for some patterns on one port, and the ways in which they match.
fn matches<'p>(
    stem: &str,
    port: Option<Port>,
    patterns: impl IntoIterator<Item = &'p HostPattern>,
) -> (Vec<Acl>, Vec<Terms>) {
    let domains = Domains::of(patterns);
    let kind = "dstdomain -n";
    let (mut acls, mut matches) = (Vec::new(), Vec::new());
    let port: Terms = port
        .into_iter()
        .map(|port| Term::is(port_acl(port)))
        .collect();
    if !domains.names.is_empty() {
        let name = format!("h_{stem}");
        acls.push(Acl::new(&name, kind, domains.names));
        matches.push([vec![Term::is(name)], port.clone()].concat());
    }
    if !domains.under.is_empty() {
        let (under, apex) = (format!("u_{stem}"), format!("x_{stem}"));
        acls.push(Acl::new(&under, kind, domains.under));
        acls.push(Acl::new(&apex, kind, domains.apexes));
        matches.push([vec![Term::is(under), Term::not(apex)], port].concat());
    }
    (acls, matches)
}
