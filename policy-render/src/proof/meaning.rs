//! What the policy says, asked destination by destination.
//!
//! The specification is [`policy_core::decide`]. It reads its whole agent for each request, so a
//! render asks the map of its answers instead (`policy_core::reach`), whose equality with it the
//! core proves; a test of ours asks `decide` itself about every atom.

use policy_core::decide::{
    self, BuiltIn, Cause, Decision, Host, Request, Resolved, Verdict, decide,
};
use policy_core::ir::{Agent, Policy};
use policy_core::reach::{Answer, Answers, Row, Survey};

use super::model::Kind;
use super::sources::Source;

/// Which side of the policy is asked.
#[derive(Clone, Copy)]
pub(super) enum Oracle<'s, 'p> {
    /// `decide`, about each request.
    Decide,
    /// The map of its answers.
    Map(&'s Survey<'p>),
}

/// The policy for one class of sources.
pub(super) struct Meaning<'p> {
    policy: &'p Policy,
    source: &'p Source<'p>,
    answers: Option<Answers<'p>>,
}

/// A destination, as the policy takes it.
pub(super) struct Destination<'m, 'p> {
    host: Host,
    text: &'m str,
    row: Option<&'m Row<Answer<'p>>>,
}

/// What the policy says to a request.
pub(super) struct Meant<'p> {
    pub(super) verdict: Verdict<'p>,
    /// Whether the name may be looked up.
    pub(super) may_look_up: bool,
}

impl<'p> Meaning<'p> {
    pub(super) fn of(policy: &'p Policy, source: &'p Source<'p>, oracle: Oracle<'_, 'p>) -> Self {
        let answers = match (oracle, source.agent) {
            (Oracle::Map(survey), Some(agent)) => Some(survey.answers(agent)),
            _ => None,
        };
        Meaning {
            policy,
            source,
            answers,
        }
    }

    /// The destination that a request names so.
    pub(super) fn destination<'m>(&'m self, text: &'m str) -> Destination<'m, 'p> {
        let host = Host::read(text);
        let is_listener =
            |agent: &Agent| agent.cdp.is_some() && host == Host::Address(agent.proxy.into());
        // The listener stands apart from the map.
        let answers = self.answers.as_ref();
        let answers = answers.filter(|_| !self.source.agent.is_some_and(is_listener));
        let row = answers.map(|answers| answers.destinations.get(&host));
        Destination { host, text, row }
    }

    pub(super) fn ask(
        &self,
        to: &Destination<'_, 'p>,
        port: u16,
        kind: Kind,
        resolved: Resolved<'_>,
    ) -> Meant<'p> {
        let kind = match kind {
            Kind::Connect => decide::Kind::Connect,
            Kind::Plain | Kind::Manager => decide::Kind::Plain,
            Kind::OtherScheme => decide::Kind::OtherScheme,
        };
        if let Some(row) = to.row {
            let answer = row.by_port().get(port).get(kind);
            match answer {
                Some(answer) if !answer.is_guarded => {
                    return Meant {
                        verdict: Verdict {
                            decision: answer.decision,
                            cause: answer.cause,
                            would: answer.would,
                        },
                        may_look_up: false,
                    };
                }
                Some(_) => {}
                None => {
                    return Meant {
                        verdict: Verdict {
                            decision: Decision::Deny,
                            cause: Cause::BuiltIn(BuiltIn::Scheme),
                            would: None,
                        },
                        may_look_up: false,
                    };
                }
            }
        }
        let says = |resolved: Resolved<'_>| match &self.answers {
            Some(answers) => answers.answer(&to.host, port, kind, resolved),
            None => {
                let request = Request {
                    source: self.source.address,
                    kind,
                    host: to.text,
                    port,
                    resolved,
                };
                decide(self.policy, &request)
            }
        };
        let unresolved = says(Resolved::To(&[]));
        Meant {
            verdict: says(resolved),
            may_look_up: unresolved.cause == Cause::BuiltIn(BuiltIn::Unresolved),
        }
    }
}

impl Destination<'_, '_> {
    /// Equal for two destinations only where the policy says the same to both; `None` where that is
    /// not known.
    pub(super) fn class(&self) -> Option<usize> {
        // Destinations of one statement share the row behind the reference, so its place says more
        // than that of the reference, and costs no comparison.
        self.row.map(|row| std::ptr::from_ref(row.by_port()).addr())
    }
}
