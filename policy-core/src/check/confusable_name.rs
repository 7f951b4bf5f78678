//! Names that a reader takes for another one of the policy, or for one in another script.
//!
//! A grant for `paypa1.com` passes a review that looks for `paypal.com`, and an agent `c0der` gets
//! rules that were meant for `coder`. Every end of a host counts, since whoever owns the end owns
//! the name: `api.paypa1.com` is no part of `.paypal.com`.

mod host;
mod script;

use std::collections::BTreeMap;

use crate::ast::{NamedSet, Statement};
use crate::check::look_alike::LookAlike;
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::span::Span;

pub(super) const CHECK: Check = Check {
    code: Code::ConfusableName,
    run: check,
};

fn check(subject: &Subject<'_>, report: &mut Report) {
    let look_alike = LookAlike::default();
    let set_name = |set: &NamedSet| (set.name.value.folded(), Some(set.name.span));
    let (mut sets, mut providers) = (Vec::new(), Vec::new());
    for item in subject.statements() {
        match &item.node {
            Statement::Hosts(set) => sets.push(set_name(set)),
            Statement::Provider(set) => providers.push(set_name(set)),
            _ => {}
        }
    }
    let agents = subject.policy.agents.iter();
    let agents = agents.map(|agent| (agent.name.folded(), Some(agent.span)));
    let built_in = subject.facts.providers.keys();
    providers.extend(built_in.map(|name| (name.clone(), None)));
    names("agent", agents.collect(), &look_alike, report);
    names("set", sets, &look_alike, report);
    names("provider", providers, &look_alike, report);
    host::check(subject, &look_alike, report);
    script::check(subject, &look_alike, report);
}

/// Tells of every name of one kind that looks like one before it; one without a place is known
/// without a word in the policy.
fn names(
    what: &str,
    mut names: Vec<(String, Option<Span>)>,
    look_alike: &LookAlike,
    report: &mut Report,
) {
    names.sort_by_key(|(_, span)| span.map(|span| (span.file, span.start)));
    let mut seen: BTreeMap<String, (&str, Option<Span>)> = BTreeMap::new();
    for (name, span) in &names {
        let mut skeleton = String::new();
        look_alike.skeleton(name, &mut skeleton);
        let (other, before) = *seen.entry(skeleton).or_insert((name, *span));
        if let Some(span) = span.filter(|_| other != name) {
            let message = format!("the {what} `{name}` looks like the {what} `{other}`");
            let help = "rename one of the two, so that they cannot be taken for each other";
            report.push(found(span, message, help, before));
        }
    }
}

/// A finding, with the place of what the name looks like, if that has one.
fn found(span: Span, message: String, help: &str, before: Option<Span>) -> Diagnostic {
    let found = Diagnostic::warning(CHECK.code, span, message).help(help);
    match before {
        Some(before) => found.related(before, "the other one is here"),
        None => found,
    }
}
