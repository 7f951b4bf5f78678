//! A host that a wider entry covers says nothing of its own.
//!
//! Two allows are compared only within one statement: another may end on another day.

use crate::check::covering::Covering;
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::HostGrant;
use crate::span::Located;

pub(super) const CHECK: Check = Check {
    code: Code::CoveredEntry,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for agent in &policy.agents {
        for rule in &agent.allows {
            among(rule.hosts.iter(), report);
        }
        among(agent.denies.iter().flat_map(|rule| &rule.hosts), report);
    }
}

fn among<'a>(entries: impl Iterator<Item = &'a Located<HostGrant>> + Clone, report: &mut Report) {
    let covering: Covering<'_> = entries.clone().collect();
    // Of two that are equal the first one stays.
    let is_wider = |own: &Located<HostGrant>, other: &Located<HostGrant>| {
        own.value != other.value || other.span < own.span
    };
    for (entry, wider) in covering.covered(entries, is_wider) {
        let (own, other) = (&entry.value, &wider.value);
        let message = format!("`{own}` is a part of `{other}` and says nothing of its own");
        let found = Diagnostic::warning(CHECK.code, entry.span, message)
            .help("delete the narrower one, or the wider one if it is too wide")
            .related(wider.span, "the wider one is here");
        report.push(found);
    }
}
