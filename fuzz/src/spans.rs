//! Every place that a tree or a report names lies in the text.
//!
//! A tree has spans in some fifty places. Its `Debug` form shows them all, those of nodes that
//! are yet to be invented included, so that form is what is searched.

use std::fmt::Debug;

/// Panics unless every span in `value` is a range of whole characters of `text`.
pub(crate) fn lie_in(text: &str, value: &impl Debug) {
    for (start, end) in spans(&format!("{value:?}")) {
        assert!(
            start <= end && text.get(start..end).is_some(),
            "the span {start}..{end} is no range of the text of {} bytes",
            text.len()
        );
    }
}

/// The spans in a `Debug` form.
fn spans(shown: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let shown = without_strings(shown);
    for piece in shown.split("Span { ").skip(1) {
        let body = piece.split('}').next().unwrap_or(piece);
        let field = |name: &str| -> Option<usize> {
            let (_, value) = body.split_once(&format!("{name}: "))?;
            value.split([',', ' ']).next()?.parse().ok()
        };
        match (field("start"), field("end")) {
            (Some(start), Some(end)) => found.push((start, end)),
            _ => panic!("the Debug form of a span has changed: {body:?}"),
        }
    }
    found
}

/// The form without its quoted strings, in which a user may have written anything.
fn without_strings(shown: &str) -> String {
    let mut kept = String::with_capacity(shown.len());
    let mut characters = shown.chars();
    let mut quoted = false;
    while let Some(c) = characters.next() {
        if quoted && c == '\\' {
            characters.next();
        } else if c == '"' {
            quoted = !quoted;
        } else if !quoted {
            kept.push(c);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use policy_core::span::{FileId, Located, Span};

    fn located(value: &str, start: usize, end: usize) -> Vec<Located<String>> {
        vec![Located::new(
            value.to_owned(),
            Span::new(FileId(0), start, end),
        )]
    }

    #[test]
    fn spans_are_found_and_strings_are_passed_over() {
        let value = located(r#"a \" Span { file: FileId(0), start: 7, end: 900 }"#, 2, 5);
        assert_eq!(spans(&format!("{value:?}")), [(2, 5)]);
        lie_in("ten bytes.", &value);
    }

    #[test]
    fn a_span_outside_of_the_text_or_inside_of_a_character_is_refused() {
        for (text, start, end) in [("abc", 1, 9), ("aß", 1, 2)] {
            let value = located("x", start, end);
            assert!(std::panic::catch_unwind(|| lie_in(text, &value)).is_err());
        }
    }
}
