//! What goes around the proxy: the container itself, and Squid for CDP.
//!
//! Given entries are kept, because a program may know them by that list; but on an internal
//! network they lead nowhere, and a warning says so.

use std::collections::BTreeMap;

use super::{Endpoints, NO_PROXY, Variables};

/// The container's own services. Squid would refuse them.
const LOOPBACK: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

pub(super) fn add(
    variables: &mut Variables,
    endpoints: Endpoints,
    given: &BTreeMap<String, String>,
) {
    let proxy = endpoints.cdp_port.map(|_| endpoints.proxy.to_string());
    let value_of = |name: &str| given.get(name).map(String::as_str);
    let mut useless = Vec::new();
    for (name, other) in NO_PROXY.into_iter().zip(NO_PROXY.into_iter().rev()) {
        // Programs differ in which of the two they read, so one given value is for both.
        let before = value_of(name).or_else(|| value_of(other)).unwrap_or("");
        let mut entries: Vec<&str> = Vec::new();
        let wanted = LOOPBACK.into_iter().chain(proxy.as_deref());
        for entry in before.split(',').map(str::trim).chain(wanted) {
            if !entry.is_empty() && !entries.contains(&entry) {
                entries.push(entry);
            }
        }
        for entry in &entries {
            let reachable = is_loopback(entry) || proxy.as_deref() == Some(*entry);
            if !reachable && !useless.contains(entry) {
                useless.push(entry);
            }
        }
        variables.set.insert(name, entries.join(","));
    }
    if !useless.is_empty() {
        let list = useless.join("`, `");
        variables.warnings.push((
            format!("NO_PROXY sends `{list}` around the proxy, and no other way leads out"),
            "leave it out; a service on the LAN or on the host wants `lan` in the policy"
                .to_owned(),
        ));
    }
}

fn is_loopback(entry: &str) -> bool {
    LOOPBACK.contains(&entry)
        || entry.ends_with(".localhost")
        || entry.starts_with("127.")
        || entry == "[::1]"
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    fn with(given: &[(&str, &str)], cdp_port: Option<u16>) -> Variables {
        let endpoints = Endpoints {
            proxy: Ipv4Addr::new(172, 30, 0, 10),
            proxy_port: 3128,
            cdp_port,
        };
        let given = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let mut variables = Variables::default();
        add(&mut variables, endpoints, &given);
        variables
    }

    #[test]
    fn given_entries_are_kept_in_front_and_shared_by_both_spellings() {
        let variables = with(&[("no_proxy", "127.0.0.1, api.localhost,")], Some(9301));
        let expected = "127.0.0.1,api.localhost,localhost,::1,172.30.0.10";
        assert_eq!(variables.set["NO_PROXY"], expected);
        assert_eq!(variables.set["no_proxy"], expected);
        assert!(variables.warnings.is_empty());
    }

    #[test]
    fn an_entry_that_leads_nowhere_is_kept_with_a_warning() {
        let variables = with(&[("NO_PROXY", "*"), ("no_proxy", "10.0.0.0/8")], None);
        assert_eq!(variables.set["NO_PROXY"], "*,localhost,127.0.0.1,::1");
        assert_eq!(
            variables.set["no_proxy"],
            "10.0.0.0/8,localhost,127.0.0.1,::1"
        );
        let [(warning, _)] = variables.warnings.as_slice() else {
            panic!("{variables:?}");
        };
        assert!(warning.contains("`*`, `10.0.0.0/8`"), "{warning}");
    }
}
