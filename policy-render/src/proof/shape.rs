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
        r"^((0x0+|0+)(\.(0x0+|0+)){0,3}|\[?[0:.]*:[0:.]*(ffff:[0:.]*)?(%[0-9]+)?\]?)$",
        is_unspecified,
    ),
    (r"[^.]\.[^.]", has_two_labels),
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

/// What no name of DNS has.
pub(super) fn is_odd(name: &str) -> bool {
    ends_in_number(name) || has_long_label(name) || is_long(name)
}

/// A last label that some reader takes for a number.
fn ends_in_number(host: &str) -> bool {
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

/// A spelling of the unspecified address: zeros of IPv4 in one to four parts, or the shape that
/// stands for it in IPv6.
fn is_unspecified(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let zeros = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte == b'0');
    let is_zero = |part: &str| zeros(part.strip_prefix("0x").unwrap_or(part));
    host.split('.').count() <= 4 && host.split('.').all(is_zero) || is_unspecified_v6(&host)
}

/// Zeros, colons and dots with at most one `ffff:` behind a colon, any number for a zone, and a
/// bracket at either end or not.
fn is_unspecified_v6(host: &str) -> bool {
    let bare = host.strip_prefix('[').unwrap_or(host);
    let bare = bare.strip_suffix(']').unwrap_or(bare);
    let (address, zone) = bare.split_once('%').unwrap_or((bare, "0"));
    let (before, after) = address.split_once("ffff:").unwrap_or((address, ""));
    let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'0' | b':' | b'.'));
    let is_number = !zone.is_empty() && zone.bytes().all(|byte| byte.is_ascii_digit());
    is_number && before.contains(':') && plain(before) && plain(after)
}

/// A dot between two characters that are none.
fn has_two_labels(host: &str) -> bool {
    let mut threes = host.as_bytes().windows(3);
    threes
        .any(|three| matches!(three, [before, b'.', behind] if *before != b'.' && *behind != b'.'))
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use proptest::prelude::*;
    use regex::bytes::Regex;

    use super::*;

    fn expressions() -> &'static [Regex] {
        static EXPRESSIONS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
            let texts = TABLE.iter().map(|(text, _)| format!("(?i-u){text}"));
            texts.map(|text| Regex::new(&text).unwrap()).collect()
        });
        &EXPRESSIONS
    }

    fn host() -> impl Strategy<Value = String> {
        let label = prop_oneof![
            4 => "[a-z0-9_-]{0,4}",
            2 => "[0-9]{1,3}|0x[0-9a-f]{0,3}|0{1,3}|0x0{0,2}",
            1 => "[a-z]{62,66}",
            1 => "[!-~]{0,3}",
        ];
        let dots = prop_oneof![6 => Just("."), 1 => Just(".."), 1 => Just(":")];
        let labels = proptest::collection::vec((label, dots), 0..6);
        let text = labels.prop_map(|parts| {
            let joined = parts.iter().map(|(label, dot)| format!("{label}{dot}"));
            joined.collect::<String>()
        });
        let long = (246usize..260, "[a-z.-]{0,5}").prop_map(|(n, end)| "a.".repeat(n / 2) + &end);
        let zeros = "\\[?[0:.]{0,8}((ffff|FFFF|ff|f):){0,2}[0:.]{0,4}(%[0-9]{0,3}|%x)?\\]?\
            |(0x0{0,2}|0{1,3})(\\.(0x0{0,2}|0{1,3})){0,4}";
        prop_oneof![
            4 => (text, any::<bool>()).prop_map(|(text, cut)| match cut {
                true => text.trim_end_matches(['.', ':']).to_owned(),
                false => text,
            }),
            1 => long,
            2 => zeros,
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn each_expression_says_what_its_predicate_says(host in host()) {
            for ((text, shape), expression) in TABLE.iter().zip(expressions()) {
                let says = expression.is_match(host.as_bytes());
                prop_assert_eq!(shape(&host), says, "{} {:?}", text, host);
            }
        }
    }
}
