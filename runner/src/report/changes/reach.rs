//! The parts of a reach, each with the statements behind it.

use std::net::IpAddr;

use policy_core::decide::{Cause, Decision, Host, Resolved};
use policy_core::ir::{Agent, Route};
use policy_core::name::Name;
use policy_core::port::Port;
use policy_core::reach::diff::{Change, ChangeKind, Witness, changes};
use policy_core::reach::{Answers, Place, Ports, Routes, Survey, Way};
use policy_core::sources::Sources;
use serde::Serialize;

use super::Side;

/// Destinations and ports that pass alike, for the same reasons.
#[derive(Clone, Debug)]
pub struct Entry<'a> {
    /// In which direction it changes.
    pub kind: ChangeKind,
    /// Whether it gives the agent what was kept from it.
    pub widens: bool,
    /// The destinations; never empty.
    pub places: Vec<Place>,
    /// On which ports.
    pub ports: Ports,
    /// One request out of all.
    pub witness: Witness,
    /// What the old policy says to it.
    pub before: Outcome<'a>,
    /// What the new policy says to it.
    pub after: Outcome<'a>,
}

/// What a policy says to a request, and why.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome<'a> {
    /// How it passes, if it does.
    pub way: Option<Way>,
    /// The port of the Docker host that a CDP listener leads to.
    pub host_port: Option<Port>,
    /// What decides; `None` where the policy does not have the agent.
    pub cause: Option<Cause<'a>>,
    /// Where the statement stands that decides.
    pub statement: Option<Statement<'a>>,
    /// The agent's model provider.
    pub provider: Option<&'a Name>,
}

/// Where a statement begins; lines and columns count from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Statement<'a> {
    /// The file.
    pub file: &'a str,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
}

/// All that an agent reaches, as the parts of one change from nothing.
pub fn reach<'a>(side: Side<'a>, survey: &Survey<'a>, agent: &'a Agent) -> Vec<Entry<'a>> {
    let answers = survey.answers(agent);
    let all = changes(&Routes::default(), &answers.routes());
    let pair = Pair {
        before: None,
        after: Some((side, answers)),
    };
    pair.entries(all)
}

/// The answers to one agent in two policies.
pub(super) struct Pair<'a> {
    pub(super) before: Option<(Side<'a>, Answers<'a>)>,
    pub(super) after: Option<(Side<'a>, Answers<'a>)>,
}

impl<'a> Pair<'a> {
    /// The parts of the changes, each with the statements that make it so.
    pub(super) fn entries(&self, changes: Vec<Change>) -> Vec<Entry<'a>> {
        let mut entries: Vec<Entry<'a>> = Vec::new();
        for change in changes {
            let start = entries.len();
            let widens = change.widens();
            for place in change.places {
                let witness = witness(&place, &change.witness);
                let before = outcome(self.before.as_ref(), &place, &witness, change.from);
                let after = outcome(self.after.as_ref(), &place, &witness, change.to);
                let mut own = entries.iter_mut().skip(start);
                match own.find(|entry| entry.before == before && entry.after == after) {
                    Some(entry) => entry.places.push(place),
                    None => entries.push(Entry {
                        kind: change.kind,
                        widens,
                        places: vec![place],
                        ports: change.ports.clone(),
                        witness,
                        before,
                        after,
                    }),
                }
            }
        }
        entries
    }
}

/// A request for one place of a change, given one for all of them.
fn witness(place: &Place, of_change: &Witness) -> Witness {
    let mut witness = of_change.clone();
    match (place, place.witness()) {
        (_, Some(Host::Name(name))) => witness.host = name.to_string(),
        (_, Some(Host::Address(address))) => witness.host = address.to_string(),
        (Place::ResolvingTo(range), _) => witness.resolving_to = Some(range.first),
        _ => {}
    }
    witness
}

fn outcome<'a>(
    side: Option<&(Side<'a>, Answers<'a>)>,
    place: &Place,
    witness: &Witness,
    way: Option<Way>,
) -> Outcome<'a> {
    let Some((side, answers)) = side else {
        return Outcome::default();
    };
    let agent = answers.agent();
    let host = match place {
        Place::Listener => Host::Address(IpAddr::V4(agent.proxy)),
        _ => Host::read(&witness.host),
    };
    let resolved: Vec<IpAddr> = witness.resolving_to.into_iter().collect();
    let resolved = match place {
        Place::ResolvingTo(_) if way.is_none() => Resolved::To(&resolved),
        // What lets a name pass is the same whatever it resolves to.
        _ => Resolved::Public,
    };
    let verdict = answers.answer(&host, witness.port.get(), witness.kind, resolved);
    let leads_to_host = verdict.decision == Decision::Allow(Route::Forward);
    let cdp = agent.cdp.as_ref().filter(|_| leads_to_host);
    Outcome {
        way,
        host_port: cdp.map(|cdp| cdp.host_port),
        cause: Some(verdict.cause),
        statement: statement(side.sources, verdict.cause),
        provider: agent.provider.as_ref(),
    }
}

fn statement<'a>(sources: &'a Sources, cause: Cause<'a>) -> Option<Statement<'a>> {
    let Cause::Statement(origin) = cause else {
        return None;
    };
    let (file, at) = sources.locate(origin.span);
    Some(Statement {
        file,
        line: at.line,
        column: at.column,
    })
}
