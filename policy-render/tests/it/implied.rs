//! How many lines of each kind a policy implies, counted from the model alone.
//!
//! A text that got a line into a file of ours would change one of these numbers.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::host::{HostPattern, Reach};
use policy_core::ir::{Access, Agent, HostRule, Mode, Policy};
use policy_core::port::Port;

/// The directives of `squid.conf` whose number does not depend on the policy.
const FIXED: &[(&str, usize)] = &[
    ("accept_filter", 1),
    ("access_log", 1),
    ("cache", 1),
    ("cache_log", 1),
    ("cache_mem", 1),
    ("cachemgr_passwd", 2),
    ("client_persistent_connections", 1),
    ("connect_timeout", 1),
    ("coredump_dir", 1),
    ("digest_generation", 1),
    ("dns_nameservers", 1),
    ("dns_retransmit_interval", 1),
    ("dns_timeout", 1),
    ("error_directory", 1),
    ("eui_lookup", 1),
    ("forwarded_for", 1),
    ("global_internal_static", 1),
    ("hosts_file", 1),
    ("http_port", 2),
    ("httpd_suppress_version_string", 1),
    ("logfile_rotate", 1),
    ("logformat", 1),
    ("max_filedescriptors", 1),
    ("memory_pools", 1),
    ("negative_dns_ttl", 1),
    ("netdb_filename", 1),
    ("pid_filename", 1),
    ("pinger_enable", 1),
    ("positive_dns_ttl", 1),
    ("quick_abort_max", 1),
    ("quick_abort_min", 1),
    ("read_timeout", 1),
    ("reply_header_access", 5),
    ("reply_header_max_size", 1),
    ("request_header_access", 1),
    ("request_header_max_size", 1),
    ("request_start_timeout", 1),
    ("request_timeout", 1),
    ("server_persistent_connections", 1),
    ("shutdown_lifetime", 1),
    ("strip_query_terms", 1),
    ("tls_outgoing_options", 1),
    ("umask", 1),
    ("uri_whitespace", 1),
    ("visible_hostname", 1),
];

/// Comments and empty lines of a file without agents.
const COMMENTS: usize = 50;
const EMPTY: usize = 17;

/// Lists that every file has, those of the built-in rules' notes included.
const COMMON_LISTS: usize = 13 + 9;

/// The lines of a `squid.conf` by their first word; `#` for comments, nothing for empty ones.
/// Values of one list may take several lines, so `acl` counts names.
pub(crate) fn implied(policy: &Policy) -> BTreeMap<String, usize> {
    let n_agents = policy.agents.len();
    let n_cdp = policy
        .agents
        .iter()
        .filter(|agent| agent.cdp.is_some())
        .count();
    let n_lan: usize = policy.agents.iter().map(|agent| agent.lan.len()).sum();
    let access: usize = policy.agents.iter().map(|agent| rules(policy, agent)).sum();
    let mut lines: BTreeMap<String, usize> = FIXED
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect();
    // The control port, strangers and schemes; the floor, private, ports; the last.
    let own = 3 + 2 + 6 + 1 + 2 + 1;
    for (name, count) in [
        ("#", COMMENTS + 2 * n_agents + n_cdp),
        ("", EMPTY + n_agents),
        ("http_access", own + n_agents + n_cdp + n_lan + access),
        ("cache_peer", 1 + n_cdp),
        ("cache_peer_access", 1 + 3 * n_cdp + n_lan),
        ("never_direct", 1 + n_cdp + n_lan),
        ("acl", lists(policy)),
    ] {
        lines.insert(name.to_owned(), count);
    }
    lines
}

/// The same, of a text.
pub(crate) fn counted(text: &str) -> BTreeMap<String, usize> {
    let mut lines: BTreeMap<String, usize> = BTreeMap::new();
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let mut words = line.split(' ');
        let first = words.next().unwrap_or_default();
        if first == "acl" && !names.insert(words.next()) {
            continue;
        }
        *lines.entry(first.to_owned()).or_default() += 1;
    }
    lines
}

fn is_guarded(agent: &Agent) -> bool {
    agent.access == Access::Full || agent.mode == Mode::Report
}

fn gateway_is_reachable(policy: &Policy) -> bool {
    let closed = policy.gateway.floor_ports();
    (1..=u16::MAX).any(|port| closed.contains(port) && policy.safe_ports.contains(port))
}

/// How patterns match: by names, and by what lies under names.
fn ways<'a>(patterns: impl Iterator<Item = &'a HostPattern>) -> (usize, usize) {
    let (under, names): (Vec<_>, Vec<_>) =
        patterns.partition(|pattern| pattern.reach() == Reach::Under);
    (
        usize::from(!names.is_empty()),
        usize::from(!under.is_empty()),
    )
}

/// The same for a statement, whose hosts are parted by their ports.
fn ways_of(rule: &HostRule) -> (usize, usize) {
    let ports: BTreeSet<Option<Port>> = rule.hosts.iter().map(|host| host.value.port).collect();
    let of_port = |port| {
        let hosts = rule.hosts.iter().map(|host| &host.value);
        ways(
            hosts
                .filter(move |host| host.port == port)
                .map(|host| &host.pattern),
        )
    };
    ports
        .into_iter()
        .map(of_port)
        .fold((0, 0), |a, b| (a.0 + b.0, a.1 + b.1))
}

fn lines_of(rules: &[HostRule]) -> usize {
    rules
        .iter()
        .map(ways_of)
        .map(|(names, under)| names + under)
        .sum()
}

/// The `http_access` lines of one agent for the internet.
fn rules(policy: &Policy, agent: &Agent) -> usize {
    let (names, under) = ways(agent.provider_hosts.iter());
    let grants = names + under + lines_of(&agent.allows) + lines_of(&agent.denies);
    if is_guarded(agent) {
        grants + 5 + usize::from(gateway_is_reachable(policy)) + 1
    } else {
        grants
    }
}

fn lists(policy: &Policy) -> usize {
    let agents = &policy.agents;
    let guarded = agents.iter().any(is_guarded);
    let guard = 5 + usize::from(gateway_is_reachable(policy)) + 1;
    let providers: BTreeMap<String, &[HostPattern]> = agents
        .iter()
        .filter_map(|agent| Some((agent.provider.as_ref()?.folded(), &*agent.provider_hosts)))
        .collect();
    let provided: usize = providers
        .values()
        .map(|hosts| ways(hosts.iter()))
        .map(|(names, under)| names + 2 * under)
        .sum();
    let rules = || {
        agents
            .iter()
            .flat_map(|agent| agent.allows.iter().chain(&agent.denies))
    };
    let ports: BTreeSet<Port> = rules()
        .flat_map(|rule| rule.hosts.iter().filter_map(|host| host.value.port))
        .collect();
    COMMON_LISTS
        + usize::from(!agents.is_empty())
        + usize::from(!policy.ssl_ports().is_empty())
        + ports.len()
        + if guarded { guard } else { 0 }
        + provided
        + usize::from(provided > 0)
        + agents.iter().map(own_lists).sum::<usize>()
}

/// The lists of one agent.
fn own_lists(agent: &Agent) -> usize {
    let statements = agent.allows.iter().chain(&agent.denies).map(ways_of);
    let hosts: usize = statements
        .map(|(names, under)| names + 2 * under + usize::from(names + under > 0))
        .sum();
    let lan = agent
        .lan
        .iter()
        .map(|rule| 2 + usize::from(!rule.ports.is_all()));
    let refused = lines_of(&agent.denies);
    let report = match agent.mode {
        Mode::Enforce => 0,
        // All of them in one list; the note of a statement says what it would have done.
        Mode::Report => refused + usize::from(refused > 0),
    };
    let cdp = if agent.cdp.is_some() { 3 } else { 0 };
    2 + cdp + lan.sum::<usize>() + hosts + report + usize::from(is_guarded(agent))
}
