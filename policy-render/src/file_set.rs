//! The rendered files, by name.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Everything that goes into one generation's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<&'static str, String>,
}

/// The rules of the proxy.
pub const SQUID_CONF: &str = "squid.conf";
/// The resolver that knows no name.
pub const DNSMASQ_CONF: &str = "dnsmasq.conf";
/// The CDP forwarders.
pub const SOCAT_FORWARDS: &str = "socat-forwards.conf";
/// The rows of NanoClaw's `agent_destinations`.
pub const AGENT_DESTINATIONS: &str = "agent-destinations.json";
/// Networks and addresses.
pub const DEPLOYMENT: &str = "deployment.json";
/// The source map.
pub const MANIFEST: &str = "manifest.json";

impl FileSet {
    pub(crate) fn insert(&mut self, name: &'static str, text: String) {
        self.files.insert(name, text);
    }

    /// One file.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(String::as_str)
    }

    /// Names and texts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files.iter().map(|(name, text)| (*name, text.as_str()))
    }

    /// The id of the generation: a digest of every file that is enforced, which is all but the
    /// manifest. Equal ids mean that there is nothing to switch.
    pub fn generation(&self) -> String {
        let mut digest = Sha256::new();
        for (name, text) in self.iter().filter(|(name, _)| *name != MANIFEST) {
            digest.update(format!("{name} {}\n", text.len()));
            digest.update(text);
        }
        hex(&digest.finalize()).chars().take(16).collect()
    }
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
