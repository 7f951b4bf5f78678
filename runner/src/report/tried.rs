//! What the policies' own tests have shown, for people and for programs.

use std::fmt::Write as _;

use annotate_snippets::renderer::{AnsiColor, Effects, Style};
use policy_core::ast::Route;
use policy_core::decide::{BuiltIn, Cause};
use policy_core::diagnostic::Report;
use policy_core::ir::Policy;
use policy_core::sources::Sources;
use policy_core::trial::{Claim, Expected, Failure, Trial};
use serde::Serialize;

use super::place::{Beginning, beginning, decision, method, route};
use policy_core::diagnostic::visible;

/// The format.
const VERSION: u32 = 1;

const GOOD: Style = AnsiColor::BrightGreen.on_default();
const BAD: Style = AnsiColor::BrightRed.on_default().effects(Effects::BOLD);

/// One policy and what its tests have shown.
pub struct Tried<'a> {
    /// The text.
    pub sources: &'a Sources,
    /// What it means.
    pub policy: &'a Policy,
    /// Its tests.
    pub trials: Vec<Trial<'a>>,
}

#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    tests: Vec<Test<'a>>,
}

#[derive(Serialize)]
struct Test<'a> {
    title: &'a str,
    kind: &'static str,
    passed: bool,
    failures: Vec<Failed<'a>>,
}

#[derive(Serialize)]
struct Failed<'a> {
    #[serde(flatten)]
    place: Beginning<'a>,
    agent: &'a str,
    destination: String,
    method: &'static str,
    expected: &'static str,
    expected_route: Option<Route>,
    decision: &'static str,
    route: Option<Route>,
    statement: Option<Beginning<'a>>,
    rule: Option<BuiltIn>,
}

impl Tried<'_> {
    /// Whether something does not hold.
    pub fn has_failed(&self) -> bool {
        self.trials.iter().any(|trial| !trial.failures.is_empty())
    }
}

fn kind(claim: Claim) -> &'static str {
    match claim {
        Claim::Test => "test",
        Claim::Invariant => "invariant",
    }
}

/// One JSON document.
pub fn json(tried: &[Tried<'_>]) -> Result<String, serde_json::Error> {
    let tests = tried.iter().flat_map(|tried| {
        tried.trials.iter().map(|trial| Test {
            title: trial.title,
            kind: kind(trial.claim),
            passed: trial.failures.is_empty(),
            failures: trial
                .failures
                .iter()
                .map(|failure| failed(tried.sources, failure))
                .collect(),
        })
    });
    let document = Document {
        version: VERSION,
        tests: tests.collect(),
    };
    Ok(serde_json::to_string_pretty(&document)? + "\n")
}

fn failed<'a>(sources: &'a Sources, failure: &'a Failure<'a>) -> Failed<'a> {
    let verdict = &failure.answer.verdict;
    let (statement, rule) = match verdict.cause {
        Cause::Statement(origin) => (Some(beginning(sources, origin.span)), None),
        Cause::BuiltIn(rule) => (None, Some(rule)),
    };
    let (expected, expected_route) = match failure.expected {
        Expected::Allow(route) => ("allow", route),
        Expected::Deny => ("deny", None),
    };
    Failed {
        place: beginning(sources, failure.span),
        agent: failure.answer.agent.name.as_str(),
        destination: failure.witness.to_string(),
        method: method(failure.answer.kind),
        expected,
        expected_route,
        decision: decision(verdict.decision),
        route: route(verdict.decision),
        statement,
        rule,
    }
}

/// A line for each test, then every failure with the text it speaks of, then the sum.
pub fn human(tried: &[Tried<'_>]) -> String {
    let mut text = String::new();
    let mut failures = String::new();
    let (mut n_passed, mut n_failed) = (0, 0);
    for Tried {
        sources,
        policy,
        trials,
    } in tried
    {
        if let ([_, _, ..], Some(root)) = (tried, sources.files().first()) {
            let _ = writeln!(text, "{}", visible(&root.name));
        }
        let mut report = Report::default();
        for trial in trials {
            let (style, word) = if trial.failures.is_empty() {
                n_passed += 1;
                (GOOD, "ok")
            } else {
                n_failed += 1;
                (BAD, "FAILED")
            };
            let (kind, title) = (kind(trial.claim), visible(trial.title));
            let _ = writeln!(text, "{kind} \"{title}\" ... {style}{word}{style:#}");
            for failure in &trial.failures {
                report.push(failure.diagnostic(policy, trial.claim));
            }
        }
        failures.push_str(&super::human(sources, &report));
    }
    let blank = if text.is_empty() { "" } else { "\n" };
    let _ = writeln!(
        text,
        "{blank}{failures}{n_passed} passed, {n_failed} failed"
    );
    text
}
