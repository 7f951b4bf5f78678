//! Promise: no text of the user's adds a line, a quote or an option to the file.

use super::Broken;
use crate::reason;

const PROMISE: &str = "every line is plain printable ASCII";

/// The lines of the template that have quotes of their own.
const OURS: [&str; 5] = [
    "acl as_text annotate_transaction p1=",
    "acl as_json annotate_transaction p1=",
    "reply_header_add Content-Type \"text/plain; charset=utf-8\" refused",
    "reply_header_add Content-Type \"application/json\" refused",
    "reply_header_add X-Portreeve \"deny; agent=",
];

/// Squid cuts a longer line in two and reads the rest as a new directive.
const MAX_LINE_LEN: usize = 8191;

pub(super) fn check(text: &str) -> Result<(), Broken> {
    for (line, content) in (1..).zip(text.split('\n')) {
        // No early exit: that is what makes it fast.
        let all = |test: fn(u8) -> bool| content.bytes().fold(true, |all, byte| all & test(byte));
        let is_plain = all(|byte| byte == b' ' || byte.is_ascii_graphic());
        let has_quote = !all(|byte| !matches!(byte, b'"' | b'\'' | b'`'));
        if !is_plain || content.len() > MAX_LINE_LEN || has_quote && !may_quote(content) {
            return Err(Broken {
                promise: PROMISE,
                line,
                found: content.escape_default().to_string(),
            });
        }
    }
    Ok(())
}

/// Whether a line may have a quote: a comment, a line of ours, or a reason, whose own text has none.
fn may_quote(content: &str) -> bool {
    if content.starts_with('#') || OURS.iter().any(|line| content.starts_with(line)) {
        return true;
    }
    let parts: Vec<&str> = content.split('"').collect();
    matches!(parts.as_slice(), [head, text, ""] if is_refusal(head) && text.chars().all(reason::is_plain))
}

/// Whether what stands before a reason is an annotation of a rule that refuses.
fn is_refusal(head: &str) -> bool {
    let words: Vec<&str> = head.split(' ').collect();
    matches!(words.as_slice(), ["acl", _, "annotate_transaction", "verdict=deny", rule, "because="] if rule.starts_with("rule="))
}

#[cfg(test)]
mod tests {
    use super::super::mutation::{broken_by, broken_with};
    use super::*;

    #[test]
    fn a_line_that_is_not_plain_is_refused() {
        for line in [
            "acl x dstdomain \"x\"",
            "acl x dstdomain 'x'",
            "acl x dstdomain `x`",
            "acl x dstdomain because=\"x\"",
            "acl x annotate_transaction verdict=allow rule=floor because=\"x\"",
            "acl x annotate_transaction verdict=deny rule=floor because=\"x\" y=\"x\"",
            "acl x annotate_transaction verdict=deny rule=floor because=\"x%y\"",
            "acl x annotate_transaction verdict=deny rule=floor because=\"x'y\"",
            "acl x annotate_transaction verdict=deny rule=floor because=\"x",
            "acl x annotate_transaction verdict=deny rule=floor because=\"x\" y",
            "acl\tx",
            "acl x dstdomain \u{e9}",
            "acl x\r",
            "# a comment with \u{202e}",
            "\0",
        ] {
            assert_eq!(broken_with("cache deny", line), Some(PROMISE), "{line:?}");
        }
    }

    #[test]
    fn a_line_that_squid_would_cut_is_refused() {
        let long = |length: usize| format!("# {}", "x".repeat(length - 2));
        assert_eq!(broken_with("cache deny", &long(MAX_LINE_LEN)), None);
        assert_eq!(
            broken_with("cache deny", &long(MAX_LINE_LEN + 1)),
            Some(PROMISE)
        );
        assert_eq!(broken_by(|lines| lines[0].push('\u{1b}')), Some(PROMISE));
    }
}
