//! Promise: what passes without a name that a statement or a provider gives is a public
//! destination of an agent that may have it, and the guard that sees to it stands before.

use ipnet::Ipv4Net;
use policy_core::ir::Policy;

use super::sources::{Sources, Space, is_source};
use super::{Broken, Directive};

const PROMISE: &str = "access full is guarded";

/// What must have been refused before, besides the address of the agent.
const GUARD: [[&str; 2]; 5] = [
    ["!public", "address"],
    ["!public", "!public_name"],
    ["!public", "resolves_to_floor"],
    ["!public", "resolves_to_private"],
    ["!public", "!resolves"],
];

pub(super) fn check(policy: &Policy, directives: &[Directive<'_>]) -> Result<(), Broken> {
    let sources = Sources::of(directives);
    let may_be_open = Space::open(policy);
    let mut refused: [Vec<Ipv4Net>; GUARD.len()] = Default::default();
    // Whom each line of the guard refuses, once something is let pass behind it.
    let mut guarded: Option<[Space; GUARD.len()]> = None;
    for rule in directives.iter().filter(|d| d.name() == "http_access") {
        let [action, source, terms @ .., note] = rule.arguments() else {
            continue;
        };
        if !is_source(source) {
            continue;
        }
        if *action == "deny" {
            // Nothing refuses behind the line that lets the rest pass.
            if guarded.is_some() {
                return Err(rule.broken(PROMISE));
            }
            let line = GUARD
                .iter()
                .zip(&mut refused)
                .find(|(line, _)| line[..] == *terms);
            if let Some((_, nets)) = line {
                nets.extend(sources.nets(source));
            }
        } else if terms.is_empty() || note.starts_with("r_") {
            let guarded =
                guarded.get_or_insert_with(|| refused.each_ref().map(|nets| Space::of(nets)));
            let mut spaces = guarded.iter().chain([&may_be_open]);
            if !spaces.all(|space| sources.is_within(source, space)) {
                return Err(rule.broken(PROMISE));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::mutation::{at, broken_by, broken_by_change, broken_with, broken_without};
    use super::*;

    #[test]
    fn no_line_of_the_guard_can_be_left_out() {
        for terms in GUARD {
            let line = format!("http_access deny g_researcher.1 {} ", terms.join(" "));
            assert_eq!(broken_without(&line), Some(PROMISE), "{line}");
        }
    }

    #[test]
    fn no_line_of_the_guard_is_for_another() {
        for terms in GUARD {
            let of = |source: &str| format!("http_access deny {source} {} ", terms.join(" "));
            for other in ["a_researcher", "a_watched", "a_coder"] {
                let promise = broken_by_change(&of("g_researcher.1"), &of(other));
                assert_eq!(promise, Some(PROMISE), "{other} {terms:?}");
            }
        }
        let promise = broken_by_change("allow a_researcher n_", "allow agents n_");
        assert_eq!(promise, Some(PROMISE));
    }

    #[test]
    fn the_guard_stands_before_what_it_guards() {
        let promise = broken_by(|lines| {
            let guard = at(lines, "http_access deny g_researcher.1 !public !resolves");
            lines.swap(guard, guard + 1);
        });
        assert_eq!(promise, Some(PROMISE));
    }

    #[test]
    fn only_full_access_and_report_pass_without_a_name() {
        let behind = "http_access allow g_coder.1 h_p.claude";
        let line = "http_access allow a_coder b_provider";
        assert_eq!(broken_with(behind, line), Some(PROMISE));
    }
}
