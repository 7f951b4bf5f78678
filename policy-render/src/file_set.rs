//! The rendered files, by name.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

/// Everything that goes into one generation's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileSet {
    files: BTreeMap<&'static str, Entry>,
}

/// A text and its SHA-256 in hexadecimal, which is asked for more than once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Entry {
    text: String,
    digest: String,
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
    /// Puts a file in, in the place of the one of that name.
    pub fn insert(&mut self, name: &'static str, text: String) {
        let digest = hex(&Sha256::digest(&text));
        self.files.insert(name, Entry { text, digest });
    }

    /// One file.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.files.get(name).map(|entry| entry.text.as_str())
    }

    /// Names and texts, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files
            .iter()
            .map(|(name, entry)| (*name, entry.text.as_str()))
    }

    /// Names and SHA-256 in hexadecimal, by name.
    pub fn digests(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.files
            .iter()
            .map(|(name, entry)| (*name, entry.digest.as_str()))
    }

    /// The id of the generation: a digest of every file that is enforced, which is all but the
    /// manifest. Equal ids mean that there is nothing to switch.
    pub fn generation(&self) -> String {
        let mut all = Sha256::new();
        for (name, digest) in self.digests().filter(|(name, _)| *name != MANIFEST) {
            all.update(format!("{name} {digest}\n"));
        }
        hex(&all.finalize()).chars().take(16).collect()
    }
}

/// Bytes in lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
