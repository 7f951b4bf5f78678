//! A grant that ends within two weeks breaks something on a day when nobody thinks of the policy.

use crate::ast::{AgentItem, Statement};
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use jiff::civil::Date;

pub(super) const CHECK: Check = Check {
    code: Code::ExpiresSoon,
    run: check,
};

/// Two weeks: whoever is on holiday for one has seen it once.
const N_DAYS: i32 = 14;

fn check(subject: &Subject<'_>, report: &mut Report) {
    let blocks = subject.statements().filter_map(|item| match &item.node {
        Statement::Agent { block, .. } => Some(block),
        _ => None,
    });
    for item in blocks.flat_map(|block| &block.items) {
        let tail = match &item.node {
            AgentItem::Allow(grant) => &grant.tail,
            AgentItem::Lan(lan) => &lan.tail,
            AgentItem::Cdp(cdp) => &cdp.tail,
            // A `deny` has no last day.
            AgentItem::Deny(_)
            | AgentItem::Id(_)
            | AgentItem::Provider(_)
            | AgentItem::Access(_)
            | AgentItem::Sessions(_)
            | AgentItem::Mode(_) => continue,
        };
        let Some(until) = &tail.until else { continue };
        let n_days = days_between(subject.facts.today, until.value);
        let when = match n_days {
            0 => "today".to_owned(),
            1 => "tomorrow".to_owned(),
            2..=N_DAYS => format!("in {n_days} days"),
            // What is over is `expired`.
            _ => continue,
        };
        let message = format!("the last day of this grant, {}, is {when}", until.value);
        let help = "delete the statement if it is no longer needed, or give it a later day";
        report.push(Diagnostic::warning(CHECK.code, until.span, message).help(help));
    }
}

/// How many days after `from` the day `to` is.
fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}
