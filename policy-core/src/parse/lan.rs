//! Grants by address.
//!
//! ```text
//! lan   = "lan" (address | cidr | "host") [":" port | "ports" range {"," range}] tail
//! range = port ["-" port]
//! ```

use nom::Parser;

use super::address::{net, split_net};
use super::context::Context;
use super::foreign;
use super::lexical::{
    Read, at_line_end, checked_port, expect_word, keyword, next_is, string, symbol, word,
};
use super::tail::tail;
use crate::ast::{AgentItem, Lan, LanTarget};
use crate::diagnostic::Code;
use crate::port::{PortRange, PortSet};
use crate::span::Located;

/// `lan = "lan" target [":" port | "ports" range {"," range}] tail`, behind the keyword
pub(super) fn lan<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<AgentItem>> {
    let (rest, target, port) = if next_is(input, '"') {
        let (rest, quoted) = string(context, "an address", input)?;
        context.say(foreign::quoted(&quoted, |value| {
            net(split_net(value).0).is_ok()
        }));
        (rest, None, None)
    } else {
        let (rest, word) = expect_word(context, "an address, a network or `host`", input)?;
        let (target, port) = target(context, word);
        (rest, target, port)
    };
    let (rest, list) = match keyword("ports").parse(rest) {
        Ok((after, key)) => {
            let (rest, list) = ranges(context, after)?;
            (rest, Some((key, list)))
        }
        Err(_) => (rest, None),
    };
    if let (Some(port), Some((key, _))) = (&port, &list) {
        let message = "the ports are given twice";
        context.say(context.error(Code::Repeated, key, message).help(format!(
            "write all of them behind `ports`, without `:{}`",
            port.value
        )));
    }
    let (rest, tail) = tail(context, rest)?;
    let ports = list.map(|(_, list)| list).or(port);
    Ok((
        rest,
        target.map(|target| {
            AgentItem::Lan(Lan {
                target,
                ports,
                tail,
            })
        }),
    ))
}

/// The target and its `:port`; `None` for what is bad, which is told.
fn target(
    context: &Context<'_>,
    word: &str,
) -> (Option<Located<LanTarget>>, Option<Located<PortSet>>) {
    let (text, port_text) = split_net(word);
    let target = if text == "host" {
        LanTarget::Host
    } else {
        match net(text) {
            Ok(net) => LanTarget::Net(net),
            Err(reason) => {
                context.say(foreign::bad_lan(context, word, text, reason));
                return (None, None);
            }
        }
    };
    let target = context.located(target, text);
    match port_text {
        None => (Some(target), None),
        Some("") => {
            context.say(foreign::missing_port(context, word, "8080"));
            (None, None)
        }
        Some(port_text) => match checked_port(context, port_text) {
            Some(port) => {
                let ports = Located::new([port.value].into_iter().collect(), port.span);
                (Some(target), Some(ports))
            }
            None => (None, None),
        },
    }
}

/// `range {"," range}`
fn ranges<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Located<PortSet>> {
    let (mut rest, first) = expect_word(context, "a port or a range of ports", input)?;
    let mut ranges: Vec<PortRange> = range(context, first).into_iter().collect();
    loop {
        if let Ok((after, _)) = symbol(",").parse(rest) {
            let (after, text) = expect_word(context, "a port or a range of ports", after)?;
            ranges.extend(range(context, text));
            rest = after;
            continue;
        }
        let next = word(rest)
            .ok()
            .filter(|(_, text)| text.starts_with(|c: char| c.is_ascii_digit()));
        let Some((after, text)) = next.filter(|_| !at_line_end(rest)) else {
            break;
        };
        let message = format!("a comma is missing before `{text}`");
        let diagnostic = context.error(Code::Syntax, text, message);
        let place = context.span_at(context.offset(rest), 0);
        let help = "write the ports as in `ports 80,443,8000-8080`";
        context.say(diagnostic.help(help).edit(place, ","));
        ranges.extend(range(context, text));
        rest = after;
    }
    let place = context.span_between(first, rest);
    Ok((rest, Located::new(ranges.into_iter().collect(), place)))
}

/// `range = port ["-" port]`; `None` for a word that is none, which is told.
fn range(context: &Context<'_>, text: &str) -> Option<PortRange> {
    let Some((first, last)) = text.split_once('-') else {
        return checked_port(context, text).map(|port| port.value.into());
    };
    let (Ok(first), Ok(last)) = (first.parse(), last.parse()) else {
        context.say(foreign::bad_port(context, text));
        return None;
    };
    let range = PortRange::new(first, last);
    if range.is_none() {
        let message = format!("the range `{text}` runs backwards");
        let diagnostic = context.error(Code::BadPort, text, message);
        let turned = format!("{last}-{first}");
        context.say(
            diagnostic
                .help(format!("write `{turned}`"))
                .replace_with(turned),
        );
    }
    range
}
