//! What must hold whatever else the policy says.
//!
//! ```text
//! invariant = "invariant" string block     of: reaches
//! reaches   = ("nobody" | "only" name {"," name}) "reaches" guarded {guarded}
//! guarded   = (pattern | address | cidr) [":" port]
//! ```

use nom::Parser;

use super::address::{net, split_net};
use super::block::block;
use super::context::Context;
use super::despite;
use super::foreign;
use super::keyword::{Place, guess, say_unknown};
use super::lexical::{
    Read, checked_port, expect_word, expected, keyword, name, next_is, split_port, stop, symbol,
    word,
};
use super::test::title;
use crate::ast::{Extent, Guarded, Reaches, Statement};
use crate::diagnostic::Code;
use crate::host::HostPattern;
use crate::span::Located;

/// `invariant = "invariant" string block`
pub(super) fn invariant<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    let (rest, title) = title(context, input)?;
    let (rest, block) = block(context, Place::Invariant, rest, reaches)?;
    Ok((
        rest,
        title.map(|title| Statement::Invariant { title, block }),
    ))
}

/// `reaches = ("nobody" | "only" name {"," name}) "reaches" guarded {guarded}`
fn reaches<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Reaches>> {
    let (rest, key) = expect_word(context, "`nobody` or `only`", input)?;
    let (rest, only) = match key {
        "nobody" => (rest, Some(Vec::new())),
        "only" => only(context, rest)?,
        _ if keyword("reaches").parse(rest).is_ok() => {
            let diagnostic = expected(context, "`nobody` or `only`", input);
            return context.fail(diagnostic.help(format!("write `only {key} reaches …`")));
        }
        _ => {
            say_unknown(context, Place::Invariant, key);
            return stop();
        }
    };
    let Ok((mut rest, _)) = keyword("reaches").parse(rest) else {
        let diagnostic = expected(context, "`reaches`", rest);
        return context.fail(match word(rest) {
            Ok((_, text)) if guess(text, &["reaches"]).is_some() => {
                diagnostic.did_you_mean("reaches")
            }
            _ => diagnostic,
        });
    };
    let what = "a host name, an address or a network";
    expect_word(context, what, rest)?;
    let mut targets = Vec::new();
    let mut n_words = 0usize;
    loop {
        if let Ok((after, text)) = word(rest) {
            if despite::begins(text) {
                break;
            }
            targets.extend(guarded(context, text));
            n_words += 1;
            rest = after;
        } else if let Ok((after, comma)) = symbol(",").parse(rest) {
            context.say_comma(comma);
            rest = after;
        } else {
            break;
        }
    }
    if n_words == 0 {
        return context.fail(expected(context, what, rest));
    }
    // An invariant that guards less than was written would pass for the wrong reason.
    let is_sound = targets.len() == n_words;
    let node = only.filter(|_| is_sound);
    Ok((rest, node.map(|only| Reaches { only, targets })))
}

/// `name {"," name}`; `None` when one of them is none, which is told.
fn only<'s>(
    context: &Context<'s>,
    input: &'s str,
) -> Read<'s, Option<Vec<Located<crate::name::Name>>>> {
    let (mut rest, first) = name(context, "the name of an agent", input)?;
    let mut names = vec![first];
    loop {
        if let Ok((after, _)) = symbol(",").parse(rest) {
            let (after, name) = name(context, "the name of an agent", after)?;
            names.push(name);
            rest = after;
            continue;
        }
        match word(rest) {
            Ok((after, text)) if text != "reaches" && !next_is(rest, '"') => {
                if text == "reach"
                    || keyword("reaches").parse(after).is_err() && !next_is(after, ',')
                {
                    break;
                }
                let message = format!("expected `,` or `reaches`, found `{text}`");
                let diagnostic = context.error(Code::Syntax, text, message);
                let place = context.span_at(context.offset(rest), 0);
                context.say(diagnostic.help("part the names by commas").edit(place, ","));
                names.push(super::lexical::checked_name(context, text));
                rest = after;
            }
            _ => break,
        }
    }
    Ok((rest, names.into_iter().collect()))
}

/// `guarded = (pattern | address | cidr) [":" port]`; `None` for a word that is none, which is
/// told.
fn guarded(context: &Context<'_>, text: &str) -> Option<Located<Guarded>> {
    let (host, port_text) = split_port(text);
    let (what, port_text) = match host.parse::<HostPattern>() {
        Ok(pattern) => (Extent::Names(pattern), port_text),
        Err(reason) => {
            let (net_text, port_text) = split_net(text);
            match net(net_text) {
                Ok(net) => (Extent::Net(net), port_text),
                Err(not_net) => {
                    context.say(foreign::bad_guarded(context, text, &reason, not_net));
                    return None;
                }
            }
        }
    };
    let port = match port_text {
        Some("") => {
            context.say(foreign::missing_port(context, text, "443"));
            return None;
        }
        Some(port) if port.starts_with("//") => {
            context.say(foreign::url(context, text));
            return None;
        }
        Some(text) => Some(checked_port(context, text)?.value),
        None => None,
    };
    Some(context.located(Guarded { what, port }, text))
}
