//! The parts of `docker inspect` that matter, as the engine prints them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Deserialize;

use crate::names::LABEL_AGENT;

use super::Endpoint;

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ContainerJson {
    name: String,
    pub(super) state: StateJson,
    config: ConfigJson,
    pub(super) network_settings: NetworkSettingsJson,
}

impl ContainerJson {
    /// The name without the slash that the engine puts before it.
    pub(super) fn name(&self) -> &str {
        self.name.trim_start_matches('/')
    }

    pub(super) fn label(&self, name: &str) -> Option<&str> {
        self.config.labels.as_ref()?.get(name).map(String::as_str)
    }

    /// Every address it has or asks for.
    pub(super) fn addresses(&self) -> impl Iterator<Item = Ipv4Addr> {
        self.network_settings
            .networks
            .values()
            .filter_map(AttachmentJson::address)
    }

    /// It as the holder of an address.
    pub(super) fn endpoint(&self) -> Endpoint {
        let agent = self.label(LABEL_AGENT).filter(|agent| !agent.is_empty());
        Endpoint {
            container: self.name().to_owned(),
            agent: agent.map(str::to_owned),
        }
    }
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct StateJson {
    pub(super) running: bool,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct ConfigJson {
    labels: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NetworkSettingsJson {
    pub(super) networks: BTreeMap<String, AttachmentJson>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct AttachmentJson {
    #[serde(rename = "IPAddress", default)]
    ip_address: String,
    #[serde(rename = "IPAMConfig", default)]
    ipam_config: Option<AttachmentIpamJson>,
}

#[derive(Clone, Deserialize)]
struct AttachmentIpamJson {
    #[serde(rename = "IPv4Address", default)]
    ipv4_address: String,
}

impl AttachmentJson {
    /// The address it has, or is to have when it starts.
    pub(super) fn address(&self) -> Option<Ipv4Addr> {
        let planned = self
            .ipam_config
            .as_ref()
            .map(|config| config.ipv4_address.as_str());
        self.ip_address
            .parse()
            .ok()
            .or_else(|| planned?.parse().ok())
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct NetworkJson {
    pub(super) name: String,
    #[serde(rename = "IPAM")]
    pub(super) ipam: IpamJson,
    pub(super) labels: Option<BTreeMap<String, String>>,
    pub(super) containers: Option<BTreeMap<String, EndpointJson>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct IpamJson {
    pub(super) config: Option<Vec<RangeJson>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct RangeJson {
    #[serde(default)]
    subnet: String,
}

impl RangeJson {
    pub(super) fn subnet(&self) -> Option<Ipv4Net> {
        self.subnet.parse().ok()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EndpointJson {
    pub(super) name: String,
    #[serde(rename = "IPv4Address", default)]
    ipv4_address: String,
}

impl EndpointJson {
    pub(super) fn address(&self) -> Option<Ipv4Addr> {
        self.ipv4_address.split('/').next()?.parse().ok()
    }
}
