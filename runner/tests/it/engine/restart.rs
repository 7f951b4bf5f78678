//! An engine that is away: `boot` waits for it, and `watch` lives through its restart.

use super::own_engine::OwnEngine;
use super::{Live, subnet};

#[test]
fn boot_waits_for_the_engine_and_watch_survives_its_restart() {
    let Some(live) = Live::new("restart") else {
        return;
    };
    // Makes the image where no test has made it yet; nothing of it is needed any more.
    let policy = |agents: &str| {
        let subnet = subnet();
        format!("policy 1\nnetwork {{ subnet {subnet} }}\n{agents}")
    };
    live.up(&policy("agent a { }\n"));
    live.run(&["down", "--purge"]).exits(0);

    let mut engine = OwnEngine::new();
    engine.start();
    engine.load(&portreeve::image::tag());
    engine.stop();
    let host = engine.host();
    let ctl = |engine: &OwnEngine, verb: &str| {
        engine.docker(&["exec", &live.proxy(), "portreeve-ctl", verb])
    };

    let boot = live.run(&["boot", "p.reeve", "--wait", "300"]);
    let mut boot = boot.env("DOCKER_HOST", &host).start();
    boot.says("waiting for the Docker engine", 1);
    engine.start();
    assert_eq!(boot.ends(), Some(0), "{:#?}", boot.lines());
    let first = ctl(&engine, "running");
    boot.says(
        &format!("in force: the policy p.reeve, generation {first}"),
        1,
    );

    let watch = live.run(&["watch", "p.reeve", "--every", "1"]);
    let mut watch = watch.env("DOCKER_HOST", &host).start();
    watch.says(&format!("in force: generation {first}"), 1);
    engine.stop();
    watch.says("the Docker engine does not answer", 1);
    // An edit meanwhile is not forgotten.
    live.bed
        .file("p.reeve", &policy("agent a { }\nagent b { }\n"));
    engine.start();
    watch.says("the Docker engine is back", 1);
    watch.says("2 agents", 1);
    let second = ctl(&engine, "running");
    assert_ne!(first, second);
    watch.says(&format!("in force: generation {second}, 2 agents"), 1);
    // It was said once, however often it was asked.
    assert_eq!(watch.count("does not answer"), 1, "{:#?}", watch.lines());

    // The same with nothing to do but to be in step again.
    engine.stop();
    watch.says("the Docker engine does not answer", 2);
    engine.start();
    watch.says("the Docker engine is back", 2);
    watch.says(&format!("in force: generation {second}, 2 agents"), 2);
    live.run(&["status", "p.reeve"])
        .env("DOCKER_HOST", &host)
        .exits(0);
    watch.signal("TERM");
    assert_eq!(watch.ends(), Some(0), "{:#?}", watch.lines());
}
