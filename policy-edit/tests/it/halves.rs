//! An edit of several files that is cut short: whichever of them are written, the policy has
//! errors, or means for every request and every edge what it meant before or what it is to mean.

use std::collections::{BTreeMap, BTreeSet};

use policy_core::ir::{Edge, Policy};
use policy_core::reach::diff::diff;
use policy_core::sources::Sources;
use policy_core::testing::MemoryFiles;
use policy_core::understand;
use policy_edit::with_texts;

use crate::fixtures::again;
use crate::helper::{facts, make, request};

const FILES: [(&str, &str); 5] = [
    (
        "root.reeve",
        "policy 1\ninclude \"*/*.reeve\"\nhosts set { a.example }\n",
    ),
    (
        "agents/coder.reeve",
        "policy 1\nagent coder {\n  access list\n  allow @set\n  lan 10.1.2.3:80\n}\n",
    ),
    (
        "agents/others.reeve",
        "policy 1\nagent reviewer { access full }\nagent idle {}\nedge coder -> idle\n",
    ),
    (
        "edges/all.reeve",
        "policy 1\nedge coder <-> reviewer\nedge idle -> coder as boss\nedge coder -> idle as aide\n",
    ),
    (
        "tests/all.reeve",
        "policy 1\ntest \"t\" { coder can a.example:443 via gateway }\n\
         invariant \"i\" { only coder reaches 10.1.2.3/32 }\n",
    ),
];

const EDITS: [&str; 9] = [
    "rename coder builder",
    "rename idle zz",
    "remove coder cascade",
    "remove idle cascade",
    "remove reviewer cascade",
    "unedge coder idle",
    "unedge coder idle both",
    "unedge idle coder both",
    "edge reviewer idle both",
];

fn model(sources: &Sources) -> Option<Policy> {
    understand(sources, again(sources), &facts())
        .policy
        .map(|(policy, _)| policy)
}

fn edges(policy: &Policy) -> BTreeSet<String> {
    let told = |edge: &Edge| format!("{} {} {}", edge.from, edge.to, edge.local_name);
    policy.edges.iter().map(told).collect()
}

#[test]
fn an_edit_that_is_cut_short_between_two_files_is_refused_or_gives_nobody_more() {
    let files: BTreeMap<String, String> = FILES
        .iter()
        .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
        .collect();
    let (sources, loading) = Sources::load(
        "root.reeve",
        files["root.reeve"].clone(),
        &mut MemoryFiles(files.clone()),
    );
    let before = model(&sources).unwrap();
    let (mut n_refused, mut n_understood) = (0, 0);
    for line in EDITS {
        let made = make(&sources, &loading, &request(line)).unwrap_or_else(|e| panic!("{e}"));
        let texts: Vec<_> = made.edited.texts.into_iter().collect();
        let after = model(&made.judged.sources).unwrap();
        for chosen in 1..(1u32 << texts.len()) - 1 {
            let written = texts.iter().enumerate();
            let written = written.filter(|(at, _)| chosen & (1 << at) != 0);
            let written = written.map(|(_, own)| own.clone()).collect();
            let Some(half) = model(&with_texts(&sources, &written)) else {
                n_refused += 1;
                continue;
            };
            n_understood += 1;
            let (old, new) = (diff(&before, &half), diff(&half, &after));
            assert!(
                old.agents.is_empty() || new.agents.is_empty(),
                "{line}: {written:?}"
            );
            let (old, half, new) = (edges(&before), edges(&half), edges(&after));
            assert!(half.is_subset(&(&old | &new)), "{line}: {half:?}");
            assert!((&old & &new).is_subset(&half), "{line}: {half:?}");
        }
    }
    println!("{n_refused} halves are refused, {n_understood} understood");
    assert!(
        n_refused > 20 && n_understood > 5,
        "{n_refused} {n_understood}"
    );
}
