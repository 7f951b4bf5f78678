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
