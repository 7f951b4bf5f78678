//! Bad input and failing steps: one clear error, nothing lost, nothing half done.

use std::fs;

use super::Live;

const POLICY: &str = "policy 1\nnetwork { subnet 172.30.252.0/24 }\nagent a { }\n";
const EDITED: &str = "policy 1\nnetwork { subnet 172.30.252.0/24 }\n\
                      agent a { access list\n allow pypi.org\n}\nagent b { cdp }\n";

/// What an outsider sees of the installation: containers, networks, files in force.
fn picture(live: &Live) -> (Vec<String>, String, String) {
    let current = fs::read_link(live.bed.path().join("state/config/current")).unwrap();
    let ledger = live.bed.read("state/ledger.json");
    (live.left(), current.display().to_string(), ledger)
}

#[test]
fn a_step_that_fails_is_taken_back_and_the_next_up_converges() {
    let Some(live) = Live::new("undo") else {
        return;
    };
    live.up(POLICY);
    let before = picture(&live);
    let running = live.ctl("running");
    live.bed.file("p.reeve", EDITED);
    // Every kind of step of an edit, made to fail where the program calls Docker.
    let steps = [
        "check",
        "network create",
        "network connect",
        "portreeve-ctl switch",
    ];
    for (at, step) in steps.iter().enumerate() {
        // Once, so that what takes the step back can succeed.
        let failing = format!(
            "case \"$*\" in *'{step}'*) if mkdir \"$0.{at}\" 2>/dev/null; then \
             echo 'made to fail' >&2; exit 9; fi;; esac\nPATH=${{PATH#*:}} exec docker \"$@\""
        );
        live.bed.docker(&failing);
        let failed = live.run(&["up", "p.reeve"]).exits(4);
        assert!(
            failed.stderr.contains("made to fail"),
            "{step}: {}",
            failed.stderr
        );
        assert!(
            failed.stderr.contains("what was in force still is"),
            "{step}: {}",
            failed.stderr
        );
        assert_eq!(picture(&live), before, "{step}");
        assert_eq!(live.ctl("running"), running, "{step}");
    }
    fs::remove_file(live.bed.path().join("bin/docker")).unwrap();
    live.run(&["up", "p.reeve"]).exits(0);
    live.run(&["status", "p.reeve"]).exits(0);
}

#[test]
fn what_stands_in_the_way_is_named_and_left_alone() {
    let Some(live) = Live::new("ways") else {
        return;
    };
    live.bed.file("p.reeve", POLICY);

    // Somebody else's container has our name.
    live.run(&["up", "p.reeve"]).exits(0);
    live.run(&["down"]).exits(0);
    let label = format!("portreeve-test={}", live.instance);
    let image = portreeve::image::tag();
    live.docker(&["create", "--name", &live.proxy(), "--label", &label, &image]);
    let foreign = live.run(&["up", "p.reeve"]).exits(3);
    assert!(
        foreign.stderr.contains("it is not ours"),
        "{}",
        foreign.stderr
    );
    assert!(
        live.run(&["down"])
            .exits(3)
            .stderr
            .contains("it is not ours")
    );
    live.docker(&["inspect", &live.proxy()]);
    live.docker(&["rm", &live.proxy()]);

    // Somebody else's network has our addresses.
    let network = format!("{}-taken", live.instance);
    live.docker(&[
        "network",
        "create",
        "--label",
        &label,
        "--subnet",
        "172.30.252.128/25",
        &network,
    ]);
    let taken = live.run(&["up", "p.reeve"]).exits(3);
    assert!(taken.stderr.contains(&network), "{}", taken.stderr);
    assert!(
        taken.stderr.contains("choose another `subnet`"),
        "{}",
        taken.stderr
    );
    live.docker(&["network", "rm", &network]);

    // A ledger with a torn tail is never dealt anew.
    let ledger = live.bed.read("state/ledger.json");
    live.bed
        .file("state/ledger.json", ledger.get(..ledger.len() / 2).unwrap());
    let torn = live.run(&["up", "p.reeve"]).exits(3);
    assert!(torn.stderr.contains("ledger.json"), "{}", torn.stderr);
    assert!(torn.stderr.contains(".bak"), "{}", torn.stderr);
    live.bed.file("state/ledger.json", &ledger);

    // There is no engine.
    let run = live.run(&["up", "p.reeve"]);
    let absent = run
        .env("DOCKER_HOST", "unix:///nonexistent/docker.sock")
        .exits(3);
    assert!(
        absent.stderr.contains("does not answer"),
        "{}",
        absent.stderr
    );

    // A network for the uplink that is not there.
    let run = live
        .run(&["--uplink", "no-such-network", "up", "p.reeve"])
        .exits(3);
    assert!(run.stderr.contains("no-such-network"), "{}", run.stderr);

    live.run(&["up", "p.reeve"]).exits(0);
}
