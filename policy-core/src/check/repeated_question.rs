//! A question of a test that another one asks already proves nothing more.

use std::collections::BTreeMap;

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::span::Span;

pub(super) const CHECK: Check = Check {
    code: Code::RepeatedQuestion,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    let mut asked: BTreeMap<_, Span> = BTreeMap::new();
    for question in policy.tests.iter().flat_map(|test| &test.questions) {
        let destination = &question.destination;
        let host = destination.host.to_ascii_lowercase();
        let key = (
            question.agent.folded(),
            host,
            destination.port,
            question.can,
            question.via,
        );
        let Some(before) = asked.get(&key) else {
            asked.insert(key, question.span);
            continue;
        };
        let message = format!(
            "`{}:{}` has been asked for this agent already",
            destination.host, destination.port
        );
        let found = Diagnostic::warning(CHECK.code, question.span, message)
            .help("delete one of the two")
            .related(*before, "the first one is here");
        report.push(found);
    }
}
