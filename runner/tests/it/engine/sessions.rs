//! Many containers of one agent at once.

use std::collections::BTreeSet;
use std::thread;

use super::Live;

#[test]
fn as_many_containers_as_the_block_holds_start_at_once_and_one_more_is_an_error() {
    let Some(live) = Live::new("many") else {
        return;
    };
    let (live, number) = live.with_free_uplink();
    live.up(&format!(
        "policy 1\nnetwork {{ subnet 172.30.{number}.0/24 }}\nagent a {{ sessions 4 }}\nagent b {{ }}\n"
    ));
    let start = |at: usize| {
        let name = format!("{}-a{at}", live.instance);
        live.wrap("a", &name, &["sleep", "600"])
    };
    let outcomes = thread::scope(|scope| {
        let runs: Vec<_> = (0..5).map(|at| scope.spawn(move || start(at))).collect();
        runs.into_iter()
            .map(|run| run.join().expect("it ends"))
            .collect::<Vec<_>>()
    });
    let refused: Vec<_> = outcomes
        .iter()
        .filter(|outcome| outcome.code != 0)
        .collect();
    assert_eq!(refused.len(), 1, "five containers have four addresses");
    let stderr = &refused.first().unwrap().stderr;
    assert!(stderr.contains("`a` has no address left"), "{stderr}");

    let filter = format!("label={}", live.label());
    let ids = live.docker(&["ps", "--quiet", "--filter", &filter]);
    let format = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}";
    let addresses: BTreeSet<String> = ids
        .lines()
        .map(|id| live.docker(&["inspect", "--format", format, id]))
        .collect();
    let block: BTreeSet<String> = (11..=14).map(|n| format!("172.30.{number}.{n}")).collect();
    assert_eq!(addresses, block);

    // The end of a container frees its address, and then it cannot come back to share it.
    let first = ids.lines().next().unwrap();
    live.docker(&["stop", "--time", "0", first]);
    assert_eq!(start(5).code, 0);
    assert!(!live.try_docker(&["start", first]).status.success());
    assert_eq!(start(6).code, 1);
}

#[test]
fn two_changes_at_once_are_made_one_after_the_other() {
    let Some(live) = Live::new("pair") else {
        return;
    };
    let (live, number) = live.with_free_uplink();
    let head = format!("policy 1\nnetwork {{ subnet 172.30.{number}.0/24 }}\n");
    live.up(&format!("{head}agent a {{ }}\n"));
    live.bed
        .file("b.reeve", &format!("{head}agent a {{ }}\nagent b {{ }}\n"));
    live.bed.file(
        "c.reeve",
        &format!("{head}agent a {{ }}\nagent c {{ cdp }}\n"),
    );
    thread::scope(|scope| {
        let runs =
            ["b.reeve", "c.reeve"].map(|file| scope.spawn(|| live.run(&["up", file]).exits(0)));
        for run in runs {
            run.join().expect("it ends");
        }
    });
    // One of them was the last, and it is in force as a whole.
    let codes = ["b.reeve", "c.reeve"].map(|file| live.run(&["status", file]).outcome().code);
    assert!(codes == [0, 1] || codes == [1, 0], "{codes:?}");
    live.run(&["status"]).exits(0);
}
