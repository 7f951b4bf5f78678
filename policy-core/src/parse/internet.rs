//! Grants and refusals by name.
//!
//! ```text
//! allow  = ("allow" | "deny") target {target} tail
//! target = pattern [":" port] | "@" name
//! ```

use super::context::Context;
use super::foreign;
use super::keyword::guess;
use super::lexical::{
    Read, checked_name, checked_port, expect_word, expected, next_is, split_port, string, symbol,
    word,
};
use super::tail::{self, looks_like_date, tail};
use crate::ast::{Grant, Target};
use crate::diagnostic::Code;
use crate::host::HostPattern;
use crate::span::Located;
use nom::Parser;

/// `allow = ("allow" | "deny") target {target} tail`, behind the keyword
pub(super) fn grant<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Grant>> {
    let mut targets = Vec::new();
    let mut rest = input;
    if !next_is(rest, '"') {
        expect_word(context, "a host name or a set", rest)?;
    }
    let mut is_first = true;
    loop {
        if let Ok((after, word)) = word(rest) {
            if tail::KEYWORDS.contains(&word) {
                break;
            }
            if let Some(meant) = misspelt_tail(word, after) {
                let message = format!("expected `{meant}`, found `{word}`");
                let diagnostic = context.error(Code::Syntax, word, message);
                return context.fail(diagnostic.help(format!("did you mean `{meant}`?")));
            }
            targets.extend(target(context, word));
            rest = after;
        } else if let Ok((after, comma)) = symbol(",").parse(rest) {
            context.say_comma(comma);
            rest = after;
        } else if next_is(rest, '"') && is_first {
            let (after, quoted) = string(context, "a host name", rest)?;
            context.say(foreign::quoted(&quoted));
            rest = after;
        } else {
            break;
        }
        is_first = false;
    }
    if is_first {
        return context.fail(expected(context, "a host name or a set", rest));
    }
    let (rest, tail) = tail(context, rest)?;
    Ok((
        rest,
        (!targets.is_empty()).then_some(Grant { targets, tail }),
    ))
}

/// The keyword of the tail that a word stands for, judged by what follows: `untill 2027-01-31`
/// would else be two more hosts, and the grant would never end.
fn misspelt_tail(text: &str, rest: &str) -> Option<&'static str> {
    let (meant, likely): (&[&'static str], _) = if next_is(rest, '"') {
        (&["because"], "because")
    } else if word(rest).is_ok_and(|(_, next)| looks_like_date(next)) {
        (&["since", "until"], "until")
    } else {
        return None;
    };
    let is_one_label = !text.contains(['.', ':', '@']);
    guess(text, meant).or(is_one_label.then_some(likely))
}

/// `target = pattern [":" port] | "@" name`; `None` for a word that is none, which is told.
fn target(context: &Context<'_>, word: &str) -> Option<Located<Target>> {
    if let Some(set) = word.strip_prefix('@') {
        if let (_, Some(_)) = split_port(set) {
            context.say(foreign::set_with_port(context, word));
            return None;
        }
        let name = checked_name(context, set)?;
        return Some(context.located(Target::Set(name.value), word));
    }
    if looks_like_date(word) {
        let message = format!("`{word}` is a date, not a host name");
        let diagnostic = context.error(Code::Syntax, word, message);
        context.say(diagnostic.help("write `since` or `until` before it"));
        return None;
    }
    let (host, port_text) = split_port(word);
    let pattern = match host.parse::<HostPattern>() {
        Ok(pattern) => pattern,
        Err(reason) => {
            context.say(foreign::bad_target(context, word, host, &reason));
            return None;
        }
    };
    let port = match port_text {
        Some("") => {
            context.say(foreign::missing_port(context, word, "443"));
            return None;
        }
        Some(text) => Some(checked_port(context, text)?.value),
        None => None,
    };
    Some(context.located(Target::Host { pattern, port }, word))
}
