//! A browser on the host.
//!
//! ```text
//! cdp = "cdp" [port] ["->" "host:" port] tail
//! ```

use nom::Parser;

use super::context::Context;
use super::foreign;
use super::lexical::{Read, Stop, checked_port, clip, expect_word, keyword, word};
use super::tail::{self, tail};
use crate::ast::{AgentItem, Cdp};
use crate::diagnostic::Code;
use crate::port::Port;
use crate::span::Located;

/// `cdp = "cdp" [port] ["->" "host:" port] tail`, behind the keyword
pub(super) fn cdp<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<AgentItem>> {
    let (rest, listen) = match word(input) {
        Ok((rest, text)) if !is_of_later_part(text) => {
            if text.contains("->") {
                let message = "`->` stands between blanks";
                let diagnostic = context.error(Code::Syntax, text, message);
                let parted = foreign::parted_arrow(text, "->");
                return context.fail(
                    diagnostic
                        .help("write `cdp 9223 -> host:9222`")
                        .replace_with(parted),
                );
            }
            (rest, Some(checked_port(context, text)))
        }
        _ => (input, None),
    };
    let (rest, host_port) = match keyword("->").parse(rest) {
        Ok((rest, _)) => {
            let (rest, text) = expect_word(context, "`host:` and a port", rest)?;
            (rest, Some(host_port(context, text)))
        }
        Err(_) => (rest, None),
    };
    let rest = skip_lone_host(context, rest)?;
    let (rest, tail) = tail(context, rest)?;
    let is_sound = listen != Some(None) && host_port != Some(None);
    let cdp = Cdp {
        listen: listen.flatten(),
        host_port: host_port.flatten(),
        tail,
    };
    Ok((rest, is_sound.then_some(AgentItem::Cdp(cdp))))
}

/// Whether a word begins what may stand behind the listen port.
fn is_of_later_part(text: &str) -> bool {
    text == "->" || text.starts_with("host:") || tail::begins_tail(text)
}

/// `"host:" port`
fn host_port(context: &Context<'_>, text: &str) -> Option<Located<Port>> {
    if let Some(port) = text.strip_prefix("host:") {
        return checked_port(context, port);
    }
    let port = text.rsplit(':').next().unwrap_or(text);
    let message = format!("expected `host:` and a port, found `{}`", clip(text));
    let unexpected = context.error(Code::Syntax, text, message);
    let where_it_runs = "the browser runs on the Docker host";
    context.say(match port.parse::<Port>() {
        Ok(port) => unexpected
            .help(format!("{where_it_runs}: write `host:{port}`"))
            .replace_with(format!("host:{port}")),
        Err(_) => unexpected.help(format!("{where_it_runs}: write `host:9222`")),
    });
    None
}

/// Tells of a `host:9222` without its arrow.
fn skip_lone_host<'s>(context: &Context<'s>, input: &'s str) -> Result<&'s str, nom::Err<Stop>> {
    let Ok((rest, text)) = word(input) else {
        return Ok(input);
    };
    if !text.starts_with("host:") {
        return Ok(input);
    }
    let diagnostic = context.error(
        Code::Syntax,
        text,
        format!("expected `->`, found `{}`", clip(text)),
    );
    context.say(
        diagnostic
            .help(format!("write `-> {}`", clip(text)))
            .edit(context.span_at(context.offset(text), 0), "-> "),
    );
    Ok(rest)
}
