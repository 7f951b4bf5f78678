//! How a policy becomes the map of what an agent reaches: layer over layer, the weakest first.
//!
//! `decide` reads from the strongest rule down and stops at the first that speaks. Here each rule
//! covers what the weaker ones said. Nothing is asked of `decide`; the two agree because a test
//! asks both.

use std::sync::Arc;

use ipnet::IpNet;

use crate::address;
use crate::decide::{BuiltIn, Cause, Decision, is_public_shape};
use crate::host::{HostPattern, Reach};
use crate::ir::{Access, Agent, HostRule, Mode, Policy, Route};
use crate::port::{Port, PortSet};

use super::destinations::Destinations;
use super::name_map::NameMap;
use super::range_map::RangeMap;
use super::row::{PerKind, Row};
use super::{Answer, Answers};

/// What is the same for every agent of a policy, and worth finding out once.
#[derive(Clone, Debug)]
pub struct Survey<'a> {
    policy: &'a Policy,
    floor_names: Vec<HostPattern>,
    lands: Destinations<Land>,
    /// The rule that refuses an internet destination by its port.
    gates: Row<Option<BuiltIn>>,
    /// Where a name of the internet must not resolve to.
    closed: Arc<Destinations<Row<bool>>>,
}

/// What an address is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Land {
    Floor,
    Private,
    Public,
    /// None of these: IPv6 that is not used.
    Unused,
}

/// What holds for names of one label, and for all others: the only trait of a name that counts
/// before any statement.
#[derive(Clone, Copy, Debug)]
struct ByShape<T> {
    one_label: T,
    dotted: T,
}

impl<'a> Survey<'a> {
    /// Looks at what the agents have in common.
    pub fn new(policy: &'a Policy) -> Self {
        let mut lands = Destinations::constant(Land::Unused);
        for (first, last) in address::public() {
            lands.paint(first, last, |_| Land::Public);
        }
        let own = IpNet::V4(policy.network.subnet);
        let private = address::private()
            .into_iter()
            .map(|net| (net, Land::Private));
        let floor = address::floor().into_iter().chain([own]);
        for (net, land) in private.chain(floor.map(|net| (net, Land::Floor))) {
            lands.paint(net.network(), net.broadcast(), |_| land);
        }
        let mut gates = RangeMap::constant(PerKind::same(Some(BuiltIn::SafePorts)));
        for range in policy.safe_ports.ranges() {
            gates.paint(range.first().get()..=range.last().get(), |_| {
                PerKind::same(None)
            });
        }
        let http = Port::HTTP.get();
        gates.paint(http..=http, |gate| PerKind {
            connect: gate.connect.or(Some(BuiltIn::SslPorts)),
            plain: gate.plain,
        });
        let gates = Row::from(gates);
        Self {
            policy,
            floor_names: policy.floor_names(),
            closed: Arc::new(closed(policy, &lands, &gates)),
            lands,
            gates,
        }
    }

    /// Everything `agent` gets for an answer.
    pub fn answers(&self, agent: &'a Agent) -> Answers<'a> {
        let malformed = Row::constant(Answer::refused(BuiltIn::Malformed));
        let mut destinations = self.lands.map(|land| self.land(agent, *land));
        destinations.names = self.names(agent);
        destinations.malformed = malformed;
        self.lan(agent, &mut destinations.v4);
        Answers {
            policy: self.policy,
            agent,
            destinations,
            forward: agent.cdp.as_ref().map(|cdp| {
                let answer = Answer::allowed(Route::Forward, Cause::Statement(&cdp.origin));
                (cdp.listen, answer)
            }),
            closed: Arc::clone(&self.closed),
        }
    }

    /// What `agent` gets for an address before any `lan`.
    fn land(&self, agent: &'a Agent, land: Land) -> Row<Answer<'a>> {
        match land {
            Land::Floor => Row::constant(Answer::refused(BuiltIn::Floor)),
            Land::Private => Row::constant(Answer::refused(BuiltIn::Private)),
            Land::Unused => self.through_gates(Answer::refused(BuiltIn::DefaultDeny)),
            Land::Public => {
                let answer = match agent.access {
                    Access::Full => full(agent),
                    Access::List | Access::ModelOnly => Answer::refused(BuiltIn::DefaultDeny),
                };
                self.through_gates(match agent.mode {
                    Mode::Enforce => answer,
                    Mode::Report => reported(answer),
                })
            }
        }
    }

    /// The `lan` grants, which end at the floor.
    fn lan(&self, agent: &'a Agent, v4: &mut RangeMap<u32, Row<Answer<'a>>>) {
        let floor = Row::constant(Answer::refused(BuiltIn::Floor));
        for rule in agent.lan.iter().rev() {
            let answer = Answer::allowed(Route::Direct, Cause::Statement(&rule.origin));
            let range = rule.net.network().to_bits()..=rule.net.broadcast().to_bits();
            let mut before: Option<(Row<Answer<'a>>, Row<Answer<'a>>)> = None;
            v4.paint(range, |row| match &before {
                _ if *row == floor => row.clone(),
                Some((from, to)) if from == row => to.clone(),
                _ => {
                    let painted = over_ports(row, &rule.ports, answer);
                    before = Some((row.clone(), painted.clone()));
                    painted
                }
            });
        }
        let gateway = self.policy.gateway.address.to_bits();
        let closed = self.policy.gateway.floor_ports();
        v4.paint(gateway..=gateway, |row| {
            over_ports(row, &closed, Answer::refused(BuiltIn::Floor))
        });
    }

    fn names(&self, agent: &'a Agent) -> NameMap<Row<Answer<'a>>> {
        let refused = Answer::refused(BuiltIn::DefaultDeny);
        let default = ByShape {
            one_label: refused,
            dotted: match agent.access {
                Access::Full => guarded(full(agent)),
                Access::List | Access::ModelOnly => refused,
            },
        };
        let default = self.rows(agent, default);
        let mut names = NameMap::by_shape(default.one_label, default.dotted);
        let through_gateway = |cause| Answer::allowed(Route::Gateway, cause);
        self.rules(agent, &agent.allows, &mut names, through_gateway);
        let provider = Cause::BuiltIn(BuiltIn::Provider);
        let provider = self.rows(agent, ByShape::same(through_gateway(provider)));
        for pattern in &agent.provider_hosts {
            provider.paint(&mut names, pattern, None);
        }
        self.rules(agent, &agent.denies, &mut names, Answer::denied);
        let floor = ByShape::same(Row::constant(Answer::refused(BuiltIn::Floor)));
        for pattern in &self.floor_names {
            floor.paint(&mut names, pattern, None);
        }
        names
    }

    /// The first rule that matches decides, so it is painted last.
    fn rules(
        &self,
        agent: &'a Agent,
        rules: &'a [HostRule],
        names: &mut NameMap<Row<Answer<'a>>>,
        answer: impl Fn(Cause<'a>) -> Answer<'a>,
    ) {
        for rule in rules.iter().rev() {
            let answer = answer(Cause::Statement(&rule.origin));
            let rows = self.rows(agent, ByShape::same(answer));
            for host in &rule.hosts {
                rows.paint(names, &host.value.pattern, host.value.port);
            }
        }
    }

    /// What becomes of the answers of the internet rules for names.
    fn rows(&self, agent: &Agent, enforced: ByShape<Answer<'a>>) -> ByShape<Row<Answer<'a>>> {
        let ByShape { one_label, dotted } = enforced;
        let is_allowed = |answer: Answer<'_>| matches!(answer.decision, Decision::Allow(_));
        let given = match agent.mode {
            Mode::Enforce => enforced,
            Mode::Report => ByShape {
                one_label: match is_allowed(one_label) {
                    true => one_label,
                    false => Answer::refused(BuiltIn::DefaultDeny),
                },
                dotted: match is_allowed(dotted) {
                    true => dotted,
                    false => guarded(reported(dotted)),
                },
            },
        };
        let dotted = self.through_gates(given.dotted);
        if given.one_label == given.dotted {
            return ByShape::same(dotted);
        }
        ByShape {
            one_label: self.through_gates(given.one_label),
            dotted,
        }
    }

    fn through_gates(&self, answer: Answer<'a>) -> Row<Answer<'a>> {
        self.gates.map(|gate| gate.map_or(answer, Answer::refused))
    }
}

impl<T: Clone> ByShape<T> {
    fn same(value: T) -> Self {
        Self {
            one_label: value.clone(),
            dotted: value,
        }
    }
}

impl<'a> ByShape<Row<Answer<'a>>> {
    fn paint(
        &self,
        names: &mut NameMap<Row<Answer<'a>>>,
        pattern: &HostPattern,
        port: Option<Port>,
    ) {
        let name = pattern.name();
        if pattern.reach() == Reach::Within && !is_public_shape(name) {
            for reach in [Reach::Exact, Reach::Under] {
                self.paint(names, &HostPattern::new(reach, name.clone()), port);
            }
            return;
        }
        let row = match pattern.reach() {
            Reach::Exact if !is_public_shape(name) => &self.one_label,
            _ => &self.dotted,
        };
        let Some(port) = port.map(Port::get) else {
            names.paint(pattern, |_| row.clone());
            return;
        };
        let own = row.by_port().get(port);
        let mut last: Option<(Row<Answer<'a>>, Row<Answer<'a>>)> = None;
        names.paint(pattern, |row| match &last {
            Some((from, to)) if from == row => to.clone(),
            _ => {
                let mut by_port = row.by_port().clone();
                by_port.paint(port..=port, |_| *own);
                let painted = Row::from(by_port);
                last = Some((row.clone(), painted.clone()));
                painted
            }
        });
    }
}

fn over_ports<T: Copy + Eq>(row: &Row<T>, ports: &PortSet, value: T) -> Row<T> {
    let mut by_port = row.by_port().clone();
    for range in ports.ranges() {
        by_port.paint(range.first().get()..=range.last().get(), |_| {
            PerKind::same(value)
        });
    }
    by_port.into()
}

/// Where a name that only `access full` opens must not resolve to, on the ports it has.
fn closed(
    policy: &Policy,
    lands: &Destinations<Land>,
    gates: &Row<Option<BuiltIn>>,
) -> Destinations<Row<bool>> {
    let nowhere = Row::constant(false);
    let on_safe_ports = gates.map(Option::is_none);
    let mut closed = lands.map(|land| match land {
        Land::Floor | Land::Private => on_safe_ports.clone(),
        Land::Public | Land::Unused => nowhere.clone(),
    });
    let own = over_ports(&nowhere, &policy.gateway.floor_ports(), true);
    let own = own.zip_with(&on_safe_ports, |own, safe| *own && *safe);
    let gateway = policy.gateway.address.to_bits();
    closed.v4.paint(gateway..=gateway, |row| {
        row.zip_with(&own, |before, own| *before || *own)
    });
    closed
}

/// What `access full` adds.
fn full(agent: &Agent) -> Answer<'_> {
    Answer::allowed(Route::Gateway, Cause::Statement(&agent.access_origin))
}

/// What `mode report` makes of an answer where nothing closes the destination to `access full`.
fn reported(enforced: Answer<'_>) -> Answer<'_> {
    match enforced.decision {
        Decision::Allow(_) => enforced,
        Decision::Deny => Answer {
            would: Some(enforced.cause),
            ..Answer::allowed(Route::Gateway, Cause::BuiltIn(BuiltIn::Report))
        },
    }
}

fn guarded(answer: Answer<'_>) -> Answer<'_> {
    Answer {
        is_guarded: true,
        ..answer
    }
}
