//! A `lan` on a public address goes around the gateway: no credentials, no audit of the content.

use crate::address::is_public;
use crate::check::{Check, Subject, shown};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::LanPublic,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for rule in policy.agents.iter().flat_map(|agent| &agent.lan) {
        let edges = [rule.net.network(), rule.net.broadcast()];
        // The Docker host's address is not the user's choice.
        if rule.net.network() == policy.host_address
            || !edges.iter().any(|a| is_public((*a).into()))
        {
            continue;
        }
        let net = shown(rule.net);
        let message = format!("{net} is public, and `lan` goes around the gateway");
        let help = "allow the service by its name, or keep this if the address is really yours";
        report.push(Diagnostic::warning(CHECK.code, rule.origin.span, message).help(help));
    }
}
