//! What a user can get wrong in a policy that reads well: one file for each check.
//!
//! A check reads the model and reports. It changes nothing, knows no other check, and the order
//! of [`ALL`] does not matter.

mod access_conflict;
mod covered_entry;
mod covering;
mod denied_allow;
mod deny_of_provider;
mod floor;
mod lan_every_port;
mod lan_public;
mod lan_range;
mod listen_port;
mod provider_unreachable;
mod redundant_allow;
mod repeated_question;
mod unsafe_port;

use ipnet::Ipv4Net;

use crate::diagnostic::{Code, Report};
use crate::ir::Policy;

/// A check and what it is called.
pub struct Check {
    /// The code of every finding it makes.
    pub code: Code,
    /// Looks for findings.
    pub run: fn(&Policy, &mut Report),
}

/// Every check.
pub const ALL: &[Check] = &[
    access_conflict::CHECK,
    covered_entry::CHECK,
    denied_allow::CHECK,
    deny_of_provider::CHECK,
    floor::CHECK,
    lan_every_port::CHECK,
    lan_public::CHECK,
    lan_range::CHECK,
    listen_port::CHECK,
    provider_unreachable::CHECK,
    redundant_allow::CHECK,
    repeated_question::CHECK,
    unsafe_port::CHECK,
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
pub fn run(policy: &Policy, report: &mut Report) {
    for check in ALL {
        (check.run)(policy, report);
    }
}
