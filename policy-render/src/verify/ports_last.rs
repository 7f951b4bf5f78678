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

#[cfg(test)]
mod tests {
    use super::super::mutation::{at, broken_by, broken_by_change, broken_with, lines};
    use super::*;

    fn is_kept(text: &str) -> bool {
        check(text, &super::super::directives(text)).is_ok()
    }

    #[test]
    fn a_file_cut_after_any_line_is_refused() {
        let lines = lines();
        let whole = lines.join("\n") + "\n";
        assert!(is_kept(&whole));
        for n_lines in 0..lines.len() {
            assert!(!is_kept(&lines[..n_lines].join("\n")), "{n_lines}");
            assert!(!is_kept(&(lines[..n_lines].join("\n") + "\n")), "{n_lines}");
            let promise = broken_by(|lines| lines.truncate(n_lines));
            assert!(promise.is_some(), "{n_lines} lines are enough");
        }
    }

    #[test]
    fn a_file_cut_after_any_byte_of_its_end_is_refused() {
        let whole = lines().join("\n") + "\n";
        for n_bytes in whole.len() - 600..whole.len() {
            let cut = whole.get(..n_bytes).unwrap();
            assert!(!is_kept(cut), "{n_bytes}");
        }
    }

    #[test]
    fn the_ports_are_the_last_two_lines() {
        let up = broken_by(|lines| {
            let last = lines.pop().unwrap();
            let first = at(lines, "http_access");
            lines.insert(first, last);
        });
        assert_eq!(up, Some(PROMISE));
        let swapped = broken_by(|lines| {
            let last = lines.len() - 1;
            lines.swap(last - 1, last);
        });
        assert_eq!(swapped, Some(PROMISE));
        assert_eq!(
            broken_with("http_port 0.0.0.0", "cache_mem 8 MB"),
            Some(PROMISE)
        );
        assert_eq!(broken_with("cache deny", "http_port 3129"), Some(PROMISE));
        assert_eq!(broken_by_change(" worker-queues", ""), Some(PROMISE));
        assert_eq!(
            broken_by_change("127.0.0.1:310", "0.0.0.0:310"),
            Some(PROMISE)
        );
    }
}
