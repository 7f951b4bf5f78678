//! A policy out of the database, which gives nobody more than NanoClaw's own proxy did.
//!
//! What that proxy matched becomes a statement. What it dropped, never matched, or died of becomes
//! a comment in its place and a finding with the row it came from, never a statement: so nothing
//! widens unseen, and a person turns comments into statements. The two exceptions are told by
//! [`compare`](crate::compare) as gains: the hosts of the provider that is really in force, and a
//! listen port that had to move.

mod agent;
mod edges;
mod place;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use policy_core::format::format;
use policy_core::name::Name;
use policy_core::parse::is_agent_id;
use policy_core::span::FileId;

use crate::Providers;
use crate::agent_names::Taken;
use crate::error::DatabaseError;
use crate::finding::{Finding, Place};
use crate::ips::Ips;
use crate::rows::{CONFIGS, GROUPS, POLICY, Snapshot};
use crate::seed::SeedAgent;
use crate::text::one_line;

use self::agent::Drafting;
use self::place::Subnet;

/// What an import gives.
#[derive(Clone, Debug)]
pub struct Imported {
    /// The policy, in its canonical form.
    pub text: String,
    /// What had to be said about values of the database.
    pub findings: Vec<Finding>,
    /// The agents, in NanoClaw's order.
    pub agents: Vec<ImportedAgent>,
}

/// An agent of both.
#[derive(Clone, Debug)]
pub struct ImportedAgent {
    /// Its name in the policy.
    pub name: Name,
    /// Its id in both.
    pub id: String,
    /// What the skill makes of it.
    pub seed: SeedAgent,
}

/// Writes the policy.
pub fn import(
    snapshot: &Snapshot,
    ips: Option<&Ips>,
    known: &Providers,
) -> Result<Imported, DatabaseError> {
    let mut findings = Vec::new();
    about_the_whole(snapshot, &mut findings);
    let subnet = Subnet::for_agents(snapshot.groups.len())?;
    let mut text = String::from(HEAD);
    text.push_str(&subnet.statement());
    let mut drafting = Drafting {
        snapshot,
        known,
        subnet,
        listeners: BTreeMap::new(),
        findings: &mut findings,
    };
    let mut taken = Taken::default();
    let mut names: BTreeMap<&str, Name> = BTreeMap::new();
    let mut agents = Vec::new();
    for group in &snapshot.groups {
        if let Some(why) = unusable(&group.id, &names) {
            let help = "give the agent group an id of letters, digits, `.`, `_` and `-`";
            let message = format!("{why}: the agent group is left out, and so reaches nothing");
            drafting
                .findings
                .push(Place::row(GROUPS, &group.id).says(message, help));
            continue;
        }
        let wishes = [&*group.folder, &*group.name, &*group.id];
        let Some(name) = taken.take(&wishes) else {
            continue;
        };
        names.insert(&group.id, name.clone());
        let draft = drafting.agent(group, &name);
        // Writing to a string cannot fail, here and below.
        let _ = write!(text, "\n# {}", title(&group.name, &group.folder, &name));
        if let Some(address) = ips.and_then(|ips| ips.get(&group.id)) {
            let _ = write!(text, "; its address was {address}");
        }
        let _ = writeln!(text, "\nagent {name} {{");
        for line in &draft.lines {
            let _ = writeln!(text, "  {line}");
        }
        text.push_str("}\n");
        agents.push(ImportedAgent {
            name,
            id: group.id.clone(),
            seed: draft.seed,
        });
    }
    text.push_str(&edges::text(snapshot, &names, drafting.findings));
    let text = format(FileId(0), &text).map_err(|report| DatabaseError::Text {
        what: first_error(&report),
    })?;
    Ok(Imported {
        text,
        findings,
        agents,
    })
}

const HEAD: &str = "policy 1\n\n# Imported from NanoClaw's database. A comment that begins with \
     `not taken over`\n# stands where its own proxy dropped a value, or never matched it.\n";

/// The first mistake of a report.
pub(crate) fn first_error(report: &policy_core::diagnostic::Report) -> String {
    use policy_core::diagnostic::Severity;
    let mut errors = report.diagnostics().iter();
    let first = errors.find(|found| found.severity == Severity::Error);
    first.map_or_else(String::new, |found| found.message.clone())
}

fn about_the_whole(snapshot: &Snapshot, findings: &mut Vec<Finding>) {
    if !snapshot.has_policies && !snapshot.groups.is_empty() {
        let message = format!(
            "there is no column `{POLICY}`, so no agent was restricted: each gets `access full`"
        );
        let help = "narrow them one by one: `access list` with `allow`, or `access model-only`";
        findings.push(Place::table(GROUPS).says(message, help));
    }
    if snapshot.has_foreign_egress {
        let message = "the column `egress` belongs to another filter, and is not read";
        let help = "say in the policy what it allowed";
        findings.push(Place::table(CONFIGS).says(message, help));
    }
}

/// Why no policy can name this id.
fn unusable(id: &str, names: &BTreeMap<&str, Name>) -> Option<&'static str> {
    if !is_agent_id(id) {
        return Some("no policy can name this id");
    }
    names.contains_key(id).then_some("the id stands here twice")
}

/// What people know the agent as.
fn title(name: &str, folder: &str, own: &Name) -> String {
    let (name, folder) = (one_line(name), one_line(folder));
    let name = if name.is_empty() {
        own.to_string()
    } else {
        name
    };
    match folder == own.as_str() {
        true => name,
        false => format!("{name}, folder {folder}"),
    }
}
