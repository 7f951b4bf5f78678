//! Whole policies that compile without errors.
//!
//! Each value is chosen so that no check can object to it as an error: safe ports for names, names
//! that are no provider's for denies, networks of one small pool, one listen port to an agent.

use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::value::reason;

/// A policy as the lines it is made of: their order and layout mean nothing.
#[derive(Clone, Debug)]
pub struct PolicyText {
    /// Statements at the top: a header, and the lines of its block, none for one without.
    pub statements: Vec<(String, Vec<String>)>,
}

impl PolicyText {
    /// The text, one statement after the other.
    pub fn text(&self) -> String {
        let mut text = "policy 1\n".to_owned();
        for (header, lines) in &self.statements {
            text.push_str(header);
            if lines.is_empty() && !header.starts_with("agent") && !header.starts_with("hosts") {
                text.push('\n');
                continue;
            }
            text.push_str(" {\n");
            lines
                .iter()
                .for_each(|line| text.push_str(&format!("  {line}\n")));
            text.push_str("}\n");
        }
        text
    }

    /// How many agents there are.
    pub fn n_agents(&self) -> usize {
        let headers = self.statements.iter().map(|(header, _)| header);
        headers
            .filter(|header| header.starts_with("agent "))
            .count()
    }
}

/// Names that no two of which are one, in any case.
fn names(at_most: usize) -> impl Strategy<Value = Vec<String>> {
    let name = prop_oneof![
        4 => "[A-Za-z][A-Za-z0-9_-]{0,9}",
        1 => "[A-Za-z0-9][A-Za-z0-9_-]{63}",
        // The beginnings of our own lists.
        1 => select(vec!["all", "agents", "CONNECT", "h_claude", "a_1", "n_", "m-1", "floor"])
            .prop_map(str::to_owned),
    ]
    .prop_filter("a name that begins with a letter or a digit", |name| {
        name.starts_with(|c: char| c.is_ascii_alphanumeric())
    });
    // Equal but for case is one name, and a local name has no `_`.
    let folded = name.prop_map(|name| (name.to_ascii_lowercase().replace('_', "-"), name));
    vec(folded, 0..=at_most).prop_map(|pairs| {
        let by_folded: std::collections::BTreeMap<String, String> = pairs.into_iter().collect();
        by_folded.into_values().collect()
    })
}

/// A pattern over names of which many are nested, and none is a provider's or in the floor.
fn pattern() -> impl Strategy<Value = String> {
    let lead = select(vec!["", "", ".", "*."]);
    let name = prop_oneof![
        select(vec![
            "a.example",
            "b.a.example",
            "c.b.a.example",
            "aa.example",
            "d.example"
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,6}(-[a-z0-9]{1,6})?\\.(example|test|org)",
    ];
    (lead, name).prop_map(|(lead, name)| format!("{lead}{name}"))
}

fn tail() -> impl Strategy<Value = String> {
    let because = option::weighted(0.3, reason());
    let dates = select(vec![
        "",
        "",
        "",
        " since 2026-05-15",
        " until 2027-01-31",
        " until 2026-01-31",
    ]);
    (because, dates).prop_map(|(because, dates)| match because {
        Some(because) => format!(" because \"{because}\"{dates}"),
        None => dates.to_owned(),
    })
}

/// A `deny` has no last day.
fn deny_tail() -> impl Strategy<Value = String> {
    tail().prop_map(|tail| match tail.split_once(" until") {
        Some((before, _)) => before.to_owned(),
        None => tail,
    })
}

fn targets(sets: Vec<String>, ports: &'static [&'static str]) -> impl Strategy<Value = String> {
    let host = (pattern(), select(ports)).prop_map(|(pattern, port)| format!("{pattern}{port}"));
    let target = if sets.is_empty() {
        host.boxed()
    } else {
        let set = select(sets).prop_map(|name| format!("@{name}"));
        prop_oneof![3 => host, 1 => set].boxed()
    };
    vec(target, 1..6).prop_map(|targets| targets.join(" "))
}

/// A LAN grant that lies neither in the floor nor around all of it.
fn lan() -> impl Strategy<Value = String> {
    let target = select(vec![
        "192.168.1.20",
        "192.168.1.0/24",
        "10.0.0.0/8",
        "10.20.30.0/24",
        "172.16.0.0/12",
        "198.18.0.0/15",
        "198.51.100.7",
        "100.64.0.0/10",
        "host",
    ]);
    let ports = select(vec![
        "",
        ":80",
        ":8838",
        ":443",
        " ports 80,443,8000-8080",
        " ports 1-65535",
    ]);
    (target, ports, tail()).prop_map(|(target, ports, tail)| {
        // A port behind a network needs the long form.
        let ports = match ports.strip_prefix(':') {
            Some(port) if target.contains('/') => format!(" ports {port}"),
            _ => ports.to_owned(),
        };
        format!("lan {target}{ports}{tail}")
    })
}

/// The lines of one agent; `at` keeps its listen port apart from the others'.
fn agent(
    at: usize,
    sets: Vec<String>,
    providers: Vec<String>,
) -> impl Strategy<Value = Vec<String>> {
    let access = select(vec![
        "",
        "access list",
        "access list",
        "access full",
        "access model-only",
    ]);
    let mode = select(vec!["", "", "mode enforce", "mode report"]);
    let provider = select(
        [
            providers,
            vec!["claude".to_owned(), "none".to_owned(), String::new()],
        ]
        .concat(),
    );
    let sessions = select(vec!["", "sessions 1", "sessions 5", "sessions 30"]);
    let listen = 20_000 + at;
    let cdp = select(vec![
        String::new(),
        String::new(),
        "cdp".to_owned(),
        "cdp -> host:9333".to_owned(),
        format!("cdp {listen}"),
        format!("cdp {listen} -> host:9222"),
    ]);
    let cdp = (cdp, tail()).prop_map(|(cdp, tail)| if cdp.is_empty() { cdp } else { cdp + &tail });
    let allow_sets = sets.clone();
    let grants = (
        vec(
            (targets(allow_sets, &["", "", ":80", ":443"]), tail()),
            0..4,
        ),
        vec((targets(sets, &["", "", ":443", ":22"]), deny_tail()), 0..3),
        vec(lan(), 0..4),
    );
    (access, mode, provider, sessions, cdp, grants).prop_map(
        |(access, mode, provider, sessions, cdp, (allows, denies, lan))| {
            let mut lines: Vec<String> = [access, mode, sessions]
                .into_iter()
                .map(str::to_owned)
                .chain([cdp])
                .filter(|line| !line.is_empty())
                .collect();
            if !provider.is_empty() {
                lines.push(format!("provider {provider}"));
            }
            // A model-only agent has neither.
            if access == "access list" || access == "access full" {
                lines.extend(
                    allows
                        .into_iter()
                        .map(|(hosts, tail)| format!("allow {hosts}{tail}")),
                );
                lines.extend(
                    denies
                        .into_iter()
                        .map(|(hosts, tail)| format!("deny {hosts}{tail}")),
                );
            }
            lines.extend(lan);
            lines
        },
    )
}

/// A policy of several agents, sets, providers and edges that compiles without errors.
pub fn policy() -> impl Strategy<Value = PolicyText> {
    let frame = select(vec![
        vec![],
        vec![(
            "gateway onecli".to_owned(),
            vec!["address 198.18.0.10:10255".to_owned()],
        )],
        vec![("safe-ports 443 80 8443".to_owned(), Vec::new())],
        vec![(
            "network".to_owned(),
            vec![
                "subnet 172.30.0.0/20".to_owned(),
                "isolation shared".to_owned(),
            ],
        )],
        vec![
            (
                "network".to_owned(),
                vec!["subnet 198.18.32.0/20".to_owned()],
            ),
            ("safe-ports 80 443 10255".to_owned(), Vec::new()),
        ],
    ]);
    let sets = btree_map("[a-z]{1,8}", vec(pattern(), 0..8), 0..4);
    // A provider of our own is no name that a deny could take away.
    let providers = btree_set("own-[a-z]{1,8}", 0..3);
    (frame, sets, providers, names(6)).prop_flat_map(|(frame, sets, providers, names)| {
        let set_names: Vec<String> = sets.keys().cloned().collect();
        let provider_names: Vec<String> = providers.iter().cloned().collect();
        let mut agents: Vec<BoxedStrategy<Vec<String>>> = Vec::new();
        for at in 0..names.len() {
            agents.push(agent(at, set_names.clone(), provider_names.clone()).boxed());
        }
        let mut pairs = Vec::new();
        for (at, from) in names.iter().enumerate() {
            for to in names.iter().skip(at + 1) {
                pairs.push((from.clone(), to.clone()));
            }
        }
        let arrows = vec(select(vec!["->", "<->"]), pairs.len());
        let n_pairs = pairs.len();
        let edges = (subsequence(pairs, 0..=n_pairs), arrows);
        (agents, edges).prop_map(move |(agents, (pairs, arrows))| {
            let mut statements = frame.clone();
            for (name, hosts) in &sets {
                statements.push((format!("hosts {name}"), hosts.clone()));
            }
            for name in &providers {
                let hosts = vec![".model.invalid".to_owned(), "*.other.invalid".to_owned()];
                statements.push((format!("provider {name}"), hosts));
            }
            for (name, lines) in names.iter().zip(agents) {
                statements.push((format!("agent {name}"), lines));
            }
            for (at, ((from, to), arrow)) in pairs.iter().zip(arrows).enumerate() {
                statements.push((format!("edge {from} {arrow} {to} as to-{at}"), Vec::new()));
            }
            PolicyText { statements }
        })
    })
}
