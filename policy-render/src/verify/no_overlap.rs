//! Promise: no list holds a value twice, under two forms.
//!
//! Squid 5 and 6 refuse to start on `.a.b` beside `a.b` in one `dstdomain`, and warn about
//! overlapping addresses.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use ipnet::IpNet;

use super::{Broken, Directive};

const PROMISE: &str = "no value of a list covers another";

pub(super) fn check(directives: &[Directive<'_>]) -> Result<(), Broken> {
    let mut lists: BTreeMap<(&str, &str), Vec<(&Directive<'_>, &str)>> = BTreeMap::new();
    for directive in directives
        .iter()
        .filter(|directive| directive.name() == "acl")
    {
        if let [name, kind, values @ ..] = directive.arguments() {
            let values = values.iter().filter(|value| !value.starts_with('-'));
            lists
                .entry((name, kind))
                .or_default()
                .extend(values.map(|value| (directive, *value)));
        }
    }
    for ((_, kind), values) in &lists {
        let found = match *kind {
            "dstdomain" => domains(values),
            "src" | "dst" => addresses(values),
            _ => None,
        };
        if let Some(directive) = found {
            return Err(directive.broken(PROMISE));
        }
    }
    Ok(())
}

fn domains<'a, 'b>(values: &[(&'a Directive<'b>, &'b str)]) -> Option<&'a Directive<'b>> {
    let zones: BTreeSet<&str> = values
        .iter()
        .filter_map(|(_, value)| value.strip_prefix('.'))
        .collect();
    let mut seen = BTreeSet::new();
    for (directive, value) in values {
        let name = value.strip_prefix('.').unwrap_or(value);
        // A zone is not its own parent.
        let own = usize::from(value.len() != name.len());
        let parent = |rest: &'b str| rest.split_once('.').map(|(_, parent)| parent);
        let mut zones_above = std::iter::successors(Some(name), |rest| parent(rest)).skip(own);
        if zones_above.any(|zone| zones.contains(zone)) || !seen.insert(*value) {
            return Some(directive);
        }
    }
    None
}

fn addresses<'a, 'b>(values: &[(&'a Directive<'b>, &str)]) -> Option<&'a Directive<'b>> {
    if values.len() == 1 && values.iter().all(|(_, value)| *value == "all") {
        return None;
    }
    let mut ranges: Vec<(IpAddr, IpAddr, &'a Directive<'b>)> = Vec::new();
    for (directive, value) in values {
        match range(value) {
            Some((first, last)) => ranges.push((first, last, directive)),
            None => return Some(directive),
        }
    }
    ranges.sort_by_key(|(first, last, _)| (*first, *last));
    let mut pairs = ranges.iter().zip(ranges.iter().skip(1));
    let overlap = pairs
        .find(|((first, last, _), (next, ..))| first.is_ipv4() == next.is_ipv4() && next <= last);
    overlap.map(|(_, (_, _, directive))| *directive)
}

/// The first and the last address of `a`, `a/n` or `a-b`.
fn range(value: &str) -> Option<(IpAddr, IpAddr)> {
    if let Some((first, last)) = value.split_once('-') {
        return Some((first.parse().ok()?, last.parse().ok()?));
    }
    let net: IpNet = value
        .parse()
        .or_else(|_| value.parse::<IpAddr>().map(IpNet::from))
        .ok()?;
    Some((net.network(), net.broadcast()))
}
