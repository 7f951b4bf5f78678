//! One agent block: what the skill's rules gave it, and a comment for each value they did not.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use jiff::civil::Date;
use policy_core::address::{is_floor, is_public};
use policy_core::allocate::{CONTROL_PORTS, LAST_LISTEN_PORT};
use policy_core::host::{HostName, HostPattern, Reach};
use policy_core::name::Name;
use policy_core::port::Port;
use serde_json::Number;

use super::place::Subnet;
use crate::Providers;
use crate::finding::{Finding, Place};
use crate::provider::{self, Chosen};
use crate::rows::{GROUPS, Group, POLICY, Snapshot};
use crate::seed::cdp::{self, Outcome};
use crate::seed::entry::{self, Meaning};
use crate::seed::{Bucket, Domain, Policy, SeedAgent, Stored, policy, provider_hosts};
use crate::text::{one_line, quoted};

/// What all agents have in common.
pub(super) struct Drafting<'a> {
    pub(super) snapshot: &'a Snapshot,
    pub(super) known: &'a Providers,
    pub(super) subnet: Subnet,
    /// Who has which listen port: the first one in NanoClaw's order.
    pub(super) listeners: BTreeMap<Port, Name>,
    pub(super) findings: &'a mut Vec<Finding>,
}

/// The lines of a block, and what the skill made of the agent.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) lines: Vec<String>,
    pub(super) seed: SeedAgent,
}

impl Drafting<'_> {
    pub(super) fn agent(&mut self, group: &Group, name: &Name) -> Draft {
        let mut draft = Draft::default();
        draft.lines.push(format!("id {}", group.id));
        self.provider(group, &mut draft);
        let stored = policy::read(group.policy.as_deref());
        let bucket = match &stored {
            Stored::Absent => {
                self.absent(group, &mut draft);
                Bucket::Full
            }
            Stored::Broken { why } => {
                let message = format!(
                    "{why}, and NanoClaw's own proxy takes that for `full`: it is `access \
                     model-only` now"
                );
                let help = "say what is meant: `access full`, or `access list` with `allow`";
                self.find(group, POLICY, &message, help);
                draft.comment(&format!("{POLICY}: {message}"));
                draft.lines.push("access model-only".to_owned());
                Bucket::Full
            }
            Stored::Policy(policy) => {
                draft.lines.push(access(policy.bucket).to_owned());
                policy.bucket
            }
        };
        draft.seed.is_full = bucket == Bucket::Full;
        let provider = provider::of_seed(group);
        let hosts = provider_hosts(&provider);
        if let Stored::Policy(policy) = &stored {
            for field in &policy.dropped {
                let message = "is of another type than it must be, and NanoClaw drops it";
                self.find(
                    group,
                    &format!("{POLICY}.{field}"),
                    message,
                    "write it in the policy",
                );
                draft.comment(&format!("`{field}` {message}"));
            }
            match bucket {
                Bucket::Whitelisted => self.domains(group, policy, &hosts, &mut draft),
                Bucket::Full | Bucket::ModelOnly => self.unused(group, policy, &mut draft),
            }
            self.cdp(group, name, policy, &mut draft);
        }
        draft.seed.names.extend(hosts);
        draft
    }

    fn find(&mut self, group: &Group, field: &str, message: &str, help: &str) {
        let place = Place::value(GROUPS, &group.id, field);
        self.findings.push(place.says(message, help));
    }

    fn absent(&mut self, group: &Group, draft: &mut Draft) {
        draft.lines.push("access full".to_owned());
        // Where the whole column is missing, that was said once.
        if self.snapshot.has_policies {
            let message = "nothing is set, and NanoClaw's own proxy takes that for everything: it \
                           is `access full` now";
            let help = "narrow it: `access list` with `allow`, or `access model-only`";
            self.find(group, POLICY, message, help);
        }
    }

    fn provider(&mut self, group: &Group, draft: &mut Draft) {
        match provider::choose(self.snapshot, group, self.known, self.findings) {
            Chosen::Known(name) if name.folded() == provider::DEFAULT => {}
            Chosen::Known(name) => draft.lines.push(format!("provider {name}")),
            Chosen::Unknown(name) => {
                let why = provider::hostless(&name).unwrap_or("its hosts are not known");
                draft.comment(&format!("its provider {}: {why}", quoted(&name)));
                draft.lines.push("provider none".to_owned());
            }
        }
    }

    /// The domains of a bucket that does not look at them.
    fn unused(&mut self, group: &Group, policy: &Policy, draft: &mut Draft) {
        for (at, domain) in policy.domains.iter().enumerate() {
            let text = match domain {
                Domain::Entry { text, .. } | Domain::Unreadable(text) => text,
            };
            let why = format!("the bucket `{}` has no domains", policy.bucket.name());
            let message = format!("{}: {why}", quoted(text));
            let help = "delete it, or write `access list` and allow it";
            self.find(group, &domain_field(at), &message, help);
            draft.comment(&message);
        }
    }

    fn domains(
        &mut self,
        group: &Group,
        policy: &Policy,
        hosts: &[HostPattern],
        draft: &mut Draft,
    ) {
        let mut seen = BTreeSet::new();
        let mut order: Vec<HostPattern> = Vec::new();
        for (at, domain) in policy.domains.iter().enumerate() {
            let field = domain_field(at);
            let (text, note, added_at) = match domain {
                Domain::Entry {
                    text,
                    note,
                    added_at,
                } => (text, note, added_at),
                Domain::Unreadable(value) => {
                    let message = format!(
                        "{}: it has no text, and NanoClaw's own proxy stops at it for all agents",
                        quoted(value)
                    );
                    self.find(group, &field, &message, "delete it");
                    draft.comment(&message);
                    continue;
                }
            };
            let statement = match entry::read(text) {
                Meaning::Names(pattern) => {
                    order.push(pattern.clone());
                    self.name(group, &field, text, &pattern, draft)
                }
                Meaning::Lan(address) => self.lan(group, &field, address, draft),
                Meaning::Nothing { what, meant } => {
                    let message = format!("{}: {what}, which never matched", quoted(text));
                    let help = match &meant {
                        Some(meant) => format!("perhaps this is meant: `{meant}`"),
                        None => "delete it, or write what is meant".to_owned(),
                    };
                    self.find(group, &field, &message, &help);
                    draft.comment(&format!("{message}; {help}"));
                    None
                }
                Meaning::Breaks => {
                    let message = format!(
                        "{}: it is more than one word, and could say anything in `squid.conf`",
                        quoted(text)
                    );
                    self.find(group, &field, &message, "delete it, and look who wrote it");
                    draft.comment(&message);
                    None
                }
            };
            let Some(statement) = statement else {
                continue;
            };
            let tail = self.tail(group, &field, note.as_deref(), added_at.as_deref());
            if seen.insert(statement.clone()) {
                draft.lines.push(statement + &tail);
            } else {
                let message = format!("{} stands here twice", quoted(text));
                self.find(group, &field, &message, "delete one of the two");
                draft.comment(&format!("again: {statement}{tail}"));
            }
        }
        self.overlap(group, order, hosts);
    }

    fn name(
        &mut self,
        group: &Group,
        field: &str,
        text: &str,
        pattern: &HostPattern,
        draft: &mut Draft,
    ) -> Option<String> {
        draft.seed.names.push(pattern.clone());
        if is_closed(pattern.name()) {
            let message = format!("{}: loopback is closed to every agent", quoted(text));
            let help = "a service of the Docker host is reached by `lan host:PORT`";
            self.find(group, field, &message, help);
            draft.comment(&message);
            return None;
        }
        if pattern.reach() == Reach::Exact {
            let message = format!(
                "{}: it begins with a digit, and so it never covered the names under it",
                quoted(text)
            );
            self.find(
                group,
                field,
                &message,
                &format!("to cover them, write `.{}`", pattern.name()),
            );
        }
        Some(format!("allow {pattern}"))
    }

    fn lan(
        &mut self,
        group: &Group,
        field: &str,
        address: Ipv4Addr,
        draft: &mut Draft,
    ) -> Option<String> {
        draft.seed.lan.push(address);
        let closed = if is_floor(IpAddr::V4(address)) {
            Some("no statement can open it")
        } else if self.subnet.contains(address) {
            Some("it lies in the egress network")
        } else {
            None
        };
        if let Some(why) = closed {
            let message = format!("`{address}`: {why}");
            let help = "delete it; if it is a device, give `network` another `subnet`";
            self.find(group, field, &message, help);
            draft.comment(&message);
            return None;
        }
        let kind = match is_public(IpAddr::V4(address)) {
            true => "a public address is reached past the gateway, on every port",
            false => "it is reached on every port",
        };
        let help = format!("name the ports: `lan {address}:PORT`");
        self.find(group, field, &format!("`{address}`: {kind}"), &help);
        Some(format!("lan {address}"))
    }

    fn tail(
        &mut self,
        group: &Group,
        field: &str,
        note: Option<&str>,
        added_at: Option<&str>,
    ) -> String {
        let mut tail = String::new();
        let note = note.map(one_line).filter(|note| !note.is_empty());
        if let Some(note) = note {
            tail.push_str(&format!(" because \"{note}\""));
        }
        if let Some(text) = added_at {
            match day(text) {
                Some(day) => tail.push_str(&format!(" since {day}")),
                None => {
                    let message = format!("{} is no date", quoted(text));
                    self.find(
                        group,
                        &format!("{field}.added_at"),
                        &message,
                        "write `since YYYY-MM-DD`",
                    );
                }
            }
        }
        tail
    }

    /// Squid takes a list with a name before a wider one for a mistake of the whole file.
    fn overlap(&mut self, group: &Group, mut order: Vec<HostPattern>, hosts: &[HostPattern]) {
        order.extend(hosts.iter().cloned());
        let wider = |at: usize, own: &HostPattern| {
            let mut later = order.iter().skip(at + 1);
            later
                .find(|other| *other != own && other.covers(own))
                .cloned()
        };
        let found = order
            .iter()
            .enumerate()
            .find_map(|(at, own)| Some((own.clone(), wider(at, own)?)));
        if let Some((own, other)) = found {
            let message = format!(
                "`{own}` stands before `{other}`, which covers it: Squid refuses the whole \
                 configuration with such a list"
            );
            self.find(
                group,
                &format!("{POLICY}.domains"),
                &message,
                "one of the two is enough",
            );
        }
    }

    fn cdp(&mut self, group: &Group, name: &Name, policy: &Policy, draft: &mut Draft) {
        let field = format!("{POLICY}.cdpPort");
        let number =
            |number: &Option<Number>| number.as_ref().map_or_else(String::new, Number::to_string);
        let wanted = number(&policy.cdp_port);
        let mut dead = |drafting: &mut Self, why: &str, help: &str| {
            let message = format!("`{wanted}` {why}");
            drafting.find(group, &field, &message, help);
            draft.comment(&format!("cdp {message}"));
        };
        let outcome = cdp::read(policy.cdp_port.as_ref(), policy.cdp_host_port.as_ref());
        let works = match outcome {
            Outcome::None => return,
            Outcome::Fatal(why) => {
                return dead(self, why, "for a browser on the host, write `cdp`");
            }
            Outcome::Dead(why) => {
                dead(self, why, "for a browser on the host, write `cdp`");
                draft.seed.cdp_port = policy.cdp_port.as_ref().and_then(|port| {
                    port.as_u64()
                        .and_then(|port| Port::try_from(u16::try_from(port).ok()?).ok())
                });
                return;
            }
            Outcome::Works(works) => works,
        };
        if let Some(owner) = self.listeners.get(&works.listen) {
            let why = format!("belongs to `{owner}` already, so this forwarder never ran");
            dead(self, &why, "for a browser on the host, write `cdp`");
            draft.seed.cdp_port = Some(works.listen);
            return;
        }
        self.listeners.insert(works.listen, name.clone());
        draft.seed.cdp_port = Some(works.listen);
        draft.seed.cdp = Some(works);
        let (listen, host_port) = (works.listen, works.host_port);
        if listen.get() > LAST_LISTEN_PORT || CONTROL_PORTS.contains(&listen.get()) {
            let message = format!("{listen} cannot be listened on here: another port is computed");
            let help = "tell the agent's client, or leave it to the variables that `args` sets";
            self.find(group, &field, &message, help);
            draft.comment(&message);
            draft.lines.push(format!("cdp -> host:{host_port}"));
        } else {
            draft
                .lines
                .push(format!("cdp {listen} -> host:{host_port}"));
        }
    }
}

impl Draft {
    /// A value that no statement carries.
    fn comment(&mut self, text: &str) {
        self.lines
            .push(format!("# not taken over: {}", one_line(text)));
    }
}

fn access(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Full => "access full",
        Bucket::Whitelisted => "access list",
        Bucket::ModelOnly => "access model-only",
    }
}

/// Whether the name belongs to the floor with everything under it.
fn is_closed(name: &HostName) -> bool {
    name.as_str().rsplit('.').next() == Some("localhost")
}

fn domain_field(at: usize) -> String {
    format!("{POLICY}.domains[{at}]")
}

/// The day of an ISO 8601 time.
fn day(text: &str) -> Option<Date> {
    let day = text.get(..10)?;
    let rest = text.get(10..)?;
    let shape = day.bytes().zip(0..).all(|(byte, at)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    let is_time = rest.is_empty() || rest.starts_with('T') || rest.starts_with(' ');
    (shape && is_time).then(|| day.parse().ok()).flatten()
}
