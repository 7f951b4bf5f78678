//! The model providers that are known without a word in the policy.
//!
//! An entry has the hosts that answer for the model, and no more: no telemetry, no updates, no
//! sign-in, which a gateway with the credentials makes needless. A `provider` block of the policy
//! replaces an entry or adds one.

use std::collections::BTreeMap;

use crate::host::HostPattern;

/// An entry of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BuiltIn {
    /// What policies call it.
    pub name: &'static str,
    /// Its hosts; none for a model that runs on the Docker host.
    pub hosts: &'static [&'static str],
    /// Where the hosts are said to be these.
    pub source: &'static str,
    /// What whoever takes it should know.
    pub note: Option<&'static str>,
}

/// The registry, by name. NanoClaw and its forks ship `claude`, `codex`, `copilot`, `ollama` and
/// `opencode`.
pub const ALL: [BuiltIn; 9] = [
    BuiltIn {
        name: "claude",
        hosts: &[".api.anthropic.com"],
        source: "https://docs.anthropic.com/en/api/overview",
        note: None,
    },
    BuiltIn {
        name: "codex",
        hosts: &["api.openai.com", "chatgpt.com"],
        source: "https://github.com/nanocoai/nanoclaw/blob/1dc103bb4a0b5df5888fa2d15df40e19180a0d29/src/providers/codex.ts",
        note: Some("an API key alone needs no more than `api.openai.com`"),
    },
    BuiltIn {
        name: "copilot",
        hosts: &[
            "api.githubcopilot.com",
            "api.individual.githubcopilot.com",
            "api.business.githubcopilot.com",
            "api.enterprise.githubcopilot.com",
            "copilot-proxy.githubusercontent.com",
        ],
        source: "https://github.com/nanocoai/nanoclaw/blob/e564fa0787bab2f7d7efa4027ffa49fd30e069ec/.claude/skills/add-copilot/payload/src/provider-contracts/copilot.ts",
        note: None,
    },
    BuiltIn {
        name: "gemini",
        hosts: &["generativelanguage.googleapis.com"],
        source: "https://ai.google.dev/api/all-methods",
        note: None,
    },
    BuiltIn {
        name: "mistral",
        hosts: &["api.mistral.ai"],
        source: "https://github.com/mistralai/client-python/blob/03d53049b10b5a3ddcb3d105fc589b38d305aae6/src/mistralai/sdkconfiguration.py",
        note: Some("a key for Codestral alone is for `codestral.mistral.ai`"),
    },
    BuiltIn {
        name: "ollama",
        hosts: &[],
        source: "https://docs.ollama.com/api",
        note: Some("it runs on the Docker host: `provider none` and `lan host:11434`"),
    },
    BuiltIn {
        name: "openai",
        hosts: &["api.openai.com"],
        source: "https://github.com/nanocoai/nanoclaw/blob/1dc103bb4a0b5df5888fa2d15df40e19180a0d29/src/providers/codex.ts",
        note: None,
    },
    BuiltIn {
        name: "opencode",
        hosts: &["opencode.ai"],
        source: "https://github.com/anomalyco/opencode/blob/e33d5b41d37f8f1e22db62df292b7c4547f3a85c/packages/web/src/content/docs/zen.mdx",
        note: Some("its own gateway alone; with another provider's key, declare that one's hosts"),
    },
    BuiltIn {
        name: "openrouter",
        hosts: &["openrouter.ai"],
        source: "https://www.openrouter.ai/docs/quick-start",
        note: None,
    },
];

/// The entries that have hosts, by folded name.
pub fn built_in() -> BTreeMap<String, Vec<HostPattern>> {
    let hosts = |hosts: &[&str]| hosts.iter().filter_map(|host| host.parse().ok()).collect();
    let remote = ALL.iter().filter(|entry| !entry.hosts.is_empty());
    remote
        .map(|entry| (entry.name.to_owned(), hosts(entry.hosts)))
        .collect()
}

/// The entry of that name, ignoring case.
pub fn entry(name: &str) -> Option<&'static BuiltIn> {
    ALL.iter()
        .find(|entry| entry.name.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::name::Name;

    #[test]
    fn every_entry_is_a_name_patterns_and_a_source() {
        for entry in &ALL {
            let name: Name = entry.name.parse().unwrap();
            assert_eq!(name.folded(), entry.name);
            let own = built_in().remove(entry.name).unwrap_or_default();
            assert_eq!(own.len(), entry.hosts.len(), "{name}");
            assert!(entry.source.starts_with("https://"), "{name}");
            assert!(!entry.hosts.is_empty() || entry.note.is_some(), "{name}");
        }
        assert!(ALL.windows(2).all(|pair| pair[0].name < pair[1].name));
    }
}
