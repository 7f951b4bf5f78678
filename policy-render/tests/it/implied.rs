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
    ("reply_header_access", 6),
    ("reply_header_add", 3),
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
const COMMENTS: usize = 60;
const EMPTY: usize = 19;

/// Lists that every file has, those of the built-in rules' notes included.
const COMMON_LISTS: usize = 17 + 9;

/// The lines of a `squid.conf` by their first word; `#` for comments, nothing for empty ones.
/// Values of one list may take several lines, so `acl` counts names.
pub(crate) fn implied(policy: &Policy) -> BTreeMap<String, usize> {
    let n_agents = policy.agents.len();
    let peers: BTreeSet<Port> = cdp_ports(policy).collect();
    let n_cdp = cdp_ports(policy).count();
    let sections = sections(policy);
    let n_rules = |section: &Classes| section.values().map(|(_, n)| n).sum::<usize>();
    let rules: usize = sections.iter().map(n_rules).sum();
    let n_lan = sections.first().map_or(0, n_rules);
    let mut lines: BTreeMap<String, usize> = FIXED
        .iter()
        .map(|(name, count)| ((*name).to_owned(), *count))
        .collect();
    // The control port, the forms of a refusal, strangers and schemes; the floor, private, ports; the
    // last.
    let own = 5 + 2 + 6 + 1 + 2 + 1;
    for (name, count) in [
        ("#", COMMENTS + n_agents + usize::from(n_cdp > 0)),
        ("", EMPTY + n_agents),
        ("http_access", own + n_agents + n_cdp + rules),
        ("cache_peer", 1 + peers.len()),
        ("cache_peer_access", 1 + 2 * n_cdp + peers.len() + n_lan),
        ("never_direct", 1 + n_cdp + n_lan),
        ("acl", lists(policy, &sections)),
    ] {
        lines.insert(name.to_owned(), count);
    }
    lines
}

fn cdp_ports(policy: &Policy) -> impl Iterator<Item = Port> {
    let agents = policy.agents.iter();
    agents.filter_map(|agent| Some(agent.cdp.as_ref()?.host_port))
}

/// Agents whose rules of a section are the same, by what the rules say, and how many rules.
type Classes = BTreeMap<String, (BTreeSet<usize>, usize)>;

/// The sections in which agents may share rules; the first one is that of the LAN.
fn sections(policy: &Policy) -> Vec<Classes> {
    let mut sections = vec![Classes::new(); 6];
    for (at, agent) in policy.agents.iter().enumerate() {
        let keys = |rules: &[HostRule]| {
            let rules = rules.iter().filter(|rule| !rule.hosts.is_empty());
            rules
                .map(|rule| rule.origin.key.to_string())
                .collect::<Vec<_>>()
        };
        let is_report = agent.mode == Mode::Report;
        let unless = is_report.then(|| alike(&agent.denies));
        let unless = unless.filter(|denied| !denied.is_empty());
        let lan: Vec<String> = agent
            .lan
            .iter()
            .map(|rule| rule.origin.key.to_string())
            .collect();
        let (names, under) = ways(agent.provider_hosts.iter());
        let guard = 5 + usize::from(gateway_is_reachable(policy));
        let reported = if is_report {
            keys(&agent.denies)
        } else {
            vec![]
        };
        let n_reported = if is_report {
            lines_of(&agent.denies)
        } else {
            0
        };
        let found = [
            (format!("{lan:?}"), lan.len()),
            match is_report {
                true => (String::new(), 0),
                false => (
                    format!("{:?}", keys(&agent.denies)),
                    lines_of(&agent.denies),
                ),
            },
            (
                format!("{unless:?} {:?}", agent.provider_hosts),
                names + under,
            ),
            (
                format!("{unless:?} {:?}", keys(&agent.allows)),
                lines_of(&agent.allows),
            ),
            (String::new(), if is_guarded(agent) { guard } else { 0 }),
            match is_guarded(agent) {
                true => (
                    format!("{reported:?} {}", agent.access == Access::Full),
                    n_reported + 1,
                ),
                false => (String::new(), 0),
            },
        ];
        for (section, (says, n_rules)) in sections.iter_mut().zip(found) {
            if n_rules > 0 {
                let class = section.entry(says).or_insert((BTreeSet::new(), n_rules));
                class.0.insert(at);
            }
        }
    }
    sections
}

/// What the lines of some statements ask for.
fn alike(rules: &[HostRule]) -> Vec<(Option<Port>, Vec<&HostPattern>)> {
    rules.iter().flat_map(by_port).collect()
}

/// The hosts of a statement by their ports.
fn by_port(rule: &HostRule) -> BTreeMap<Option<Port>, Vec<&HostPattern>> {
    let mut found: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for host in &rule.hosts {
        let of_port = found.entry(host.value.port).or_default();
        of_port.push(&host.value.pattern);
    }
    found
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

fn lines_of(rules: &[HostRule]) -> usize {
    let ways = |hosts: &Vec<&HostPattern>| ways(hosts.iter().copied());
    let parts = rules.iter().flat_map(|rule| by_port(rule).into_values());
    parts
        .map(|hosts| ways(&hosts))
        .map(|(names, under)| names + under)
        .sum()
}

fn lists(policy: &Policy, sections: &[Classes]) -> usize {
    let agents = &policy.agents;
    let rules = || {
        agents
            .iter()
            .flat_map(|agent| agent.allows.iter().chain(&agent.denies))
    };
    let ports = rules().flat_map(|rule| rule.hosts.iter().filter_map(|host| host.value.port));
    let ports: BTreeSet<Port> = ports.collect();
    let guarded = agents.iter().any(is_guarded);
    let guard = 5 + usize::from(gateway_is_reachable(policy)) + 1;
    let provided = agents.iter().any(|agent| !agent.provider_hosts.is_empty());

    // Each set of hosts once, whoever names it.
    let mut hosts: BTreeSet<Vec<&HostPattern>> = BTreeSet::new();
    hosts.extend(rules().flat_map(|rule| by_port(rule).into_values()));
    hosts.extend(
        agents
            .iter()
            .map(|agent| agent.provider_hosts.iter().collect()),
    );
    let hosts = hosts.iter().map(|hosts| ways(hosts.iter().copied()));
    let hosts: usize = hosts.map(|(names, under)| names + 2 * under).sum();

    // Annotations and LAN lists by what the statement says.
    let (mut notes, mut lan, mut refused) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for agent in agents {
        let is_report = agent.mode == Mode::Report;
        let named = |rules: &[HostRule]| {
            let rules = rules.iter().filter(|rule| !rule.hosts.is_empty());
            rules
                .map(|rule| rule.origin.key.to_string())
                .collect::<Vec<_>>()
        };
        notes.extend(named(&agent.allows));
        notes.extend(agent.cdp.iter().map(|cdp| cdp.origin.key.to_string()));
        for rule in &agent.lan {
            lan.insert((rule.origin.key, rule.ports.is_all()));
        }
        let denied = named(&agent.denies);
        if is_report {
            notes.extend(denied.into_iter().map(|key| format!("would {key}")));
            refused.insert(alike(&agent.denies));
        } else {
            notes.extend(denied);
        }
        if agent.access == Access::Full {
            notes.insert(agent.access_origin.key.to_string());
        } else if is_report {
            notes.insert("would default-deny".to_owned());
        }
    }
    refused.remove(&Vec::new());
    let of_lan = lan.iter().map(|(_, is_all)| 2 + usize::from(!is_all));

    // Several agents, but not all.
    let groups = sections
        .iter()
        .flat_map(BTreeMap::values)
        .map(|(set, _)| set);
    let groups: BTreeSet<_> = groups
        .filter(|set| (2..agents.len()).contains(&set.len()))
        .collect();

    COMMON_LISTS
        + usize::from(!agents.is_empty())
        + usize::from(!policy.ssl_ports().is_empty())
        + ports.len()
        + if guarded { guard } else { 0 }
        + usize::from(provided)
        + hosts
        + notes.len()
        + of_lan.sum::<usize>()
        + refused.len()
        + groups.len()
        + 2 * agents.len()
        + 2 * cdp_ports(policy).count()
}
