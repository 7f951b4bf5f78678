//! What the servers have written down: the second half of every answer.
//!
//! An agent only sees that something came back. The gateway's log says who it was told to be, Squid's
//! why it decided, the resolver's who asked.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::bed::Bed;
use super::cast;
use super::measure::Cell;
use super::outcome::Outcome;
use super::probe::{Ask, path};
use crate::error::Error;

/// A tunnel is written down when it has ended on both sides.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait between two looks.
const POLL: Duration = Duration::from_millis(200);

/// What the gateway logs of a connection without a request: the look at its door was one.
const NO_REQUEST: &str = "error:transaction-end-before-headers";

/// Something that was looked up in a log for many cells at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What held, with how many of them.
    pub claim: String,
    /// Where it did not.
    pub failures: Vec<String>,
}

/// Reads the logs until they tell of every cell, or for as long as they may take.
pub fn findings(bed: &Bed<'_>, cells: &[Cell]) -> Result<Vec<Finding>, Error> {
    let end = Instant::now() + PATIENCE;
    loop {
        let findings = vec![
            gateway(bed, cells)?,
            device(cells),
            reasons(bed, cells)?,
            names(bed, cells)?,
        ];
        let complete = findings.iter().all(|finding| finding.failures.is_empty());
        if complete || Instant::now() >= end {
            return Ok(findings);
        }
        thread::sleep(POLL);
    }
}

/// Method and URL as a proxy logs them; nothing for what no proxy sees.
fn logged(number: usize, ask: &Ask) -> Option<String> {
    match ask {
        Ask::Plain { host, port: 80 } => Some(format!("GET http://{host}{}", path(number))),
        Ask::Plain { host, port } => Some(format!("GET http://{host}:{port}{}", path(number))),
        Ask::Tunnel { host, port } => Some(format!("CONNECT {host}:{port}")),
        _ => None,
    }
}

/// The gateway was asked for what the policy sends there and for nothing else, each time with the
/// credentials of the agent that asked.
fn gateway(bed: &Bed<'_>, cells: &[Cell]) -> Result<Finding, Error> {
    let container = cast::container(bed.state().instance(), "gateway");
    let text = bed.read(&container, "/run/gateway/access.log")?;
    let expected: BTreeSet<String> = cells
        .iter()
        .filter(|cell| cell.question.wanted == Outcome::Gateway)
        .filter_map(|cell| {
            Some(format!(
                "{} {}",
                cell.question.agent,
                logged(cell.number, &cell.question.ask)?
            ))
        })
        .collect();
    let seen: BTreeSet<String> = text
        .lines()
        .filter(|line| !line.contains(NO_REQUEST))
        .map(|line| line.split(' ').take(3).collect::<Vec<_>>().join(" "))
        .collect();
    let lost = expected
        .difference(&seen)
        .map(|line| format!("the gateway never saw `{line}`"));
    let extra = seen
        .difference(&expected)
        .map(|line| format!("the gateway saw `{line}`"));
    let count = expected.len();
    Ok(Finding {
        claim: format!("{count} requests came to the gateway, each with its own agent's token"),
        failures: lost.chain(extra).collect(),
    })
}

/// What goes to the LAN comes from Squid's own address, and the gateway's token stays behind; the
/// device itself has told so.
fn device(cells: &[Cell]) -> Finding {
    let direct = || {
        cells
            .iter()
            .filter(|cell| cell.question.wanted == Outcome::Direct)
    };
    let differing = direct().filter(|cell| !cell.holds()).map(|cell| {
        let (agent, ask) = (&cell.question.agent, &cell.question.ask);
        format!("{agent}, {ask}: {}", cell.measured)
    });
    Finding {
        claim: format!(
            "{} requests came to the label printer from Squid, without a token",
            direct().count()
        ),
        failures: differing.collect(),
    }
}

/// Every decision of Squid's is logged with the agent and with the reason that the specification
/// gives.
fn reasons(bed: &Bed<'_>, cells: &[Cell]) -> Result<Finding, Error> {
    let container = bed.state().instance().container();
    let text = bed.read(&container, "/var/log/portreeve/access.log")?;
    // time source agent verdict rule result method url …
    let mut seen: BTreeMap<(&str, String), (&str, &str)> = BTreeMap::new();
    for line in text.lines() {
        let fields: Vec<&str> = line.split(' ').collect();
        if let [_, _, agent, verdict, rule, _, method, url, ..] = fields.as_slice() {
            seen.insert((agent, format!("{method} {url}")), (verdict, rule));
        }
    }
    let mut failures = Vec::new();
    let mut count = 0;
    for cell in cells {
        let (question, number) = (&cell.question, cell.number);
        let (Some(rule), Some(request)) = (&question.rule, logged(number, &question.ask)) else {
            continue;
        };
        count += 1;
        let verdict = if question.wanted == Outcome::Refused {
            "deny"
        } else {
            "allow"
        };
        let agent = question.agent.as_str();
        match seen.get(&(agent, request.clone())) {
            Some(found) if *found == (verdict, rule.as_str()) => {}
            Some((found, by)) => failures.push(format!(
                "{agent}, `{request}`: Squid logged {found} by {by}, not {verdict} by {rule}"
            )),
            None => failures.push(format!("{agent}, `{request}`: Squid logged nothing")),
        }
    }
    let claim =
        format!("{count} decisions are logged with the agent and the statement behind them");
    Ok(Finding { claim, failures })
}

/// Every question about a name is logged with the address that asked.
fn names(bed: &Bed<'_>, cells: &[Cell]) -> Result<Finding, Error> {
    let container = bed.state().instance().container();
    let text = bed.read(&container, "/var/log/portreeve/dns.log")?;
    let mut failures = Vec::new();
    let mut count = 0;
    for cell in cells {
        if cell.question.wanted != Outcome::NoSuchName {
            continue;
        }
        let (Ask::Name { name, .. } | Ask::Library { name }) = &cell.question.ask else {
            continue;
        };
        count += 1;
        let (query, from) = (
            format!("query[A] {name} "),
            format!(" from {}", cell.source),
        );
        let told = |line: &str| line.contains(&query) && line.ends_with(&from);
        if !text.lines().any(told) {
            let agent = &cell.question.agent;
            failures.push(format!(
                "{agent}: no line of the resolver's says that it asked for {name}"
            ));
        }
    }
    let claim = format!("{count} questions about names are logged with who asked");
    Ok(Finding { claim, failures })
}
