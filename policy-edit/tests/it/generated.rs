//! Edits of policies that nobody wrote.

use policy_core::sources::Sources;
use policy_core::testing::policy;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::helper::{make, request};

const EDITS: &[&str] = &[
    "allow A a.example until 2030-01-01",
    "allow A .a.example d.example:443 because why",
    "deny A b.a.example",
    "revoke A a.example",
    "revoke A .a.example d.example",
    "undeny A a.example b.a.example",
    "lan A 10.77.0.0/24 because why",
    "unlan A 10.77.0.0/24",
    "cdp A",
    "cdp A off",
    "cdp A -> host:9555",
    "provider A none",
    "provider A claude",
    "sessions A 3",
    "access A full",
    "access A list",
    "access A model-only drop",
    "rename A zz-renamed",
    "remove A cascade",
    "edge A B",
    "edge A B both as-x",
    "unedge A B",
    "unedge A B both",
    "add zz-new access full",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn an_edit_means_what_was_asked_and_a_second_time_nothing(
        generated in policy(),
        picks in proptest::collection::vec((any::<Index>(), any::<Index>(), any::<Index>()), 1..5),
    ) {
        let (mut sources, mut loading) = Sources::single("p.reeve", &generated.text());
        for (edit, one, other) in picks {
            let names: Vec<String> = sources.files()[0].tree.statements.iter().filter_map(|item| {
                match &item.node {
                    policy_core::ast::Statement::Agent { name, .. } => Some(name.value.to_string()),
                    _ => None,
                }
            }).collect();
            if names.is_empty() {
                break;
            }
            let words: Vec<String> = edit.get(EDITS).split(' ').map(|word| match word {
                "A" => one.get(&names).clone(),
                "B" => other.get(&names).clone(),
                word => word.to_owned(),
            }).collect();
            let request = request(&words.join(" "));
            let Ok(made) = make(&sources, &loading, &request) else { continue };
            if made.judged.new_errors.has_errors() {
                continue;
            }
            prop_assert!(made.judged.after.is_some());
            for text in made.edited.texts.values() {
                let (again, report) = Sources::single("p.reeve", text);
                prop_assert!(!report.has_errors());
                if let Ok(twice) = make(&again, &report, &request) {
                    prop_assert!(twice.edited.texts.is_empty(), "{:?}\n{text}", request);
                }
                (sources, loading) = (again, report);
            }
        }
    }
}
