//! Named lists of host patterns.
//!
//! ```text
//! provider = "provider" name set
//! hosts    = "hosts" name set
//! set      = "{" {pattern | NL} "}"
//! pattern  = host | "." host | "*." host
//! ```

use super::block::block;
use super::context::Context;
use super::despite;
use super::foreign;
use super::keyword::Place;
use super::lexical::{Read, expected, name, next_is, string, symbol, word};
use crate::ast::NamedSet;
use crate::host::HostPattern;
use crate::name::Name;
use crate::span::Located;
use nom::Parser;

/// `provider = "provider" name set`, and `hosts` alike
pub(super) fn named_set<'s>(
    context: &Context<'s>,
    what: &str,
    input: &'s str,
) -> Read<'s, Option<NamedSet>> {
    let (rest, name) = block_name(context, &format!("the name of the {what}"), input)?;
    let (rest, block) = block(context, Place::Set, rest, pattern)?;
    Ok((rest, name.map(|name| NamedSet { name, block })))
}

/// A name with a block behind it. The block is read even when the name is missing or bad.
pub(super) fn block_name<'s>(
    context: &Context<'s>,
    what: &str,
    input: &'s str,
) -> Read<'s, Option<Located<Name>>> {
    if next_is(input, '{') {
        context.say(expected(context, what, input));
        return Ok((input, None));
    }
    name(context, what, input)
}

/// `pattern = host | "." host | "*." host`; the word is told when it is none.
fn pattern<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<HostPattern>> {
    if let Some(rest) =
        despite::say_misplaced(context, input, "no `despite` stands inside of a set")
    {
        return Ok((rest, None));
    }
    if let Ok((rest, word)) = word(input) {
        let pattern = word.parse::<HostPattern>();
        if let Err(reason) = &pattern {
            context.say(foreign::in_set(context, word, reason));
        }
        return Ok((rest, pattern.ok()));
    }
    if let Ok((rest, comma)) = symbol(",").parse(input) {
        context.say_comma(comma);
        return Ok((rest, None));
    }
    if next_is(input, '"') {
        let (rest, quoted) = string(context, "a host name", input)?;
        context.say(foreign::quoted(&quoted, foreign::is_pattern));
        return Ok((rest, None));
    }
    context.fail(expected(context, "a host name", input))
}
