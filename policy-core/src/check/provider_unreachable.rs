//! An agent that may reach little beside its model must be able to reach that.
//!
//! Nobody reaches a host that is closed in every policy, so a provider that has no other is as bad
//! as one without any.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::host::HostPattern;
use crate::ir::Access;

pub(super) const CHECK: Check = Check {
    code: Code::ProviderUnreachable,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for agent in policy
        .agents
        .iter()
        .filter(|agent| agent.access != Access::Full)
    {
        let Some(provider) = &agent.provider else {
            continue;
        };
        // An unknown provider has been reported at its name; it has no hosts either.
        if agent.provider_hosts.is_empty() {
            let message = format!("no host of the model provider `{provider}` is known");
            let help = format!(
                "declare them, `provider {provider} {{ HOST… }}`, or write `provider none`"
            );
            report.push(Diagnostic::error(CHECK.code, agent.span, message).help(help));
        }
    }
    let floor = policy.floor_names();
    for agent in &policy.agents {
        let Some(provider) = &agent.provider else {
            continue;
        };
        let is_closed = |host: &HostPattern| floor.iter().any(|closed| closed.covers(host));
        let mut hosts = agent.provider_hosts.iter();
        if !agent.provider_hosts.is_empty() && hosts.all(is_closed) {
            let message =
                format!("every host of the model provider `{provider}` is closed to all agents");
            let help = "a model on the Docker host is reached by `lan host:PORT`, with `provider \
                        none` in the agent";
            report.push(Diagnostic::warning(CHECK.code, agent.span, message).help(help));
        }
    }
}
