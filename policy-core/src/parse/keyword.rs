//! The keywords of each block, and what to say of a word that is none of them.

use super::context::Context;
use super::lexical::{clip, next_is, word};
use crate::diagnostic::{Code, Diagnostic};

/// A longer word is no misspelt keyword.
const MAX_GUESSED_LEN: usize = 24;
/// A shorter one is no beginning of a keyword.
const MIN_BEGINNING_LEN: usize = 3;

/// What a statement stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    File,
    Gateway,
    Network,
    Set,
    Agent,
    Test,
    Invariant,
}

impl Place {
    const ALL: [Place; 5] = [
        Place::File,
        Place::Agent,
        Place::Network,
        Place::Gateway,
        Place::Invariant,
    ];

    /// The words that a statement begins with here; none where it begins with a name.
    pub(super) fn keywords(self) -> &'static [&'static str] {
        match self {
            Place::File => &[
                "policy",
                "gateway",
                "network",
                "safe-ports",
                "provider",
                "hosts",
                "include",
                "agent",
                "edge",
                "test",
                "invariant",
            ],
            Place::Gateway => &["address"],
            Place::Network => &["subnet", "isolation", "proxy-port"],
            Place::Agent => &[
                "id", "provider", "access", "allow", "deny", "lan", "cdp", "sessions", "mode",
            ],
            Place::Invariant => &["nobody", "only"],
            Place::Set | Place::Test => &[],
        }
    }

    /// How messages call the place.
    pub(super) fn called(self) -> &'static str {
        match self {
            Place::File => "at the top of a file",
            Place::Gateway => "in a `gateway` block",
            Place::Network => "in a `network` block",
            Place::Set => "in a set of hosts",
            Place::Agent => "in an `agent` block",
            Place::Test => "in a `test` block",
            Place::Invariant => "in an `invariant` block",
        }
    }
}

/// Whether `line` begins, in its first column, with a statement that can only stand at the top of
/// a file. A set may hold a host called `agent`, so the keyword alone does not tell.
pub(super) fn begins_top_level(line: &str) -> bool {
    if line.starts_with([' ', '\t', '\r']) {
        return false;
    }
    let Ok((rest, key)) = word(line) else {
        return false;
    };
    let after_a_word = || word(rest).map_or("", |(rest, _)| rest);
    match key {
        "network" => next_is(rest, '{'),
        "agent" | "hosts" | "provider" | "gateway" => {
            next_is(rest, '{') || next_is(after_a_word(), '{')
        }
        "include" | "test" | "invariant" => next_is(rest, '"'),
        "policy" | "safe-ports" => {
            word(rest).is_ok_and(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()))
        }
        "edge" => word(after_a_word()).is_ok_and(|(_, arrow)| matches!(arrow, "->" | "<->")),
        _ => false,
    }
}

/// The candidate that was probably meant by `text`.
pub(super) fn guess(text: &str, candidates: &[&'static str]) -> Option<&'static str> {
    let text = text.trim_end_matches([':', '=']);
    if text.is_empty() || text.len() > MAX_GUESSED_LEN {
        return None;
    }
    let folded = text.to_lowercase();
    let distance = |candidate: &str| strsim::osa_distance(&folded, candidate);
    let allowed = (folded.len() / 3).max(1);
    candidates
        .iter()
        .map(|candidate| (distance(candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= allowed && *distance < candidate.len())
        .min()
        .map(|(_, candidate)| candidate)
        .or_else(|| begun(&folded, candidates))
}

/// The one candidate that begins with `text`.
fn begun(text: &str, candidates: &[&'static str]) -> Option<&'static str> {
    let mut longer = candidates
        .iter()
        .filter(|candidate| candidate.starts_with(text));
    let only = longer.next().filter(|_| text.len() >= MIN_BEGINNING_LEN)?;
    longer.next().is_none().then_some(*only)
}

/// What other tools call a thing of ours.
fn foreign(text: &str) -> Option<&'static str> {
    Some(match text.trim_end_matches(':') {
        "block" | "reject" | "forbid" | "denylist" | "blacklist" => "deny",
        "permit" | "allowlist" | "whitelist" | "domains" | "domain" => "allow",
        "bucket" | "internet" => "access",
        "reason" | "comment" | "note" => "because",
        "expires" | "expiry" => "until",
        "import" | "source" | "use" => "include",
        "set" | "group" => "hosts",
        "assert" => "invariant",
        "version" => "policy",
        _ => return None,
    })
}

/// Says that no statement of `place` begins with `key`; returns the keyword that was meant.
pub(super) fn say_unknown(context: &Context<'_>, place: Place, key: &str) -> Option<&'static str> {
    let elsewhere = Place::ALL
        .into_iter()
        .find(|other| *other != place && other.keywords().contains(&key));
    if let Some(other) = elsewhere {
        let message = format!("`{key}` cannot stand {}", place.called());
        context.say(
            context
                .error(Code::UnknownStatement, key, message)
                .help(format!("it stands {}", other.called())),
        );
        return None;
    }
    let keywords = place.keywords();
    let foreign = || foreign(key).filter(|word| keywords.contains(word));
    let meant = guess(key, keywords).or_else(foreign);
    let message = format!("unknown statement `{}`", clip(key));
    let unknown: Diagnostic = context.error(Code::UnknownStatement, key, message);
    context.say(if is_foreign_comment(key) {
        super::foreign::help_with_comment(context, unknown, key)
    } else if let Some(meant) = meant {
        unknown.did_you_mean(meant)
    } else {
        unknown.help(format!("here a statement begins with {}", one_of(keywords)))
    });
    meant
}

/// Whether a word begins what other languages take for a comment.
pub(super) fn is_foreign_comment(word: &str) -> bool {
    ["//", ";", "--", "/*"]
        .iter()
        .any(|start| word.starts_with(start))
}

/// "`a`, `b` or `c`".
pub(super) fn one_of(words: &[&str]) -> String {
    let mut text = String::new();
    for (at, word) in words.iter().enumerate() {
        let join = match at {
            0 => "",
            _ if at + 1 == words.len() => " or ",
            _ => ", ",
        };
        text.push_str(join);
        text.push('`');
        text.push_str(word);
        text.push('`');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_unmistakable_header_in_the_first_column_begins_the_top_level() {
        for line in [
            "policy 1",
            "network {",
            "agent a {",
            "agent {",
            "hosts a{",
            "safe-ports 80",
            "include \"a\"",
            "test \"t\" {",
            "edge a -> b",
        ] {
            assert!(begins_top_level(line), "{line}");
        }
        for line in [
            "",
            " agent a {",
            "agent",
            "agent a.com",
            "provider claude",
            "edge a b",
            "test a.com",
        ] {
            assert!(!begins_top_level(line), "{line}");
        }
    }

    #[test]
    fn a_guess_is_near() {
        let keywords = Place::Agent.keywords();
        for (text, meant) in [
            ("alow", Some("allow")),
            ("Allow", Some("allow")),
            ("acess:", Some("access")),
            ("id", Some("id")),
            ("sess", Some("sessions")),
            ("i", Some("id")),
            ("zzz", None),
            ("xx", None),
            ("", None),
        ] {
            assert_eq!(guess(text, keywords), meant, "{text}");
        }
    }
}
