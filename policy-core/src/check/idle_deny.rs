//! A deny of a host that the agent could not reach anyway closes nothing.
//!
//! Most likely another host was meant, or the allow that it was to narrow is gone. Who writes it in
//! case of a wider allow says so with `despite`. Of a set, one host that is hit is enough.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::covering::Covering;
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::{Access, Agent, HostGrant, Mode};
use crate::span::{Located, Span};

pub(super) const CHECK: Check = Check {
    code: Code::IdleDeny,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    // Everyone else may reach names that no statement lists.
    let listed = |agent: &&Agent| agent.access == Access::List && agent.mode == Mode::Enforce;
    for agent in policy.agents.iter().filter(listed) {
        let hits = hits(agent);
        let hosts = agent.denies.iter().flat_map(|rule| &rule.hosts);
        // A deny of the provider is an error of its own.
        let is_of_provider = |host: &&Located<HostGrant>| {
            let mut own = agent.provider_hosts.iter();
            own.any(|pattern| pattern.overlaps(&host.value.pattern))
        };
        let hosts = hosts.filter(|host| !is_of_provider(host));
        let places: BTreeMap<Span, &HostGrant> = hosts
            .filter(|host| !hits.contains(&host.span))
            .map(|host| (host.span, &host.value))
            .collect();
        for (span, denied) in places {
            let message = format!(
                "no `allow` of `{}` reaches `{denied}`, so this closes nothing",
                agent.name
            );
            let found = Diagnostic::warning(CHECK.code, span, message)
                .help("delete it, or correct the host; if a later `allow` may reach it, add `despite idle-deny \"REASON\"`")
                .related(agent.access_origin.span, "only what is listed is reached");
            report.push(found);
        }
    }
}

/// The places of the denies that meet an allow. Two patterns meet where one covers the other.
fn hits(agent: &Agent) -> BTreeSet<Span> {
    let denies = || agent.denies.iter().flat_map(|rule| &rule.hosts);
    let allows = || agent.allows.iter().flat_map(|rule| &rule.hosts);
    let by_allow: Covering<'_> = allows().collect();
    let by_deny: Covering<'_> = denies().collect();
    let wider = allows().flat_map(|allow| by_deny.meeting(allow));
    let narrower = denies().filter(|deny| by_allow.meeting(deny).next().is_some());
    wider.chain(narrower).map(|deny| deny.span).collect()
}
