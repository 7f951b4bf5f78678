//! What a compile must know of the host: the file of `--facts`, else documented defaults.
//!
//! Everything in the file is optional and replaces the default; `today` comes from the clock, in
//! UTC, where the file does not say it. Nothing is ever looked up. The same form keeps the facts
//! of a policy in force.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use jiff::civil::Date;
use jiff::tz::TimeZone;
use policy_core::facts::Facts;
use policy_core::host::HostPattern;
use policy_core::name::Name;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::exit::Exit;
use crate::files::{self, FileError};

/// The format of the file.
pub const VERSION: u32 = 1;
/// The longest file that is read, in bytes.
const MAX_LEN: usize = 16 * 1024 * 1024;

/// The document.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactsFile {
    version: u32,
    today: Option<String>,
    gateway_addresses: Option<Vec<IpAddr>>,
    host_address: Option<Ipv4Addr>,
    resolvers: Option<Vec<IpAddr>>,
    attached: Option<BTreeSet<Ipv4Addr>>,
    #[serde(default)]
    providers: BTreeMap<String, Vec<String>>,
}

/// Why the facts cannot be used.
#[derive(Debug, Error)]
pub enum FactsError {
    /// The file system.
    #[error(transparent)]
    File(#[from] FileError),
    /// No JSON, an unknown field, or a value of the wrong kind.
    #[error("the facts `{}` cannot be read: {source}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reader's reason.
        source: serde_json::Error,
    },
    /// A value that means nothing here.
    #[error("the facts `{}` say {what}: {reason}", path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Which value, as it is written.
        what: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl FactsError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::File(error) => error.remedy(),
            Self::Unreadable { .. } | Self::Value { .. } => format!(
                "write {{\"version\": {VERSION}}} and, each where it matters, `today` \
                 (YYYY-MM-DD), `gateway_addresses`, `host_address`, `resolvers`, `attached`, \
                 `providers` ({{\"name\": [\"host pattern\"]}})"
            ),
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        match self {
            Self::File(_) => Exit::Unreachable,
            Self::Unreadable { .. } | Self::Value { .. } => Exit::Usage,
        }
    }
}

/// The day it is, in UTC.
pub fn today() -> Date {
    jiff::Timestamp::now().to_zoned(TimeZone::UTC).date()
}

/// Which facts a file has said, out of those that an engine could be asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Given {
    /// The host's address.
    pub host: bool,
    /// The gateway's addresses.
    pub gateway: bool,
}

/// The facts of the file, or the defaults for today; the ledger is empty.
pub fn facts(path: Option<&Path>) -> Result<Facts, FactsError> {
    Ok(facts_and_given(path)?.0)
}

/// The same, and which of them the file has said.
pub fn facts_and_given(path: Option<&Path>) -> Result<(Facts, Given), FactsError> {
    let mut facts = Facts::on(today());
    let given = match path {
        Some(path) => replace(&mut facts, path)?,
        None => Given::default(),
    };
    Ok((facts, given))
}

/// Replaces in `facts` what the file says.
fn replace(facts: &mut Facts, path: &Path) -> Result<Given, FactsError> {
    let text = files::read_text(path, MAX_LEN)?;
    let file: FactsFile = serde_json::from_str(&text).map_err(|source| FactsError::Unreadable {
        path: path.to_owned(),
        source,
    })?;
    file.replace(facts, path)
}

impl FactsFile {
    /// The facts, the ledger apart, so that they can be read again.
    pub fn of(facts: &Facts) -> Self {
        let hosts = |hosts: &Vec<HostPattern>| hosts.iter().map(ToString::to_string).collect();
        let providers = facts.providers.iter();
        Self {
            version: VERSION,
            today: Some(facts.today.to_string()),
            gateway_addresses: Some(facts.gateway_addresses.clone()),
            host_address: Some(facts.host_address),
            resolvers: Some(facts.resolvers.clone()),
            attached: Some(facts.attached.clone()),
            providers: providers
                .map(|(name, patterns)| (name.clone(), hosts(patterns)))
                .collect(),
        }
    }

    /// Replaces in `facts` what is said here; `path` is where it was read.
    pub fn replace(self, facts: &mut Facts, path: &Path) -> Result<Given, FactsError> {
        let file = self;
        let wrong = |what: String, reason: String| FactsError::Value {
            path: path.to_owned(),
            what,
            reason,
        };
        if file.version != VERSION {
            let what = format!("`\"version\": {}`", file.version);
            return Err(wrong(what, format!("this program knows {VERSION}")));
        }
        if let Some(text) = file.today {
            let date = text.parse();
            facts.today = date.map_err(|error: jiff::Error| {
                wrong(format!("`\"today\": \"{text}\"`"), error.to_string())
            })?;
        }
        let given = Given {
            host: file.host_address.is_some(),
            gateway: file.gateway_addresses.is_some(),
        };
        if let Some(addresses) = file.gateway_addresses {
            facts.gateway_addresses = addresses;
        }
        if let Some(address) = file.host_address {
            facts.host_address = address;
        }
        if let Some(resolvers) = file.resolvers {
            facts.resolvers = resolvers;
        }
        if let Some(attached) = file.attached {
            facts.attached = attached;
        }
        for (name, hosts) in file.providers {
            let key: Name = name
                .parse()
                .map_err(|error| wrong(format!("provider `{name}`"), format!("{error}")))?;
            let mut patterns = Vec::new();
            for host in hosts {
                let pattern: HostPattern = host
                    .parse()
                    .map_err(|error| wrong(format!("host `{host}`"), format!("{error}")))?;
                patterns.push(pattern);
            }
            patterns.sort();
            patterns.dedup();
            facts.providers.insert(key.folded(), patterns);
        }
        Ok(given)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Facts, FactsError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("facts.json");
        files::write(&path, text.as_bytes()).unwrap();
        facts(Some(&path))
    }

    #[test]
    fn what_the_file_does_not_say_is_the_default() {
        let facts = read(r#"{"version":1,"today":"2026-05-15"}"#).unwrap();
        assert_eq!(facts, Facts::on("2026-05-15".parse().unwrap()));
    }

    #[test]
    fn every_fact_can_be_said() {
        let facts = read(
            r#"{"version":1,"today":"2026-05-15","gateway_addresses":["198.51.100.7"],
                "host_address":"198.51.100.1","resolvers":["198.51.100.53"],
                "attached":["172.30.0.11"],"providers":{"Codex":[".api.openai.com"]}}"#,
        )
        .unwrap();
        assert_eq!(facts.host_address, Ipv4Addr::new(198, 51, 100, 1));
        assert_eq!(facts.attached.len(), 1);
        assert_eq!(facts.providers["codex"].len(), 1);
        assert!(facts.providers.contains_key("claude"));
    }

    #[test]
    fn what_is_not_understood_is_refused_by_name() {
        for (text, expected) in [
            (r#"{"version":2}"#, "version"),
            (r#"{"version":1,"todya":"2026-05-15"}"#, "todya"),
            (r#"{"version":1,"today":"2026-02-30"}"#, "2026-02-30"),
            (r#"{"version":1,"providers":{"a b":[]}}"#, "a b"),
            (r#"{"version":1,"providers":{"a":["x y"]}}"#, "x y"),
            (r#"{"version":1,"host_address":"::1"}"#, "line 1 column"),
            ("{}", "version"),
            ("", "EOF"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
