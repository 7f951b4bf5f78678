//! What NanoClaw's own proxy, the `add-agent-network` skill, makes of a policy.
//!
//! The model is the skill's *intent*: a name is matched as a name and an address as an address.
//! What its lookups opened besides (a reverse entry, one address of many) is told apart, as holes
//! that are closed here. `never matches` and `takes` below were tried on a Squid 6.13.

pub mod cdp;
pub mod entry;
pub mod policy;
pub mod reach;

use policy_core::host::{HostName, HostPattern, Reach};

pub use self::cdp::Cdp;
pub use self::policy::{Bucket, Domain, Policy, Stored};
pub use self::reach::SeedAgent;

/// What the skill's registry holds, by provider: nothing ever added to it.
const PROVIDERS: [(&str, &str); 1] = [("claude", "api.anthropic.com")];

/// What the skill's registry gives a provider, by folded name.
pub fn provider_hosts(provider: &str) -> Vec<HostPattern> {
    let known = PROVIDERS.iter().filter(|(name, _)| *name == provider);
    let hosts = known.filter_map(|(_, host)| host.parse::<HostName>().ok());
    hosts
        .map(|host| HostPattern::new(Reach::Within, host))
        .collect()
}
