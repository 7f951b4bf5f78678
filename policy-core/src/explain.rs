//! Why a request is allowed or denied, and which edit of the text would change that.
//!
//! An edit is found by trying: each step is written into a copy of the text, which is compiled and
//! asked again. So what is suggested has been seen to do what it says, and an edit that the
//! compiler would refuse is never suggested.

mod edit;
mod step;
mod words;

pub use self::edit::Change;
pub use self::words::{hopeless, words};

use crate::ast::Destination;
use crate::decide::{BuiltIn, Cause, Decision, Kind, Resolved, Verdict, decide};
use crate::diagnostic::Report;
use crate::edit::Edit;
use crate::facts::Facts;
use crate::ir::{Agent, Policy};
use crate::name::Name;
use crate::sources::Sources;
use crate::span::Span;
use crate::trial::trials;

use self::edit::Draft;
use self::step::Way;

/// The most edits that one remedy takes; what needs more is another policy.
const MAX_STEPS: usize = 8;

/// A question about an agent.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// Who asks.
    pub agent: &'a Name,
    /// What for.
    pub destination: &'a Destination,
    /// How; where there is none, as a question of the policy asks.
    pub kind: Option<Kind>,
    /// What the host resolves to.
    pub resolved: Resolved<'a>,
}

/// A question, its answer, and how the request was read.
#[derive(Clone, Debug)]
pub struct Answer<'p> {
    /// Who asks.
    pub agent: &'p Agent,
    /// How it was asked.
    pub kind: Kind,
    /// The host that was asked for, where the question only hints at it.
    pub host: String,
    /// The answer.
    pub verdict: Verdict<'p>,
}

/// What an edit is to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Aim {
    /// That the request is allowed, and not by `mode report` alone.
    Allow,
    /// That it is denied.
    Deny,
}

/// Edits that together change the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remedy {
    /// What they reach.
    pub aim: Aim,
    /// What they are, in the order in which they were found.
    pub changes: Vec<Change>,
    /// The same as edits of the text, in its order and apart from each other.
    pub edits: Vec<Edit>,
    /// The answer with them.
    pub decision: Decision,
    /// The statement that gives it, where it stands in the text as it is.
    pub statement: Option<Span>,
    /// The rule that gives it, where it is built in.
    pub rule: Option<BuiltIn>,
    /// The policy's own tests that hold now, and not with the edits.
    pub breaks: Vec<String>,
}

impl Asked<'_> {
    /// The answer of a policy; `None` when it has no such agent.
    pub fn answer<'p>(&self, policy: &'p Policy) -> Option<Answer<'p>> {
        let agent = policy.agent(self.agent.as_str())?;
        let asked = policy.request(agent, self.destination);
        let mut request = asked.as_request();
        request.kind = self.kind.unwrap_or(request.kind);
        request.resolved = self.resolved;
        Some(Answer {
            agent,
            kind: request.kind,
            host: request.host.to_owned(),
            verdict: decide(policy, &request),
        })
    }
}

impl Aim {
    fn is_reached(self, verdict: &Verdict<'_>) -> bool {
        match self {
            Aim::Allow => verdict.decision != Decision::Deny && verdict.would.is_none(),
            Aim::Deny => verdict.decision == Decision::Deny,
        }
    }
}

/// The edits that would change the answer of `policy`, which is what the sources mean; each has
/// been seen to do so.
pub fn remedies(
    sources: &Sources,
    facts: &Facts,
    policy: &Policy,
    asked: &Asked<'_>,
) -> Vec<Remedy> {
    let failed = failed(policy);
    let mut found: Vec<Remedy> = Vec::new();
    for way in Way::ALL {
        if let Some(mut remedy) = try_way(sources, facts, policy, asked, way)
            && !found.iter().any(|other| other.edits == remedy.edits)
        {
            remedy.breaks.retain(|title| !failed.contains(title));
            found.push(remedy);
        }
    }
    found
}

/// Takes one step after the other until the answer is another one.
fn try_way(
    sources: &Sources,
    facts: &Facts,
    policy: &Policy,
    asked: &Asked<'_>,
    way: Way,
) -> Option<Remedy> {
    let mut draft = Draft::new(sources, asked.agent)?;
    let answer = asked.answer(policy)?;
    if way.aim().is_reached(&answer.verdict) {
        return None;
    }
    draft.changes = way.step(asked, &answer, &[], &draft)?;
    for _ in 0..MAX_STEPS {
        let edits = draft.edits();
        let edited = apply(sources, &edits)?;
        let compiled = crate::understand(&edited, Report::default(), facts);
        let (policy, _) = compiled.policy?;
        let answer = asked.answer(&policy)?;
        let verdict = &answer.verdict;
        if way.aim().is_reached(verdict) {
            let (statement, rule) = match verdict.cause {
                Cause::Statement(origin) => (crate::edit::before(&edits, origin.span), None),
                Cause::BuiltIn(rule) => (None, Some(rule)),
            };
            return Some(Remedy {
                aim: way.aim(),
                changes: draft.changes,
                edits,
                decision: verdict.decision,
                statement,
                rule,
                breaks: failed(&policy),
            });
        }
        let next = way.step(asked, &answer, &edits, &draft)?;
        draft.changes.extend(next);
    }
    None
}

/// The titles of the policy's own tests that do not hold.
fn failed(policy: &Policy) -> Vec<String> {
    let trials = trials(policy).into_iter();
    let failed = trials.filter(|trial| !trial.failures.is_empty());
    failed.map(|trial| trial.title.to_owned()).collect()
}

/// The sources with edits of one file in them; `None` when they cannot be read any more.
pub fn apply(sources: &Sources, edits: &[Edit]) -> Option<Sources> {
    let Some(first) = edits.first() else {
        return Some(sources.clone());
    };
    let id = first.span.file;
    let text = crate::edit::apply(&sources.file(id)?.text, edits)?;
    let (edited, report) = sources.with_text(id, text);
    (!report.has_errors()).then_some(edited)
}
