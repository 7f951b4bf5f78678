//! What one policy sets for all of its agents and another sets otherwise.
//!
//! No destination shows it: through another gateway every agent reaches the same names, and on one
//! shared network agents meet without asking Squid. A review must see it all the same.

use crate::ir::{Gateway, Isolation, Policy};

/// A setting that differs.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct SettingChange {
    /// Its name in the language.
    pub setting: &'static str,
    /// What it was.
    pub old: String,
    /// What it is.
    pub new: String,
    /// Whether it gives agents what was kept from them.
    pub widens: bool,
}

pub(super) fn changes(old: &Policy, new: &Policy) -> Vec<SettingChange> {
    let place = |gateway: &Gateway| (gateway.host.clone(), gateway.address, gateway.port);
    let (before, after) = (&old.gateway, &new.gateway);
    let gateway = (place(before) != place(after)).then(|| SettingChange {
        setting: "gateway",
        old: shown(before),
        new: shown(after),
        widens: true,
    });
    let [before, after] = [old, new].map(|policy| policy.network.isolation);
    let isolation = (before != after).then(|| SettingChange {
        setting: "isolation",
        old: before.to_string(),
        new: after.to_string(),
        widens: after == Isolation::Shared,
    });
    gateway.into_iter().chain(isolation).collect()
}

fn shown(gateway: &Gateway) -> String {
    let Gateway { address, port, .. } = gateway;
    match &gateway.host {
        Some(host) => format!("{host}:{port} ({address})"),
        None => format!("{address}:{port}"),
    }
}
