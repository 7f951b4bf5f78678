//! What things are called on the engine.
//!
//! Every name begins with `portreeve-` and the instance. An instance cannot hold a dot, so the
//! first dot of a network's name ends the instance: no agent's network can have the name of the
//! uplink or of another instance's network, whatever the agent is called.

use std::fmt;
use std::str::FromStr;

use policy_render::deployment::NetworkPlan;
use thiserror::Error;

/// The label that says which instance an object belongs to.
pub const LABEL_INSTANCE: &str = "portreeve.instance";
/// The label that says which agent a container or a network belongs to.
pub const LABEL_AGENT: &str = "portreeve.agent";
/// The label that says which files, or which image sources, an object was made from.
pub const LABEL_DIGEST: &str = "portreeve.digest";

/// The image's repository.
/// Which state folder an object belongs to: two folders must not share an instance.
pub const LABEL_STATE: &str = "portreeve.state";

const IMAGE: &str = "portreeve-squid";
/// How much of a digest stands in a name.
const SHORT_DIGEST: usize = 12;

/// The name of one installation on an engine: `[a-z0-9][a-z0-9-]{0,31}`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Instance(String); // INVARIANT: see `FromStr`.

/// Why a text is no [`Instance`].
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no instance name")]
pub struct InstanceError(pub String);

impl Instance {
    /// The longest name.
    pub const MAX_LEN: usize = 32;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Squid's container.
    pub fn container(&self) -> String {
        format!("portreeve-{self}")
    }

    /// Squid's container while another one takes its place. No instance has a dot in its name, so
    /// this is no instance's container either.
    pub fn set_aside(&self) -> String {
        format!("portreeve-{self}.old")
    }

    /// The network through which Squid reaches the gateway and the LAN.
    pub fn uplink_network(&self) -> String {
        format!("portreeve-{self}-uplink")
    }

    /// A network that keeps addresses free for a moment. No agent's network is called so: those
    /// have a dot behind the instance.
    pub fn placeholder_network(&self) -> String {
        format!("portreeve-{self}-placeholder")
    }

    /// An internal network, by its name in the deployment and its first address: an agent that
    /// moves to another block has another network, while containers may still hold the old one.
    pub fn agent_network(&self, plan: &NetworkPlan) -> String {
        format!("portreeve-{self}.{}-{}", plan.name, plan.subnet.network())
    }

    /// The volume for Squid's and dnsmasq's logs.
    pub fn logs_volume(&self) -> String {
        format!("portreeve-{self}-logs")
    }

    /// The label of everything that is this instance's, as `KEY=VALUE`.
    pub fn label(&self) -> String {
        format!("{LABEL_INSTANCE}={self}")
    }

    /// The filter that finds everything of this instance.
    pub fn filter(&self) -> String {
        format!("label={}", self.label())
    }
}

impl FromStr for Instance {
    type Err = InstanceError;

    fn from_str(text: &str) -> Result<Self, InstanceError> {
        let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        let fits = !text.is_empty()
            && text.len() <= Self::MAX_LEN
            && !text.starts_with('-')
            && text.bytes().all(plain);
        if !fits {
            return Err(InstanceError(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Squid's image; every instance with the same sources shares it.
pub fn image(digest: &str) -> String {
    let short: String = digest.chars().take(SHORT_DIGEST).collect();
    format!("{IMAGE}:{short}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instance_is_one_plain_word() {
        let longest = "a".repeat(32);
        for good in ["a", "0", "prod-2", &longest] {
            assert!(good.parse::<Instance>().is_ok(), "{good}");
        }
        let too_long = "a".repeat(33);
        for bad in ["", "-a", "A", "a.b", "a_b", "a b", "ä", &too_long] {
            assert!(bad.parse::<Instance>().is_err(), "{bad}");
        }
    }

    #[test]
    fn no_two_networks_share_a_name() {
        let name = |instance: &str, agent: &str| {
            let (subnet, any) = (ipnet::Ipv4Net::default(), std::net::Ipv4Addr::UNSPECIFIED);
            let plan = NetworkPlan {
                name: agent.to_owned(),
                subnet,
                gateway: any,
                proxy: any,
            };
            instance.parse::<Instance>().unwrap().agent_network(&plan)
        };
        assert_ne!(name("a", "b-c"), name("a-b", "c"));
        let instance: Instance = "a".parse().unwrap();
        assert_ne!(name("a", "uplink"), instance.uplink_network());
    }

    #[test]
    fn an_image_is_named_after_its_sources() {
        assert_eq!(image("0123456789abcdef"), "portreeve-squid:0123456789ab");
    }
}
