//! Promise: no text of the user's adds a line, a quote or an option to the file.

use super::Broken;

const PROMISE: &str = "every line is plain printable ASCII";

/// Squid cuts a longer line in two and reads the rest as a new directive.
const MAX_LINE_LEN: usize = 8191;

pub(super) fn check(text: &str) -> Result<(), Broken> {
    for (line, content) in (1..).zip(text.split('\n')) {
        let plain = content
            .bytes()
            .all(|byte| byte == b' ' || byte.is_ascii_graphic());
        if !plain
            || content.len() > MAX_LINE_LEN
            || content.contains(['"', '\'', '`']) && !content.starts_with('#')
        {
            return Err(Broken {
                promise: PROMISE,
                line,
                found: content.escape_default().to_string(),
            });
        }
    }
    Ok(())
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
