//! A policy that grants something says also what must hold, so that an edit that breaks it is
//! noticed before it is in force.

use crate::ast::Statement;
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::{Access, Agent};

pub(super) const CHECK: Check = Check {
    code: Code::NoTests,
    run: check,
};

fn check(subject: &Subject<'_>, report: &mut Report) {
    let policy = subject.policy;
    if !policy.tests.is_empty() || !policy.invariants.is_empty() {
        return;
    }
    let Some(agent) = policy.agents.iter().find(|agent| has_grants(agent)) else {
        return;
    };
    let version = subject
        .statements()
        .find(|item| matches!(item.node, Statement::Policy(_)));
    let span = version.map_or(agent.span, |item| item.span);
    let message = "nothing is tested, so nobody notices when an edit opens too much or too little";
    let help = format!(
        "say what must hold, as in `test \"{0}\" {{ {0} cannot 169.254.169.254:80 }}`, or write \
         `policy 1 despite {1} \"REASON\"`",
        agent.name, CHECK.code
    );
    let found = Diagnostic::warning(CHECK.code, span, message).help(help);
    report.push(found.related(agent.span, "this agent has grants"));
}

/// Whether an agent may reach more than its model.
fn has_grants(agent: &Agent) -> bool {
    let grants_names = agent.access == Access::List && !agent.allows.is_empty();
    grants_names || agent.access == Access::Full || !agent.lan.is_empty() || agent.cdp.is_some()
}
