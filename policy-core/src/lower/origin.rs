//! The canonical text of a statement, out of which its key is made.
//!
//! It is not the text that `fmt` writes: targets are sorted and sets are folded, so that two
//! spellings of one statement have one key.

use std::fmt::Write as _;

use crate::ast::{Cdp, Grant, Lan, LanTarget, Tail, Target};
use crate::ir::Origin;
use crate::key::Key;
use crate::span::Span;

pub(super) fn origin(span: Span, text: &str, tail: Option<&Tail>) -> Origin {
    let because = tail
        .and_then(|tail| tail.because.as_ref())
        .map(|text| text.value.clone());
    Origin {
        key: Key::of(text),
        span,
        because,
    }
}

pub(super) fn grant_text(word: &str, grant: &Grant) -> String {
    let mut targets: Vec<String> = grant
        .targets
        .iter()
        .map(|target| match &target.value {
            Target::Set(name) => format!("@{}", name.folded()),
            Target::Host {
                pattern,
                port: None,
            } => pattern.to_string(),
            Target::Host {
                pattern,
                port: Some(port),
            } => format!("{pattern}:{port}"),
        })
        .collect();
    targets.sort();
    targets.dedup();
    with_tail(format!("{word} {}", targets.join(" ")), &grant.tail)
}

pub(super) fn lan_text(lan: &Lan) -> String {
    let target = match lan.target.value {
        LanTarget::Net(net) => net.to_string(),
        LanTarget::Host => "host".to_owned(),
    };
    let ports = match &lan.ports {
        Some(ports) => format!(" ports {}", ports.value),
        None => String::new(),
    };
    with_tail(format!("lan {target}{ports}"), &lan.tail)
}

pub(super) fn cdp_text(cdp: &Cdp) -> String {
    let port = |port: Option<crate::port::Port>| port.map_or("-".to_owned(), |p| p.to_string());
    let listen = port(cdp.listen.as_ref().map(|port| port.value));
    let host_port = port(cdp.host_port.as_ref().map(|port| port.value));
    with_tail(format!("cdp {listen} {host_port}"), &cdp.tail)
}

fn with_tail(mut text: String, tail: &Tail) -> String {
    // A reason has no quote in it, so the text stays unambiguous. Writing to a string cannot fail.
    if let Some(because) = &tail.because {
        let _ = write!(text, " because \"{}\"", because.value);
    }
    if let Some(since) = &tail.since {
        let _ = write!(text, " since {}", since.value);
    }
    if let Some(until) = &tail.until {
        let _ = write!(text, " until {}", until.value);
    }
    text
}
