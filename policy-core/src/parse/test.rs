//! The policy's own tests.
//!
//! ```text
//! test = "test" string block     of: can
//! can  = name ("can" | "cannot") host ":" port {host ":" port}
//!        ["via" ("gateway" | "direct" | "forward")]
//! ```

use super::block::block;
use super::context::Context;
use super::despite;
use super::foreign;
use super::keyword::{Place, guess};
use super::lexical::{
    Read, at_line_end, choice, clip, expect_word, expected, name, next_is, question_word, string,
    word,
};
use crate::ast::{Can, Destination, Route, Statement};
use crate::diagnostic::Code;
use crate::span::Located;

/// `test = "test" string block`
pub(super) fn test<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    let (rest, title) = title(context, input)?;
    let (rest, block) = block(context, Place::Test, rest, can)?;
    Ok((rest, title.map(|title| Statement::Test { title, block })))
}

/// The string before a block. The block is read even when the string is missing or bad.
pub(super) fn title<'s>(
    context: &Context<'s>,
    input: &'s str,
) -> Read<'s, Option<Located<Box<str>>>> {
    if next_is(input, '{') {
        context.say(expected(context, "a title", input).help("write it in double quotes"));
        return Ok((input, None));
    }
    match string(context, "a title", input) {
        Ok((rest, title)) => Ok((rest, Some(title))),
        Err(error) => {
            // The brace at the end of the line begins the block, wherever the quote belongs.
            let line_len = input.find('\n').unwrap_or(input.len());
            let line = input
                .split_at_checked(line_len)
                .map_or("", |(line, _)| line);
            let is_open = line.trim_end().ends_with('{');
            let at = line.rfind('{').filter(|_| is_open).ok_or(error)?;
            Ok((
                input.split_at_checked(at).map_or("", |(_, rest)| rest),
                None,
            ))
        }
    }
}

/// `can = name ("can" | "cannot") host ":" port {host ":" port} ["via" route]`
fn can<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Can>> {
    let (rest, agent) = name(context, "the name of an agent", input)?;
    let verbs = [("can", true), ("cannot", false)];
    let (mut rest, can) = choice(context, "`can` or `cannot`", &verbs, rest)?;
    let mut destinations = Vec::new();
    let mut n_words = 0usize;
    let mut via = None;
    while !at_line_end(rest) {
        let Ok((after, text)) = question_word(rest) else {
            break;
        };
        if despite::begins(text) {
            break;
        }
        if text == "via" {
            let routes = [
                ("gateway", Route::Gateway),
                ("direct", Route::Direct),
                ("forward", Route::Forward),
            ];
            let what = "`gateway`, `direct` or `forward`";
            let (after, route) = choice(context, what, &routes, after)?;
            via = route;
            rest = after;
            break;
        }
        let is_route = word(after).is_ok_and(|(_, next)| !next.contains(':'));
        if is_route && !text.contains(':') && guess(text, &["via"]).is_some() {
            let diagnostic = expected(context, "`via`", rest);
            return context.fail(diagnostic.did_you_mean("via"));
        }
        destinations.extend(destination(context, text));
        n_words += 1;
        rest = after;
    }
    if n_words == 0 {
        expect_word(context, "a host and a port", rest)?;
        return context.fail(expected(context, "a host and a port", rest));
    }
    let is_sound = destinations.len() == n_words;
    let node = agent.zip(can).filter(|_| is_sound);
    Ok((
        rest,
        node.map(|(agent, can)| Can {
            agent,
            can: can.value,
            destinations,
            via,
        }),
    ))
}

/// `host ":" port`, at the last colon. The host may be any word: odd ones are worth a question.
pub(super) fn destination(context: &Context<'_>, text: &str) -> Option<Located<Destination>> {
    if let Some(diagnostic) = foreign::odd_question(context, text) {
        context.say(diagnostic);
        return None;
    }
    let (host, port_text) = text.rsplit_once(':')?;
    let port = super::lexical::checked_port(context, port_text)?;
    let inside = host
        .strip_prefix('[')
        .and_then(|inside| inside.strip_suffix(']'));
    let host = inside.unwrap_or(host);
    if host.is_empty() {
        let message = format!("`{}` has no host", clip(text));
        context.say(context.error(Code::BadHost, text, message));
        return None;
    }
    let port = port.value;
    let host = host.into();
    Some(context.located(Destination { host, port }, text))
}
