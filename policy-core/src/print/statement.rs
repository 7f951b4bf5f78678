//! Single statements as text.

use crate::ast::{
    AgentItem, Block, Can, Cdp, Edge, GatewayItem, Grant, Lan, NetworkItem, Reaches, Tail,
};
use crate::span::Located;

use super::word::host_port;

/// How wide the columns of a block are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Of the first word, with the blanks behind it; 0 for one blank.
    first: usize,
    /// Of the second word, where it has a column.
    second: usize,
    /// What stands before each part of the tail.
    gap: &'static str,
}

impl Layout {
    /// Single blanks.
    pub(super) const PLAIN: Self = Self {
        first: 0,
        second: 0,
        gap: " ",
    };

    /// Single blanks, but for the tail: a block on one line.
    pub(super) const WIDE_TAIL: Self = Self {
        gap: "  ",
        ..Self::PLAIN
    };

    /// The statements of an agent.
    pub(super) const AGENT: Self = Self {
        first: 10,
        ..Self::WIDE_TAIL
    };

    /// The statements of `network`.
    pub(super) const NETWORK: Self = Self {
        first: 11,
        ..Self::WIDE_TAIL
    };

    /// The lines of a test: as wide as its longest name.
    pub(super) fn of_test(block: &Block<Can>) -> Self {
        let names = block
            .items
            .iter()
            .map(|item| item.node.agent.value.as_str().len());
        let has_cannot = block.items.iter().any(|item| !item.node.can);
        Self {
            first: names.max().unwrap_or(0) + 1,
            second: if has_cannot {
                "cannot ".len()
            } else {
                "can ".len()
            },
            ..Self::WIDE_TAIL
        }
    }
}

/// A word, padded to its column when something follows.
fn padded(word: &str, width: usize) -> String {
    let width = width.max(word.len() + 1);
    format!("{word:<width$}")
}

fn keyed(key: &str, value: &str, layout: Layout) -> String {
    padded(key, layout.first) + value
}

/// `address HOST:PORT`
pub(super) fn gateway_item(item: &GatewayItem, layout: Layout) -> String {
    match item {
        GatewayItem::Address { host, port } => {
            keyed("address", &host_port(&host.value, port.value), layout)
        }
    }
}

/// A statement of `network`.
pub(super) fn network_item(item: &NetworkItem, layout: Layout) -> String {
    match item {
        NetworkItem::Subnet(net) => keyed("subnet", &net.value.to_string(), layout),
        NetworkItem::Isolation(isolation) => {
            keyed("isolation", &isolation.value.to_string(), layout)
        }
        NetworkItem::ProxyPort(port) => keyed("proxy-port", &port.value.to_string(), layout),
    }
}

/// A statement of `agent`.
pub(super) fn agent_item(item: &AgentItem, layout: Layout) -> String {
    match item {
        AgentItem::Id(id) => keyed("id", &id.value, layout),
        AgentItem::Provider(name) => keyed("provider", name.value.as_str(), layout),
        AgentItem::Access(access) => keyed("access", &access.value.to_string(), layout),
        AgentItem::Allow(it) => keyed("allow", &grant(it, layout), layout),
        AgentItem::Deny(it) => keyed("deny", &grant(it, layout), layout),
        AgentItem::Lan(it) => keyed("lan", &lan(it, layout), layout),
        AgentItem::Cdp(it) => cdp(it, layout),
        AgentItem::Sessions(number) => keyed("sessions", &number.value.to_string(), layout),
        AgentItem::Mode(mode) => keyed("mode", &mode.value.to_string(), layout),
    }
}

fn grant(grant: &Grant, layout: Layout) -> String {
    words(&grant.targets) + &tail(&grant.tail, layout)
}

fn lan(lan: &Lan, layout: Layout) -> String {
    let target = lan.target.value;
    let ports = match lan.ports.as_ref().map(|ports| &ports.value) {
        None => String::new(),
        Some(ports) => match ports.ranges() {
            [range] if range.first() == range.last() => format!(":{range}"),
            _ => format!(" ports {ports}"),
        },
    };
    format!("{target}{ports}{}", tail(&lan.tail, layout))
}

fn cdp(cdp: &Cdp, layout: Layout) -> String {
    let mut text = match (&cdp.listen, &cdp.host_port) {
        (None, None) => "cdp".to_owned(),
        (Some(listen), None) => keyed("cdp", &listen.value.to_string(), layout),
        (None, Some(port)) => keyed("cdp", &format!("-> host:{}", port.value), layout),
        (Some(listen), Some(port)) => {
            let value = format!("{} -> host:{}", listen.value, port.value);
            keyed("cdp", &value, layout)
        }
    };
    text.push_str(&tail(&cdp.tail, layout));
    text
}

fn tail(tail: &Tail, layout: Layout) -> String {
    let gap = layout.gap;
    let mut text = String::new();
    if let Some(reason) = &tail.because {
        text.push_str(&format!("{gap}because \"{}\"", reason.value));
    }
    if let Some(day) = &tail.since {
        text.push_str(&format!("{gap}since {}", day.value));
    }
    if let Some(day) = &tail.until {
        text.push_str(&format!("{gap}until {}", day.value));
    }
    text
}

/// `edge FROM -> TO as NAME`
pub(super) fn edge(edge: &Edge) -> String {
    let arrow = if edge.both { "<->" } else { "->" };
    let local_name = match &edge.local_name {
        Some(name) => format!(" as {}", name.value),
        None => String::new(),
    };
    format!(
        "edge {} {arrow} {}{local_name}",
        edge.from.value, edge.to.value
    )
}

/// One line of a test.
pub(super) fn can(can: &Can, layout: Layout) -> String {
    let verb = if can.can { "can" } else { "cannot" };
    let route = match &can.via {
        Some(route) => format!(" via {}", route.value),
        None => String::new(),
    };
    padded(can.agent.value.as_str(), layout.first)
        + &padded(verb, layout.second)
        + &words(&can.destinations)
        + &route
}

/// One line of an invariant.
pub(super) fn reaches(reaches: &Reaches, _: Layout) -> String {
    let names: Vec<&str> = reaches
        .only
        .iter()
        .map(|name| name.value.as_str())
        .collect();
    let who = match names.as_slice() {
        [] => "nobody".to_owned(),
        names => format!("only {}", names.join(", ")),
    };
    format!("{who} reaches {}", words(&reaches.targets))
}

/// Words, parted by single blanks.
pub(super) fn words<T: std::fmt::Display>(values: &[Located<T>]) -> String {
    let words: Vec<String> = values.iter().map(|word| word.value.to_string()).collect();
    words.join(" ")
}
