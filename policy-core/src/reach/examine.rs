//! The tests and the invariants that a policy carries: which of them fail, and why.

use crate::decide::{Decision, Kind, Request, Verdict, decide};
use crate::ir::{Policy, Question};
use crate::span::Span;

use super::invariant::{Violation, violations};

/// A `test` or an `invariant` that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure<'a> {
    /// A question is answered otherwise than it says.
    Question {
        /// What the test is called.
        title: &'a str,
        /// The question.
        question: &'a Question,
        /// The method that was asked with.
        kind: Kind,
        /// What was decided, and by what.
        verdict: Verdict<'a>,
    },
    /// An agent reaches what it must not.
    Invariant(Violation<'a>),
}

impl Failure<'_> {
    /// The place of the question, or of the line of the invariant.
    pub fn span(&self) -> Span {
        match self {
            Failure::Question { question, .. } => question.span,
            Failure::Invariant(violation) => violation.line.span,
        }
    }
}

/// Every question and every invariant that fails: tests first, each in the order of the text.
pub fn examine(policy: &Policy) -> Vec<Failure<'_>> {
    let mut failures = Vec::new();
    for test in &policy.tests {
        for question in &test.questions {
            let failed = asked(policy, question).into_iter();
            let mut failed = failed.filter(|(_, verdict)| !is_as_said(question, verdict));
            failures.extend(failed.next().map(|(kind, verdict)| Failure::Question {
                title: &test.title,
                question,
                kind,
                verdict,
            }));
        }
    }
    failures.extend(violations(policy).into_iter().map(Failure::Invariant));
    failures
}

/// The requests that a question asks, decided: `can` asks by the usual method, `cannot` by both.
fn asked<'a>(policy: &'a Policy, question: &Question) -> Vec<(Kind, Verdict<'a>)> {
    // The agent of a question is one of the policy's, or lowering would have said so.
    let Some(agent) = policy.agent(question.agent.as_str()) else {
        return Vec::new();
    };
    let asked = policy.request(agent, &question.destination);
    let usual = asked.as_request().kind;
    let other = match usual {
        Kind::Connect => Kind::Plain,
        Kind::Plain | Kind::OtherScheme => Kind::Connect,
    };
    let kinds = [usual, other].into_iter();
    kinds
        .take(if question.can { 1 } else { 2 })
        .map(|kind| {
            let request = Request {
                kind,
                ..asked.as_request()
            };
            (kind, decide(policy, &request))
        })
        .collect()
}

fn is_as_said(question: &Question, verdict: &Verdict<'_>) -> bool {
    match verdict.decision {
        Decision::Allow(route) => question.can && question.via.is_none_or(|via| via == route),
        Decision::Deny => !question.can,
    }
}
