//! A `lan` wider than a /8 is no LAN.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::LanRange,
    run: check,
};

/// The widest network of a grant: 10/8, the largest private range.
const WIDEST: u8 = 8;

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for rule in policy.agents.iter().flat_map(|agent| &agent.lan) {
        if rule.net.prefix_len() < WIDEST {
            let message = format!("{} is wider than /{WIDEST}", rule.net);
            let help = "name the networks that are really yours";
            report.push(Diagnostic::error(CHECK.code, rule.origin.span, message).help(help));
        }
    }
}
