//! The policy's own tests and invariants, tried.

use std::ptr;

use crate::ast::Destination;
use crate::decide::{Cause, Decision, Kind, Resolved};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::explain::{Answer, Asked, words};
use crate::ir::{Policy, Question, Route};
use crate::reach::examine::{Failure as Examined, examine};
use crate::reach::invariant::Violation;
use crate::span::Span;

/// One `test` or `invariant`.
#[derive(Clone, Debug)]
pub struct Trial<'p> {
    /// What it is called.
    pub title: &'p str,
    /// What it is.
    pub claim: Claim,
    /// What of it does not hold.
    pub failures: Vec<Failure<'p>>,
}

/// Which statement makes a claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Claim {
    /// `test`
    Test,
    /// `invariant`
    Invariant,
}

/// A request that is not answered as the policy claims.
#[derive(Clone, Debug)]
pub struct Failure<'p> {
    /// The claim: a destination of a test, or a line of an invariant.
    pub span: Span,
    /// A destination for which it does not hold.
    pub witness: Destination,
    /// What is claimed.
    pub expected: Expected,
    /// What is so instead.
    pub answer: Answer<'p>,
}

/// What a claim says of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// It passes, by a route if the claim names one.
    Allow(Option<Route>),
    /// It is refused.
    Deny,
}

impl Claim {
    /// The code of a failure.
    pub fn code(self) -> Code {
        match self {
            Claim::Test => Code::TestFailed,
            Claim::Invariant => Code::InvariantFailed,
        }
    }
}

impl Failure<'_> {
    /// The failure as a finding.
    pub fn diagnostic(&self, policy: &Policy, claim: Claim) -> Diagnostic {
        let (name, witness) = (&self.answer.agent.name, &self.witness);
        let usual = Asked {
            agent: name,
            destination: witness,
            kind: None,
            resolved: Resolved::Public,
        };
        let kind = match self.answer.kind {
            kind if usual.answer(policy).is_some_and(|usual| usual.kind == kind) => "",
            Kind::Connect => " when asked with CONNECT",
            Kind::Plain | Kind::OtherScheme => " when asked with a plain request",
        };
        let verdict = &self.answer.verdict;
        let (message, label) = match (self.expected, verdict.decision) {
            (Expected::Allow(Some(wanted)), Decision::Allow(found)) => (
                format!("`{name}` reaches `{witness}` via {found}, not via {wanted}"),
                "this allows it",
            ),
            (_, Decision::Allow(route)) => (
                format!("`{name}` reaches `{witness}` via {route}{kind}"),
                "this allows it",
            ),
            (_, Decision::Deny) => (
                format!("`{name}` does not reach `{witness}`"),
                "this denies it",
            ),
        };
        let found = Diagnostic::error(claim.code(), self.span, message);
        match verdict.cause {
            Cause::Statement(origin) => found.related(origin.span, label),
            Cause::BuiltIn(rule) => found.help(words(policy, &usual, &self.answer, rule)),
        }
    }
}

/// Tries everything: tests first, each in the order of the text.
pub fn trials(policy: &Policy) -> Vec<Trial<'_>> {
    let examined = examine(policy);
    let tests = policy.tests.iter().map(|test| Trial {
        title: &test.title,
        claim: Claim::Test,
        failures: examined
            .iter()
            .filter_map(|failure| match failure {
                Examined::Question { question, kind, .. } => {
                    let is_own = test.questions.iter().any(|own| ptr::eq(own, *question));
                    is_own.then(|| of_question(policy, question, *kind))?
                }
                Examined::Invariant(_) => None,
            })
            .collect(),
    });
    let invariants = policy.invariants.iter().map(|invariant| Trial {
        title: &invariant.title,
        claim: Claim::Invariant,
        failures: examined
            .iter()
            .filter_map(|failure| match failure {
                Examined::Invariant(violation) => {
                    let is_own = invariant
                        .lines
                        .iter()
                        .any(|own| ptr::eq(own, violation.line));
                    is_own.then(|| of_violation(policy, violation))?
                }
                Examined::Question { .. } => None,
            })
            .collect(),
    });
    tests.chain(invariants).collect()
}

/// Every failure as a finding.
pub fn report(policy: &Policy, report: &mut Report) {
    for trial in trials(policy) {
        for failure in &trial.failures {
            report.push(failure.diagnostic(policy, trial.claim));
        }
    }
}

fn of_question<'p>(policy: &'p Policy, question: &Question, kind: Kind) -> Option<Failure<'p>> {
    let asked = Asked {
        agent: &question.agent,
        destination: &question.destination,
        kind: Some(kind),
        resolved: Resolved::Public,
    };
    Some(Failure {
        span: question.span,
        witness: question.destination.clone(),
        expected: match question.can {
            true => Expected::Allow(question.via),
            false => Expected::Deny,
        },
        answer: asked.answer(policy)?,
    })
}

fn of_violation<'p>(policy: &'p Policy, violation: &Violation<'_>) -> Option<Failure<'p>> {
    let witness = Destination {
        host: violation.witness.host.as_str().into(),
        port: violation.witness.port,
    };
    let asked = Asked {
        agent: &violation.agent.name,
        destination: &witness,
        kind: Some(violation.witness.kind),
        resolved: Resolved::Public,
    };
    Some(Failure {
        span: violation.line.span,
        expected: Expected::Deny,
        answer: asked.answer(policy)?,
        witness,
    })
}
