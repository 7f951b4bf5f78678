//! Which rows of `agent_destinations` come, go, or lead elsewhere.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension as _};

use super::schema::Schema;
use super::{EdgeChange, Plan, Wish, agent};
use crate::error::{DatabaseError, doing};
use crate::finding::Place;
use crate::rows::{DESTINATIONS, EdgeRow, Snapshot};
use crate::text::quoted;

/// A sender and what it calls somebody: the key of the table.
type Key = (String, String);

pub(super) fn plan(
    connection: &Connection,
    schema: &Schema,
    wish: &Wish<'_>,
    snapshot: &Snapshot,
    plan: &mut Plan,
) -> Result<(), DatabaseError> {
    let has_row = |id: &str| snapshot.groups.iter().any(|group| group.id == id);
    let is_managed = |id: &str| agent(wish.policy, id).is_some() && has_row(id);
    let mut wanted: BTreeMap<Key, String> = BTreeMap::new();
    for edge in &wish.policy.edges {
        if is_managed(&edge.from) && is_managed(&edge.to) {
            let key = (edge.from.to_string(), edge.local_name.to_string());
            wanted.insert(key, edge.to.to_string());
        } else {
            let message = format!("the edge to {} is not written", quoted(&edge.to));
            let help = "both ends must be agent groups of the database";
            let key = format!("{}/{}", edge.from, edge.local_name);
            plan.findings
                .push(Place::row(DESTINATIONS, &key).says(message, help));
        }
    }
    if !schema.has_destinations {
        return match wanted.is_empty() {
            true => Ok(()),
            false => Err(DatabaseError::Schema {
                what: format!("there is no table `{DESTINATIONS}` for the policy's edges"),
            }),
        };
    }
    let mut changes = Vec::new();
    let mut kept: BTreeMap<Key, String> = BTreeMap::new();
    for row in &snapshot.edges {
        if !is_managed(&row.from) {
            continue;
        }
        let key = (row.from.clone(), row.local_name.clone());
        let is_own = is_managed(&row.to) && row.from != row.to;
        match wanted.get(&key) {
            Some(to) if is_own && *to == row.to => {
                kept.insert(key, row.to.clone());
            }
            Some(to) if is_own => {
                let row = EdgeRow {
                    to: to.clone(),
                    ..row.clone()
                };
                let before = snapshot_target(snapshot, &key);
                changes.push(EdgeChange::Retarget { row, before });
                kept.insert(key, to.clone());
            }
            _ if is_own || (wish.prune && row.from != row.to) => {
                changes.push(EdgeChange::Delete(row.clone()));
            }
            _ if row.from != row.to => {
                let message = format!("leads to {}, outside of the policy", quoted(&row.to));
                let help = "it stays; `--prune` removes it";
                let key = format!("{}/{}", row.from, row.local_name);
                plan.findings
                    .push(Place::row(DESTINATIONS, &key).says(message, help));
            }
            // An agent may always message itself, with a row or without.
            _ => {}
        }
    }
    let mut conflicts = Vec::new();
    for (key, to) in wanted.iter().filter(|(key, _)| !kept.contains_key(*key)) {
        let row = EdgeRow {
            from: key.0.clone(),
            local_name: key.1.clone(),
            to: to.clone(),
        };
        let frees = changes.iter().any(|change| {
            matches!(change, EdgeChange::Delete(gone) if gone.from == row.from && gone.local_name == row.local_name)
        });
        match taken_by(connection, key)?.filter(|_| !frees) {
            None => changes.push(EdgeChange::Insert(row)),
            Some(kind) => conflicts.push(format!(
                "{} calls {} {} already",
                quoted(&key.0),
                match &*kind {
                    "channel" => "a channel".to_owned(),
                    "agent" => "another agent".to_owned(),
                    other => format!("a {}", quoted(other)),
                },
                quoted(&key.1)
            )),
        }
    }
    if !conflicts.is_empty() {
        return Err(DatabaseError::Conflict { what: conflicts });
    }
    changes.sort();
    plan.edges = changes;
    Ok(())
}

fn snapshot_target(snapshot: &Snapshot, key: &Key) -> String {
    let mut rows = snapshot.edges.iter();
    let row = rows.find(|row| row.from == key.0 && row.local_name == key.1);
    row.map_or_else(String::new, |row| row.to.clone())
}

/// The kind of target that has the name, which may be a channel.
fn taken_by(connection: &Connection, key: &Key) -> Result<Option<String>, DatabaseError> {
    let query = format!(
        "SELECT target_type FROM {DESTINATIONS} WHERE agent_group_id = ?1 AND local_name = ?2"
    );
    connection
        .query_row(&query, [&key.0, &key.1], |row| row.get(0))
        .optional()
        .map_err(doing("reading the rows"))
}
