//! What a user can get wrong in a policy that reads well: one file for each check.
//!
//! A check reads the model, or the text where the model does not say it, and reports. It changes
//! nothing, knows no other check, and the order of [`ALL`] does not matter.

mod allowed;
mod look_alike;

mod access_conflict;
mod cdp_browser;
mod confusable_name;
mod covered_entry;
mod covering;
mod denied_allow;
mod deny_of_provider;
mod expires_soon;
mod floor;
mod idle_deny;
mod lan_every_port;
mod lan_public;
mod lan_range;
mod lan_wide;
mod listen_port;
mod no_tests;
mod provider_unreachable;
mod public_suffix;
mod redundant_allow;
mod repeated_question;
mod shared_isolation;
mod unsafe_port;
mod writable_host;

use ipnet::Ipv4Net;

use crate::ast::{Item, Statement};
use crate::diagnostic::{Code, Report};
use crate::facts::Facts;
use crate::ir::Policy;
use crate::sources::Sources;
pub use allowed::Allowed;

/// A check and what it is called.
pub struct Check {
    /// The code of every finding it makes.
    pub code: Code,
    /// Looks for findings.
    pub run: fn(&Subject<'_>, &mut Report),
}

/// What checks look at.
pub struct Subject<'a> {
    /// The model.
    pub policy: &'a Policy,
    /// The text, for checks of what leaves no trace in the model, such as names of sets.
    pub sources: &'a Sources,
    /// What the compile was told of the world.
    pub facts: &'a Facts,
    /// What agents with `access list` may reach by name.
    pub allowed: Vec<Allowed<'a>>,
}

impl<'a> Subject<'a> {
    /// Joins the parts.
    pub fn new(policy: &'a Policy, sources: &'a Sources, facts: &'a Facts) -> Self {
        Self {
            policy,
            sources,
            facts,
            allowed: allowed::of(policy, sources, facts),
        }
    }

    /// The statements at the top of all files.
    pub fn statements(&self) -> impl Iterator<Item = &'a Item<Statement>> + use<'a> {
        let files = self.sources.files().iter();
        files.flat_map(|file| &file.tree.statements)
    }
}

/// Every check.
pub const ALL: &[Check] = &[
    access_conflict::CHECK,
    covered_entry::CHECK,
    denied_allow::CHECK,
    cdp_browser::CHECK,
    confusable_name::CHECK,
    deny_of_provider::CHECK,
    expires_soon::CHECK,
    floor::CHECK,
    idle_deny::CHECK,
    lan_every_port::CHECK,
    lan_public::CHECK,
    lan_range::CHECK,
    lan_wide::CHECK,
    listen_port::CHECK,
    no_tests::CHECK,
    provider_unreachable::CHECK,
    public_suffix::CHECK,
    redundant_allow::CHECK,
    repeated_question::CHECK,
    shared_isolation::CHECK,
    unsafe_port::CHECK,
    writable_host::CHECK,
];

/// A network as messages show it: one of a single address is that address.
fn shown(net: Ipv4Net) -> String {
    if net.prefix_len() == net.max_prefix_len() {
        net.addr().to_string()
    } else {
        net.to_string()
    }
}

/// Runs every check.
pub fn run(subject: &Subject<'_>, report: &mut Report) {
    for check in ALL {
        (check.run)(subject, report);
    }
}
