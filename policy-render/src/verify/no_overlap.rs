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

#[cfg(test)]
mod tests {
    use super::super::mutation::{broken_by_change, broken_with};
    use super::*;

    #[test]
    fn a_value_that_another_covers_is_refused() {
        for (old, new) in [
            (
                "dstdomain -n gist.github.com",
                "dstdomain -n gist.github.com .github.com",
            ),
            (
                "dstdomain -n gist.github.com",
                "dstdomain -n gist.github.com gist.github.com",
            ),
            (
                "dstdomain -n gist.github.com",
                "dstdomain -n gist.github.com .gist.github.com",
            ),
            (
                "dst -n 192.168.1.20/32",
                "dst -n 192.168.1.20/32 192.168.1.0/24",
            ),
            (
                "dst -n 192.168.1.20/32",
                "dst -n 192.168.1.20/32 192.168.1.20",
            ),
            (
                "dst -n 192.168.1.20/32",
                "dst -n 192.168.1.20/32 192.168.1.10-192.168.1.20",
            ),
            ("dst -n 192.168.1.20/32", "dst -n 192.168.1.20/32 all"),
            ("dst -n 192.168.1.20/32", "dst -n printer.local"),
            ("acl a_coder src ", "acl a_coder src 172.30.0.0/20 "),
        ] {
            assert_eq!(broken_by_change(old, new), Some(PROMISE), "{new}");
        }
    }

    #[test]
    fn values_on_another_line_of_the_same_list_count_too() {
        let line = "acl floor dst -n 127.0.0.1";
        assert_eq!(broken_with("acl floor dst", line), Some(PROMISE));
        let line = "acl floor_names dstdomain -n x.localhost";
        assert_eq!(broken_with("acl floor_names", line), Some(PROMISE));
    }

    #[test]
    fn neighbours_are_no_overlap() {
        for (old, new) in [
            (
                "dst -n 192.168.1.20/32",
                "dst -n 192.168.1.20/32 192.168.1.21 192.168.1.22-192.168.1.30",
            ),
            (
                "dstdomain -n gist.github.com",
                "dstdomain -n gist.github.com .xgithub.com github.com",
            ),
        ] {
            assert_eq!(broken_by_change(old, new), None, "{new}");
        }
    }
}
