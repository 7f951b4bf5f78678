//! The egress network.
//!
//! ```text
//! network = "network" block      of: "subnet" cidr4
//!                                  | "isolation" ("per-agent" | "shared")
//!                                  | "proxy-port" port
//! ```

use ipnet::Ipv4Net;

use super::block::block;
use super::context::Context;
use super::foreign;
use super::keyword::{Place, say_unknown};
use super::lexical::{Read, choice, expect_word, port, skip_equals, stop};
use crate::ast::{Isolation, NetworkItem, Statement};

/// `network = "network" block`
pub(super) fn network<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<Statement>> {
    let (rest, block) = block(context, Place::Network, input, item)?;
    Ok((rest, Some(Statement::Network(block))))
}

fn item<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<NetworkItem>> {
    let (rest, key) = expect_word(context, "a statement", input)?;
    let rest = skip_equals(context, rest);
    match key {
        "subnet" => subnet(context, rest),
        "isolation" => {
            let choices = [
                ("per-agent", Isolation::PerAgent),
                ("shared", Isolation::Shared),
            ];
            let (rest, isolation) = choice(context, "`per-agent` or `shared`", &choices, rest)?;
            Ok((rest, isolation.map(NetworkItem::Isolation)))
        }
        "proxy-port" => {
            let (rest, port) = port(context, "a port", rest)?;
            Ok((rest, port.map(NetworkItem::ProxyPort)))
        }
        _ => {
            say_unknown(context, Place::Network, key);
            stop()
        }
    }
}

/// `"subnet" cidr4`
fn subnet<'s>(context: &Context<'s>, input: &'s str) -> Read<'s, Option<NetworkItem>> {
    let (rest, word) = expect_word(context, "a subnet such as `172.30.0.0/20`", input)?;
    let subnet = word
        .parse::<Ipv4Net>()
        .ok()
        .filter(|net| net.trunc() == *net);
    if subnet.is_none() {
        context.say(foreign::bad_subnet(context, word));
    }
    Ok((
        rest,
        subnet.map(|net| NetworkItem::Subnet(context.located(net, word))),
    ))
}
