//! An agent of the policy as the JSON of the column, as far as that can say it.
//!
//! The column has names with everything under them on ports 80 and 443, IPv4 addresses on every
//! port, one forwarder, and no way to refuse anything. So a statement it cannot hold exactly is
//! left out, and whatever was meant to be refused is not allowed either.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use policy_core::ast::{AgentItem, Statement, Tail};
use policy_core::host::{HostPattern, Reach};
use policy_core::ir::{Access, Agent, HostRule, Mode, Origin};
use policy_core::port::Port;
use policy_core::sources::Sources;
use policy_core::span::Span;
use serde_json::{Map, Value, json};

use super::Wish;
use crate::finding::{Finding, Place};
use crate::provider;
use crate::rows::{GROUPS, Group, POLICY};
use crate::seed::cdp::{self, Cdp, Outcome};
use crate::seed::entry::{self, Meaning};
use crate::seed::{Bucket, Domain, Policy, Stored, policy, provider_hosts};

/// Reason and dates of each statement, by its place.
pub(super) struct Tails<'a>(BTreeMap<Span, &'a Tail>);

impl<'a> Tails<'a> {
    pub(super) fn of(sources: &'a Sources) -> Self {
        let mut tails = BTreeMap::new();
        let statements = sources
            .files()
            .iter()
            .flat_map(|file| &file.tree.statements);
        for item in statements {
            let Statement::Agent { block, .. } = &item.node else {
                continue;
            };
            for item in &block.items {
                let tail = match &item.node {
                    AgentItem::Allow(grant) | AgentItem::Deny(grant) => &grant.tail,
                    AgentItem::Lan(lan) => &lan.tail,
                    AgentItem::Cdp(cdp) => &cdp.tail,
                    _ => continue,
                };
                tails.insert(item.span, tail);
            }
        }
        Self(tails)
    }

    fn get(&self, origin: &Origin) -> Option<&'a Tail> {
        self.0.get(&origin.span).copied()
    }
}

/// What a column means, whatever its spelling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Meant {
    is_full: bool,
    names: BTreeSet<HostPattern>,
    lan: BTreeSet<Ipv4Addr>,
    cdp: Option<Cdp>,
}

/// What is to be written, by the text of each domain.
struct Wanted<'a> {
    bucket: Bucket,
    domains: BTreeMap<String, Option<&'a Tail>>,
    cdp: Option<Cdp>,
}

/// The new text of the column; nothing where the old one means the same.
pub(super) fn after(
    wish: &Wish<'_>,
    tails: &Tails<'_>,
    agent: &Agent,
    group: &Group,
    findings: &mut Vec<Finding>,
) -> Option<String> {
    let seed_hosts = provider_hosts(&provider::of_seed(group));
    let own = &agent.provider_hosts;
    // What both sides give anyway is not written.
    let implied: Vec<HostPattern> = seed_hosts
        .iter()
        .filter(|host| own.iter().any(|own| own.covers(host)))
        .cloned()
        .collect();
    let wanted = Expressing {
        wish,
        tails,
        agent,
        group,
        seed_hosts: &seed_hosts,
        implied: &implied,
        findings,
    }
    .express();
    let stored = policy::read(group.policy.as_deref());
    let meant = match &stored {
        Stored::Absent => Some(Meant {
            is_full: true,
            ..Meant::default()
        }),
        // What is broken means everything to the skill, and is mended.
        Stored::Broken { .. } => None,
        Stored::Policy(policy) => Some(meaning(policy, &implied)),
    };
    if meant == Some(wanted.meaning(&implied)) {
        return None;
    }
    let old = group
        .policy
        .as_deref()
        .and_then(|text| serde_json::from_str(text).ok());
    let mut object = match old {
        Some(Value::Object(object)) => object,
        _ => Map::new(),
    };
    let before = object.remove("domains");
    let before = before
        .as_ref()
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let texts = wanted.domains.iter();
    let domains: Vec<Value> = texts
        .map(|(text, tail)| {
            let same = |value: &&Value| text_of(value) == Some(text);
            let kept = before.iter().find(same).cloned();
            kept.unwrap_or_else(|| entry(text, *tail, wish.now))
        })
        .collect();
    object.insert("bucket".to_owned(), json!(wanted.bucket.name()));
    if !domains.is_empty() {
        object.insert("domains".to_owned(), Value::Array(domains));
    }
    for field in ["cdpPort", "cdpHostPort"] {
        object.remove(field);
    }
    if let Some(cdp) = wanted.cdp {
        object.insert("cdpPort".to_owned(), json!(cdp.listen.get()));
        object.insert("cdpHostPort".to_owned(), json!(cdp.host_port.get()));
    }
    Some(Value::Object(object).to_string())
}

fn text_of(value: &Value) -> Option<&str> {
    value.as_str().or_else(|| value.get("domain")?.as_str())
}

fn entry(text: &str, tail: Option<&Tail>, now: &str) -> Value {
    let mut entry = Map::new();
    entry.insert("domain".to_owned(), json!(text));
    if let Some(because) = tail.and_then(|tail| tail.because.as_ref()) {
        entry.insert("note".to_owned(), json!(&*because.value));
    }
    let since = tail.and_then(|tail| tail.since.as_ref());
    let added_at = since.map_or(now.to_owned(), |since| {
        format!("{}T00:00:00.000Z", since.value)
    });
    entry.insert("added_at".to_owned(), json!(added_at));
    Value::Object(entry)
}

/// What the skill makes of a column.
fn meaning(policy: &Policy, implied: &[HostPattern]) -> Meant {
    let mut meant = Meant {
        is_full: policy.bucket == Bucket::Full,
        ..Meant::default()
    };
    if let Outcome::Works(cdp) = cdp::read(policy.cdp_port.as_ref(), policy.cdp_host_port.as_ref())
    {
        meant.cdp = Some(cdp);
    }
    if policy.bucket == Bucket::Whitelisted {
        for domain in &policy.domains {
            let Domain::Entry { text, .. } = domain else {
                continue;
            };
            match entry::read(text) {
                Meaning::Names(pattern) => _ = meant.names.insert(pattern),
                Meaning::Lan(address) => _ = meant.lan.insert(address),
                Meaning::Nothing { .. } | Meaning::Breaks => {}
            }
        }
    }
    // Each name that a wider one has is left out: Squid refuses some orders of the two.
    let all: Vec<HostPattern> = meant.names.iter().chain(implied).cloned().collect();
    let is_covered = |own: &HostPattern| implied.contains(own) || is_within_another(own, &all);
    meant.names.retain(|own| !is_covered(own));
    meant
}

fn is_within_another(own: &HostPattern, all: &[HostPattern]) -> bool {
    all.iter().any(|other| other != own && other.covers(own))
}

impl Wanted<'_> {
    fn meaning(&self, implied: &[HostPattern]) -> Meant {
        let text = |text: &String| Domain::Entry {
            text: text.clone(),
            note: None,
            added_at: None,
        };
        let number = |port: Port| port.get().into();
        meaning(
            &Policy {
                bucket: self.bucket,
                domains: self.domains.keys().map(text).collect(),
                cdp_port: self.cdp.map(|cdp| number(cdp.listen)),
                cdp_host_port: self.cdp.map(|cdp| number(cdp.host_port)),
                dropped: Vec::new(),
            },
            implied,
        )
    }
}

struct Expressing<'w, 'a> {
    wish: &'w Wish<'w>,
    tails: &'w Tails<'a>,
    agent: &'w Agent,
    group: &'w Group,
    /// The hosts that the skill gives the agent whatever its policy says.
    seed_hosts: &'w [HostPattern],
    /// Those of them that the policy gives it too.
    implied: &'w [HostPattern],
    findings: &'w mut Vec<Finding>,
}

impl<'a> Expressing<'_, 'a> {
    fn lost(&mut self, what: &str, why: &str) {
        let message = format!(
            "`{what}` of `{}` is not in the column: {why}",
            self.agent.name
        );
        let help = "it is enforced all the same; only NanoClaw's own proxy would not know it";
        let place = Place::value(GROUPS, &self.group.id, POLICY);
        self.findings.push(place.says(message, help));
    }

    fn express(mut self) -> Wanted<'a> {
        let agent = self.agent;
        if agent.mode == Mode::Report {
            self.lost("mode report", "it is written as `enforce`");
        }
        if self.seed_hosts != agent.provider_hosts {
            self.lost(
                "provider",
                "the skill's own list of provider hosts decides there",
            );
        }
        let safe = &self.wish.policy.safe_ports;
        let ports_fit = safe.contains(80) && safe.contains(443);
        let is_full = agent.access == Access::Full && agent.denies.is_empty() && ports_fit;
        if agent.access == Access::Full && !is_full {
            self.lost(
                "access full",
                "what it refuses or the ports it has cannot be said, so it \
                 is `model-only` there",
            );
        }
        for rule in &agent.denies {
            let hosts: Vec<String> = rule
                .hosts
                .iter()
                .map(|host| host.value.to_string())
                .collect();
            self.lost(&format!("deny {}", hosts.join(" ")), "it knows no `deny`");
        }
        let mut domains = BTreeMap::new();
        if agent.access == Access::List {
            for rule in &agent.allows {
                self.names(rule, ports_fit, &mut domains);
            }
        }
        for rule in &agent.lan {
            let text = rule.net.addr().to_string();
            let tail = self.tails.get(&rule.origin);
            if is_full || rule.net.prefix_len() != 32 || !rule.ports.is_all() {
                let why = "only an address on every port can be said, beside a list";
                self.lost(&format!("lan {}", rule.net), why);
            } else if has_end(tail) {
                self.lost(&format!("lan {text}"), ENDS);
            } else {
                domains.insert(text, tail);
            }
        }
        uncovered(&mut domains);
        let bucket = match agent.access {
            Access::Full if is_full => Bucket::Full,
            Access::List => Bucket::Whitelisted,
            _ if !domains.is_empty() => Bucket::Whitelisted,
            _ => Bucket::ModelOnly,
        };
        Wanted {
            bucket,
            domains,
            cdp: self.cdp(),
        }
    }

    fn names(
        &mut self,
        rule: &HostRule,
        ports_fit: bool,
        domains: &mut BTreeMap<String, Option<&'a Tail>>,
    ) {
        let tail = self.tails.get(&rule.origin);
        for host in &rule.hosts {
            let (pattern, name) = (&host.value.pattern, host.value.pattern.name().as_str());
            let is_digit = name.starts_with(|c: char| c.is_ascii_digit());
            let text = match pattern.reach() {
                Reach::Within if is_digit => Some(format!(".{name}")),
                Reach::Within => Some(name.to_owned()),
                Reach::Exact if is_digit => Some(name.to_owned()),
                Reach::Exact | Reach::Under => None,
            };
            let denies = self.agent.denies.iter().flat_map(|deny| &deny.hosts);
            let is_denied = denies
                .clone()
                .any(|deny| deny.value.pattern.overlaps(pattern));
            let lost = format!("allow {}", host.value);
            match text {
                _ if is_denied => {
                    self.lost(&lost, "a `deny` takes a part of it, which cannot be said")
                }
                _ if host.value.port.is_some() || !ports_fit => {
                    self.lost(&lost, "a name there is for ports 80 and 443");
                }
                None => self.lost(&lost, "a name there is for everything under it too"),
                _ if has_end(tail) => self.lost(&lost, ENDS),
                Some(_) if self.implied.iter().any(|wide| wide.covers(pattern)) => {}
                Some(_) if self.seed_hosts.contains(pattern) => {
                    _ = domains.insert(format!(".{name}"), tail)
                }
                Some(text) if is_within_another(pattern, self.seed_hosts) && !self.has(&text) => {
                    self.lost(
                        &lost,
                        "Squid refuses it before the wider host of the skill's provider",
                    );
                }
                Some(text) => _ = domains.insert(text, tail),
            }
        }
    }

    /// Whether the column has the name already.
    fn has(&self, text: &str) -> bool {
        match policy::read(self.group.policy.as_deref()) {
            Stored::Policy(policy) => policy
                .domains
                .iter()
                .any(|domain| matches!(domain, Domain::Entry { text: own, .. } if own == text)),
            Stored::Absent | Stored::Broken { .. } => false,
        }
    }

    fn cdp(&mut self) -> Option<Cdp> {
        let cdp = self.agent.cdp.as_ref()?;
        if has_end(self.tails.get(&cdp.origin)) {
            self.lost("cdp", ENDS);
            return None;
        }
        Some(Cdp {
            listen: cdp.listen,
            host_port: cdp.host_port,
        })
    }
}

/// Leaves out each name that a wider one has: Squid refuses some orders of the two.
fn uncovered(domains: &mut BTreeMap<String, Option<&Tail>>) {
    let pattern = |text: &str| match entry::read(text) {
        Meaning::Names(pattern) => Some(pattern),
        _ => None,
    };
    let all: Vec<HostPattern> = domains.keys().filter_map(|text| pattern(text)).collect();
    domains.retain(|text, _| pattern(text).is_none_or(|own| !is_within_another(&own, &all)));
}

const ENDS: &str = "it has an end, and a row has none";

fn has_end(tail: Option<&Tail>) -> bool {
    tail.is_some_and(|tail| tail.until.is_some())
}
