//! The hosts of an agent's model provider are always allowed, so a `deny` of one is a mistake.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::DenyOfProvider,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for agent in &policy.agents {
        let Some(provider) = &agent.provider else {
            continue;
        };
        for host in agent.denies.iter().flat_map(|rule| &rule.hosts) {
            let pattern = &host.value.pattern;
            let Some(own) = agent
                .provider_hosts
                .iter()
                .find(|own| own.overlaps(pattern))
            else {
                continue;
            };
            let message = format!(
                "`{pattern}` takes away `{own}`, a host of the agent's model provider `{provider}`"
            );
            let help = "write `provider none` or another provider, or delete the `deny`";
            report.push(Diagnostic::error(CHECK.code, host.span, message).help(help));
        }
    }
}
