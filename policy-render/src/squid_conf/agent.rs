//! The lists and rules of one agent.

use std::collections::BTreeMap;

use policy_core::decide::BuiltIn;
use policy_core::host::HostPattern;
use policy_core::ir::{Access, Agent, HostRule, Mode, Origin, Policy};
use policy_core::key::Key;
use policy_core::port::Port;
use sha2::{Digest, Sha256};

use crate::access_list::{Action, Terms};
use crate::acl::{Acl, Term, agent_label, note_of, note_of_rule};
use crate::domains::Domains;
use crate::file_set::hex;
use crate::layout::source_of;
use crate::reason;

use super::Parts;
use super::common::{port_acl, port_values, reaches_gateway_ports};

pub(super) fn add<'p>(policy: &Policy, at: usize, agent: &'p Agent, parts: &mut Parts<'p>) {
    let label = agent_label(&agent.name);
    let mut lists = Lists { agent, at, parts };
    lists.list(Acl::new(
        source_of(&label),
        "src",
        [agent.block.to_string()],
    ));
    let who = format!("m_{label}");
    lists.list(Acl::note(&who, &[("agent", agent.name.as_str())]));
    lists.parts.list.names.push(at, Terms::new(), who);
    lists.cdp(&label);
    lists.lan();
    lists.internet(policy);
}

struct Lists<'a, 'p> {
    agent: &'p Agent,
    /// Its place in the policy.
    at: usize,
    parts: &'a mut Parts<'p>,
}

impl<'p> Lists<'_, 'p> {
    fn list(&mut self, acl: Acl) {
        self.parts.lists.add(Some(self.at), acl);
    }

    /// The annotation of a statement, for the log.
    fn note(&mut self, key: Key) -> String {
        let values = [("verdict", "allow"), ("rule", &key.to_string())];
        self.list(Acl::note(note_of(key), &values));
        note_of(key)
    }

    /// The same of one that refuses.
    fn refusal(&mut self, origin: &Origin) -> String {
        let (name, rule) = (note_of(origin.key), origin.key.to_string());
        let because = reason::words(origin.because.as_deref());
        self.list(Acl::refusal(&name, &rule, because));
        name
    }

    /// The endpoint on Squid's own address; CONNECT has no way to a peer that is an origin. Two
    /// statements that say the same are two endpoints, so their lists are called after the agent.
    fn cdp(&mut self, label: &str) {
        let Some(cdp) = &self.agent.cdp else { return };
        let (address, port) = (format!("c_{label}"), format!("cp_{label}"));
        self.list(Acl::new(&address, "dst -n", [self.agent.proxy.to_string()]));
        self.list(Acl::new(&port, "port", [cdp.listen.to_string()]));
        let endpoint = vec![Term::is(address), Term::is(port), Term::not("CONNECT")];
        let note = self.note(cdp.origin.key);
        let section = self.parts.list.cdp.entry(cdp.host_port).or_default();
        section.push(self.at, endpoint, note);
    }

    fn lan(&mut self) {
        for rule in &self.agent.lan {
            let key = rule.origin.key;
            let mut terms = vec![Term::is(format!("l_{key}"))];
            self.list(Acl::new(
                format!("l_{key}"),
                "dst -n",
                [rule.net.to_string()],
            ));
            if !rule.ports.is_all() {
                let name = format!("lp_{key}");
                terms.push(Term::is(&name));
                self.list(Acl::new(name, "port", port_values(&rule.ports)));
            }
            let note = self.note(key);
            self.parts.list.lan.push(self.at, terms, note);
        }
    }

    fn internet(&mut self, policy: &Policy) {
        let agent = self.agent;
        let at = self.at;
        let verdict = match agent.mode {
            Mode::Enforce => Some(Action::Deny),
            // No line of the file refuses by it.
            Mode::Report => None,
        };
        let denies = self.host_rules(&agent.denies, verdict);
        let mut unless = Terms::new();
        match agent.mode {
            Mode::Enforce => {
                for (_, terms, note) in denies.clone() {
                    self.parts.list.refused.push(at, terms, note);
                }
            }
            // A deny does not decide here, but what it names is not allowed by an `allow` either.
            Mode::Report if !denies.is_empty() => unless.push(self.any_of(&denies)),
            Mode::Report => {}
        }
        for terms in self.provider() {
            let terms = [unless.clone(), terms].concat();
            let note = note_of_rule(BuiltIn::Provider);
            self.parts.list.provided.push(at, terms, note);
        }
        for (_, terms, note) in self.host_rules(&agent.allows, Some(Action::Allow)) {
            let terms = [unless.clone(), terms].concat();
            self.parts.list.allowed.push(at, terms, note);
        }
        if agent.access == Access::Full || agent.mode == Mode::Report {
            self.full(policy, &denies);
        }
    }

    /// The provider's hosts; agents of one provider share the lists.
    fn provider(&mut self) -> Vec<Terms> {
        let Some(provider) = &self.agent.provider else {
            return Vec::new();
        };
        let stem = format!("p.{}", agent_label(provider));
        self.matches(None, stem, None, self.agent.provider_hosts.iter().collect())
    }

    /// The guard that lets only public destinations pass, and the allows behind it. The lists are
    /// tried from left to right, so no other agent's request and no odd name is ever looked up.
    fn full(&mut self, policy: &Policy, denies: &[HostMatch]) {
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
            let note = note_of_rule(rule);
            self.parts.list.guard.push(self.at, terms, note);
        }
        if self.agent.mode == Mode::Report {
            for (key, terms, _) in denies {
                let note = self.report_note(&key.to_string());
                self.parts.list.open.push(self.at, terms.clone(), note);
            }
        }
        let note = if self.agent.access == Access::Full {
            self.note(self.agent.access_origin.key)
        } else {
            self.report_note(BuiltIn::DefaultDeny.name())
        };
        self.parts.list.open.push(self.at, Terms::new(), note);
    }

    /// The annotation of what passes under `mode report` alone, with what would have refused it.
    fn report_note(&mut self, would: &str) -> String {
        let name = format!("r_{would}");
        let rule = BuiltIn::Report.name();
        let values = [("verdict", "allow"), ("rule", rule), ("would", would)];
        self.list(Acl::note(&name, &values));
        name
    }

    /// Lists of `allow` or `deny` statements, and their annotations where they give a verdict.
    fn host_rules(&mut self, rules: &'p [HostRule], verdict: Option<Action>) -> Vec<HostMatch> {
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
                let matches = self.matches(Some(self.at), stem, port, patterns);
                found.extend(matches.into_iter().map(|terms| (key, terms, note.clone())));
            }
        }
        found
    }

    /// One list that matches when any of the denies does, called after what it says.
    fn any_of(&mut self, denies: &[HostMatch]) -> Term {
        let lines: Vec<Terms> = denies.iter().map(|(_, terms, _)| terms.clone()).collect();
        let mut acl = Acl::all_of("", lines);
        let text: Vec<String> = acl.lines.iter().map(|line| line.join(" ")).collect();
        let mut hash = hex(&Sha256::digest(text.join("\n")));
        hash.truncate(12);
        acl.name = format!("d_{hash}");
        let term = Term::not(&acl.name);
        self.list(acl);
        term
    }

    /// The lists for some patterns on one port, and the ways in which they match.
    fn matches(
        &mut self,
        owner: Option<usize>,
        stem: String,
        port: Option<Port>,
        patterns: Vec<&'p HostPattern>,
    ) -> Vec<Terms> {
        let stem = self.parts.lists.stem(&patterns, stem);
        let domains = Domains::of(patterns);
        let kind = "dstdomain -n";
        let mut matches = Vec::new();
        let port: Terms = port
            .into_iter()
            .map(|port| Term::is(port_acl(port)))
            .collect();
        if !domains.names.is_empty() {
            let name = format!("h_{stem}");
            self.parts
                .lists
                .add(owner, Acl::new(&name, kind, domains.names));
            matches.push([vec![Term::is(name)], port.clone()].concat());
        }
        if !domains.under.is_empty() {
            let (under, apex) = (format!("u_{stem}"), format!("x_{stem}"));
            self.parts
                .lists
                .add(owner, Acl::new(&under, kind, domains.under));
            self.parts
                .lists
                .add(owner, Acl::new(&apex, kind, domains.apexes));
            matches.push([vec![Term::is(under), Term::not(apex)], port].concat());
        }
        matches
    }
}

/// The key of a statement, what must match, and its annotation.
type HostMatch = (Key, Terms, String);
