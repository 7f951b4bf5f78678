//! `allow` and `deny` say nothing about an agent that is `model-only`.
//!
//! Someone who writes one expects it to have an effect; an allow that has none looks like a
//! broken network, a deny that has none looks like protection.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::Access;

pub(super) const CHECK: Check = Check {
    code: Code::AccessConflict,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for agent in policy
        .agents
        .iter()
        .filter(|agent| agent.access == Access::ModelOnly)
    {
        let rules = [("allow", &agent.allows), ("deny", &agent.denies)];
        for (word, rule) in rules
            .iter()
            .flat_map(|(word, rules)| rules.iter().map(move |r| (word, r)))
        {
            let message = format!(
                "`{}` is `model-only`, so `{word}` means nothing",
                agent.name
            );
            let found = Diagnostic::error(CHECK.code, rule.origin.span, message)
                .help(format!(
                    "write `access list` in the agent, or delete the `{word}`"
                ))
                .related(agent.access_origin.span, "its access is decided here");
            report.push(found);
        }
    }
}
