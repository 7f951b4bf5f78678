//! Thousands of databases, sound ones and damaged ones: each gives a policy that builds and is
//! proved, that gives nobody more than NanoClaw's own proxy did, or one clear error.
//!
//! `NANOCLAW_CORPUS=N` tries another number than 5,000, and `NANOCLAW_SEED=N` others.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the databases are the tests' own, and a test may be told how many"
)]

mod databases;

use std::net::IpAddr;

use nanoclaw::compare;
use nanoclaw::import::{Imported, import};
use nanoclaw::rows;
use nanoclaw::sync::{self, Wish};
use policy_core::decide::{Decision, Host, Kind, Request, Resolved, decide};
use policy_core::format::format;
use policy_core::ir::Policy;
use policy_core::reach::Place;
use policy_core::span::FileId;
use rusqlite::Connection;

use self::databases::{DOMAINS, Dice, fill, tables};
use crate::bed::{Bed, facts, imported, policy};

/// Builds, proves, and holds the result against the model of the skill, request by request.
fn examine(found: &Imported) -> Policy {
    assert_eq!(
        format(FileId(0), &found.text).unwrap(),
        found.text,
        "not canonical"
    );
    let (sources, policy) = policy(&found.text);
    policy_render::render_with_proof(&policy, &sources).unwrap();
    let comparison = compare::compare(found, &policy);
    for group in &comparison.groups {
        for change in group.changes.iter().filter(|change| change.widens()) {
            // A listener that had to move, or the provider that is really in force: nothing else.
            for own in &group.agents {
                let agent = policy.agent(own.as_str()).unwrap();
                let seed = &found
                    .agents
                    .iter()
                    .find(|other| other.name == *own)
                    .unwrap()
                    .seed;
                let explained = change.places.iter().all(|place| match place {
                    Place::Listener => seed.cdp.is_some_and(|cdp| cdp.listen.get() > 31000),
                    Place::Names(names) => agent
                        .provider_hosts
                        .iter()
                        .any(|host| host.matches(&names.witness)),
                    _ => false,
                });
                assert!(explained, "{own} gains {change}\n{}", found.text);
            }
        }
    }
    for own in &found.agents {
        sample(own, &policy, &found.text);
    }
    policy
}

/// The model's map and its rules say the same, and the policy allows nothing that it does not.
fn sample(own: &nanoclaw::import::ImportedAgent, policy: &Policy, text: &str) {
    let agent = policy.agent(own.name.as_str()).unwrap();
    let routes = own.seed.routes();
    let hosts = DOMAINS.iter().map(|domain| domain.trim_start_matches('.'));
    for host in hosts.chain([
        "www.b.com",
        "q.x.1b.com",
        "z",
        "fd00::1",
        "10.0.0.8",
        "240.0.0.1",
    ]) {
        let read = Host::read(host);
        for port in [22, 80, 443, 9222, 9223, 9224] {
            for kind in [Kind::Connect, Kind::Plain] {
                let is_connect = kind == Kind::Connect;
                let by_rules = own.seed.way(&read, port, is_connect);
                let by_map = routes
                    .destinations
                    .get(&read)
                    .by_port()
                    .get(port)
                    .get(kind)
                    .unwrap();
                if read != Host::Malformed {
                    assert_eq!(
                        by_map.map(|way| way.route),
                        by_rules,
                        "{host}:{port} {kind:?}\n{text}"
                    );
                }
                let request = Request {
                    source: IpAddr::V4(agent.block.hosts().nth(2).unwrap()),
                    kind,
                    host,
                    port,
                    resolved: Resolved::Public,
                };
                let now = match decide(policy, &request).decision {
                    Decision::Allow(route) => Some(route),
                    Decision::Deny => None,
                };
                let is_providers = matches!(&read, Host::Name(name)
                    if agent.provider_hosts.iter().any(|host| host.matches(name)));
                if now.is_some() && !is_providers {
                    assert_eq!(now, by_rules, "{} {host}:{port} {kind:?}\n{text}", own.name);
                }
            }
        }
    }
}

fn setting(name: &str, default: u64) -> u64 {
    std::env::var(name).map_or(default, |text| text.parse().unwrap())
}

#[test]
fn every_database_gives_a_proved_policy_that_widens_nothing_unseen() {
    let (n_cases, seed) = (
        setting("NANOCLAW_CORPUS", 5_000),
        setting("NANOCLAW_SEED", 7),
    );
    let run = |first: u64| {
        let mut n_findings = 0;
        for case in (first..n_cases).step_by(4) {
            let mut dice = Dice(seed ^ (case << 20));
            let connection = Connection::open_in_memory().unwrap();
            connection.execute_batch(&tables(&mut dice)).unwrap();
            fill(&mut dice, &connection);
            let found = imported(&connection);
            n_findings += found.findings.len();
            examine(&found);
        }
        n_findings
    };
    let n_findings: usize = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..4)
            .map(|first| scope.spawn(move || run(first)))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).sum()
    });
    println!("{n_cases} databases, {n_findings} findings, seed {seed}");
    assert!(n_findings > 100);
}

#[test]
fn damaged_bytes_give_a_policy_or_one_clear_error() {
    let seed = setting("NANOCLAW_SEED", 7);
    let (mut n_read, mut n_refused) = (0, 0);
    for case in 0..60 {
        let mut dice = Dice(seed ^ (case << 20));
        let bed = Bed::with(&tables(&mut dice), "");
        fill(&mut dice, &bed.connection());
        let sound = std::fs::read(bed.path()).unwrap();
        for _ in 0..10 {
            let mut bytes = sound.clone();
            match dice.below(4) {
                0 => bytes.truncate(dice.below(sound.len())),
                1 => bytes[..100]
                    .iter_mut()
                    .for_each(|byte| *byte = u8::try_from(dice.below(256)).unwrap()),
                _ => {
                    for _ in 0..1 + dice.below(40) {
                        let at = dice.below(bytes.len());
                        bytes[at] = u8::try_from(dice.below(256)).unwrap();
                    }
                }
            }
            std::fs::write(bed.path(), &bytes).unwrap();
            let read = nanoclaw::open::read_only(&bed.path());
            let read = read.and_then(|opened| rows::read(&opened.connection));
            match read.and_then(|snapshot| import(&snapshot, None, &facts().providers)) {
                Ok(found) => {
                    n_read += 1;
                    examine(&found);
                }
                Err(error) => {
                    n_refused += 1;
                    assert!(!error.is_bug(), "{error}");
                    assert_eq!(error.to_string().lines().count(), 1, "{error}");
                }
            }
            assert_eq!(
                std::fs::read(bed.path()).unwrap(),
                bytes,
                "the file has changed"
            );
        }
    }
    println!("{n_read} read, {n_refused} refused");
    assert!(n_read > 20 && n_refused > 20, "{n_read} {n_refused}");
}

#[test]
fn import_and_sync_and_import_is_the_identity() {
    let seed = setting("NANOCLAW_SEED", 7);
    let mut n_written = 0;
    for case in 0..150 {
        let mut dice = Dice(seed ^ (case << 21));
        let bed = Bed::new("");
        fill(&mut dice, &bed.connection());
        let first = imported(&bed.connection());
        let (sources, before) = policy(&first.text);
        let wish = Wish {
            policy: &before,
            sources: &sources,
            now: "2026-11-23T00:00:00.000Z",
            prune: false,
        };
        let shown = sync::dry_run(&bed.path(), &wish);
        let written = sync::apply(&bed.path(), &wish);
        let written = match (shown, written) {
            (Ok(shown), Ok(written)) => {
                assert_eq!(shown, written);
                written
            }
            // Two senders' names for a channel and an agent: told, and nothing written.
            (Err(shown), Err(error)) => {
                assert_eq!(shown.to_string(), error.to_string());
                assert!(error.to_string().contains("already"), "{error}");
                continue;
            }
            other => panic!("{other:?}"),
        };
        n_written += written.columns.len();
        let again = sync::apply(&bed.path(), &wish).unwrap();
        assert!(again.is_empty(), "{again:?}");
        let second = imported(&bed.connection());
        let (_, after) = policy(&second.text);
        assert!(
            policy_core::reach::diff::diff(&before, &after).is_empty(),
            "{}\n{}",
            first.text,
            second.text
        );
        assert_eq!(before.edges, after.edges);
    }
    assert!(n_written > 10, "{n_written}");
}
