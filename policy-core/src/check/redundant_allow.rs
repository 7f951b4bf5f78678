//! `allow` for an agent that is `full` opens nothing.
//!
//! It is kept, as it spares the name a look-up; but who reads it may take the agent for a
//! restricted one.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::Access;

pub(super) const CHECK: Check = Check {
    code: Code::RedundantAllow,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for agent in policy
        .agents
        .iter()
        .filter(|agent| agent.access == Access::Full)
    {
        for rule in &agent.allows {
            let message = format!("`{}` is `full`, so it may go there anyway", agent.name);
            let found = Diagnostic::warning(CHECK.code, rule.origin.span, message)
                .help("delete the `allow`, or write `access list`")
                .related(agent.access_origin.span, "its access is set here");
            report.push(found);
        }
    }
}
