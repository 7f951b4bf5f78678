//! An edit of several files that is killed: it has happened, or it is taken back.

use std::collections::BTreeMap;

use super::{bed, run};
use crate::portreeve::Bed;

const FILES: [&str; 3] = ["p.reeve", "team/r.reeve", "team/s.reeve"];
const JOURNAL: &str = ".p.reeve.portreeve-edit";
const RENAME: [&str; 4] = ["agent", "rename", "coder", "builder"];
/// An edit that has nothing to do.
const IDLE: [&str; 4] = ["agent", "sessions", "reviewer", "4"];

/// By which files change their names, go, and are made to last.
const CALLS: &str = "rename,renameat,renameat2,unlink,unlinkat,fsync";

fn large() -> Bed {
    let bed = bed();
    bed.file("team/s.reeve", "policy 1\nedge coder <-> reviewer\n");
    let text = bed.read("team/r.reeve") + "edge reviewer -> coder as boss\r\n";
    bed.file("team/r.reeve", &text);
    bed
}

fn texts(bed: &Bed) -> [String; 3] {
    FILES.map(|name| bed.read(name))
}

/// Renames the agent under a tracer, which kills the program at the nth call of a name.
fn traced(bed: &Bed, point: Option<(&str, usize)>) -> i32 {
    let mut tracer = vec![
        "strace".to_owned(),
        "--output=trace".to_owned(),
        format!("--trace={CALLS}"),
    ];
    if let Some((call, at)) = point {
        tracer.push(format!("--inject={call}:signal=KILL:when={at}"));
    }
    let edit = bed.run(RENAME).under(&tracer);
    let edit = edit.env("PORTREEVE_POLICY", "p.reeve");
    edit.env("PORTREEVE_FACTS", "facts.json").outcome().code
}

#[test]
fn an_edit_that_is_killed_anywhere_has_happened_or_is_taken_back() {
    let whole = large();
    let old = texts(&whole);
    assert_eq!(traced(&whole, None), 0);
    let new = texts(&whole);
    assert!(old.iter().zip(&new).all(|(old, new)| old != new));
    assert!(!whole.path().join(JOURNAL).exists());
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for line in whole.read("trace").lines() {
        if let Some((call, _)) = line.split_once('(') {
            *counts.entry(call.to_owned()).or_default() += 1;
        }
    }
    let (mut n_half, mut n_done, mut n_killed) = (0, 0, 0);
    for (call, count) in counts {
        for at in 1..=count {
            let bed = large();
            assert_eq!(traced(&bed, Some((&call, at))), 128 + 9, "{call} {at}");
            n_killed += 1;
            let left = texts(&bed);
            if left != old && left != new {
                n_half += 1;
                // Nobody puts half of an edit in force, and whoever tries is told what it is.
                let told = bed
                    .run(["check", "p.reeve"])
                    .env("PORTREEVE_FACTS", "facts.json");
                let told = told.exits(1).stderr;
                assert!(told.contains("was cut short"), "{call} {at}: {told}");
            }
            run(&bed, &IDLE, 0);
            let mended = texts(&bed);
            assert!(
                mended == old || (mended == new && left == new),
                "{call} {at}"
            );
            assert!(!bed.path().join(JOURNAL).exists(), "{call} {at}");
            n_done += usize::from(mended == new);
            bed.run(["check", "p.reeve"])
                .env("PORTREEVE_FACTS", "facts.json")
                .exits(0);
        }
    }
    println!("killed {n_killed} times: {n_half} edits were half done, {n_done} were done");
    assert!(n_half > 2 && n_done > 0, "{n_half} {n_done}");
}

#[test]
fn a_file_that_changed_after_an_edit_was_cut_short_is_left_to_its_writer() {
    let bed = large();
    let [_, old, _] = texts(&bed);
    assert_eq!(
        traced(&bed, Some(("rename,renameat,renameat2", 3))),
        128 + 9
    );
    bed.file("team/r.reeve", &(old.clone() + "# by hand\r\n"));
    let told = run(&bed, &IDLE, 3).stderr;
    for part in ["team/r.reeve` has changed since", JOURNAL, "then delete"] {
        assert!(told.contains(part), "{part}: {told}");
    }
    assert_eq!(bed.read("team/r.reeve"), old + "# by hand\r\n");
    let dry: Vec<&str> = IDLE.into_iter().chain(["--dry-run"]).collect();
    assert!(bed.path().join(JOURNAL).exists());
    let run = bed.run(dry).env("PORTREEVE_POLICY", "p.reeve");
    assert!(run.outcome().stderr.contains("was cut short"));
}
