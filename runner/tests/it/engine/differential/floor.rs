//! What no policy opens, in every spelling: `fixtures/floor/spellings.txt`.
//!
//! Each row is asked as CONNECT and as a plain URL by an agent with full access and by one with a
//! list. The table says which rule refuses it, `decide` says the same, and so does real Squid. The
//! same requests under a configuration as people write it show that the table is no idle one.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use policy_core::decide::Decision;
use policy_core::ir::Agent;
use policy_render::file_set::SQUID_CONF;

use super::bed::Bed;
use super::compare::{self, Answers, Expected};
use super::requests::Ask;
use super::{Live, differences, policies, rendered, tell};

const TABLE: &str = include_str!("../../../../../fixtures/floor/spellings.txt");

/// The list names what is near to rows of the table.
const POLICY: &str = "policy 1
gateway onecli { address 198.18.0.10:10255 }
network { subnet 172.30.64.0/18 }
agent open { access full
 sessions 1500
}
agent listed { access list
 sessions 1500
 allow .github.com *.localhost.example 127.0.0.1.example *.google.example metadata.example
}
";

/// Deny by list: what a careful person writes who thinks of addresses and names.
const NAIVE: &str =
    "acl n_local dst 0.0.0.0/8 10.0.0.0/8 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.168.0.0/16 \
224.0.0.0/3 168.63.129.16 100.100.100.200 ::1 fe80::/10 fc00::/7
acl n_names dstdomain .localhost metadata.google.internal
acl n_allowed dstdomain .github.com
http_access deny !agents
http_access deny !Safe_ports
http_access deny CONNECT !SSL_ports
http_access deny n_local
http_access deny n_names
http_access allow a_open
http_access allow a_listed n_allowed
http_access deny all
";

struct Row {
    /// The rule for CONNECT, and the one for a URL.
    rules: [&'static str; 2],
    spelling: String,
}

fn rows() -> Vec<Row> {
    let lines = TABLE.lines().filter(|line| !line.starts_with('#'));
    let row = |line: &'static str| {
        let mut words = line.split_whitespace();
        let mut next = || words.next().expect("a row has three words");
        Row {
            rules: [next(), next()],
            spelling: unescaped(next()),
        }
    };
    lines.map(row).collect()
}

/// The text with every `\u{HEX}` as the character it stands for.
fn unescaped(text: &str) -> String {
    let mut parts = text.split("\\u{");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (code, rest) = part.split_once('}').expect("an escape ends");
        let code = u32::from_str_radix(code, 16).expect("an escape is a number");
        plain.push(char::from_u32(code).expect("an escape is a character"));
        plain += rest;
    }
    plain
}

/// The word of the table for what the policy says.
fn word(expected: &Expected<'_>) -> String {
    let Some((_, verdict)) = expected else {
        return "unreadable".to_owned();
    };
    assert_eq!(verdict.decision, Decision::Deny, "{verdict:?}");
    let rule = verdict.cause.to_string();
    match rule.as_str() {
        "default-deny" | "unresolved" => "nowhere".to_owned(),
        _ => rule,
    }
}

fn ask(number: usize, agent: &Agent, source: Ipv4Addr, method: &'static str, host: &str) -> Ask {
    let target = match method {
        "CONNECT" => format!("{host}:443"),
        _ => format!("http://{host}/{number}"),
    };
    Ask {
        number,
        source,
        proxy: agent.proxy,
        method,
        target,
        other_host: None,
        is_near: false,
    }
}

/// The file with people's rules in the place of ours.
fn naive(text: &str) -> String {
    // What chooses the form of a refusal decides nothing.
    let decides = |line: &str| !line.contains(" ctl") && !line.ends_with(" !all");
    let is_ours = |line: &str| line.starts_with("http_access ") && decides(line);
    let mut rules = Some(NAIVE);
    let lines = text.lines().map(|line| match is_ours(line) {
        true => rules.take().unwrap_or_default().to_owned(),
        false => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn what_no_policy_opens_is_closed_in_every_spelling_for_full_and_list_alike() {
    let Some(live) = Live::new("spelled") else {
        return;
    };
    let mut bed = Bed::new(live);
    let compiled = policies::compiled(POLICY).unwrap();
    let (policy, files) = (&compiled.policy, rendered(&compiled));
    let (rows, answers) = (rows(), Answers::new());
    let mut asks = Vec::new();
    let mut wrong = Vec::new();
    for agent in &policy.agents {
        let mut sources = agent.block.hosts();
        for row in &rows {
            for (method, rule) in ["CONNECT", "GET"].into_iter().zip(row.rules) {
                let source = sources.next().expect("the block has an address for each");
                let ask = ask(asks.len(), agent, source, method, &row.spelling);
                let expected = compare::expected(policy, &ask, &answers);
                let said = word(&expected);
                if said != rule {
                    wrong.push(format!("{method} {}: {rule}, not {said}", row.spelling));
                }
                asks.push((ask, expected));
            }
        }
    }
    assert!(rows.len() > 400, "{} rows", rows.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let asks = (asks, answers);
    let found = differences(&mut bed, policy, (&files, None), &asks);
    assert!(found.is_empty(), "{}", found.join("\n"));

    let changed = naive(files.get(SQUID_CONF).unwrap());
    let batch = bed.ask(policy, (&files, Some(&changed)), &asks.0, &asks.1);
    let mut passed: BTreeMap<&str, usize> = BTreeMap::new();
    for (ask, _) in &asks.0 {
        let seen = batch.observed.get(&ask.number);
        if seen.is_some_and(|seen| seen.status == "200") {
            let agent = policy.agent_at(ask.source.into()).unwrap();
            *passed.entry(agent.name.as_str()).or_default() += 1;
        }
    }
    let (n_asks, open) = (asks.0.len(), passed.get("open").copied().unwrap_or(0));
    tell(&format!(
        "floor: {} spellings, {n_asks} requests, 0 pass; under rules that deny by list {passed:?} pass\n",
        rows.len()
    ));
    assert!(open > 50, "the table shows nothing: {passed:?}");
}
