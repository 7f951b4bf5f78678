//! A policy into NanoClaw's database, in one transaction, and nothing else of it.
//!
//! What is managed: the column `internet_access_policy` of the agents that the policy has, and the
//! rows of `agent_destinations` from one of them to another. A channel, a row of an agent that the
//! policy does not have, and a row of an agent to itself are never touched; a row from an agent of
//! the policy to one outside of it goes only with `prune`. A row that already says what the policy
//! says stays as it is, notes and unknown fields included.
//!
//! The column can say less than a policy. What it cannot say is left out and told, never written
//! wider.

mod column;
mod edges;
mod schema;

use std::collections::BTreeMap;
use std::path::Path;

use policy_core::ir::{Agent, Policy};
use policy_core::sources::Sources;
use rusqlite::{Connection, OpenFlags, TransactionBehavior, params};

use crate::error::{DatabaseError, doing};
use crate::finding::{Finding, Place};
use crate::open;
use crate::rows::{self, AGENT_TARGET, DESTINATIONS, EdgeRow, GROUPS, Group, POLICY, Snapshot};
use crate::text::quoted;

/// What is to be written.
#[derive(Clone, Copy, Debug)]
pub struct Wish<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// Its text, for reasons and dates.
    pub sources: &'a Sources,
    /// Now, as NanoClaw writes it: ISO 8601 in UTC.
    pub now: &'a str,
    /// Whether edges to agents outside of the policy go.
    pub prune: bool,
}

/// What changes, and what must be said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Policies, in NanoClaw's order of agents.
    pub columns: Vec<ColumnChange>,
    /// Edges: those that go, then those that change, then those that come.
    pub edges: Vec<EdgeChange>,
    /// What the tables cannot say, and what is left alone.
    pub findings: Vec<Finding>,
    /// Sessions whose containers run with the edges as they were.
    pub stale: Vec<Stale>,
}

/// A new value of the column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnChange {
    /// The agent's id.
    pub id: String,
    /// Its name in the policy.
    pub agent: String,
    /// What the column held.
    pub before: Option<String>,
    /// What it is to hold.
    pub after: String,
}

/// A change of one row of `agent_destinations`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum EdgeChange {
    /// It goes.
    Delete(EdgeRow),
    /// It leads to another agent.
    Retarget {
        /// As it is to be.
        row: EdgeRow,
        /// Where it led.
        before: String,
    },
    /// It is new.
    Insert(EdgeRow),
}

impl EdgeChange {
    /// The row as it is, or is to be.
    pub fn row(&self) -> &EdgeRow {
        match self {
            EdgeChange::Delete(row)
            | EdgeChange::Insert(row)
            | EdgeChange::Retarget { row, .. } => row,
        }
    }
}

/// A session that has not been told of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stale {
    /// Its id.
    pub session: String,
    /// Its agent in the policy.
    pub agent: String,
}

impl Plan {
    /// Whether nothing would be written.
    pub fn is_empty(&self) -> bool {
        self.columns.is_empty() && self.edges.is_empty()
    }
}

/// What would be written, without writing.
pub fn dry_run(path: &Path, wish: &Wish<'_>) -> Result<Plan, DatabaseError> {
    let opened = open::read_only(path)?;
    let reading = "reading the database";
    opened
        .connection
        .execute_batch("BEGIN")
        .map_err(doing(reading))?;
    plan(&opened.connection, wish)
}

/// Writes, all or nothing. Whatever stops it, power included, leaves the database as it was.
pub fn apply(path: &Path, wish: &Wish<'_>) -> Result<Plan, DatabaseError> {
    // A path that is no database is refused before SQLite would write recovery into it.
    drop(open::read_only(path)?);
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opening = "opening the database for writing";
    let mut connection = Connection::open_with_flags(path, flags).map_err(doing(opening))?;
    open::guard(&connection).map_err(doing(opening))?;
    connection
        .pragma_update(None, "foreign_keys", true)
        .map_err(doing(opening))?;
    // The lock first: nobody writes between the plan and its rows.
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(doing("waiting for the database's lock"))?;
    let plan = plan(&transaction, wish)?;
    if !plan.is_empty() {
        write(&transaction, &plan, wish.now).map_err(doing("writing the rows"))?;
        transaction.commit().map_err(doing("writing the rows"))?;
    }
    Ok(plan)
}

fn write(connection: &Connection, plan: &Plan, now: &str) -> Result<(), rusqlite::Error> {
    for column in &plan.columns {
        let query = format!("UPDATE {GROUPS} SET {POLICY} = ?1 WHERE id = ?2");
        one_row(connection.execute(&query, params![column.after, column.id])?)?;
    }
    for edge in &plan.edges {
        let EdgeRow {
            from,
            local_name,
            to,
        } = edge.row();
        let n_rows = match edge {
            EdgeChange::Delete(_) => connection.execute(
                &format!(
                    "DELETE FROM {DESTINATIONS} WHERE agent_group_id = ?1 AND local_name = ?2 \
                     AND target_type = '{AGENT_TARGET}'"
                ),
                params![from, local_name],
            )?,
            EdgeChange::Retarget { .. } => connection.execute(
                &format!(
                    "UPDATE {DESTINATIONS} SET target_id = ?3 WHERE agent_group_id = ?1 \
                     AND local_name = ?2 AND target_type = '{AGENT_TARGET}'"
                ),
                params![from, local_name, to],
            )?,
            EdgeChange::Insert(_) => connection.execute(
                &format!(
                    "INSERT INTO {DESTINATIONS} (agent_group_id, local_name, target_type, \
                     target_id, created_at) VALUES (?1, ?2, '{AGENT_TARGET}', ?3, ?4)"
                ),
                params![from, local_name, to, now],
            )?,
        };
        one_row(n_rows)?;
    }
    Ok(())
}

/// A statement for one row that meets another number of them is taken back with all others.
fn one_row(n_rows: usize) -> Result<(), rusqlite::Error> {
    match n_rows {
        1 => Ok(()),
        other => Err(rusqlite::Error::StatementChangedRows(other)),
    }
}

/// What is to be written, inside of a transaction.
fn plan(connection: &Connection, wish: &Wish<'_>) -> Result<Plan, DatabaseError> {
    rows::check(connection)?;
    let schema = schema::check(connection)?;
    let snapshot = rows::read_inside(connection)?;
    let mut plan = Plan::default();
    let groups: BTreeMap<&str, &Group> = snapshot
        .groups
        .iter()
        .map(|group| (&*group.id, group))
        .collect();
    absent(wish.policy, &snapshot, &groups, &mut plan.findings);
    let tails = column::Tails::of(wish.sources);
    for group in &snapshot.groups {
        let Some(agent) = agent(wish.policy, &group.id) else {
            continue;
        };
        let after = column::after(wish, &tails, agent, group, &mut plan.findings);
        let Some(after) = after.filter(|_| schema.has_policies) else {
            continue;
        };
        plan.columns.push(ColumnChange {
            id: group.id.clone(),
            agent: agent.name.to_string(),
            before: group.policy.clone(),
            after,
        });
    }
    if !schema.has_policies {
        let message = format!("there is no column `{POLICY}`: only edges are written");
        let help = "the policy is enforced all the same; the column is the skill's";
        plan.findings = vec![Place::table(GROUPS).says(message, help)];
        absent(wish.policy, &snapshot, &groups, &mut plan.findings);
    }
    edges::plan(connection, &schema, wish, &snapshot, &mut plan)?;
    stale(wish.policy, &snapshot, &mut plan);
    Ok(plan)
}

fn agent<'p>(policy: &'p Policy, id: &str) -> Option<&'p Agent> {
    policy.agents.iter().find(|agent| &*agent.id == id)
}

/// Who is on one side alone.
fn absent(
    policy: &Policy,
    snapshot: &Snapshot,
    groups: &BTreeMap<&str, &Group>,
    findings: &mut Vec<Finding>,
) {
    for agent in &policy.agents {
        if !groups.contains_key(&*agent.id) {
            let message = format!("the policy's agent `{}` has no row", agent.name);
            let help = "give the agent the `id` of its agent group";
            findings.push(Place::row(GROUPS, &agent.id).says(message, help));
        }
    }
    for group in &snapshot.groups {
        if agent(policy, &group.id).is_none() {
            let message = format!(
                "{} is not in the policy, and left alone",
                quoted(&group.name)
            );
            let help = "import it, or add an agent with this `id`";
            findings.push(Place::row(GROUPS, &group.id).says(message, help));
        }
    }
}

fn stale(policy: &Policy, snapshot: &Snapshot, plan: &mut Plan) {
    for session in snapshot
        .sessions
        .iter()
        .filter(|session| session.is_running)
    {
        let has_changed = plan
            .edges
            .iter()
            .any(|edge| edge.row().from == session.group);
        if let Some(agent) = agent(policy, &session.group).filter(|_| has_changed) {
            plan.stale.push(Stale {
                session: session.id.clone(),
                agent: agent.name.to_string(),
            });
        }
    }
}
