//! The variables by which programs in a container find Squid.
//!
//! A value that is given keeps its credentials and loses its host: every proxy variable ends up
//! at Squid. A value that cannot be read is an error and is never handed on, since whatever reads
//! it differently would go around the policy or, on an internal network, nowhere.

mod credentials;
mod no_proxy;

pub use self::credentials::{Credentials, ProxyError};

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use policy_render::deployment::{AgentPlan, Deployment};

use self::credentials::of_value;

/// Always set. The first one with credentials gives them to those without, so the order matters:
/// the most specific first.
const PROXY: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"];
/// Rewritten where they are given.
const PROXY_IF_GIVEN: [&str; 2] = ["ALL_PROXY", "all_proxy"];
/// The proxy of Chromium as `agent-browser` starts it; always set.
const BROWSER: &str = "AGENT_BROWSER_PROXY";
/// Always set.
const NO_PROXY: [&str; 2] = ["NO_PROXY", "no_proxy"];
/// Where the host's Chrome is.
const CDP: &str = "PORTREEVE_CDP_ENDPOINT";
/// The same for Playwright's MCP server, which would start a browser of its own without it. A
/// given value stays: it may be an endpoint inside of the container.
const CDP_PLAYWRIGHT: &str = "PLAYWRIGHT_MCP_CDP_ENDPOINT";

/// Squid as an agent sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Endpoints {
    /// Its address.
    pub proxy: Ipv4Addr,
    /// Its port.
    pub proxy_port: u16,
    /// The agent's CDP listener.
    pub cdp_port: Option<u16>,
}

impl Endpoints {
    /// What `agent` of `deployment` sees.
    pub fn of(deployment: &Deployment, agent: &AgentPlan) -> Self {
        Self {
            proxy: agent.proxy,
            proxy_port: deployment.proxy_port,
            cdp_port: agent.cdp_port,
        }
    }
}

/// Variables to set, and what to tell the user about them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Variables {
    /// Values by name.
    pub set: BTreeMap<&'static str, String>,
    /// Whole sentences without the full stop, each with what to do.
    pub warnings: Vec<(String, String)>,
}

impl Variables {
    /// As `docker run` arguments.
    pub fn args(&self) -> impl Iterator<Item = String> {
        self.set
            .iter()
            .flat_map(|(name, value)| ["--env".to_owned(), format!("{name}={value}")])
    }
}

/// Whether [`variables`] looks at a given variable of that name.
pub fn is_known(name: &str) -> bool {
    PROXY.contains(&name)
        || PROXY_IF_GIVEN.contains(&name)
        || NO_PROXY.contains(&name)
        || [BROWSER, CDP, CDP_PLAYWRIGHT].contains(&name)
}

/// The variables for a container that would have got `given`.
pub fn variables(
    endpoints: Endpoints,
    given: &BTreeMap<String, String>,
    credentials: Option<&Credentials>,
) -> Result<Variables, ProxyError> {
    let mut own = BTreeMap::new();
    let named = PROXY.iter().chain(&PROXY_IF_GIVEN).chain([&BROWSER]);
    let mut common = credentials.cloned();
    for name in named.clone() {
        let Some(value) = given.get(*name) else {
            continue;
        };
        let found = of_value(name, value)?;
        common = common.or_else(|| found.clone());
        own.insert(*name, found);
    }
    let mut variables = Variables::default();
    for name in named {
        if PROXY_IF_GIVEN.contains(name) && !given.contains_key(*name) {
            continue;
        }
        let own = own.get(name).and_then(Option::as_ref);
        let url = url(endpoints, own.or(common.as_ref()));
        variables.set.insert(name, url);
    }
    no_proxy::add(&mut variables, endpoints, given);
    if let Some(port) = endpoints.cdp_port {
        let endpoint = format!("http://{}:{port}", endpoints.proxy);
        if !given.contains_key(CDP_PLAYWRIGHT) {
            variables.set.insert(CDP_PLAYWRIGHT, endpoint.clone());
        }
        variables.set.insert(CDP, endpoint);
    }
    Ok(variables)
}

fn url(endpoints: Endpoints, credentials: Option<&Credentials>) -> String {
    let Endpoints {
        proxy, proxy_port, ..
    } = endpoints;
    match credentials {
        Some(credentials) => format!("http://{}@{proxy}:{proxy_port}", credentials.as_str()),
        None => format!("http://{proxy}:{proxy_port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(cdp_port: Option<u16>) -> Endpoints {
        Endpoints {
            proxy: Ipv4Addr::new(172, 30, 0, 10),
            proxy_port: 3128,
            cdp_port,
        }
    }

    fn set(given: &[(&str, &str)], cdp: Option<u16>) -> BTreeMap<&'static str, String> {
        let given = given
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        variables(endpoints(cdp), &given, None).unwrap().set
    }

    #[test]
    fn without_any_given_value_every_proxy_variable_leads_to_squid() {
        let set = set(&[], None);
        let names: Vec<&str> = set.keys().copied().collect();
        assert_eq!(
            names,
            [
                "AGENT_BROWSER_PROXY",
                "HTTPS_PROXY",
                "HTTP_PROXY",
                "NO_PROXY",
                "http_proxy",
                "https_proxy",
                "no_proxy",
            ]
        );
        assert_eq!(set["HTTPS_PROXY"], "http://172.30.0.10:3128");
    }

    #[test]
    fn credentials_are_kept_and_lent_to_the_variables_without() {
        let set = set(
            &[
                (
                    "HTTPS_PROXY",
                    "http://x:aoc_token@host.docker.internal:10255",
                ),
                ("http_proxy", "http://y:other@198.51.100.1:3128/"),
                ("ALL_PROXY", "socks5h://198.51.100.1:1080"),
            ],
            None,
        );
        assert_eq!(set["HTTPS_PROXY"], "http://x:aoc_token@172.30.0.10:3128");
        assert_eq!(set["HTTP_PROXY"], "http://x:aoc_token@172.30.0.10:3128");
        assert_eq!(set["http_proxy"], "http://y:other@172.30.0.10:3128");
        assert_eq!(set["ALL_PROXY"], "http://x:aoc_token@172.30.0.10:3128");
        assert_eq!(
            set["AGENT_BROWSER_PROXY"],
            "http://x:aoc_token@172.30.0.10:3128"
        );
        assert!(!set.contains_key("all_proxy"));
    }

    #[test]
    fn a_cdp_agent_gets_squids_address_as_endpoint_and_around_the_proxy() {
        let plain = set(&[], Some(9301));
        assert_eq!(plain["PORTREEVE_CDP_ENDPOINT"], "http://172.30.0.10:9301");
        assert_eq!(
            plain["PLAYWRIGHT_MCP_CDP_ENDPOINT"],
            "http://172.30.0.10:9301"
        );
        assert_eq!(plain["no_proxy"], "localhost,127.0.0.1,::1,172.30.0.10");
        let own = [("PLAYWRIGHT_MCP_CDP_ENDPOINT", "http://127.0.0.1:9222")];
        assert!(!set(&own, Some(9301)).contains_key("PLAYWRIGHT_MCP_CDP_ENDPOINT"));
    }
}
