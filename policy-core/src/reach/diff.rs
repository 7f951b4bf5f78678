//! What one policy lets its agents do and another does not, exactly and for people.
//!
//! Both policies become maps, and the maps are subtracted, so nothing is missed between samples:
//! a difference is empty exactly when every request of every agent takes the same route. Agents are
//! the same by their names; where their addresses lie makes no difference.

mod settings;

pub use self::settings::SettingChange;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use crate::decide::{Host, Kind};
use crate::ir::{Policy, Route};
use crate::name::Name;
use crate::port::{Port, PortRange};

use super::destinations::Destinations;
use super::groups::groups;
use super::place::{Place, Ports, addresses};
use super::row::Row;
use super::survey::Survey;
use super::{Routes, Way};

/// How one policy differs from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// The agents whose reach differs, by folded name.
    pub agents: Vec<AgentDiff>,
    /// The edges of one policy alone, by sender.
    pub edges: Vec<EdgeChange>,
    /// What differs for all agents at once, and is no matter of destinations.
    pub settings: Vec<SettingChange>,
}

/// How the reach of one agent differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AgentDiff {
    /// Its name, as the new policy spells it if it has the agent.
    pub name: Name,
    /// Which policies have it.
    pub presence: Presence,
    /// What differs; never empty.
    pub changes: Vec<Change>,
}

/// Which policies have something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// Both.
    Both,
    /// The new one alone.
    New,
    /// The old one alone.
    Old,
}

/// Destinations that are reached otherwise than before.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// In which direction.
    pub kind: ChangeKind,
    /// How they were reached.
    pub from: Option<Way>,
    /// How they are reached now.
    pub to: Option<Way>,
    /// On which ports.
    pub ports: Ports,
    /// Which they are; never empty.
    pub places: Vec<Place>,
    /// One request out of all.
    pub witness: Witness,
}

/// Whether a reach grows or shrinks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ChangeKind {
    /// More passes than before.
    Gained,
    /// It passes by another route, or ends at another port of the host.
    Rerouted,
    /// Less passes than before.
    Lost,
}

/// One request.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Witness {
    /// The host, as a question of the policy names it.
    pub host: String,
    /// The port.
    pub port: Port,
    /// The method.
    pub kind: Kind,
    /// What the name resolves to, where the difference only shows for such an address.
    pub resolving_to: Option<IpAddr>,
}

/// An edge of one policy alone, by the names of its agents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct EdgeChange {
    /// Who sends.
    pub from: Box<str>,
    /// Who receives.
    pub to: Box<str>,
    /// What the sender calls the receiver.
    pub local_name: Box<str>,
    /// Whether it is new or no more.
    pub kind: ChangeKind,
}

impl Diff {
    /// Whether every agent reaches the same as before, agents included, by the same way.
    pub fn is_empty(&self) -> bool {
        self.agents.is_empty() && self.edges.is_empty() && self.settings.is_empty()
    }

    /// Whether anything passes that did not before, or passes by what was kept from it: past the
    /// gateway, to another gateway, or between agents.
    pub fn widens(&self) -> bool {
        let mut changes = self.agents.iter().flat_map(|agent| &agent.changes);
        let mut edges = self.edges.iter();
        changes.any(Change::widens)
            || edges.any(|edge| edge.kind == ChangeKind::Gained)
            || self.settings.iter().any(|setting| setting.widens)
    }
}

impl Change {
    /// Whether more passes than before, or past the gateway, or to another service of the host.
    pub fn widens(&self) -> bool {
        match self.kind {
            ChangeKind::Gained => true,
            ChangeKind::Rerouted => route(self.to) != Some(Route::Gateway),
            ChangeKind::Lost => false,
        }
    }
}

impl Witness {
    /// A request for `host`; `None` for one that has no text.
    pub(super) fn of(host: &Host, port: Port, kind: Kind) -> Option<Self> {
        let host = match host {
            Host::Name(name) => name.to_string(),
            Host::Address(address) => address.to_string(),
            Host::Malformed => return None,
        };
        Some(Self {
            host,
            port,
            kind,
            resolving_to: None,
        })
    }

    /// Whether `can` and `cannot` ask this very request.
    pub fn is_asked_by_a_question(&self) -> bool {
        let usual = match self.port {
            Port::HTTP => Kind::Plain,
            _ => Kind::Connect,
        };
        let is_listener = self.host == LISTENER && self.kind == Kind::Plain;
        self.resolving_to.is_none() && (self.kind == usual || is_listener)
    }
}

/// The word of the language for the CDP listener.
pub const LISTENER: &str = "host";

/// What `new` lets its agents do that `old` does not, and the other way round.
pub fn diff(old: &Policy, new: &Policy) -> Diff {
    let (old_survey, new_survey) = (Survey::new(old), Survey::new(new));
    let names: BTreeSet<String> = [old, new]
        .iter()
        .flat_map(|policy| &policy.agents)
        .map(|agent| agent.name.folded())
        .collect();
    let agents = names.iter().filter_map(|name| {
        let (before, after) = (old.agent(name), new.agent(name));
        let presence = match (before, after) {
            (Some(_), Some(_)) => Presence::Both,
            (None, _) => Presence::New,
            (_, None) => Presence::Old,
        };
        let routes = [
            before.map(|agent| old_survey.answers(agent).routes()),
            after.map(|agent| new_survey.answers(agent).routes()),
        ];
        let [before_routes, after_routes] = routes.map(Option::unwrap_or_default);
        let changes = changes(&before_routes, &after_routes);
        (!changes.is_empty()).then_some(AgentDiff {
            name: after.or(before)?.name.clone(),
            presence,
            changes,
        })
    });
    Diff {
        agents: agents.collect(),
        edges: edges(old, new),
        settings: settings::changes(old, new),
    }
}

/// What differs between two reaches, what is gained first.
pub fn changes(old: &Routes, new: &Routes) -> Vec<Change> {
    let mut found = listener(old, new);
    found.extend(closed(old, new));
    if old.destinations != new.destinations {
        found.extend(destinations(old, new));
    }
    found.sort();
    found
}

type Ways = (Option<Way>, Option<Way>);

fn destinations(old: &Routes, new: &Routes) -> Vec<Change> {
    let both = old.destinations.zip_with(&new.destinations, |old, new| {
        old.zip_with(new, |old, new| (old != new).then_some((*old, *new)))
    });
    let groups = groups(&both).into_iter();
    groups
        .filter_map(|group| change(group.value, group.ports, group.places, &group.witness))
        .collect()
}

fn change(ways: Ways, ports: Ports, places: Vec<Place>, host: &Host) -> Option<Change> {
    let (from, to) = ways;
    let (port, kind) = ports.witness()?;
    let is_about_guard = from.is_some() && to.is_some() && route(from) == route(to);
    Some(Change {
        kind: direction(from, to),
        from,
        to,
        places,
        witness: Witness {
            // Loopback is closed to every name that is guarded.
            resolving_to: is_about_guard.then_some(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            ..Witness::of(host, port, kind)?
        },
        ports,
    })
}

fn route(way: Option<Way>) -> Option<Route> {
    way.map(|way| way.route)
}

fn direction(from: Option<Way>, to: Option<Way>) -> ChangeKind {
    match (from, to) {
        (None, _) => ChangeKind::Gained,
        (_, None) => ChangeKind::Lost,
        (Some(from), Some(to)) if from.route != to.route => ChangeKind::Rerouted,
        (Some(from), Some(_)) if from.is_guarded => ChangeKind::Gained,
        _ => ChangeKind::Lost,
    }
}

/// The CDP listener, which is one port or none. Behind another port of the host is another service.
fn listener(old: &Routes, new: &Routes) -> Vec<Change> {
    let way = Some(Way {
        route: Route::Forward,
        is_guarded: false,
    });
    let change = |port: Port, kind: ChangeKind, (from, to): Ways| Change {
        kind,
        from,
        to,
        ports: Ports {
            usual: [PortRange::from(port)].into_iter().collect(),
            ..Ports::default()
        },
        places: vec![Place::Listener],
        witness: Witness {
            host: LISTENER.to_owned(),
            port,
            kind: Kind::Plain,
            resolving_to: None,
        },
    };
    match (old.forward, new.forward) {
        (old, new) if old == new => Vec::new(),
        (Some(old), Some(new)) if old.listen == new.listen => {
            vec![change(new.listen, ChangeKind::Rerouted, (way, way))]
        }
        (old, new) => {
            let lost = old.map(|own| change(own.listen, ChangeKind::Lost, (way, None)));
            let gained = new.map(|own| change(own.listen, ChangeKind::Gained, (None, way)));
            lost.into_iter().chain(gained).collect()
        }
    }
}

/// Where names must not resolve to; it is the same for all names that are guarded, so it differs
/// for those that are in both.
fn closed(old: &Routes, new: &Routes) -> Vec<Change> {
    let open = Destinations::constant(Row::constant(false));
    if old.closed == new.closed || [&old.closed, &new.closed].iter().any(|own| ***own == open) {
        return Vec::new();
    }
    let way = Some(Way {
        route: Route::Gateway,
        is_guarded: true,
    });
    let guarded = old.destinations.zip_with(&new.destinations, |old, new| {
        old.zip_with(new, |old, new| *old == way && *new == way)
    });
    let Some(Host::Name(name)) = guarded.witness(|row| row.cells().any(|(_, _, _, both)| *both))
    else {
        return Vec::new();
    };
    let mut changes = Vec::new();
    for ways in [(None, way), (way, None)] {
        let (was, is) = (ways.0.is_none(), ways.1.is_none());
        let by_ports = old.closed.zip_with(&new.closed, |old, new| {
            let differs = old.zip_with(new, |old, new| (*old, *new) == (was, is));
            Ports::of(&differs, |differs| *differs)
        });
        let all: BTreeSet<&Ports> = by_ports.regions().map(|(_, ports)| ports).collect();
        for ports in all.into_iter().filter(|ports| !ports.is_empty()) {
            let ranges: Vec<_> = addresses(&by_ports.map(|own| own == ports)).collect();
            let (Some(first), Some((port, kind))) = (ranges.first(), ports.witness()) else {
                continue;
            };
            changes.push(Change {
                kind: direction(ways.0, ways.1),
                from: ways.0,
                to: ways.1,
                witness: Witness {
                    host: name.to_string(),
                    port,
                    kind,
                    resolving_to: Some(first.first),
                },
                places: ranges.into_iter().map(Place::ResolvingTo).collect(),
                ports: ports.clone(),
            });
        }
    }
    changes
}

fn edges(old: &Policy, new: &Policy) -> Vec<EdgeChange> {
    let (before, after) = (named_edges(old), named_edges(new));
    let change = |key: &EdgeKey, names: &(Box<str>, Box<str>), kind| EdgeChange {
        from: names.0.clone(),
        to: names.1.clone(),
        local_name: key.1.clone(),
        kind,
    };
    let lost = before.iter().filter(|(key, _)| !after.contains_key(*key));
    let lost = lost.map(|(key, names)| change(key, names, ChangeKind::Lost));
    let gained = after.iter().filter(|(key, _)| !before.contains_key(*key));
    let gained = gained.map(|(key, names)| change(key, names, ChangeKind::Gained));
    let mut edges: Vec<EdgeChange> = lost.chain(gained).collect();
    edges.sort();
    edges
}

/// Sender, local name, receiver; agents by folded name, since their ids are not what they are.
type EdgeKey = (String, Box<str>, String);

fn named_edges(policy: &Policy) -> BTreeMap<EdgeKey, (Box<str>, Box<str>)> {
    let by_id: BTreeMap<&str, &Name> = policy
        .agents
        .iter()
        .map(|agent| (&*agent.id, &agent.name))
        .collect();
    let named = policy.edges.iter().filter_map(|edge| {
        let (from, to) = (by_id.get(&*edge.from)?, by_id.get(&*edge.to)?);
        let key = (from.folded(), edge.local_name.clone(), to.folded());
        Some((key, (from.as_str().into(), to.as_str().into())))
    });
    named.collect()
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

impl fmt::Display for ChangeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ChangeKind::Gained => "gained",
            ChangeKind::Rerouted => "rerouted",
            ChangeKind::Lost => "lost",
        })
    }
}

impl fmt::Display for Change {
    /// The destinations and their ports: `pypi.org, .crates.io ports 80,443`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, place) in self.places.iter().enumerate() {
            let comma = if at == 0 { "" } else { ", " };
            write!(f, "{comma}{place}")?;
        }
        self.ports.fmt(f)
    }
}
