//! The words of a change: the same ones in every form that people read.

use std::fmt::Write as _;

use policy_core::decide::{BuiltIn, Cause, Kind};
use policy_core::ir::Route;
use policy_core::reach::diff::{ChangeKind, Witness};
use policy_core::reach::{NameRegion, Place, Survey, Way};

use super::reach::{Entry, Outcome, reach};
use super::{Changes, Side};
use policy_core::diagnostic::visible;

/// How many exceptions of one place are written out.
const MAX_EXCEPTIONS: usize = 8;

/// A place; where it is all but a long list, the end of that list is only counted. Leaving
/// exceptions out never makes a reach look smaller than it is.
pub(in crate::report) fn shown(place: &Place) -> String {
    let (short, n_all) = match place {
        Place::Names(names) => {
            let except: Vec<_> = names.except.iter().take(MAX_EXCEPTIONS).cloned().collect();
            let short = NameRegion {
                except,
                ..names.clone()
            };
            (Place::Names(short), names.except.len())
        }
        Place::PublicAddresses { except } => {
            let short = except.iter().take(MAX_EXCEPTIONS).copied().collect();
            (Place::PublicAddresses { except: short }, except.len())
        }
        Place::Listener => return "cdp at host".to_owned(),
        other => (other.clone(), 0),
    };
    match n_all.saturating_sub(MAX_EXCEPTIONS) {
        0 => short.to_string(),
        more => format!("{short} and {more} more"),
    }
}

/// The request, with what a question of the policy does not ask for.
pub(in crate::report) fn witness(witness: &Witness) -> String {
    let mut text = match witness.kind {
        _ if witness.is_asked_by_a_question() || witness.resolving_to.is_some() => String::new(),
        Kind::Connect => "CONNECT ".to_owned(),
        Kind::Plain | Kind::OtherScheme => "a plain request to ".to_owned(),
    };
    // Writing to a string cannot fail.
    let _ = write!(text, "{witness}");
    if let Some(address) = witness.resolving_to {
        let _ = write!(text, " resolving to {address}");
    }
    text
}

/// By which way a request passes: `via gateway`.
fn by(outcome: &Outcome<'_>) -> String {
    let Some(way) = outcome.way else {
        return "refused".to_owned();
    };
    match (way.route, outcome.host_port) {
        (Route::Forward, Some(port)) => format!("to the browser at host:{port}"),
        _ => passage(way),
    }
}

/// A way, as far as it says by itself.
pub(in crate::report) fn passage(way: Way) -> String {
    match (way.route, way.is_guarded) {
        (Route::Gateway, false) => "via gateway".to_owned(),
        (Route::Gateway, true) => format!("via gateway, {IF_PUBLIC}"),
        (Route::Direct, _) => "direct, past the gateway".to_owned(),
        (Route::Forward, _) => "to a browser".to_owned(),
    }
}

/// What [`by`] says of a way that is open now: with what it means.
fn by_now(outcome: &Outcome<'_>) -> String {
    match outcome.host_port {
        Some(_) => by(outcome) + ", and wherever that goes",
        None => by(outcome),
    }
}

/// The condition of `access full`.
const IF_PUBLIC: &str = "only while it resolves to public addresses";

/// What decides, for people: a place in the text and the reason given there, or the built-in rule.
/// Nothing where it goes without saying.
pub(in crate::report) fn reason(outcome: &Outcome<'_>) -> Option<String> {
    match (outcome.cause?, outcome.statement) {
        (Cause::Statement(origin), Some(statement)) => {
            let mut text = format!("{}:{}", visible(statement.file), statement.line);
            if let Some(because) = &origin.because {
                let _ = write!(text, " \"{}\"", visible(because));
            }
            Some(text)
        }
        (Cause::BuiltIn(BuiltIn::Provider), _) => {
            let provider = outcome.provider?;
            Some(format!("implied by provider {provider}"))
        }
        (Cause::BuiltIn(BuiltIn::Report), _) => Some("by `mode report` alone".to_owned()),
        _ => None,
    }
}

/// What grants a way, as the end of a sentence: `, by policy.reeve:7`.
fn grant(outcome: &Outcome<'_>) -> String {
    match reason(outcome) {
        Some(reason) if outcome.statement.is_some() => format!(", by {reason}"),
        Some(reason) => format!(", {reason}"),
        None => String::new(),
    }
}

/// The whole story of an entry: how its witness passes, why, and what was before.
pub(super) fn story(entry: &Entry<'_>) -> String {
    let (before, after) = (&entry.before, &entry.after);
    let denied = |outcome: &Outcome<'_>, lead| {
        let reason = outcome.statement.and_then(|_| reason(outcome));
        reason.map_or(String::new(), |reason| {
            format!("; {lead} denied by {reason}")
        })
    };
    let (was, is) = (grant(before), grant(after));
    match (before.way, after.way) {
        (Some(old), Some(new)) if old.is_guarded != new.is_guarded && old.route == new.route => {
            let condition = |way: Way| match way.is_guarded {
                true => IF_PUBLIC,
                false => "whatever it resolves to",
            };
            let (old, new) = (condition(old), condition(new));
            format!("via gateway {new}{is}; was {old}{was}")
        }
        (Some(_), Some(_)) => format!("{}{is}; was {}{was}", by_now(after), by(before)),
        (None, _) => format!("{}{is}{}", by_now(after), denied(before, "was")),
        (Some(_), None) => format!("was {}{was}{}", by(before), denied(after, "now")),
    }
}

/// The route's name, as the language has it.
pub(super) fn route_of(way: Way) -> &'static str {
    match way.route {
        Route::Gateway => "gateway",
        Route::Direct => "direct",
        Route::Forward => "forward",
    }
}

/// The routes of an entry, in short: `gateway`, `gateway, was direct`.
pub(super) fn routes(entry: &Entry<'_>) -> String {
    let short = |outcome: &Outcome<'_>| {
        let way = outcome.way?;
        Some(match (way.is_guarded, outcome.host_port) {
            (true, _) => "gateway while public".to_owned(),
            (false, Some(port)) => format!("{} to host:{port}", route_of(way)),
            (false, None) => route_of(way).to_owned(),
        })
    };
    match (short(&entry.before), short(&entry.after)) {
        (Some(before), Some(after)) if before != after => format!("{after}, was {before}"),
        (_, Some(only)) | (Some(only), None) => only,
        (None, None) => String::new(),
    }
}

/// Who gains, loses or is re-routed, in one line.
pub fn summary(changes: &Changes<'_>) -> String {
    let n_agents = |kind| {
        let mut agents = Vec::new();
        for agent in &changes.agents {
            agents.extend(agent.entries.iter().find(|entry| entry.kind == kind));
        }
        agents.len()
    };
    let n_edges = |kind| {
        changes
            .edges
            .iter()
            .filter(|edge| edge.kind == kind)
            .count()
    };
    let mut parts: Vec<String> = Vec::new();
    for (kind, one, many) in [
        (ChangeKind::Gained, "gains", "gain"),
        (ChangeKind::Rerouted, "is re-routed", "are re-routed"),
        (ChangeKind::Lost, "loses", "lose"),
    ] {
        let n = n_agents(kind);
        let verb = if n == 1 { one } else { many };
        let noun = match (parts.is_empty(), n) {
            (false, _) => "",
            (true, 1) => " agent",
            (true, _) => " agents",
        };
        if n > 0 {
            parts.push(format!("{n}{noun} {verb}"));
        }
    }
    for (kind, verb) in [(ChangeKind::Gained, "gained"), (ChangeKind::Lost, "lost")] {
        let n = n_edges(kind);
        if n > 0 {
            parts.push(format!("{n} edge{} {verb}", plural(n)));
        }
    }
    let settings = changes.settings.iter();
    parts.extend(settings.map(|own| format!("another {}", own.setting)));
    match (parts.is_empty(), changes.is_same_text) {
        (false, _) => parts.join(", "),
        (true, true) => "no change of reach".to_owned(),
        (true, false) => "no change of reach; only the text differs".to_owned(),
    }
}

/// All that a policy opens, in numbers.
pub fn total(side: Side<'_>) -> String {
    let survey = Survey::new(side.policy);
    let agents = &side.policy.agents;
    let mut n_places = 0;
    for agent in agents {
        let entries = reach(side, &survey, agent);
        n_places += entries
            .iter()
            .map(|entry| entry.places.len())
            .sum::<usize>();
    }
    let (n_agents, n_edges) = (agents.len(), side.policy.edges.len());
    format!(
        "the first policy: {n_agents} agent{}, {n_places} destination{}, {n_edges} edge{}",
        plural(n_agents),
        plural(n_places),
        plural(n_edges),
    )
}

fn plural(n: usize) -> &'static str {
    if n == 1 { "" } else { "s" }
}
