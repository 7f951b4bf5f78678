//! Promise: every request that is decided leaves the name of what decided it, and every name is
//! one that the manifest or this crate knows; and a line for each agent says who asks.

use std::collections::BTreeSet;

use policy_core::decide::BuiltIn;
use policy_core::ir::Policy;

use crate::acl::agent_label;
use crate::manifest::Manifest;
use crate::squid_conf::MANAGER_RULE;

use super::{Broken, Directive};

const PROMISE: &str = "every rule leaves its name in the log";

pub(super) fn check(
    policy: &Policy,
    directives: &[Directive<'_>],
    manifest: &Manifest,
) -> Result<(), Broken> {
    let mut askers = BTreeSet::new();
    let mut notes = BTreeSet::new();
    for directive in directives
        .iter()
        .filter(|directive| directive.name() == "acl")
    {
        let [name, "annotate_transaction", values @ ..] = directive.arguments() else {
            continue;
        };
        let rule = values.iter().find_map(|value| value.strip_prefix("rule="));
        let known = |rule: &str| {
            manifest.statements.contains_key(rule)
                || rule == MANAGER_RULE
                || BuiltIn::ALL.iter().any(|built_in| built_in.name() == rule)
        };
        match rule {
            Some(rule) if known(rule) => notes.insert(*name),
            // The note of who asks.
            None if name.starts_with("m_") => continue,
            _ => return Err(directive.broken(PROMISE)),
        };
    }
    for rule in directives
        .iter()
        .filter(|directive| directive.name() == "http_access")
    {
        let named = match rule.arguments() {
            // The supervisor's own door, which no agent's request comes to.
            ["allow", "ctl", "manager"] | ["deny", "ctl"] => true,
            ["deny", source, note, "!all"] => {
                askers.insert((source.to_string(), note.to_string()));
                true
            }
            [_, .., note] => notes.contains(note),
            _ => false,
        };
        if !named {
            return Err(rule.broken(PROMISE));
        }
    }
    let labels = policy.agents.iter().map(|agent| agent_label(&agent.name));
    let wanted: BTreeSet<(String, String)> = labels
        .map(|label| (format!("a_{label}"), format!("m_{label}")))
        .collect();
    if askers != wanted {
        return Err(Broken {
            promise: PROMISE,
            line: 0,
            found: "the lines that say who asks are not those of the agents".to_owned(),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::mutation::{broken_by, broken_by_change, broken_without, lines};
    use super::*;

    #[test]
    fn no_note_can_be_left_out() {
        let mut dropped = 0;
        for (at, line) in lines().iter().enumerate() {
            if line.contains(" annotate_transaction ") && line.contains(" rule=") {
                let promise = broken_by(|lines| drop(lines.remove(at)));
                assert_eq!(promise, Some(PROMISE), "{line}");
                dropped += 1;
            }
        }
        assert!(dropped > 20, "{dropped}");
    }

    #[test]
    fn a_note_names_a_statement_or_a_rule_of_ours() {
        for (old, new) in [
            ("rule=floor", "rule=ceiling"),
            (" rule=floor", ""),
            (
                "acl n_",
                "acl n_0 annotate_transaction rule=0123456789ab\nacl n_",
            ),
        ] {
            assert_eq!(broken_by_change(old, new), Some(PROMISE), "{new}");
        }
    }

    #[test]
    fn each_agent_has_a_line_that_says_who_asks() {
        for agent in ["coder", "researcher", "watched"] {
            let line = format!("http_access deny a_{agent} m_{agent} !all");
            assert_eq!(broken_without(&line), Some(PROMISE), "{line}");
        }
        let other = broken_by_change("deny a_coder m_coder", "deny a_coder m_watched");
        assert_eq!(other, Some(PROMISE));
    }
}
