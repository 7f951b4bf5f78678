//! Databases with NanoClaw's tables, and what a policy of them means.

#![expect(
    clippy::unwrap_used,
    reason = "a bed that cannot be set up has no better answer than to stop"
)]

use std::path::{Path, PathBuf};

use jiff::civil::date;
use nanoclaw::compare::{self, Comparison};
use nanoclaw::import::{Imported, import};
use nanoclaw::rows;
use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::sources::Sources;
use rusqlite::Connection;
use tempfile::TempDir;

/// The tables of a NanoClaw with the skill.
pub(crate) const TABLES: &str = "
  CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied TEXT NOT NULL);
  INSERT INTO schema_version VALUES (1, 'initial-v2-schema', '2026-01-01');
  CREATE TABLE agent_groups (id TEXT PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL UNIQUE,
    agent_provider TEXT, created_at TEXT NOT NULL DEFAULT '', internet_access_policy TEXT);
  CREATE TABLE container_configs (agent_group_id TEXT PRIMARY KEY REFERENCES agent_groups(id),
    provider TEXT, updated_at TEXT NOT NULL DEFAULT '');
  CREATE TABLE sessions (id TEXT PRIMARY KEY, agent_group_id TEXT NOT NULL REFERENCES agent_groups(id),
    agent_provider TEXT, status TEXT DEFAULT 'active', container_status TEXT DEFAULT 'stopped');
  CREATE TABLE agent_destinations (agent_group_id TEXT NOT NULL REFERENCES agent_groups(id),
    local_name TEXT NOT NULL, target_type TEXT NOT NULL, target_id TEXT NOT NULL,
    created_at TEXT NOT NULL, PRIMARY KEY (agent_group_id, local_name));
  CREATE INDEX idx_agent_dest_target ON agent_destinations(target_type, target_id);
";

/// A database in a folder of its own.
pub(crate) struct Bed {
    folder: TempDir,
}

impl Bed {
    /// With the usual tables, and these rows.
    pub(crate) fn new(rows: &str) -> Self {
        Self::with(TABLES, rows)
    }

    pub(crate) fn with(tables: &str, rows: &str) -> Self {
        let bed = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        bed.run(tables);
        bed.run(rows);
        bed
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("v2.db")
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn connection(&self) -> Connection {
        Connection::open(self.path()).unwrap()
    }

    pub(crate) fn run(&self, sql: &str) {
        self.connection().execute_batch(sql).unwrap();
    }

    /// Every row of the tables that a sync may touch, and of those beside them.
    pub(crate) fn dump(&self) -> String {
        dump(&self.connection())
    }
}

pub(crate) fn dump(connection: &Connection) -> String {
    let mut text = String::new();
    for table in [
        "agent_groups",
        "agent_destinations",
        "sessions",
        "container_configs",
    ] {
        let mut statement = connection
            .prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2"))
            .unwrap();
        let n_columns = statement.column_count();
        let mut rows = statement.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let values = (0..n_columns).map(|at| format!("{:?}", row.get_ref(at).unwrap()));
            text += &format!("{table} {}\n", values.collect::<Vec<_>>().join(" "));
        }
    }
    text
}

pub(crate) fn facts() -> Facts {
    Facts::on(date(2026, 11, 23))
}

/// The import of a connection.
pub(crate) fn imported(connection: &Connection) -> Imported {
    let snapshot = rows::read(connection).unwrap();
    connection.execute_batch("ROLLBACK").unwrap();
    import(&snapshot, None, &facts().providers).unwrap()
}

/// The policy of a text, with its sources.
pub(crate) fn policy(text: &str) -> (Sources, Policy) {
    let (sources, report) = Sources::single("p.reeve", text);
    let compiled = policy_core::compile(&sources, report, &facts());
    let policy = compiled.policy;
    assert!(
        policy.is_some(),
        "{:?}\n{text}",
        compiled.report.diagnostics()
    );
    (sources, policy.unwrap().0)
}

pub(crate) fn comparison(imported: &Imported) -> Comparison {
    let policy = compare::compile(&imported.text, &facts()).unwrap();
    compare::compare(imported, &policy)
}

/// One agent with a policy.
pub(crate) fn with_policy(policy: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(TABLES).unwrap();
    connection
        .execute(
            "INSERT INTO agent_groups (id, name, folder, internet_access_policy) VALUES ('ag-1', 'A', 'a', ?1)",
            [policy],
        )
        .unwrap();
    connection
}
