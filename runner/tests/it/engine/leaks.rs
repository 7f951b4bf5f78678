//! `up` again and again, and nothing piles up: no process, descriptor, file, container, network,
//! volume or image.
//!
//! Every tenth one changes the policy and the one after changes it back; the rest have nothing to
//! do. `PORTREEVE_UPS=1000` runs a thousand, which takes a quarter of an hour.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::Path;

use super::{Live, eventually, subnet, tell};

const EVERYDAY: usize = 30;

/// How many there are of each kind of thing.
fn inventory(live: &Live) -> BTreeMap<&'static str, usize> {
    eventually(
        "old generations end, and so does who waits for them",
        || {
            let status = live.ctl("status");
            let squids = status.lines().filter(|line| line.starts_with("squid-"));
            squids.count() == 1 && !status.contains("reaper up")
        },
    );
    let inside = |script: &str| live.docker(&["exec", &live.proxy(), "sh", "-c", script]);
    let number = |text: &str| text.trim().parse::<usize>().unwrap();
    let volumes = format!("name=portreeve-{}", live.instance);
    let lines = |args: &[&str]| live.docker(args).lines().count();
    // The counting shell and its children are among them, the same each time.
    BTreeMap::from([
        ("processes", number(&inside("ls -d /proc/[0-9]* | wc -l"))),
        (
            "descriptors",
            number(&inside("ls -d /proc/[0-9]*/fd/* 2>/dev/null | wc -l")),
        ),
        (
            "files in the container",
            number(&inside("find /run/portreeve | wc -l")),
        ),
        ("files of the state", files(&live.bed.path().join("state"))),
        ("containers and networks", live.left().len()),
        (
            "volumes",
            lines(&["volume", "ls", "--quiet", "--filter", &volumes]),
        ),
        (
            "images",
            lines(&[
                "images",
                "--all",
                "--quiet",
                portreeve::image::tag().split(':').next().unwrap(),
            ]),
        ),
    ])
}

/// The least of several inventories: a health check of the engine's comes by now and then.
fn at_rest(live: &Live) -> BTreeMap<&'static str, usize> {
    let mut least = inventory(live);
    for _ in 0..5 {
        for (kind, count) in inventory(live) {
            let known = least.entry(kind).or_insert(count);
            *known = count.min(*known);
        }
    }
    least
}

fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    entries
        .map(|path| {
            if path.is_dir() && !path.is_symlink() {
                1 + files(&path)
            } else {
                1
            }
        })
        .sum()
}

#[test]
fn one_up_after_another_leaves_nothing_behind() {
    let Some(live) = Live::new("leaks") else {
        return;
    };
    let subnet = subnet();
    let policies = ["cdp", "access list\n allow a.example"].map(|statements| {
        format!("policy 1\nnetwork {{ subnet {subnet} }}\nagent coder {{ {statements}\n}}\nagent b {{ }}\n")
    });
    let [first, second] = &policies;
    // From the third change on there is an old generation to remove.
    for policy in [first, second, first, second, first] {
        live.up(policy);
    }
    let before = at_rest(&live);
    let ups = env::var("PORTREEVE_UPS").map_or(EVERYDAY, |ups| ups.parse().unwrap());
    for at in 0..ups {
        live.up(if at % 10 == 0 { second } else { first });
    }
    live.up(first);
    let after = at_rest(&live);
    tell(&format!("{ups} times up: {after:?}\n"));
    assert_eq!(after, before);
}
