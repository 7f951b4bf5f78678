//! The parent proxy.
//!
//! ```text
//! gateway = "gateway" name "{" "address" host ":" port "}"
//! ```

use std::net::{Ipv4Addr, Ipv6Addr};

use super::block::block;
use super::context::Context;
use super::foreign;
use super::keyword::{Place, say_unknown};
use super::lexical::{Read, checked_port, expect_word, skip_equals, split_port, stop};
use super::set::block_name;
use crate::ast::{GatewayItem, Statement};
use crate::host::HostName;

/// `gateway = "gateway" name block`
pub(super) fn gateway<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    let (rest, name) = block_name(context, "the name of the gateway", input)?;
    let (rest, block) = block(context, Place::Gateway, rest, item)?;
    Ok((rest, name.map(|name| Statement::Gateway { name, block })))
}

/// `"address" host ":" port`
fn item<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<GatewayItem>> {
    let (rest, key) = expect_word(context, "`address`", input)?;
    if key != "address" {
        say_unknown(context, Place::Gateway, key);
        return stop();
    }
    let rest = skip_equals(context, rest);
    let (rest, word) = expect_word(context, "an address and a port", rest)?;
    let (host_text, port_text) = match split_port(word) {
        // The last colon of an address in brackets is one of its own.
        (_, Some(port)) if port.ends_with(']') => (word, None),
        parts => parts,
    };
    let Some(host) = host(host_text) else {
        context.say(foreign::bad_gateway_host(context, word, host_text));
        return Ok((rest, None));
    };
    let Some(port_text) = port_text else {
        context.say(foreign::missing_port(context, word, "10255"));
        return Ok((rest, None));
    };
    let port = checked_port(context, port_text);
    let host = context.located(host, host_text);
    Ok((rest, port.map(|port| GatewayItem::Address { host, port })))
}

/// A name or an address, the latter in its one normal spelling and without brackets.
fn host(text: &str) -> Option<Box<str>> {
    if let Some(inside) = text.strip_prefix('[') {
        let address: Ipv6Addr = inside.strip_suffix(']')?.parse().ok()?;
        return Some(address.to_string().into());
    }
    if let Ok(address) = text.parse::<Ipv4Addr>() {
        return Some(address.to_string().into());
    }
    let name: HostName = text.parse().ok()?;
    Some(name.as_str().into())
}
