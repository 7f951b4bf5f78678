//! Whether an invariant holds for all requests: nobody but these agents reaches any destination of
//! the targets, by any method, on any port that is guarded.
//!
//! It is about names and addresses as written, for a name that resolves to a public address: where
//! a name leads otherwise is not looked at.

use std::net::IpAddr;

use crate::ast::Extent;
use crate::decide::{Cause, Decision, Host, Kind};
use crate::ir::{Agent, Exclusive, Guarded, Policy};
use crate::port::Port;

use super::diff::Witness;
use super::name_map::NameMap;
use super::place::Ports;
use super::range_map::RangeMap;
use super::row::Row;
use super::survey::Survey;
use super::{Answer, Answers};

/// A way in which an agent reaches what it must not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation<'a> {
    /// What the invariant is called.
    pub title: &'a str,
    /// The line of it that does not hold.
    pub line: &'a Exclusive,
    /// Who reaches the target.
    pub agent: &'a Agent,
    /// One request out of all.
    pub witness: Witness,
    /// How that request is decided, and by what.
    pub decision: Decision,
    /// The statement or the built-in rule that lets it pass.
    pub cause: Cause<'a>,
}

/// Every line of an invariant and every agent that breaks it, in the order of the text.
pub fn violations(policy: &Policy) -> Vec<Violation<'_>> {
    let lines = policy
        .invariants
        .iter()
        .flat_map(|own| own.lines.iter().map(move |line| (&*own.title, line)));
    let lines: Vec<(&str, &Exclusive, Vec<Target>)> = lines
        .map(|(title, line)| (title, line, line.targets.iter().map(Target::of).collect()))
        .collect();
    if lines.is_empty() {
        return Vec::new();
    }
    let survey = Survey::new(policy);
    let mut found: Vec<(usize, Violation<'_>)> = Vec::new();
    for agent in &policy.agents {
        let answers = survey.answers(agent);
        for (at, (title, line, targets)) in lines.iter().enumerate() {
            if line.only.iter().any(|name| name.is(&agent.name)) {
                continue;
            }
            let broken = targets.iter().find_map(|target| target.reached(&answers));
            found.extend(broken.map(|(witness, answer)| {
                let violation = Violation {
                    title,
                    line,
                    agent,
                    witness,
                    decision: answer.decision,
                    cause: answer.cause,
                };
                (at, violation)
            }));
        }
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, violation)| violation).collect()
}

/// What is guarded, as a map that can be laid over another.
struct Target {
    port: Option<Port>,
    extent: Cover,
}

enum Cover {
    Names(NameMap<bool>),
    /// IPv4 and IPv6: an IPv4-mapped network guards the IPv4 addresses it stands for.
    Addresses(RangeMap<u32, bool>, RangeMap<u128, bool>),
}

/// The bits before the IPv4 address in an IPv4-mapped one.
const MAPPED: u128 = 0xffff << 32;

impl Target {
    fn of(guarded: &Guarded) -> Self {
        let extent = match &guarded.what {
            Extent::Names(pattern) => {
                let mut names = NameMap::constant(false);
                names.paint(pattern, |_| true);
                Cover::Names(names)
            }
            Extent::Net(net) => {
                let (mut v4, mut v6) = (RangeMap::constant(false), RangeMap::constant(false));
                match (net.network(), net.broadcast()) {
                    (IpAddr::V4(first), IpAddr::V4(last)) => {
                        v4.paint(first.to_bits()..=last.to_bits(), |_| true);
                    }
                    (IpAddr::V6(first), IpAddr::V6(last)) => {
                        let (first, last) = (first.to_bits(), last.to_bits());
                        v6.paint(first..=last, |_| true);
                        let (low, high) = (MAPPED.max(first), (MAPPED | 0xffff_ffff).min(last));
                        let carried = |bits: u128| u32::try_from(bits & 0xffff_ffff).ok();
                        if let (true, Some(low), Some(high)) =
                            (low <= high, carried(low), carried(high))
                        {
                            v4.paint(low..=high, |_| true);
                        }
                    }
                    _ => {}
                }
                Cover::Addresses(v4, v6)
            }
        };
        Self {
            port: guarded.port,
            extent,
        }
    }

    /// A request for the target that passes, and its answer.
    fn reached<'a>(&self, answers: &Answers<'a>) -> Option<(Witness, Answer<'a>)> {
        let all = &answers.destinations;
        let ports = |row: &Row<Answer<'_>>| {
            let mut ports = Ports::of(row, |answer| answer.way().is_some());
            if let Some(port) = self.port {
                ports = ports.only(port);
            }
            ports
        };
        let passes = |is_target: &bool, row: &Row<Answer<'_>>| match is_target {
            true => ports(row),
            false => Ports::default(),
        };
        let host = match &self.extent {
            Cover::Names(names) => {
                let passing = names.zip_with(&all.names, passes);
                let mut regions = passing.regions();
                let region = regions.find(|(_, ports)| !ports.is_empty());
                region.map(|(region, _)| Host::Name(region.witness))
            }
            Cover::Addresses(v4, v6) => {
                if let Some(found) = self.listener(answers, v4) {
                    return Some(found);
                }
                let v4 = v4.zip_with(&all.v4, passes);
                let v4 = v4.ranges().find(|(_, _, ports)| !ports.is_empty());
                let v4 = v4.map(|(first, _, _)| Host::Address(IpAddr::V4(first.into())));
                v4.or_else(|| {
                    let v6 = v6.zip_with(all.v6(), passes);
                    let found = v6.ranges().find(|(_, _, ports)| !ports.is_empty());
                    found.map(|(first, _, _)| Host::Address(IpAddr::V6(first.into())))
                })
            }
        }?;
        let row = all.get(&host);
        let (port, kind) = ports(row).witness()?;
        let answer = *row.by_port().get(port.get()).get(kind)?;
        Some((Witness::of(&host, port, kind)?, answer))
    }

    /// The CDP listener, on the address of the agent's proxy.
    fn listener<'a>(
        &self,
        answers: &Answers<'a>,
        v4: &RangeMap<u32, bool>,
    ) -> Option<(Witness, Answer<'a>)> {
        let proxy = answers.agent().proxy;
        let (port, answer) = answers.forward?;
        let is_guarded = *v4.get(proxy.to_bits()) && self.port.is_none_or(|own| own == port);
        let host = Host::Address(IpAddr::V4(proxy));
        let witness = is_guarded.then(|| Witness::of(&host, port, Kind::Plain))??;
        Some((witness, answer))
    }
}
