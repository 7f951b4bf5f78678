//! Single statements as text.

use crate::ast::{
    AgentItem, Block, Can, Cdp, Despite, Edge, GatewayItem, Lan, NetworkItem, Reaches, Tail,
};
use crate::span::Located;

use super::word::host_port;

/// A statement in two parts: what it says, and the tail, which has a column of its own.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// The words up to the tail.
    pub(super) words: String,
    /// Reason and dates; empty where there are none.
    pub(super) tail: String,
}

impl Row {
    /// Both, with this between them.
    pub(super) fn joined(self, gap: &str) -> String {
        match self.tail.is_empty() {
            true => self.words,
            false => self.words + gap + &self.tail,
        }
    }
}

impl From<String> for Row {
    fn from(words: String) -> Self {
        let tail = String::new();
        Self { words, tail }
    }
}

/// How wide the columns of a block are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Layout {
    /// Of the first word, with the blanks behind it; 0 for one blank.
    first: usize,
    /// Of the second word, where it has a column.
    second: usize,
    /// What parts the statement from its tail, and each part of the tail from the next.
    pub(super) gap: &'static str,
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
    match value.is_empty() {
        true => key.to_owned(),
        false => padded(key, layout.first) + value,
    }
}

/// `address HOST:PORT`
pub(super) fn gateway_item(item: &GatewayItem, layout: Layout) -> Row {
    match item {
        GatewayItem::Address { host, port } => {
            keyed("address", &host_port(&host.value, port.value), layout).into()
        }
    }
}

/// A statement of `network`.
pub(super) fn network_item(item: &NetworkItem, layout: Layout) -> Row {
    let (key, value) = match item {
        NetworkItem::Subnet(net) => ("subnet", net.value.to_string()),
        NetworkItem::Isolation(isolation) => ("isolation", isolation.value.to_string()),
        NetworkItem::ProxyPort(port) => ("proxy-port", port.value.to_string()),
    };
    keyed(key, &value, layout).into()
}

/// A statement of `agent`.
pub(super) fn agent_item(item: &AgentItem, layout: Layout) -> Row {
    let plain = |key, value: &str| Row::from(keyed(key, value, layout));
    let tailed = |key, value: &str, tail: &Tail| Row {
        words: keyed(key, value, layout),
        tail: self::tail(tail, layout.gap),
    };
    match item {
        AgentItem::Id(id) => plain("id", &id.value),
        AgentItem::Provider(name) => plain("provider", name.value.as_str()),
        AgentItem::Access(access) => plain("access", &access.value.to_string()),
        AgentItem::Allow(it) => tailed("allow", &words(&it.targets), &it.tail),
        AgentItem::Deny(it) => tailed("deny", &words(&it.targets), &it.tail),
        AgentItem::Lan(it) => tailed("lan", &lan(it), &it.tail),
        AgentItem::Cdp(it) => tailed("cdp", &cdp(it), &it.tail),
        AgentItem::Sessions(number) => plain("sessions", &number.value.to_string()),
        AgentItem::Mode(mode) => plain("mode", &mode.value.to_string()),
    }
}

fn lan(lan: &Lan) -> String {
    let target = lan.target.value;
    let ports = match lan.ports.as_ref().map(|ports| &ports.value) {
        None => String::new(),
        Some(ports) => match ports.ranges() {
            [range] if range.first() == range.last() => format!(":{range}"),
            _ => format!(" ports {ports}"),
        },
    };
    format!("{target}{ports}")
}

fn cdp(cdp: &Cdp) -> String {
    let listen = cdp.listen.as_ref().map(|port| port.value.to_string());
    let browser = cdp.host_port.as_ref();
    let browser = browser.map(|port| format!("-> host:{}", port.value));
    let parts: Vec<String> = listen.into_iter().chain(browser).collect();
    parts.join(" ")
}

fn tail(tail: &Tail, gap: &str) -> String {
    let because = tail.because.as_ref();
    let because = because.map(|reason| format!("because \"{}\"", reason.value));
    let since = tail
        .since
        .as_ref()
        .map(|day| format!("since {}", day.value));
    let until = tail
        .until
        .as_ref()
        .map(|day| format!("until {}", day.value));
    let parts: Vec<String> = because.into_iter().chain(since).chain(until).collect();
    parts.join(gap)
}

/// `despite CODE,CODE "REASON"`, each with a gap before it.
pub(super) fn despite(clauses: &[Despite]) -> String {
    let mut text = String::new();
    for clause in clauses {
        let codes: Vec<&str> = clause.codes.iter().map(|code| code.value.name()).collect();
        let codes = codes.join(",");
        text.push_str(&format!("  despite {codes} \"{}\"", clause.reason.value));
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
pub(super) fn can(can: &Can, layout: Layout) -> Row {
    let verb = if can.can { "can" } else { "cannot" };
    let route = match &can.via {
        Some(route) => format!(" via {}", route.value),
        None => String::new(),
    };
    let text = padded(can.agent.value.as_str(), layout.first)
        + &padded(verb, layout.second)
        + &words(&can.destinations)
        + &route;
    text.into()
}

/// One line of an invariant.
pub(super) fn reaches(reaches: &Reaches, _: Layout) -> Row {
    let names: Vec<&str> = reaches
        .only
        .iter()
        .map(|name| name.value.as_str())
        .collect();
    let who = match names.as_slice() {
        [] => "nobody".to_owned(),
        names => format!("only {}", names.join(", ")),
    };
    format!("{who} reaches {}", words(&reaches.targets)).into()
}

/// Words, parted by single blanks.
pub(super) fn words<T: std::fmt::Display>(values: &[Located<T>]) -> String {
    let words: Vec<String> = values.iter().map(|word| word.value.to_string()).collect();
    words.join(" ")
}
