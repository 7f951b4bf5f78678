//! A `lan` without a port opens every port of the device: its web interface, but also its SSH.

use crate::check::{Check, Subject, shown};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::LanEveryPort,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    let rules = policy.agents.iter().flat_map(|agent| &agent.lan);
    for rule in rules.filter(|rule| rule.ports.is_all()) {
        let message = format!("this opens every port of {}", shown(rule.net));
        let help = "name the ports: `lan ADDRESS:PORT` or `lan ADDRESS ports 80,443`";
        report.push(Diagnostic::warning(CHECK.code, rule.origin.span, message).help(help));
    }
}
