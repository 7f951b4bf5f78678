//! What the two commands for NanoClaw print; the guide runs in `engine/nanoclaw.rs`.

#![expect(clippy::unwrap_used, reason = "the databases are the tests' own")]

use std::process::{Command, Stdio};
use std::time::Duration;

use clap::Parser as _;
use portreeve::cli::Cli;
use rusqlite::Connection;

use crate::portreeve::Bed;

const GUIDE: &str = include_str!("../../../integrations/nanoclaw/README.md");

const ROWS: &str = "
  CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL);
  INSERT INTO schema_version VALUES (1, 'initial-v2-schema', '2026-01-01');
  CREATE TABLE agent_groups (id TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE,
    agent_provider TEXT, created_at TEXT NOT NULL DEFAULT '', internet_access_policy TEXT);
  CREATE TABLE sessions (id TEXT PRIMARY KEY, agent_group_id TEXT NOT NULL, agent_provider TEXT,
    status TEXT, container_status TEXT);
  CREATE TABLE agent_destinations (agent_group_id TEXT NOT NULL, local_name TEXT NOT NULL,
    target_type TEXT NOT NULL, target_id TEXT NOT NULL, created_at TEXT NOT NULL,
    PRIMARY KEY (agent_group_id, local_name));
  INSERT INTO agent_groups (id, name, folder, internet_access_policy) VALUES
    ('ag-1', 'Main', 'main', '{\"bucket\":\"whitelisted\",\"domains\":[\"nytimes.com\",\"*.x.org\"]}'),
    ('ag-2', 'Helper', 'helper', NULL);
  INSERT INTO agent_destinations VALUES ('ag-1', 'helper', 'agent', 'ag-2', ''), ('ag-2', 'parent', 'agent', 'ag-1', '');
  INSERT INTO sessions VALUES ('s-1', 'ag-1', NULL, 'active', 'running');
";

fn bed() -> Bed {
    let bed = Bed::new();
    install(&bed);
    bed.file("facts.json", r#"{"version":1,"today":"2026-11-23"}"#);
    bed
}

/// NanoClaw's data, with the skill's.
pub(crate) fn install(bed: &Bed) {
    bed.file(
        "data/squid/ips.json",
        r#"{"ag-1":"172.30.0.3","ag-2":"172.30.0.4"}"#,
    );
    let database = Connection::open(bed.path().join("data/v2.db")).unwrap();
    database.execute_batch(ROWS).unwrap();
}

/// The words of a command line, as a shell parts them.
pub(crate) fn words(line: &str) -> Vec<String> {
    let parts = line.split('"').enumerate();
    let words = parts.flat_map(|(at, part)| match at % 2 {
        0 => part.split_whitespace().map(str::to_owned).collect(),
        _ => vec![part.to_owned()],
    });
    words.collect()
}

/// The command lines of the guide, in their order.
pub(crate) fn guide() -> impl Iterator<Item = &'static str> {
    let blocks = GUIDE.split("```\n").skip(1).step_by(2);
    blocks.flat_map(str::lines)
}

#[test]
fn every_command_of_the_guide_is_one_of_ours() {
    for line in guide() {
        Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}"));
    }
}

#[test]
fn an_import_says_what_it_could_not_take_over_and_what_is_decided_otherwise() {
    let bed = bed();
    let import = [
        "nanoclaw",
        "import",
        "data/v2.db",
        "--state",
        "data/squid",
        "-o",
        "p.reeve",
    ];
    let run = || bed.run(import).env("PORTREEVE_FACTS", "facts.json");
    let outcome = run().exits(0);
    for part in [
        "warning: agent_groups `ag-1`, internet_access_policy.domains[1]: `*.x.org`: a wildcard, which never matched",
        "help: perhaps this is meant: `allow *.x.org`",
        "wrote 2 agents and 2 edges to p.reeve",
    ] {
        assert!(outcome.stderr.contains(part), "{part}\n{}", outcome.stderr);
    }
    for part in [
        "main\n  = every request is decided as it was",
        "169.254.0.0/16",
        "closed here",
        "nobody reaches anything new",
    ] {
        assert!(outcome.stdout.contains(part), "{part}\n{}", outcome.stdout);
    }
    bed.run(["fmt", "--check", "p.reeve"]).exits(0);
    bed.run(["check", "p.reeve"])
        .env("PORTREEVE_FACTS", "facts.json")
        .exits(0);
    assert!(
        bed.read("p.reeve")
            .contains("edge helper <-> main as parent"),
        "{}",
        bed.read("p.reeve")
    );
    assert!(run().exits(2).stderr.contains("is there already"));
}

#[test]
fn a_sync_shows_its_rows_and_the_sessions_that_do_not_know() {
    let bed = bed();
    bed.file(
        "p.reeve",
        "policy 1\nagent main { id ag-1 }\nagent helper {\n  id ag-2\n  access full\n}\nedge main -> helper as aide\n",
    );
    let run = |args: &[&str]| {
        let all = ["nanoclaw", "sync", "p.reeve", "data/v2.db"]
            .into_iter()
            .chain(args.iter().copied());
        bed.run(all).env("PORTREEVE_FACTS", "facts.json").exits(0)
    };
    let before = std::fs::read(bed.path().join("data/v2.db")).unwrap();
    let shown = run(&["--dry-run"]);
    assert_eq!(
        std::fs::read(bed.path().join("data/v2.db")).unwrap(),
        before
    );
    for line in [
        "~ agent_groups ag-1 (main)\n    {\"bucket\":\"model-only\"}",
        "- agent_destinations ag-1 calls ag-2 `helper`\n",
        "- agent_destinations ag-2 calls ag-1 `parent`\n",
        "+ agent_destinations ag-1 calls ag-2 `aide`\n",
    ] {
        assert!(shown.stdout.contains(line), "{line}\n{}", shown.stdout);
    }
    assert!(
        shown
            .stderr
            .contains("session `s-1` of `main` runs with the edges as they were")
    );
    assert_eq!(run(&[]).stdout, shown.stdout);
    assert_eq!(run(&[]).stdout, "");
    bed.file("empty.db", "");
    let error = bed
        .run(["nanoclaw", "sync", "p.reeve", "empty.db"])
        .exits(3)
        .stderr;
    assert!(error.contains("no schema of NanoClaw"), "{error}");
}

/// Rows that a sync may touch.
fn rows(database: &Connection) -> Vec<String> {
    let query = "SELECT id || coalesce(internet_access_policy, '-') FROM agent_groups UNION ALL \
        SELECT agent_group_id || local_name || target_id FROM agent_destinations ORDER BY 1";
    let mut statement = database.prepare(query).unwrap();
    let found = statement.query_map([], |row| row.get(0)).unwrap();
    found.map(Result::unwrap).collect()
}

#[test]
fn a_sync_that_is_killed_at_any_row_leaves_the_database_as_it_was() {
    for (event, mode) in [
        ("UPDATE ON agent_groups", "DELETE"),
        ("DELETE ON agent_destinations", "WAL"),
        ("INSERT ON agent_destinations", "DELETE"),
    ] {
        let bed = bed();
        bed.file(
            "p.reeve",
            "policy 1\nagent main { id ag-1 }\nagent helper {\n  id ag-2\n}\nedge main -> helper as aide\n",
        );
        let database = Connection::open(bed.path().join("data/v2.db")).unwrap();
        // Behind the row stands a count that takes longer than anybody waits.
        database
            .execute_batch(&format!(
                "PRAGMA journal_mode = {mode}; CREATE TABLE many (n); CREATE TABLE counted (n);
                 INSERT INTO many SELECT value FROM json_each('[' || substr(replace(hex(zeroblob(1000)), '00', ',1'), 2) || ']');
                 CREATE TRIGGER slow AFTER {event} BEGIN
                   INSERT INTO counted SELECT count(*) FROM many a, many b, many c, many d WHERE a.n + b.n + c.n > d.n;
                 END;"
            ))
            .unwrap();
        let before = rows(&database);
        let mut child = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(["nanoclaw", "sync", "p.reeve", "data/v2.db"])
            .current_dir(bed.path())
            .env("PORTREEVE_STATE", bed.path().join("state"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        database.busy_timeout(Duration::ZERO).unwrap();
        let is_locked = (0..1200).any(|_| {
            let free = database.execute_batch("BEGIN IMMEDIATE; ROLLBACK;").is_ok();
            if free {
                std::thread::sleep(Duration::from_millis(50));
            }
            !free
        });
        let is_running = child.try_wait().unwrap().is_none();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(is_locked && is_running, "{event}");
        database.busy_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(rows(&database), before, "{event}");
        database
            .execute_batch("BEGIN IMMEDIATE; ROLLBACK;")
            .unwrap();
    }
}
