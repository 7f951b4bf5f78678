//! The escaper that refuses: a printed value is one word, or nothing is printed at all.
//!
//! The types of the model keep odd text out already. This is the second lock: Squid, dnsmasq and
//! our forwarder file have no way to quote that all of their readers agree on, so there is nothing
//! to escape *to*.

use std::fmt::{self, Write};

/// Fails on an empty value and on every character that could end a word, begin a comment, a
/// quote, a macro or a continuation.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OneWord;

impl askama::filters::Escaper for OneWord {
    fn write_escaped_str<W: Write>(&self, mut out: W, text: &str) -> fmt::Result {
        if text.bytes().all(is_plain) {
            out.write_str(text)
        } else {
            Err(fmt::Error)
        }
    }

    fn write_escaped_char<W: Write>(&self, mut out: W, c: char) -> fmt::Result {
        let plain = u8::try_from(c).is_ok_and(is_plain);
        if plain {
            out.write_char(c)
        } else {
            Err(fmt::Error)
        }
    }
}

/// Whether a byte may stand in a word. `$` begins a macro in Squid.
fn is_plain(byte: u8) -> bool {
    byte.is_ascii_graphic() && !matches!(byte, b'"' | b'\'' | b'`' | b'#' | b'\\' | b'$' | b';')
}

#[cfg(test)]
mod tests {
    use askama::filters::Escaper;

    use super::*;

    #[test]
    fn what_is_not_one_word_is_not_printed() {
        let escaped = |text: &str| {
            let mut out = String::new();
            OneWord.write_escaped_str(&mut out, text).map(|()| out)
        };
        assert_eq!(
            escaped(".api.anthropic.com").as_deref(),
            Ok(".api.anthropic.com")
        );
        for bad in [
            "a b",
            "a\nhttp_access",
            "a\tb",
            "\"a",
            "a'",
            "a#b",
            "a\\",
            "ä",
            "a\u{0}",
            "${x}",
        ] {
            assert!(escaped(bad).is_err(), "{bad:?}");
        }
    }
}
