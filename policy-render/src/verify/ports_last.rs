//! Promise: a file that was cut off refuses to start, or denies more.
//!
//! Squid's answer where no rule matches is the opposite of its last rule, and `-k parse` accepts
//! a cut file; so the line that lets agents in is the last one.

use super::{Broken, Directive};

const PROMISE: &str = "the agents' port is the last line, the control port the one before";

pub(super) fn check(text: &str, directives: &[Directive<'_>]) -> Result<(), Broken> {
    let ports: Vec<usize> = (0..)
        .zip(directives)
        .filter(|(_, directive)| matches!(directive.name(), "http_port" | "https_port"))
        .map(|(at, _)| at)
        .collect();
    let count = directives.len();
    let is_control = |directive: &Directive<'_>| {
        directive.arguments() == ["127.0.0.1:310${service_name}", "name=ctl"]
    };
    match directives {
        [.., control, agents]
            if ports == [count - 2, count - 1]
                && is_control(control)
                && agents.arguments().last() == Some(&"worker-queues")
                && text.ends_with("worker-queues\n") =>
        {
            Ok(())
        }
        [.., last] => Err(last.broken(PROMISE)),
        [] => Err(Broken {
            promise: PROMISE,
            line: 0,
            found: "an empty file".to_owned(),
        }),
    }
}
