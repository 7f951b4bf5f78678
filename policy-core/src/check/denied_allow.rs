//! An allow that a deny of the same agent covers opens nothing.
//!
//! Of a set, some hosts may be denied: that is what the deny is for. Only where nothing is left is
//! the allow told.

use crate::check::covering::Covering;
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::DeniedAllow,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for agent in &policy.agents {
        let denies: Covering<'_> = agent.denies.iter().flat_map(|rule| &rule.hosts).collect();
        let allows = agent.allows.iter().flat_map(|rule| &rule.hosts);
        for (allow, deny) in denies.covered(allows, |_, _| true) {
            let (allowed, denied) = (&allow.value, &deny.value);
            let message = format!("`{allowed}` is denied by `{denied}`, so this opens nothing");
            let found = Diagnostic::warning(CHECK.code, allow.span, message)
                .help("delete one of the two: `deny` beats `allow`")
                .related(deny.span, "the `deny` is here");
            report.push(found);
        }
    }
}
