//! Why something is refused, in words that may stand in `squid.conf`, on the page of a refusal as
//! text or inside of a JSON string, and in a header.
//!
//! A reason is free text of the user's. It is cut down to an alphabet that means nothing but
//! itself in all four places, so none of them has to escape it and nobody has to decode it.

use policy_core::decide::BuiltIn;

/// The longest reason that is told whole, in characters; `manifest.json` has all of it.
const MAX_LEN: usize = 160;

/// What is told of a deny that gives no reason.
const NONE_GIVEN: &str = "the policy denies it";

/// The words of a statement's reason, at least one.
pub(crate) fn words(because: Option<&str>) -> Vec<String> {
    let because = because.unwrap_or_default();
    let mut told: String = because.chars().take(MAX_LEN).filter_map(plain).collect();
    if because.chars().nth(MAX_LEN).is_some() {
        told.push_str("...");
    }
    let words: Vec<String> = told
        .split(' ')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect();
    if words.is_empty() {
        return NONE_GIVEN.split(' ').map(str::to_owned).collect();
    }
    words
}

/// The words that explain a built-in rule.
pub(crate) fn words_of_rule(rule: BuiltIn) -> Vec<String> {
    let because = match rule {
        BuiltIn::UnknownSource => "this address belongs to no agent",
        BuiltIn::Scheme => "only http and CONNECT pass",
        BuiltIn::Floor => "no statement can open this destination",
        BuiltIn::Malformed => "this is not a host that can be read",
        BuiltIn::Private => "a private address needs a lan statement",
        BuiltIn::SafePorts => "not one of the safe ports",
        BuiltIn::SslPorts => "not a port for CONNECT",
        BuiltIn::Unresolved => "this name does not resolve",
        BuiltIn::DefaultDeny => "nothing allows it",
        // They allow.
        BuiltIn::Provider | BuiltIn::Report => "",
    };
    words(Some(because))
}

/// A character as it is told: itself, a blank, a question mark, or not at all.
fn plain(of: char) -> Option<char> {
    match of {
        _ if is_plain(of) => Some(of),
        _ if of.is_whitespace() || of.is_control() => Some(' '),
        '\'' | '"' | '`' => None,
        _ => Some('?'),
    }
}

/// Whether a character needs no escape in any of the four places.
pub(crate) fn is_plain(of: char) -> bool {
    of.is_ascii_alphanumeric() || " .,:/()@_+=?!*-".contains(of)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_ordinary_reason_is_told_as_it_is() {
        let told = |text: &str| words(Some(text)).join(" ");
        assert_eq!(
            told("exfiltration path (see T-4)"),
            "exfiltration path (see T-4)"
        );
        assert_eq!(told("don't <b>50%</b>"), "dont ?b?50??/b?");
        assert_eq!(told("für\tuns"), "f?r uns");
        assert_eq!(told("  \u{202e} "), "?");
        assert_eq!(words(None).join(" "), NONE_GIVEN);
        assert_eq!(told(" '' "), NONE_GIVEN);
    }

    #[test]
    fn a_long_reason_is_cut() {
        let told = words(Some(&"x".repeat(400))).join(" ");
        assert_eq!(told, format!("{}...", "x".repeat(MAX_LEN)));
    }

    proptest! {
        #[test]
        fn no_text_is_more_than_plain_words(text in any::<String>()) {
            let words = words(Some(&text));
            prop_assert!(!words.is_empty() && !words.iter().any(String::is_empty));
            prop_assert!(words.iter().flat_map(|word| word.chars()).all(|c| is_plain(c) && c != ' '));
            prop_assert!(words.join(" ").chars().count() <= MAX_LEN + 3);
        }
    }
}
