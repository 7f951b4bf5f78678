//! One network for all agents gives up what a network for each one gives.
//!
//! The proxy knows an agent by its source address alone. On a shared network a container can take
//! an address of another agent's block, and agents reach each other without the proxy.

use crate::ast::{NetworkItem, Statement};
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::Isolation;

pub(super) const CHECK: Check = Check {
    code: Code::SharedIsolation,
    run: check,
};

fn check(subject: &Subject<'_>, report: &mut Report) {
    let blocks = subject.statements().filter_map(|item| match &item.node {
        Statement::Network(block) => Some(block),
        _ => None,
    });
    for item in blocks.flat_map(|block| &block.items) {
        if let NetworkItem::Isolation(isolation) = &item.node
            && isolation.value == Isolation::Shared
        {
            let message = "agents that share a network can take each other's address, and with it \
                           each other's rules, and reach each other without the proxy";
            let help = "write `isolation per-agent`, which is the default";
            report.push(Diagnostic::warning(CHECK.code, item.span, message).help(help));
        }
    }
}
