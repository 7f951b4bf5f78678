//! Reason and dates, behind a grant.
//!
//! ```text
//! tail = ["because" string] ["since" date] ["until" date]
//! date = year "-" month "-" day          YYYY-MM-DD
//! ```

use jiff::civil::Date;

use super::context::Context;
use super::despite;
use super::lexical::{Read, clip, expect_word, string, word};
use crate::ast::Tail;
use crate::diagnostic::Code;
use crate::span::{Located, Span};

/// The words a part of the tail begins with, in their order.
const KEYWORDS: [&str; 3] = ["because", "since", "until"];

/// What to write instead of another order.
pub(super) const ORDER: &str = "the order is `because`, `since`, `until`, `despite`";

/// Whether a word begins a part of the tail, or what stands behind it.
pub(super) fn begins_tail(word: &str) -> bool {
    KEYWORDS.contains(&word) || despite::begins(word)
}

/// Whether a word begins a part of the tail.
pub(super) fn is_keyword(word: &str) -> bool {
    KEYWORDS.contains(&word)
}

/// `tail = ["because" string] ["since" date] ["until" date]`
///
/// Parts in another order are told and read all the same.
pub(super) fn tail<'s>(context: &Context<'s>, mut input: &'s str) -> Read<'s, Tail> {
    let mut tail = Tail::default();
    let mut seen: Vec<(usize, Span)> = Vec::new();
    while let Ok((rest, key)) = word(input) {
        let Some(rank) = KEYWORDS.iter().position(|keyword| *keyword == key) else {
            break;
        };
        say_misplaced(context, key, rank, &seen);
        seen.push((rank, context.span(key)));
        input = match key {
            "because" => {
                let (rest, reason) = string(context, "the reason", rest)?;
                tail.because = tail.because.or(Some(reason));
                rest
            }
            "since" => {
                let (rest, day) = date(context, rest)?;
                tail.since = tail.since.or(day);
                rest
            }
            _ => {
                let (rest, day) = date(context, rest)?;
                tail.until = tail.until.or(day);
                rest
            }
        };
    }
    Ok((input, tail))
}

fn say_misplaced(context: &Context<'_>, key: &str, rank: usize, seen: &[(usize, Span)]) {
    if let Some((_, first)) = seen.iter().find(|(other, _)| *other == rank) {
        let message = format!("`{key}` stands twice in one statement");
        let diagnostic = context.error(Code::Repeated, key, message);
        context.say(
            diagnostic
                .help("delete one")
                .related(*first, "the first one"),
        );
    } else if let Some((other, _)) = seen.iter().find(|(other, _)| *other > rank) {
        let other = KEYWORDS.get(*other).unwrap_or(&"until");
        let message = format!("`{key}` stands before `{other}`");
        let diagnostic = context.error(Code::Syntax, key, message);
        context.say(diagnostic.help(ORDER));
    }
}

/// `date = year "-" month "-" day`; `None` for a word that is none, which is told.
fn date<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Located<Date>>> {
    let (rest, text) = expect_word(context, "a date", input)?;
    if let Some(date) = civil_date(text) {
        return Ok((rest, Some(context.located(date, text))));
    }
    let (message, help) = if looks_like_date(text) {
        (
            format!("there is no day `{text}`"),
            "check the month and the day",
        )
    } else {
        let help = "a date is written year, month, day, as in `2027-01-31`";
        (format!("`{}` is no date", clip(text)), help)
    };
    context.say(context.error(Code::BadDate, text, message).help(help));
    Ok((rest, None))
}

fn civil_date(text: &str) -> Option<Date> {
    if !looks_like_date(text) {
        return None;
    }
    let mut parts = text.split('-');
    let year = parts.next()?.parse().ok()?;
    let month = parts.next()?.parse().ok()?;
    let day = parts.next()?.parse().ok()?;
    Date::new(year, month, day).ok()
}

/// Whether a word has the shape `0000-00-00`.
pub(super) fn looks_like_date(text: &str) -> bool {
    text.len() == 10
        && text.bytes().zip(0..).all(|(byte, at)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        })
}
