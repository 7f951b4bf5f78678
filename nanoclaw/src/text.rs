//! Text out of the database, made fit for one line of a policy or of a message.
//!
//! Anybody who may name an agent writes into the database, so nothing of it is trusted: no line
//! end, quote or control character gets any further.

use policy_core::parse::may_stand_in_string;

/// The longest note or name that is kept, in characters.
const MAX_KEPT: usize = 300;
/// The longest text that a message shows, in characters.
const MAX_SHOWN: usize = 60;

/// The text as one line without anything that could end a comment or a string: blanks of every
/// kind become one blank, quotes single ones, and what cannot be seen or printed is left out.
pub(crate) fn one_line(text: &str) -> String {
    clipped(text, MAX_KEPT)
}

/// The text in backticks, for a message or a comment.
pub(crate) fn quoted(text: &str) -> String {
    format!("`{}`", clipped(text, MAX_SHOWN).replace('`', "'"))
}

fn clipped(text: &str, limit: usize) -> String {
    let mut line = String::new();
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        let word: String = word
            .chars()
            .map(|c| if c == '"' { '\'' } else { c })
            .filter(|c| may_stand_in_string(*c))
            .collect();
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
        if let Some((end, _)) = line.char_indices().nth(limit) {
            line.truncate(end);
            line.push('…');
            break;
        }
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_ends_the_line_or_the_string() {
        assert_eq!(
            one_line("a\nhttp_access\tallow  \"all\" "),
            "a http_access allow 'all'"
        );
        assert_eq!(one_line("\u{202e}x\u{1b}[2J\u{200b}y\u{2028}z"), "x [2Jy z");
        assert_eq!(one_line(" \r\n"), "");
        assert_eq!(quoted("a`b"), "`a'b`");
        assert_eq!(one_line(&"é".repeat(400)).chars().count(), MAX_KEPT + 1);
    }
}
