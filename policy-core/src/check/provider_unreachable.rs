//! An agent that may reach little beside its model must be able to reach that.

use crate::check::Check;
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::{Access, Policy};

pub(super) const CHECK: Check = Check {
    code: Code::ProviderUnreachable,
    run: check,
};

fn check(policy: &Policy, report: &mut Report) {
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
}
