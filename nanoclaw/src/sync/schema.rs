//! Whether the tables are those that we know how to write.

use rusqlite::Connection;

use crate::error::{DatabaseError, doing};
use crate::rows::{DESTINATIONS, GROUPS, POLICY, columns};
use crate::text::quoted;

/// Which of the optional parts are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Schema {
    /// The skill's column.
    pub(super) has_policies: bool,
    /// The table of edges.
    pub(super) has_destinations: bool,
}

/// The migration that every NanoClaw 2 has run first.
const FIRST_MIGRATION: &str = "initial-v2-schema";
/// The columns that are written, in the order of the table.
const WRITTEN: [&str; 5] = [
    "agent_group_id",
    "local_name",
    "target_type",
    "target_id",
    "created_at",
];

/// One column.
struct Column {
    name: String,
    kind: String,
    must_be_given: bool,
    key: u32,
}

/// Refuses what is not known.
pub(super) fn check(connection: &Connection) -> Result<Schema, DatabaseError> {
    let unknown = |what: String| Err(DatabaseError::Schema { what });
    let version: i64 = connection
        .query_row("PRAGMA user_version", [], |row| row.get(0))
        .map_err(doing("reading the schema"))?;
    if version != 0 {
        return unknown(format!(
            "`user_version` is {version}, and NanoClaw leaves it 0"
        ));
    }
    let migrations = columns(connection, "schema_version")?;
    let has_run: bool = match migrations.contains("name") {
        false => false,
        true => connection
            .query_row(
                "SELECT EXISTS (SELECT 1 FROM schema_version WHERE name = ?1)",
                [FIRST_MIGRATION],
                |row| row.get(0),
            )
            .map_err(doing("reading the schema"))?,
    };
    if !has_run {
        return unknown(format!("the migration `{FIRST_MIGRATION}` has not run"));
    }
    let groups = described(connection, GROUPS)?;
    for name in ["id", POLICY] {
        let column = groups.iter().find(|column| column.name == name);
        if let Some(column) = column.filter(|column| !is_text(column)) {
            return unknown(format!("`{GROUPS}.{name}` is {}", quoted(&column.kind)));
        }
    }
    let destinations = described(connection, DESTINATIONS)?;
    if !destinations.is_empty() {
        check_destinations(&destinations)?;
    }
    Ok(Schema {
        has_policies: groups.iter().any(|column| column.name == POLICY),
        has_destinations: !destinations.is_empty(),
    })
}

fn check_destinations(found: &[Column]) -> Result<(), DatabaseError> {
    let unknown = |what: String| Err(DatabaseError::Schema { what });
    for name in WRITTEN {
        match found.iter().find(|column| column.name == name) {
            None => return unknown(format!("`{DESTINATIONS}` has no column `{name}`")),
            Some(column) if !is_text(column) => {
                let kind = quoted(&column.kind);
                return unknown(format!("`{DESTINATIONS}.{name}` is {kind}"));
            }
            Some(_) => {}
        }
    }
    let new = |column: &&Column| !WRITTEN.contains(&&*column.name) && column.must_be_given;
    if let Some(column) = found.iter().find(new) {
        let name = quoted(&column.name);
        return unknown(format!("`{DESTINATIONS}` wants a value for {name}"));
    }
    let mut key: Vec<&Column> = found.iter().filter(|column| column.key > 0).collect();
    key.sort_by_key(|column| column.key);
    let key: Vec<&str> = key.iter().map(|column| &*column.name).collect();
    if key != ["agent_group_id", "local_name"] {
        return unknown(format!(
            "the key of `{DESTINATIONS}` is {}",
            quoted(&key.join(", "))
        ));
    }
    Ok(())
}

fn is_text(column: &Column) -> bool {
    // NanoClaw's other backends call the same type differently; SQLite's has one name.
    column.kind.eq_ignore_ascii_case("TEXT")
}

fn described(connection: &Connection, table: &'static str) -> Result<Vec<Column>, DatabaseError> {
    // Refuses a view.
    columns(connection, table)?;
    let failed = || doing("reading the schema");
    let query = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_xinfo(?1)";
    let mut statement = connection.prepare(query).map_err(failed())?;
    let rows = statement.query_map([table], |row| {
        let is_required: bool = row.get(2)?;
        let default: Option<String> = row.get(3)?;
        Ok(Column {
            name: row.get(0)?,
            kind: row.get(1)?,
            must_be_given: is_required && default.is_none(),
            key: row.get(4)?,
        })
    });
    rows.and_then(|rows| rows.collect()).map_err(failed())
}
