//! Every atom of `squid.conf` against the policy.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};
use std::net::IpAddr;
use std::thread;

use policy_core::decide::{Cause, Decision, Resolved, Verdict};
use policy_core::ir::{Agent, Policy, Route};

use super::Proof;
use super::atoms::{self, Atom, Hosts, Shared};
use super::disproof::{Difference, Disproof, Side};
use super::list::{ListId, Test};
use super::meaning::{Destination, Meaning, Oracle};
use super::model::{Bits, Cell, Facts, Frame, Kind, Row, WIDTH, Way};
use super::names::{fresh_label, put};
use super::ports::ports;
use super::read::{self, Config, PeerKind, Unread};
use super::resolutions::{self, Resolution};
use super::sources::{Sieve, Source, View, classes};

/// What the log says of a request for Squid's own pages, which no policy speaks of.
const MANAGER: &str = "manager";

/// Reads `text` and compares it with the policy.
pub(super) fn squid_conf<'p>(
    policy: &'p Policy,
    text: &str,
    oracle: Oracle<'_, 'p>,
) -> Result<Proof, Disproof> {
    let config = read::read(text).map_err(Disproof::unread)?;
    settings(policy, &config)?;
    let patterns = |label: &str| {
        policy.agents.iter().any(|agent| {
            let rules = agent.denies.iter().chain(&agent.allows);
            let hosts = rules.flat_map(|rule| rule.hosts.iter().map(|host| &host.value.pattern));
            let mut patterns = hosts.chain(&agent.provider_hosts);
            patterns.any(|pattern| pattern.name().as_str().contains(label))
        })
    };
    let fresh = fresh_label(&|label| text.contains(label) || patterns(label));
    let shared = Shared::of(policy, &config, fresh);
    let sieve = Sieve::of(&config);
    let rules = |rules: &[read::Rule]| rules.len();
    let parts = config.lists.iter().map(|list| match &list.test {
        Test::AllOf(lines) => lines.len(),
        _ => 0,
    });
    let ways: usize = config.peers.iter().map(|peer| peer.access.len()).sum();
    let proof = Proof {
        agents: policy.agents.len(),
        rules: parts.sum::<usize>()
            + rules(&config.access)
            + ways
            + rules(&config.never_direct)
            + rules(&config.always_direct),
        cases: 0,
    };
    let sources = classes(&config, policy);
    let of_some = |sources: &[Source<'p>]| -> Result<usize, Disproof> {
        let mut known = Known::new();
        let each = sources.iter().map(|source| {
            let meaning = Meaning::of(policy, source, oracle);
            of_source(policy, &sieve, source, &meaning, &shared, &mut known)
        });
        each.sum()
    };
    let cases = in_parts(&sources, of_some)?;
    Ok(Proof { cases, ..proof })
}

/// Sources fewer than these are not worth a thread.
const PART: usize = 50;

/// The sum over all sources, on every processor. What fails first is the same each time.
fn in_parts<S: Sync>(
    sources: &[S],
    of_some: impl Fn(&[S]) -> Result<usize, Disproof> + Sync,
) -> Result<usize, Disproof> {
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let part = sources.len().div_ceil(n_threads).max(PART);
    thread::scope(|scope| {
        let parts: Vec<_> = sources
            .chunks(part)
            .map(|part| scope.spawn(|| of_some(part)))
            .collect();
        let sums = parts.into_iter().map(|part| match part.join() {
            Ok(sum) => sum,
            Err(panic) => std::panic::resume_unwind(panic),
        });
        sums.sum()
    })
}

/// Where Squid listens, and whom it asks for names.
fn settings(policy: &Policy, config: &Config<'_>) -> Result<(), Disproof> {
    let other = |what: &str, found: String, wanted: String| Disproof::Other {
        file: crate::file_set::SQUID_CONF,
        what: what.to_owned(),
        found,
        wanted,
    };
    let port = config.proxy_port.unwrap_or_default();
    let wanted = policy.network.proxy_port.get();
    if port != wanted {
        return Err(other(
            "the agents' port",
            port.to_string(),
            wanted.to_string(),
        ));
    }
    let looks_up = policy.agents.iter().any(is_guarded);
    let wanted = match looks_up {
        true => policy.resolvers.clone(),
        // dnsmasq, which knows no name: nothing is to be looked up.
        false => vec![IpAddr::from([127, 0, 0, 1])],
    };
    match &config.resolvers {
        Some(found) if *found == wanted => Ok(()),
        found => Err(other(
            "`dns_nameservers`",
            format!("{found:?}"),
            format!("{wanted:?}"),
        )),
    }
}

fn is_guarded(agent: &Agent) -> bool {
    use policy_core::ir::{Access, Mode};
    agent.access == Access::Full || agent.mode == Mode::Report
}

/// Compares all requests of one class of sources; how many there were.
fn of_source(
    policy: &Policy,
    sieve: &Sieve<'_, '_>,
    source: &Source<'_>,
    meaning: &Meaning<'_>,
    shared: &Shared<'_>,
    known: &mut Known,
) -> Result<usize, Disproof> {
    let view = sieve.view(source);
    let lists = atoms::host_lists(&view);
    let ports = ports(&view, policy, source.agent);
    let hosts = Hosts {
        shared,
        lists: &lists,
        agent: source.agent,
    };
    let hosts = hosts.atoms();
    let resolutions = resolutions(policy, &view, &lists, source, shared, known)?;
    let cells: Vec<Cell> = ports
        .iter()
        .flat_map(|port| Kind::ALL.map(|kind| (*port, kind)))
        .collect();
    let mut cases = 0;
    for cells in cells.chunks(WIDTH) {
        let frame = Frame::of(&view, cells, &lists);
        let mut row = Row::new();
        let mut agreed: BTreeSet<(usize, &Bits, bool)> = BTreeSet::new();
        for atom in &hosts {
            let any = resolutions.iter().map(Some);
            let count = if atom.is_address { 0 } else { usize::MAX };
            let unresolved = (atom.is_address || resolutions.is_empty()).then_some(None);
            let each = any.take(count).chain(unresolved);
            cases += each.clone().count() * cells.len();
            let to = meaning.destination(&atom.host);
            let class = to.class().map(|class| (class, &atom.bits, atom.is_address));
            if class.is_some_and(|class| !agreed.insert(class)) {
                continue;
            }
            for resolution in each {
                let mut bits = atom.bits.clone();
                if let Some(resolution) = resolution {
                    let both = bits.iter_mut().zip(&resolution.lists);
                    both.for_each(|(to, from)| *to |= from);
                }
                let facts = Facts {
                    bits: &bits,
                    is_address: atom.is_address,
                };
                frame.decide(&facts, &mut row);
                let comparison = Comparison {
                    policy,
                    view: &view,
                    source,
                    meaning,
                    to: &to,
                    atom,
                    resolution,
                };
                comparison.row(&frame.cells, &row)?;
            }
        }
    }
    Ok(cases)
}

/// Whether `text` is how a value is shown, without a copy of it.
fn is_shown(text: &str, value: &impl fmt::Display) -> bool {
    struct Rest<'t>(&'t str);
    impl fmt::Write for Rest<'_> {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            self.0 = self.0.strip_prefix(part).ok_or(fmt::Error)?;
            Ok(())
        }
    }
    let mut rest = Rest(text);
    write!(rest, "{value}").is_ok() && rest.0.is_empty()
}

/// What names may resolve to, by the lists that look up.
type Known = BTreeMap<Vec<ListId>, Vec<Resolution>>;

/// What a name may resolve to, with the lists of the view that hold it; nothing where neither side
/// asks.
fn resolutions(
    policy: &Policy,
    view: &View<'_, '_>,
    lists: &[ListId],
    source: &Source<'_>,
    shared: &Shared<'_>,
    known: &mut Known,
) -> Result<Vec<Resolution>, Disproof> {
    let looks_up: Vec<ListId> = view
        .tests()
        .filter(|(_, test)| matches!(test, Test::Address { looks_up: true, .. }))
        .map(|(id, _)| id)
        .collect();
    if looks_up.is_empty() && !source.agent.is_some_and(is_guarded) {
        return Ok(Vec::new());
    }
    if !known.contains_key(&looks_up) {
        let all = resolutions::resolutions(view.config, &looks_up, shared.starts(), policy);
        let all = all.ok_or_else(|| {
            Disproof::unread(Unread {
                line: 0,
                found: String::new(),
                why: "more lists that look names up than the proof can combine",
            })
        })?;
        known.insert(looks_up.clone(), all);
    }
    let place = |id: &ListId| lists.binary_search(id).unwrap_or_default();
    let places: Vec<usize> = looks_up.iter().map(place).collect();
    let of_view = |resolution: &Resolution| {
        let mut bits = vec![0; lists.len().div_ceil(64)];
        for (at, place) in places.iter().enumerate() {
            let word = resolution.lists.get(at / 64).copied().unwrap_or_default();
            if word >> (at % 64) & 1 == 1 {
                put(&mut bits, &[*place]);
            }
        }
        Resolution {
            addresses: resolution.addresses.clone(),
            lists: bits,
        }
    };
    let all = known.get(&looks_up).into_iter().flatten();
    Ok(all.map(of_view).collect())
}

/// One host, and what it resolves to.
struct Comparison<'a> {
    policy: &'a Policy,
    view: &'a View<'a, 'a>,
    source: &'a Source<'a>,
    meaning: &'a Meaning<'a>,
    to: &'a Destination<'a, 'a>,
    atom: &'a Atom<'a>,
    resolution: Option<&'a Resolution>,
}

impl Comparison<'_> {
    fn row(&self, cells: &[Cell], row: &Row<'_>) -> Result<(), Disproof> {
        for (at, (port, kind)) in cells.iter().enumerate() {
            let meant = self.meaning.ask(self.to, *port, *kind, self.resolved());
            let verdict = meant.verdict;
            let looks_up = row.looked_up >> at & 1 == 1;
            if !self.agrees(at, *kind, row, &verdict) || looks_up && !meant.may_look_up {
                return Err(self.differs(at, *port, *kind, row, &verdict, looks_up));
            }
        }
        Ok(())
    }

    fn resolved(&self) -> Resolved<'_> {
        match self.resolution {
            Some(resolution) => Resolved::To(&resolution.addresses),
            None => Resolved::Public,
        }
    }

    fn agrees(&self, at: usize, kind: Kind, row: &Row<'_>, verdict: &Verdict<'_>) -> bool {
        let notes = row.notes.get(at).copied().unwrap_or_default();
        let allowed = row.allowed >> at & 1 == 1;
        let agent = self.source.agent;
        let [who, said, rule, would] = notes;
        if who != agent.map(|agent| agent.name.as_str()) {
            return false;
        }
        if kind == Kind::Manager && agent.is_some() {
            return !allowed && said == Some("deny") && rule == Some(MANAGER) && would.is_none();
        }
        let route = match verdict.decision {
            Decision::Allow(route) => Some(route),
            Decision::Deny => None,
        };
        let is = |note: Option<&str>, cause: Cause<'_>| match cause {
            Cause::BuiltIn(built_in) => note == Some(built_in.name()),
            Cause::Statement(origin) => note.is_some_and(|note| is_shown(note, &origin.key)),
        };
        allowed == route.is_some()
            && said == Some(if allowed { "allow" } else { "deny" })
            && is(rule, verdict.cause)
            && verdict
                .would
                .map_or(would.is_none(), |cause| is(would, cause))
            && route.is_none_or(|route| self.leads(at, row, route))
    }

    /// Whether the file sends an allowed request where the policy says.
    fn leads(&self, at: usize, row: &Row<'_>, route: Route) -> bool {
        let way = row.ways.get(at).copied().unwrap_or_default();
        let peer = match way {
            Way::Peer(at) => self.view.peers.get(at).map(|(peer, _)| *peer),
            Way::Direct => return route == Route::Direct,
            Way::Unclear => None,
        };
        let Some(peer) = peer else { return false };
        let gateway = &self.policy.gateway;
        let cdp = self.source.agent.and_then(|agent| agent.cdp.as_ref());
        match route {
            Route::Direct => false,
            Route::Gateway => {
                peer.kind == PeerKind::Proxy
                    && (peer.address, peer.port) == (gateway.address, gateway.port.get())
            }
            Route::Forward => {
                peer.kind == PeerKind::Origin
                    && peer.address == self.policy.host_address
                    && cdp.is_some_and(|cdp| peer.port == cdp.host_port.get())
            }
        }
    }

    fn differs(
        &self,
        at: usize,
        port: u16,
        kind: Kind,
        row: &Row<'_>,
        verdict: &Verdict<'_>,
        looks_up: bool,
    ) -> Disproof {
        let would = |text: String| format!(" (`mode enforce`: {text})");
        let said = match (kind, self.source.agent) {
            (Kind::Manager, Some(_)) => format!("deny by `{MANAGER}`"),
            _ => {
                let decision = match verdict.decision {
                    Decision::Allow(route) => format!("allow via {route}"),
                    Decision::Deny => "deny".to_owned(),
                };
                let would = verdict.would.map(|cause| would(format!("`{cause}`")));
                format!(
                    "{decision} by `{}`{}",
                    verdict.cause,
                    would.unwrap_or_default()
                )
            }
        };
        let notes = row.notes.get(at).copied().unwrap_or_default();
        let note = |at: usize| notes.get(at).copied().flatten();
        let shown = |note: Option<&str>| format!("`{}`", note.unwrap_or("-"));
        let done = match row.allowed >> at & 1 {
            0 => "deny".to_owned(),
            _ => format!(
                "allow {}",
                self.way(row.ways.get(at).copied().unwrap_or_default())
            ),
        };
        let mut file = format!("{done} by {} to {}", shown(note(2)), shown(note(0)));
        if let Some(text) = note(3) {
            file.push_str(&would(format!("`{text}`")));
        }
        if note(1).is_none_or(|verdict| !done.starts_with(verdict)) {
            file.push_str(&format!(" and notes {}", shown(note(1))));
        }
        if looks_up {
            file.push_str(" after a look-up of the name");
        }
        Disproof::Differs(Box::new(Difference {
            agent: self.source.agent.map(|agent| agent.name.to_string()),
            source: self.source.address,
            kind,
            host: self.atom.host.to_string(),
            port,
            resolved: self
                .resolution
                .map(|resolution| resolution.addresses.clone()),
            policy: Side(said),
            file: Side(file),
            line: row.lines.get(at).copied().unwrap_or_default(),
        }))
    }

    fn way(&self, way: Way) -> String {
        let peer = match way {
            Way::Direct => return "directly".to_owned(),
            Way::Unclear => None,
            Way::Peer(at) => self.view.peers.get(at),
        };
        match peer {
            Some((peer, _)) => format!("via `{}` ({}:{})", peer.name, peer.address, peer.port),
            None => "by no way, or by one of several".to_owned(),
        }
    }
}
