//! An internet grant on a port that is no safe port can never match.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::UnsafePort,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for host in policy
        .agents
        .iter()
        .flat_map(|agent| &agent.allows)
        .flat_map(|rule| &rule.hosts)
    {
        let Some(port) = host
            .value
            .port
            .filter(|port| !policy.safe_ports.contains(port.get()))
        else {
            continue;
        };
        let message = format!(
            "{port} is no safe port, so `{}` stays closed on it",
            host.value.pattern
        );
        let help = format!(
            "names are reached on {}; `safe-ports` changes that for every agent, and a device on \
             the LAN wants `lan`",
            policy.safe_ports
        );
        report.push(Diagnostic::error(CHECK.code, host.span, message).help(help));
    }
}
