//! Whether an edited policy means what was asked for, and nothing else.
//!
//! The difference is exact, so "nothing else" is no sample: every request of every agent but the
//! one that the edit is about is decided as before.

use std::collections::BTreeMap;
use std::fmt;

use policy_core::diagnostic::{Diagnostic, Report, Severity};
use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::reach::diff::diff;
use policy_core::sources::Sources;
use policy_core::span::FileId;
use policy_core::{Compiled, compile, understand};

use crate::expected::Before;
use crate::{Request, with_texts};

/// An edit, seen from its meaning.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The edited files.
    pub sources: Sources,
    /// What the policy meant; `None` where it had errors.
    pub before: Option<Policy>,
    /// What it means; `None` where it has errors.
    pub after: Option<Policy>,
    /// The errors that the edit brings: with any, it is not to be made.
    pub new_errors: Report,
    /// The warnings that it brings.
    pub new_warnings: Report,
    /// How many errors it leaves that were there before.
    pub n_old_errors: usize,
    /// That the meaning is not what was asked for: a bug of ours.
    pub mismatch: Option<Mismatch>,
}

/// How the meaning of an edited policy differs from what was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch(String);

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Compiles the policy before and after an edit, and compares the difference with the request.
/// `loading` is what reading the files has reported.
pub fn judge(
    sources: &Sources,
    loading: &Report,
    facts: &Facts,
    request: &Request,
    texts: &BTreeMap<FileId, String>,
) -> Judged {
    let edited = with_texts(sources, texts);
    let reread = reading(&edited, unread(sources, loading));
    let mut facts = facts.clone();
    let whole_before = compile(sources, loading.clone(), &facts);
    let before = understood(sources, loading.clone(), &facts);
    if let Some((_, ledger)) = &before {
        // As `up` would: a port that is computed for one agent must not move another's.
        facts.ledger = ledger.clone();
    }
    let whole_after = compile(&edited, reread.clone(), &facts);
    let after = understood(&edited, reread, &facts);
    let (before, after) = (before.map(|pair| pair.0), after.map(|pair| pair.0));
    let mismatch = match (&before, &after) {
        (Some(policy), Some(after)) => {
            let known = Before {
                sources,
                policy,
                facts: &facts,
            };
            compare(&known, request, after)
        }
        _ => None,
    };
    let (new_errors, n_old_errors) = news(
        (sources, &whole_before.report),
        (&edited, &whole_after.report),
        Severity::Error,
    );
    let (new_warnings, _) = news(
        (sources, &whole_before.report),
        (&edited, &whole_after.report),
        Severity::Warning,
    );
    Judged {
        sources: edited,
        before,
        after,
        new_errors,
        new_warnings,
        n_old_errors,
        mismatch,
    }
}

fn understood(
    sources: &Sources,
    loading: Report,
    facts: &Facts,
) -> Option<(Policy, policy_core::facts::Ledger)> {
    let Compiled { policy, .. } = understand(sources, loading, facts);
    policy
}

/// What reading the files reports besides what their texts do: includes that lead nowhere.
fn unread<'r>(sources: &Sources, loading: &'r Report) -> Vec<&'r Diagnostic> {
    let texts = parsed(sources);
    let of_files = |found: &&Diagnostic| !texts.diagnostics().contains(found);
    loading.diagnostics().iter().filter(of_files).collect()
}

fn reading(edited: &Sources, unread: Vec<&Diagnostic>) -> Report {
    let mut report = parsed(edited);
    unread
        .into_iter()
        .for_each(|found| report.push(found.clone()));
    report
}

fn parsed(sources: &Sources) -> Report {
    let files = sources.files().iter();
    Sources::again(files.map(|file| (file.name.clone(), file.text.clone()))).1
}

/// The findings of a severity that were not there before, and the number of those that were. The
/// same text of the same file in the same words is the same finding, wherever it stands now.
fn news(
    (old_sources, old): (&Sources, &Report),
    (new_sources, new): (&Sources, &Report),
    severity: Severity,
) -> (Report, usize) {
    let key = |sources: &Sources, found: &Diagnostic| {
        let text = sources
            .file(found.span.file)
            .and_then(|file| file.text.get(found.span.range()));
        let text = text.unwrap_or_default().to_owned();
        (found.code, found.span.file, text, found.message.clone())
    };
    let mut known: BTreeMap<_, usize> = BTreeMap::new();
    for found in old.diagnostics() {
        *known.entry(key(old_sources, found)).or_default() += 1;
    }
    let (mut fresh, mut n_known) = (Report::default(), 0);
    let found = new.diagnostics().iter();
    for found in found.filter(|found| found.severity == severity) {
        match known.get_mut(&key(new_sources, found)) {
            Some(left) if *left > 0 => {
                *left -= 1;
                n_known += 1;
            }
            _ => fresh.push(found.clone()),
        }
    }
    (fresh, n_known)
}

fn compare(before: &Before<'_>, request: &Request, after: &Policy) -> Option<Mismatch> {
    let Some(expected) = before.after(request, after) else {
        return Some(Mismatch("the request leads to no model".to_owned()));
    };
    let difference = diff(&expected, after);
    if !difference.is_empty() {
        let agents = difference.agents.iter().map(|agent| agent.name.to_string());
        let edges = difference.edges.iter().map(|edge| format!("{edge:?}"));
        let settings = difference.settings.iter().map(|own| format!("{own:?}"));
        let all: Vec<String> = agents.chain(edges).chain(settings).collect();
        return Some(Mismatch(format!(
            "the edit changes the reach otherwise than asked for: {}",
            all.join(", ")
        )));
    }
    let who = |policy: &Policy| -> Vec<String> {
        let agents = policy.agents.iter();
        agents
            .map(|own| {
                let provider = own.provider.as_ref().map(|name| name.folded());
                format!(
                    "{} {} {} {} {} {provider:?}",
                    own.name, own.id, own.sessions, own.access, own.mode
                )
            })
            .collect()
    };
    if who(&expected) != who(after) {
        return Some(Mismatch(
            "the edit changes a setting that it was not asked to".to_owned(),
        ));
    }
    let is_about_names = matches!(request, Request::Remove { .. } | Request::Rename { .. });
    if !is_about_names && claims(before.policy) != claims(after) {
        return Some(Mismatch("the edit changes a test".to_owned()));
    }
    None
}

/// What the policy's own tests say, without their places.
fn claims(policy: &Policy) -> Vec<String> {
    let tests = policy.tests.iter().flat_map(|test| {
        test.questions.iter().map(|own| {
            let verb = if own.can { "can" } else { "cannot" };
            format!("{} {verb} {} {:?}", own.agent, own.destination, own.via)
        })
    });
    let invariants = policy.invariants.iter().flat_map(|invariant| {
        let lines = invariant.lines.iter();
        lines.map(|line| format!("{:?} {:?}", line.only, line.targets))
    });
    tests.chain(invariants).collect()
}
