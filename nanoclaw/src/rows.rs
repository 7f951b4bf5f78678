//! The rows that matter, as they lie in the tables; nothing is judged here.
//!
//! Tables and columns that an older or a newer NanoClaw lacks are empty. A value of another type
//! than it should have is read as the text that NanoClaw would see.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OptionalExtension as _, Row};

use crate::error::{DatabaseError, doing};

/// The table of agents.
pub const GROUPS: &str = "agent_groups";
/// The column of the skill, with a policy as JSON.
pub const POLICY: &str = "internet_access_policy";
/// The table of edges, and of channels that an agent may write to.
pub const DESTINATIONS: &str = "agent_destinations";
/// The table of settings of an agent's containers.
pub const CONFIGS: &str = "container_configs";
/// The table of conversations, one container each.
pub const SESSIONS: &str = "sessions";
/// The `target_type` of an edge; the other one is `channel`.
pub const AGENT_TARGET: &str = "agent";

/// All that is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The agents, in NanoClaw's order: by name.
    pub groups: Vec<Group>,
    /// Whether the skill's column is there.
    pub has_policies: bool,
    /// Whether a column of another fork's filter is there, which is not read.
    pub has_foreign_egress: bool,
    /// `container_configs.provider` by agent.
    pub configs: BTreeMap<String, String>,
    /// The sessions that are not closed.
    pub sessions: Vec<Session>,
    /// The edges, by sender and local name.
    pub edges: Vec<EdgeRow>,
}

/// One agent group.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Its folder, unique.
    pub folder: String,
    /// The deprecated column.
    pub provider: Option<String>,
    /// The skill's JSON.
    pub policy: Option<String>,
}

/// One conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub group: String,
    /// Its own provider.
    pub provider: Option<String>,
    /// Whether its container runs.
    pub is_running: bool,
}

/// A row of `agent_destinations` with an agent as its target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct EdgeRow {
    /// Who sends.
    pub from: String,
    /// What the sender calls the receiver.
    pub local_name: String,
    /// Who receives.
    pub to: String,
}

/// Reads everything at one moment.
pub fn read(connection: &Connection) -> Result<Snapshot, DatabaseError> {
    // One read transaction, so that a writer beside us changes nothing in between.
    connection
        .execute_batch("BEGIN")
        .map_err(doing("reading the database"))?;
    check(connection)?;
    read_inside(connection)
}

/// Like [`read`], for whoever holds a transaction.
pub(crate) fn read_inside(connection: &Connection) -> Result<Snapshot, DatabaseError> {
    let columns = columns(connection, GROUPS)?;
    for needed in ["id", "name", "folder"] {
        if !columns.contains(needed) {
            let what = match columns.is_empty() {
                true => format!("there is no table `{GROUPS}`"),
                false => format!("`{GROUPS}` has no column `{needed}`"),
            };
            return Err(DatabaseError::Schema { what });
        }
    }
    let optional = |column: &'static str| match columns.contains(column) {
        true => column,
        false => "NULL",
    };
    let query = format!(
        "SELECT id, name, folder, {}, {} FROM {GROUPS} ORDER BY name",
        optional("agent_provider"),
        optional(POLICY),
    );
    let groups = all(connection, &query, |row| {
        Some(Group {
            id: text(row, 0)?,
            name: text(row, 1).unwrap_or_default(),
            folder: text(row, 2).unwrap_or_default(),
            provider: text(row, 3),
            policy: text(row, 4),
        })
    })?;
    let config_columns = self::columns(connection, CONFIGS)?;
    Ok(Snapshot {
        groups,
        has_policies: columns.contains(POLICY),
        has_foreign_egress: config_columns.contains("egress"),
        configs: configs(connection, &config_columns)?,
        sessions: sessions(connection)?,
        edges: edges(connection)?,
    })
}

fn configs(
    connection: &Connection,
    columns: &BTreeSet<String>,
) -> Result<BTreeMap<String, String>, DatabaseError> {
    if !columns.contains("agent_group_id") || !columns.contains("provider") {
        return Ok(BTreeMap::new());
    }
    let query = format!("SELECT agent_group_id, provider FROM {CONFIGS}");
    let rows = all(connection, &query, |row| {
        Some((text(row, 0)?, text(row, 1)?))
    })?;
    Ok(rows.into_iter().collect())
}

fn sessions(connection: &Connection) -> Result<Vec<Session>, DatabaseError> {
    let columns = columns(connection, SESSIONS)?;
    if !columns.contains("id") || !columns.contains("agent_group_id") {
        return Ok(Vec::new());
    }
    let optional = |column: &'static str| match columns.contains(column) {
        true => column,
        false => "NULL",
    };
    let query = format!(
        "SELECT id, agent_group_id, {}, {}, {} FROM {SESSIONS} ORDER BY id",
        optional("agent_provider"),
        optional("container_status"),
        optional("status"),
    );
    all(connection, &query, |row| {
        let status = text(row, 4);
        let is_open = status.is_none_or(|status| status == "active");
        is_open.then_some(())?;
        Some(Session {
            id: text(row, 0)?,
            group: text(row, 1)?,
            provider: text(row, 2),
            is_running: text(row, 3).is_some_and(|status| status == "running"),
        })
    })
}

fn edges(connection: &Connection) -> Result<Vec<EdgeRow>, DatabaseError> {
    let columns = columns(connection, DESTINATIONS)?;
    let needed = ["agent_group_id", "local_name", "target_type", "target_id"];
    if !needed.iter().all(|needed| columns.contains(*needed)) {
        return Ok(Vec::new());
    }
    let query = format!("SELECT {} FROM {DESTINATIONS}", needed.join(", "));
    let mut rows = all(connection, &query, |row| {
        (text(row, 2)? == AGENT_TARGET).then_some(())?;
        Some(EdgeRow {
            from: text(row, 0)?,
            local_name: text(row, 1).unwrap_or_default(),
            to: text(row, 3)?,
        })
    })?;
    rows.sort();
    Ok(rows)
}

/// Refuses what SQLite itself finds damaged.
pub(crate) fn check(connection: &Connection) -> Result<(), DatabaseError> {
    let found: String = connection
        .query_row("PRAGMA quick_check(1)", [], |row| row.get(0))
        .map_err(doing("checking the database"))?;
    match found.as_str() {
        "ok" => Ok(()),
        what => Err(DatabaseError::Damaged {
            what: crate::text::one_line(what),
        }),
    }
}

/// The columns of a table; none where there is no such table. A view is no table: what it would
/// run to give its rows is anybody's.
pub(crate) fn columns(
    connection: &Connection,
    table: &'static str,
) -> Result<BTreeSet<String>, DatabaseError> {
    let failed = || doing("reading the schema");
    let kind: Option<String> = connection
        .query_row(
            "SELECT type FROM sqlite_schema WHERE name = ?1 AND type IN ('table', 'view')",
            [table],
            |row| row.get(0),
        )
        .optional()
        .map_err(failed())?;
    match kind.as_deref() {
        None => return Ok(BTreeSet::new()),
        Some("table") => {}
        Some(_) => {
            let what = format!("`{table}` is a view");
            return Err(DatabaseError::Schema { what });
        }
    }
    let mut statement = connection
        .prepare("SELECT name FROM pragma_table_xinfo(?1)")
        .map_err(failed())?;
    let names = statement.query_map([table], |row| row.get::<_, String>(0));
    names.and_then(|names| names.collect()).map_err(failed())
}

fn all<T>(
    connection: &Connection,
    query: &str,
    mut read: impl FnMut(&Row<'_>) -> Option<T>,
) -> Result<Vec<T>, DatabaseError> {
    let failed = || doing("reading the rows");
    let mut statement = connection.prepare(query).map_err(failed())?;
    let mut rows = statement.query([]).map_err(failed())?;
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(failed())? {
        found.extend(read(row));
    }
    Ok(found)
}

/// A value as text; nothing for NULL.
fn text(row: &Row<'_>, at: usize) -> Option<String> {
    match row.get_ref(at).ok()? {
        ValueRef::Null => None,
        ValueRef::Integer(number) => Some(number.to_string()),
        ValueRef::Real(number) => Some(number.to_string()),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => {
            Some(String::from_utf8_lossy(bytes).into_owned())
        }
    }
}
