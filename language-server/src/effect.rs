//! What an agent reaches, in words: the exact map of the policy, region by region.

use std::fmt::Write as _;
use std::net::Ipv4Addr;

use policy_core::decide::{BuiltIn, Cause, Decision, Kind, Request, decide};
use policy_core::ir::{Access, Agent, HostRule, Mode, Origin, Policy, Route};
use policy_core::reach::{Answer, Lead, Region, Row, answers};
use policy_core::span::FileId;

/// How many lines of a list are shown.
const MAX_SHOWN: usize = 40;

/// How a destination is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Way {
    route: Route,
    /// Whether no statement asks for it.
    is_implied: bool,
}

fn way(answer: &Answer<'_>) -> Option<Way> {
    match answer.decision {
        Decision::Allow(route) => Some(Way {
            route,
            is_implied: answer.cause == Cause::BuiltIn(BuiltIn::Provider),
        }),
        Decision::Deny => None,
    }
}

/// The regions that an agent reaches, names first.
fn reached(policy: &Policy, agent: &Agent) -> Vec<(Region, Row<Option<Way>>)> {
    let ways = answers(policy, agent).destinations.map(|row| row.map(way));
    let regions = ways.regions();
    let some = regions.filter(|(_, row)| row.cells().any(|(_, _, _, way)| way.is_some()));
    some.map(|(region, row)| (region, row.clone())).collect()
}

/// Everything about an agent, in Markdown.
pub(crate) fn agent(policy: &Policy, agent: &Agent) -> String {
    let mut text = format!(
        "**agent {}** \u{2014} `access {}`",
        agent.name,
        access(agent.access)
    );
    if agent.mode == Mode::Report {
        text += ", `mode report`: what would be refused is only logged";
    }
    match &agent.provider {
        Some(provider) => text += &format!("\n\nModel provider: `{provider}`"),
        None => text += "\n\nNo model provider",
    }
    let _ = write!(
        text,
        "; addresses: `{}`; id: `{}`\n\n",
        agent.block, agent.id
    );
    text += "It reaches:\n\n";
    let reached = reached(policy, agent);
    let lines = reached.iter().map(|(region, row)| line(region, row));
    let forward = agent.cdp.iter().map(|cdp| {
        let (listen, there) = (cdp.listen, cdp.host_port);
        format!("a browser: port {listen} of the proxy \u{2192} port {there} of the host (CDP)")
    });
    list(&mut text, lines.chain(forward));
    let (n_ok, n_failed) = trials(policy, agent);
    if n_ok + n_failed > 0 {
        let _ = write!(text, "\n{}", tests(n_ok, n_failed));
    }
    text
}

/// The same in a few words.
pub(crate) fn summary(policy: &Policy, agent: &Agent) -> String {
    let mut n_names = 0;
    let mut is_every = false;
    for (region, _) in reached(policy, agent) {
        match region {
            Region::Names(names) => match names.lead {
                Lead::Pattern(_) => n_names += 1,
                Lead::Every | Lead::OneLabel | Lead::Dotted => is_every = true,
            },
            Region::V4(..) | Region::V6(..) | Region::Malformed => {}
        }
    }
    let mut text = match is_every {
        true => "reaches every public name".to_owned(),
        false => format!("reaches {}", counted(n_names, "name")),
    };
    if !agent.lan.is_empty() {
        text += &format!(", {}", counted(agent.lan.len(), "LAN grant"));
    }
    if let Some(cdp) = &agent.cdp {
        text += &format!(", CDP :{}", cdp.listen);
    }
    let (n_ok, n_failed) = trials(policy, agent);
    if n_ok + n_failed > 0 {
        text += &format!("; {}", tests(n_ok, n_failed));
    }
    text
}

/// What the rule at a byte of a file is called in the log, and what it decides.
pub(crate) fn rule(policy: &Policy, file: FileId, offset: usize) -> Option<String> {
    let here = |origin: &Origin| origin.span.file == file && origin.span.range().contains(&offset);
    for agent in &policy.agents {
        let hosts = |verb: &str, rule: &HostRule| {
            let shown = rule.hosts.iter().map(|host| match host.value.port {
                Some(port) => format!("`{}:{port}`", host.value.pattern),
                None => format!("`{}`", host.value.pattern),
            });
            let mut text = format!(
                "In the log: `{}`. {verb} {}:\n\n",
                rule.origin.key, agent.name
            );
            list(&mut text, shown);
            text
        };
        if let Some(rule) = agent.allows.iter().find(|rule| here(&rule.origin)) {
            return Some(hosts("Allows, through the gateway, agent", rule));
        }
        if let Some(rule) = agent.denies.iter().find(|rule| here(&rule.origin)) {
            return Some(hosts("Denies agent", rule));
        }
        if let Some(rule) = agent.lan.iter().find(|rule| here(&rule.origin)) {
            let (key, net, ports) = (rule.origin.key, rule.net, &rule.ports);
            let what = "Allows, directly";
            return Some(format!(
                "In the log: `{key}`. {what}: `{net}`, ports `{ports}`.\n"
            ));
        }
        if let Some(cdp) = agent.cdp.as_ref().filter(|cdp| here(&cdp.origin)) {
            let (key, listen, there) = (cdp.origin.key, cdp.listen, cdp.host_port);
            return Some(format!(
                "In the log: `{key}`. Leads from port {listen} of the proxy to port {there} of the \
                 Docker host.\n"
            ));
        }
    }
    None
}

/// How many questions of the policy about an agent come out as it says, and how many do not.
fn trials(policy: &Policy, agent: &Agent) -> (usize, usize) {
    let questions = policy.tests.iter().flat_map(|test| &test.questions);
    let own = questions.filter(|question| question.agent.is(&agent.name));
    own.fold((0, 0), |(n_ok, n_failed), question| {
        let asked = policy.request(agent, &question.destination);
        let usual = asked.as_request();
        let is_ok = if question.can {
            match decide(policy, &usual).decision {
                Decision::Allow(route) => question.via.is_none_or(|via| via == route),
                Decision::Deny => false,
            }
        } else {
            // What cannot be reached is refused with either kind of request.
            [Kind::Connect, Kind::Plain].into_iter().all(|kind| {
                let request = Request {
                    kind,
                    ..usual.clone()
                };
                decide(policy, &request).decision == Decision::Deny
            })
        };
        (n_ok + usize::from(is_ok), n_failed + usize::from(!is_ok))
    })
}

fn tests(n_ok: usize, n_failed: usize) -> String {
    match n_failed {
        0 => format!("tests {n_ok} ok"),
        _ => format!("tests {n_ok} ok, {n_failed} failed"),
    }
}

/// Adds lines as a list, as many as one can read.
pub(crate) fn list(text: &mut String, lines: impl Iterator<Item = String>) {
    let lines: Vec<String> = lines.collect();
    for line in lines.iter().take(MAX_SHOWN) {
        *text += &format!("- {line}\n");
    }
    match lines.len() {
        0 => *text += "- nothing\n",
        n_lines if n_lines > MAX_SHOWN => {
            *text += &format!("- and {} more\n", n_lines - MAX_SHOWN);
        }
        _ => {}
    }
}

fn line(region: &Region, row: &Row<Option<Way>>) -> String {
    let mut text = format!("`{}`", shown(region));
    let mut parts: Vec<(Way, Vec<(u16, u16)>)> = Vec::new();
    for (first, last, _, way) in row.cells() {
        let Some(way) = way else { continue };
        let ranges = match parts.iter().position(|(other, _)| other == way) {
            Some(at) => parts.get_mut(at),
            None => {
                parts.push((*way, Vec::new()));
                parts.last_mut()
            }
        };
        if let Some((_, ranges)) = ranges
            && ranges.last() != Some(&(first, last))
        {
            ranges.push((first, last));
        }
    }
    for (at, (way, ranges)) in parts.iter().enumerate() {
        let by = match way.route {
            Route::Gateway => "through the gateway",
            Route::Direct => "directly",
            Route::Forward => "through CDP",
        };
        let lead = if at == 0 { ' ' } else { ',' };
        let _ = write!(text, "{lead}{} {by}", ports(ranges));
        if way.is_implied {
            text += " (implied by the provider)";
        }
    }
    text
}

fn ports(ranges: &[(u16, u16)]) -> String {
    let mut joined: Vec<(u16, u16)> = Vec::new();
    for (first, last) in ranges {
        match joined.last_mut() {
            Some((_, end)) if end.checked_add(1) == Some(*first) => *end = *last,
            _ => joined.push((*first, *last)),
        }
    }
    let shown = joined.iter().map(|(first, last)| match (first, last) {
        (0 | 1, &u16::MAX) => "every port".to_owned(),
        _ if first == last => format!(":{first}"),
        _ => format!(":{first}-{last}"),
    });
    shown.collect::<Vec<_>>().join(" ")
}

fn shown(region: &Region) -> String {
    match region {
        Region::Names(names) => names.to_string(),
        Region::V4(first, last) => range(*first, *last),
        Region::V6(first, last) if first == last => first.to_string(),
        Region::V6(first, last) => format!("{first} to {last}"),
        Region::Malformed => "hosts that cannot be read".to_owned(),
    }
}

/// An address, a network where it is one, or two ends.
fn range(first: Ipv4Addr, last: Ipv4Addr) -> String {
    let n_before = u32::from(last) - u32::from(first);
    let is_network = n_before & n_before.wrapping_add(1) == 0 && u32::from(first) & n_before == 0;
    match n_before.count_ones() {
        0 => first.to_string(),
        n_bits if is_network => format!("{first}/{}", 32 - n_bits),
        _ => format!("{first} to {last}"),
    }
}

fn access(access: Access) -> &'static str {
    match access {
        Access::Full => "full",
        Access::List => "list",
        Access::ModelOnly => "model-only",
    }
}

fn counted(number: usize, what: &str) -> String {
    match number {
        1 => format!("1 {what}"),
        _ => format!("{number} {what}s"),
    }
}
