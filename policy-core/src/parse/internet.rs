//! Grants and refusals by name.
//!
//! ```text
//! allow  = ("allow" | "deny") target {target} tail
//! target = pattern [":" port] | "@" name
//! ```

use super::context::Context;
use super::despite;
use super::foreign;
use super::keyword::{guess, one_of};
use super::lexical::{
    Read, checked_name, checked_port, expected, next_is, split_port, string, symbol, word,
};
use super::tail::{self, looks_like_date, tail};
use crate::ast::{Grant, Target};
use crate::diagnostic::{Code, Diagnostic};
use crate::host::HostPattern;
use crate::span::{Located, Span};
use nom::Parser;

/// `allow = ("allow" | "deny") target {target} tail`, behind the keyword
pub(super) fn grant<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Grant>> {
    let mut targets = Vec::new();
    let mut rest = input;
    let mut before = None;
    loop {
        if let Ok((after, word)) = word(rest) {
            if tail::begins_tail(word) {
                break;
            }
            if looks_like_date(word) {
                let place = context.span(word);
                return context.fail(lone_value(context, before, place, &["until", "since"]));
            }
            targets.extend(target(context, word));
            before = Some(word);
            rest = after;
        } else if let Ok((after, comma)) = symbol(",").parse(rest) {
            context.say_comma(comma);
            rest = after;
        } else if next_is(rest, '"') {
            let (after, quoted) = string(context, "a host name", rest)?;
            let is_host = quoted.value.contains('.') && quoted.value.parse::<HostPattern>().is_ok();
            if let Some(word) = before.filter(|word| despite::may_warn(word)) {
                let message = format!("`despite` is missing before `{word}`");
                let found = context.error(Code::Syntax, word, message);
                let help = "a warning is silenced by `despite CODE \"REASON\"`";
                return context.fail(found.help(help));
            }
            let is_misspelt = before.is_some_and(|word| guess(word, &["because"]).is_some());
            if before.is_some() && (is_misspelt || !is_host) {
                return context.fail(lone_value(context, before, quoted.span, &["because"]));
            }
            context.say(foreign::quoted(&quoted, foreign::is_pattern));
            rest = after;
        } else {
            break;
        }
    }
    if rest == input {
        return context.fail(expected(context, "a host name or a set", input));
    }
    let (rest, tail) = tail(context, rest)?;
    Ok((
        rest,
        (!targets.is_empty()).then_some(Grant { targets, tail }),
    ))
}

/// A string or a date without its keyword, which the word `before` may be, misspelt:
/// `untill 2027-01-31` would else be two more hosts, and the grant would never end.
fn lone_value(
    context: &Context<'_>,
    before: Option<&str>,
    value: Span,
    keywords: &[&'static str],
) -> Diagnostic {
    let keyword = one_of(keywords);
    let misspelt = before.and_then(|word| Some((word, guess(word, keywords)?)));
    if let Some((word, meant)) = misspelt {
        let message = format!("expected {keyword}, found `{word}`");
        let diagnostic = context.error(Code::Syntax, word, message);
        return diagnostic.did_you_mean(meant);
    }
    let message = format!("{keyword} is missing before this value");
    Diagnostic::error(Code::Syntax, value, message).help(format!("write {keyword} before it"))
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
        Some(text) if text.starts_with("//") => {
            context.say(foreign::url(context, word));
            return None;
        }
        Some(text) => Some(checked_port(context, text)?.value),
        None => None,
    };
    Some(context.located(Target::Host { pattern, port }, word))
}
