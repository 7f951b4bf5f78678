//! Which model provider is in force for an agent, in NanoClaw's own order.
//!
//! The session's own, then that of `container_configs`, then the deprecated column of
//! `agent_groups`, then `claude`. The skill read the deprecated column alone.

use std::collections::BTreeSet;

use policy_core::name::Name;
use policy_core::providers;

use crate::Providers;
use crate::finding::{Finding, Place};
use crate::rows::{GROUPS, Group, SESSIONS, Snapshot};
use crate::text::quoted;

/// The provider of an agent that nobody has given one.
pub(crate) const DEFAULT: &str = "claude";

/// A provider of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Chosen {
    /// One whose hosts are known.
    Known(Name),
    /// One whose hosts are not: the policy says `provider none`.
    Unknown(String),
}

/// What the skill takes an agent's provider for.
pub(crate) fn of_seed(group: &Group) -> String {
    let own = group.provider.as_deref().filter(|own| !own.is_empty());
    own.unwrap_or(DEFAULT).to_lowercase()
}

/// What to know of a provider that has no hosts because its model runs on the Docker host.
pub(crate) fn hostless(name: &str) -> Option<&'static str> {
    let entry = providers::entry(name).filter(|entry| entry.hosts.is_empty());
    entry.and_then(|entry| entry.note)
}

/// The provider in force. Sessions that disagree are told, and what a new one gets is taken.
pub(crate) fn choose(
    snapshot: &Snapshot,
    group: &Group,
    known: &Providers,
    findings: &mut Vec<Finding>,
) -> Chosen {
    let config = snapshot
        .configs
        .get(&group.id)
        .filter(|own| !own.is_empty());
    let fresh = match config {
        Some(own) => own.to_lowercase(),
        None => of_seed(group),
    };
    let own = |provider: &Option<String>| match provider.as_deref() {
        Some(own) if !own.is_empty() => own.to_lowercase(),
        _ => fresh.clone(),
    };
    let sessions = snapshot.sessions.iter();
    let sessions = sessions.filter(|session| session.group == group.id);
    let in_use: BTreeSet<String> = sessions.map(|session| own(&session.provider)).collect();
    let name = match in_use.len() {
        0 => fresh,
        1 => in_use.into_iter().next().unwrap_or(fresh),
        _ => {
            let all: Vec<String> = in_use.iter().map(|own| quoted(own)).collect();
            let message = format!(
                "its sessions run on {}, and an agent of a policy has one provider; {} is taken, \
                 which a new session gets",
                all.join(" and "),
                quoted(&fresh)
            );
            let help = "allow the other's hosts in the agent, or give it a group of its own";
            findings.push(Place::value(SESSIONS, &group.id, "agent_provider").says(message, help));
            fresh
        }
    };
    let parsed = name.parse::<Name>().ok();
    match parsed.filter(|name| known.get(&name.folded()).is_some_and(|own| !own.is_empty())) {
        Some(name) => Chosen::Known(name),
        None => {
            let message = format!(
                "no hosts are known for its provider {}: the policy says `provider none`",
                quoted(&name)
            );
            let help = hostless(&name)
                .unwrap_or("declare them, `provider NAME { HOST… }`, and name it in the agent");
            findings.push(Place::value(GROUPS, &group.id, "provider").says(message, help));
            Chosen::Unknown(name)
        }
    }
}
