//! NanoClaw's database as a policy, and a policy as rows of it.
//!
//! [`rows`] reads what is there, [`seed`] says what NanoClaw's own proxy makes of it, and
//! [`import`] writes a policy that gives nobody more. [`compare`] finds every request that the two
//! decide otherwise, exactly: the importer is never taken at its word. [`sync`] goes the other way.
//! Formats and defaults are those of the `add-agent-network` skill and of NanoClaw 2 migrations.

pub mod compare;
pub mod error;
pub mod finding;
pub mod import;
pub mod ips;
pub mod open;
pub mod rows;
pub mod seed;
pub mod sync;

mod agent_names;
mod provider;
mod text;

/// The model providers whose hosts are known: pattern lists by folded name.
pub type Providers = std::collections::BTreeMap<String, Vec<policy_core::host::HostPattern>>;
