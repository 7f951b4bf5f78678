//! The model providers that are known without a word in the policy.

use std::collections::BTreeMap;

use crate::host::HostPattern;

/// Name and hosts; a `provider` block of the policy replaces its entry.
const BUILT_IN: [(&str, &[&str]); 1] = [
    // https://docs.anthropic.com/en/api/overview
    ("claude", &[".api.anthropic.com"]),
];

/// The built-in registry, by folded name.
pub fn built_in() -> BTreeMap<String, Vec<HostPattern>> {
    let hosts = |hosts: &[&str]| hosts.iter().filter_map(|host| host.parse().ok()).collect();
    BUILT_IN
        .iter()
        .map(|(name, list)| ((*name).to_owned(), hosts(list)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_host_is_a_pattern() {
        for (name, hosts) in BUILT_IN {
            assert_eq!(built_in()[name].len(), hosts.len(), "{name}");
        }
    }
}
