//! The regular expressions of the file, and what each of them says of a host.
//!
//! The model runs no expression: it knows each text exactly, with the predicate that the text
//! stands for, and any other text ends the proof. A test compares both on generated hosts. To
//! change an expression in the renderer is to change its row here.

/// What an expression says of a host in lower case.
pub(super) type Shape = fn(&str) -> bool;

/// Each expression that may stand behind `dstdom_regex -n -i`.
pub(super) const TABLE: [(&str, Shape); 6] = [
    (
        r"^([a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?\.?$",
        is_name,
    ),
    (r"(^|\.)([0-9]+|0x[0-9a-f]*)\.?$", ends_in_number),
    (r"[^.]{64}", has_long_label),
    (r"^.{253}([^.]|\..)", is_long),
    (
        r"^((0x0*|0+)(\.(0x0*|0+)){0,3}|\[?[0:]+\]?)$",
        is_unspecified,
    ),
    (r"^[^:]+\.[^.]", has_two_labels),
];

/// The predicate of an expression.
pub(super) fn of(text: &str) -> Option<Shape> {
    TABLE
        .iter()
        .find(|(known, _)| *known == text)
        .map(|(_, shape)| *shape)
}

fn without_dot(host: &str) -> &str {
    host.strip_suffix('.').unwrap_or(host)
}

/// Labels of letters, digits, `_` and inner hyphens.
pub(super) fn is_name(host: &str) -> bool {
    let is_end = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    without_dot(host)
        .split('.')
        .map(str::as_bytes)
        .all(|label| {
            is_end(label.first())
                && is_end(label.last())
                && label
                    .iter()
                    .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
        })
}

/// A last label that some reader takes for a number.
pub(super) fn ends_in_number(host: &str) -> bool {
    let host = without_dot(host);
    let last = host.rsplit('.').next().unwrap_or(host).to_ascii_lowercase();
    let is_decimal = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let digits = last.strip_prefix("0x");
    is_decimal || digits.is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn has_long_label(host: &str) -> bool {
    host.split('.').any(|label| label.len() >= 64)
}

/// More than 253 characters, one dot at the end not counted.
fn is_long(host: &str) -> bool {
    let behind = host.as_bytes().get(253);
    behind.is_some_and(|byte| *byte != b'.' || host.len() > 254)
}

/// A spelling of the unspecified address.
fn is_unspecified(host: &str) -> bool {
    let is_zero = |part: &str| {
        let digits = part.strip_prefix("0x").or_else(|| part.strip_prefix("0X"));
        let zeros = |text: &str| text.bytes().all(|byte| byte == b'0');
        digits.is_some_and(zeros) || !part.is_empty() && zeros(part)
    };
    let parts: Vec<&str> = host.split('.').collect();
    let bare = host.strip_prefix('[').unwrap_or(host);
    let bare = bare.strip_suffix(']').unwrap_or(bare);
    parts.len() <= 4 && parts.into_iter().all(is_zero)
        || !bare.is_empty() && bare.bytes().all(|byte| matches!(byte, b'0' | b':'))
}

/// Two labels or more, and no colon before the last of them.
fn has_two_labels(host: &str) -> bool {
    let free = host.split(':').next().unwrap_or(host);
    let mut pairs = host.as_bytes().windows(2).enumerate();
    pairs.any(|(at, pair)| {
        matches!(pair, [b'.', behind] if *behind != b'.') && 0 < at && at < free.len()
    })
}
