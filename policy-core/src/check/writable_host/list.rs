//! The hosts that anyone can write to.
//!
//! `x` and `.x` are one place for everybody. Under `*.x` each name belongs to a customer: one such
//! name alone is as good as its owner, all of them together are everybody's.

use std::collections::{BTreeMap, BTreeSet};

use crate::host::{HostPattern, Reach};

/// Pattern, and what it is.
const HOSTS: &[(&str, &[&str])] = &[
    (
        "a paste service",
        &[
            ".pastebin.com",
            "gist.github.com",
            "paste.debian.net",
            ".dpaste.com",
            ".dpaste.org",
            ".hastebin.com",
            ".paste.rs",
            ".termbin.com",
            ".rentry.co",
            ".privatebin.net",
            ".justpaste.it",
        ],
    ),
    (
        "file sharing",
        &[
            ".transfer.sh",
            ".file.io",
            ".0x0.st",
            ".catbox.moe",
            ".gofile.io",
            ".wetransfer.com",
            ".mediafire.com",
            ".mega.nz",
            ".bashupload.com",
            ".tmpfiles.org",
            "content.dropboxapi.com",
            "drive.google.com",
            "upload.imgur.com",
        ],
    ),
    (
        "a receiver of webhooks",
        &[
            ".webhook.site",
            ".requestbin.com",
            ".pipedream.com",
            "*.m.pipedream.net",
            ".beeceptor.com",
            ".requestcatcher.com",
            "hooks.zapier.com",
            "maker.ifttt.com",
            ".postb.in",
            ".ntfy.sh",
        ],
    ),
    (
        "a receiver of DNS and HTTP probes",
        &[
            ".oastify.com",
            ".interact.sh",
            ".oast.fun",
            ".oast.pro",
            ".burpcollaborator.net",
            ".dnslog.cn",
        ],
    ),
    (
        "tunnels to anybody's machine",
        &[
            "*.ngrok.io",
            "*.ngrok.app",
            "*.ngrok-free.app",
            "*.trycloudflare.com",
            "*.loca.lt",
            "*.localhost.run",
            "*.serveo.net",
            "*.lhr.life",
        ],
    ),
    (
        "object storage, every customer's",
        &[
            // The whole path names the customer, so one name leads to everybody.
            "s3.amazonaws.com",
            "*.s3.amazonaws.com",
            "storage.googleapis.com",
            "*.storage.googleapis.com",
            "*.blob.core.windows.net",
            "*.r2.cloudflarestorage.com",
            "*.digitaloceanspaces.com",
            "*.backblazeb2.com",
        ],
    ),
    (
        "forms that anybody reads",
        &[
            "docs.google.com",
            "script.google.com",
            ".formspree.io",
            "api.web3forms.com",
            ".typeform.com",
        ],
    ),
    (
        "messages to anybody's channel",
        &[
            "api.telegram.org",
            "discord.com",
            "discordapp.com",
            "hooks.slack.com",
            "api.pushover.net",
        ],
    ),
];

/// One host of the list.
pub(super) struct Entry {
    pub(super) pattern: HostPattern,
    pub(super) what: &'static str,
}

/// The list, found by name.
pub(super) struct Writable {
    /// By name; `x` and `*.x` are two entries of one name.
    entries: BTreeMap<String, Vec<Entry>>,
    /// The last two labels of every name: what most names of a policy are not within.
    ends: BTreeSet<String>,
}

impl Default for Writable {
    fn default() -> Self {
        let mut entries: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for (what, texts) in HOSTS {
            for pattern in texts
                .iter()
                .filter_map(|text| text.parse::<HostPattern>().ok())
            {
                let of_name = entries.entry(pattern.name().as_str().to_owned());
                of_name.or_default().push(Entry { pattern, what });
            }
        }
        let ends = entries.keys().map(|name| last_two(name).to_owned());
        let ends = ends.collect();
        Self { entries, ends }
    }
}

impl Writable {
    /// The entries of which a pattern allows everybody's part.
    pub(super) fn touched_by<'s>(
        &'s self,
        pattern: &'s HostPattern,
    ) -> impl Iterator<Item = &'s Entry> {
        let name = pattern.name().as_str();
        let dots = name
            .match_indices('.')
            .filter_map(|(at, _)| name.get(at + 1..));
        // Entries that the pattern lies in have its name, or one that ends it.
        let may_be_around = self.ends.contains(last_two(name));
        let around = may_be_around
            .then(|| std::iter::once(name).chain(dots))
            .into_iter()
            .flatten()
            .filter_map(|zone| self.entries.get(zone))
            .flatten()
            .filter(move |entry| entry.pattern.covers(pattern))
            .filter(move |entry| {
                !entry.is_of_customers() || pattern.name() == entry.pattern.name()
            });
        let wide = (pattern.reach() != Reach::Exact).then_some(&self.entries);
        let inside = wide.into_iter().flat_map(BTreeMap::values).flatten();
        around.chain(
            inside.filter(move |entry| {
                pattern.covers(&entry.pattern) && !entry.pattern.covers(pattern)
            }),
        )
    }
}

/// The last two labels of a name.
fn last_two(name: &str) -> &str {
    let dot = name.rmatch_indices('.').nth(1);
    dot.and_then(|(at, _)| name.get(at + 1..)).unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn touched(text: &str) -> Vec<String> {
        let writable = Writable::default();
        let pattern = text.parse().unwrap();
        let touched = writable.touched_by(&pattern);
        touched.map(|entry| entry.pattern.to_string()).collect()
    }

    #[test]
    fn the_list_is_short_and_every_entry_is_read_and_stands_once() {
        let all: Vec<&str> = HOSTS
            .iter()
            .flat_map(|(_, hosts)| *hosts)
            .copied()
            .collect();
        let n_read: usize = Writable::default().entries.values().map(Vec::len).sum();
        assert_eq!(n_read, all.len());
        assert!(all.len() < 80);
        let distinct: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len());
    }

    #[test]
    fn a_pattern_inside_of_an_entry_and_one_around_it_are_both_found() {
        assert_eq!(touched("pastebin.com"), [".pastebin.com"]);
        assert_eq!(touched("api.pastebin.com"), [".pastebin.com"]);
        assert_eq!(touched(".github.com"), ["gist.github.com"]);
        assert_eq!(touched("github.com"), [""; 0]);
        assert_eq!(touched("pastebin.com.example"), [""; 0]);
        assert_eq!(touched("notpastebin.com"), [""; 0]);
    }

    #[test]
    fn the_name_of_one_customer_is_not_everybodys() {
        assert_eq!(touched("ours.s3.amazonaws.com"), [""; 0]);
        assert_eq!(touched("*.ours.ngrok.app"), [""; 0]);
        assert_eq!(touched("s3.amazonaws.com"), ["s3.amazonaws.com"]);
        assert_eq!(touched("*.ngrok.app"), ["*.ngrok.app"]);
        let wide = touched(".amazonaws.com");
        assert_eq!(wide, ["s3.amazonaws.com", "*.s3.amazonaws.com"]);
    }
}
