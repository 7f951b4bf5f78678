//! A `lan` of 65,536 addresses and more was hardly counted by whoever wrote it.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::LanWide,
    run: check,
};

/// From this prefix down a network is wide; narrower ones are a house or an office.
const WIDE: u8 = 16;

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for rule in policy.agents.iter().flat_map(|agent| &agent.lan) {
        let prefix = rule.net.prefix_len();
        if prefix > WIDE {
            continue;
        }
        let n_addresses = 1_u64 << (32 - prefix.min(32));
        let message = format!(
            "{} has {n_addresses} addresses, whatever device is put there next among them",
            rule.net
        );
        let help = "name the devices, or the smallest networks that hold them";
        report.push(Diagnostic::warning(CHECK.code, rule.origin.span, message).help(help));
    }
}
