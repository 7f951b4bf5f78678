//! Hosts that look like another host which the policy allows or a model provider has.
//!
//! A policy may have a hundred thousand names, so ends with equal skeletons are found by sorting
//! hashes, and only those are compared as texts.

use std::collections::BTreeSet;

use crate::check::Subject;
use crate::check::look_alike::LookAlike;
use crate::diagnostic::Report;
use crate::span::Span;

use super::{found, script};

/// A name and its place; none for a host that a provider has without a word in the policy.
type Host<'a> = (&'a str, Option<Span>);

/// The end of a host, at a dot: the hash of its skeleton, which host, and where in the name it begins.
/// There may be a hundred thousand of them to sort, so they are small.
type End = (u64, u32, u32);

pub(super) fn check(subject: &Subject<'_>, look_alike: &LookAlike, report: &mut Report) {
    let hosts = hosts(subject);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let end_of = |(_, host, start): &End| {
        let (name, span) = hosts.get(*host as usize)?;
        Some((*name, name.get(*start as usize..)?, *span))
    };
    // Of those that look alike the first one in the text is the one that is meant.
    for alike in ends(&hosts, look_alike).chunk_by(|one, other| one.0 == other.0) {
        let Some((meant, first, before)) = alike.first().and_then(end_of) else {
            continue;
        };
        for (name, end, span) in alike.iter().filter_map(end_of) {
            if end == first || !is_alike(end, first, look_alike) {
                continue;
            }
            if let Some(span) = span.filter(|_| told.insert(name)) {
                let message = match (end == name, first == meant) {
                    (true, true) => format!("`{name}` looks like `{meant}`"),
                    _ => format!("`{end}` in `{name}` looks like `{first}` in `{meant}`"),
                };
                let help = "mend the name if it is a slip or a trap; whoever owns it is not the \
                            owner of the other";
                report.push(found(span, message, help, before));
            }
        }
    }
}

/// The hosts that are allowed, in the order of the text, behind those of the known providers.
fn hosts<'a>(subject: &Subject<'a>) -> Vec<Host<'a>> {
    let known = subject.facts.providers.values().flatten();
    let of_agents = subject.policy.agents.iter();
    let of_agents = of_agents.flat_map(|agent| &agent.provider_hosts);
    let mut known: Vec<&str> = known
        .chain(of_agents)
        .map(|pattern| pattern.name().as_str())
        .collect();
    known.sort_unstable();
    known.dedup();
    let mut allowed: Vec<Host<'a>> = subject
        .allowed
        .iter()
        .map(|allowed| (allowed.pattern.name().as_str(), Some(allowed.span)))
        .collect();
    allowed.sort_by_key(|(_, span)| span.map(|span| (span.file, span.start)));
    let known = known.into_iter().map(|name| (name, None));
    known.chain(allowed).collect()
}

/// Each end of at least two labels, those of one hash beside each other in the order of the hosts.
fn ends(hosts: &[Host<'_>], look_alike: &LookAlike) -> Vec<End> {
    let mut ends = Vec::with_capacity(hosts.len() * 2);
    for (at, (name, _)) in (0..).zip(hosts) {
        let (mut hash, mut start) = (0, name.len() + 1);
        for (n_before, label) in name.rsplit('.').enumerate() {
            hash = look_alike.hash(".", look_alike.hash(&script::shown(label), hash));
            start -= label.len() + 1;
            if n_before > 0 {
                ends.push((hash, at, u32::try_from(start).unwrap_or(u32::MAX)));
            }
        }
    }
    ends.sort_unstable();
    ends
}

/// Whether two ends look alike, whatever their hashes say.
fn is_alike(one: &str, other: &str, look_alike: &LookAlike) -> bool {
    let skeleton = |name: &str| {
        let mut skeleton = String::new();
        for label in name.split('.') {
            look_alike.skeleton(&script::shown(label), &mut skeleton);
            skeleton.push('.');
        }
        skeleton
    };
    skeleton(one) == skeleton(other)
}
