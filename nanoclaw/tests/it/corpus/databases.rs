//! Databases out of dice: sound values, odd ones and hostile ones, in tables of several versions.

use std::fmt::Write as _;

use rusqlite::Connection;
use serde_json::{Value, json};

use crate::bed::TABLES;

/// SplitMix64 (Steele, Lea, Flood 2014): the same databases on every machine.
pub(super) struct Dice(pub(super) u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(super) fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    fn one<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }
}

pub(super) const DOMAINS: &[&str] = &[
    "a.com",
    ".a.com",
    "www.a.com",
    "A.com",
    "1b.com",
    ".1b.com",
    "x.1b.com",
    "c",
    "localhost",
    "x.localhost",
    "api.anthropic.com",
    "x.api.anthropic.com",
    "anthropic.com",
    "host.docker.internal",
    "metadata.google.internal",
    "10.0.0.7",
    "192.168.1.20",
    "8.8.8.8",
    "127.0.0.1",
    "169.254.169.254",
    "172.30.0.5",
    "172.17.0.1",
    "0.0.0.0",
    "*.d.com",
    "https://e.com/x",
    "10.0.0.0/8",
    "2001:db8::1",
    "[::1]",
    "f.com:443",
    "g.com.",
    "bücher.de",
    "h i.com",
    "j\nhttp_access allow all",
    "\"/etc/passwd\"",
    "-n",
    "",
    ".",
    "#x.com",
    "k.com}",
    "{",
    "a,b.com",
    "under_score.net",
    "xn--bcher-kva.de",
    "192.168.7",
    "0x7f.1",
    "01.2.3.4",
    "\u{202e}l.com",
    "..m.com",
    "-x.com",
];
const NAMES: &[&str] = &[
    "main",
    "Main",
    "MAIN",
    "my agent",
    "a-b",
    "a_b",
    "日本",
    "",
    "x\n}\nagent evil { access full }",
    "\"q\" # y",
    "only",
    "nobody",
    "agent",
    "\u{1b}[2J",
    "policy 1",
    "very-long-name-very-long-name-very-long-name-very-long-name-very-long-name",
];
const NOTES: &[&str] = &[
    "because",
    "x\" } agent evil {",
    "line\nbreak",
    "",
    "  ",
    "#",
    "\u{2028}\u{200b}",
    "\\",
];
const DATES: &[&str] = &[
    "2026-05-15T10:00:00.000Z",
    "2026-05-15",
    "2026-02-30T00:00:00Z",
    "yesterday",
    "",
    "９",
];
const PROVIDERS: &[&str] = &[
    "claude", "Claude", "codex", "opencode", "none", "", "ollama x", "other",
];
const PORTS: &[&str] = &[
    "9222", "9223", "9224", "9223.0", "80", "443", "53", "3128", "31005", "40000", "65535", "0",
    "-1", "65536", "9222.5", "1e4", "1e999", "\"9223\"", "null", "true",
];

fn policy_json(dice: &mut Dice) -> String {
    if dice.chance(10) {
        return dice
            .one(&[
                "",
                "{",
                "null",
                "7",
                "[]",
                "{}",
                "{\"bucket\":\"open\"}",
                "{\"bucket\":null}",
                "\u{feff}{}",
                "\"full\"",
                "{\"bucket\":\"full\",}",
            ])
            .to_owned();
    }
    let domain = |dice: &mut Dice| -> Value {
        let text = dice.one(DOMAINS);
        match dice.below(10) {
            0..5 => json!(text),
            5..8 => json!({"domain": text, "note": dice.one(NOTES), "added_at": dice.one(DATES)}),
            8 => json!({"domain": text, "note": 7, "extra": [1]}),
            _ => {
                [json!(7), json!(null), json!({"note": "x"}), json!([text])][dice.below(4)].clone()
            }
        }
    };
    let n_domains = dice.below(6);
    let domains: Vec<Value> = (0..n_domains).map(|_| domain(dice)).collect();
    let bucket = dice.one(&["full", "whitelisted", "whitelisted", "model-only"]);
    let mut text = format!("{{\"bucket\":\"{bucket}\"");
    if dice.chance(80) {
        let domains = if dice.chance(3) {
            json!("a.com")
        } else {
            Value::Array(domains)
        };
        let _ = write!(text, ",\"domains\":{domains}");
    }
    for field in ["cdpPort", "cdpHostPort"] {
        if dice.chance(35) {
            let _ = write!(text, ",\"{field}\":{}", dice.one(PORTS));
        }
    }
    if dice.chance(5) {
        text.push_str(",\"theirs\":{\"x\":1}");
    }
    text.push('}');
    if dice.chance(4) {
        let cut = (0..=dice.below(text.len()))
            .rev()
            .find(|at| text.is_char_boundary(*at));
        text.truncate(cut.unwrap_or(0));
    }
    text
}

/// Agents, sessions and edges, odd ones among them.
pub(super) fn fill(dice: &mut Dice, connection: &Connection) {
    let n_agents = 1 + dice.below(4);
    let ids: Vec<String> = (0..n_agents)
        .map(|at| match dice.below(12) {
            0 => format!("ag-a.{at}"),
            1 => format!("ag-a-{at}"),
            2 => format!("bad id {at}"),
            3 => format!("\n{at}"),
            _ => format!("ag-{at}-x1y2z3"),
        })
        .collect();
    for (at, id) in ids.iter().enumerate() {
        let folder = format!(
            "{}{}",
            dice.one(NAMES),
            if dice.chance(70) {
                at.to_string()
            } else {
                " ".repeat(at)
            }
        );
        let provider = dice.chance(30).then(|| dice.one(PROVIDERS));
        let policy = (!dice.chance(8)).then(|| policy_json(dice));
        let _ = connection.execute(
            "INSERT INTO agent_groups (id, name, folder, agent_provider, internet_access_policy) VALUES (?1,?2,?3,?4,?5)",
            (id, dice.one(NAMES), folder, provider, policy),
        );
        if dice.chance(30) {
            let _ = connection.execute(
                "INSERT INTO container_configs VALUES (?1, ?2, '')",
                (id, dice.one(PROVIDERS)),
            );
        }
        for session in 0..dice.below(3) {
            let provider = dice.chance(40).then(|| dice.one(PROVIDERS));
            let status = dice.one(&["running", "idle", "stopped"]);
            let _ = connection.execute(
                "INSERT INTO sessions VALUES (?1, ?2, ?3, 'active', ?4)",
                (format!("s{at}-{session}"), id, provider, status),
            );
        }
    }
    for _ in 0..dice.below(6) {
        let from = &ids[dice.below(ids.len())];
        let to = if dice.chance(10) {
            "gone"
        } else {
            &*ids[dice.below(ids.len())]
        };
        let local = dice.one(&[
            "parent", "child", "main", "my-agent", "My Agent", "a_b", "", "ag", "review", "日本",
        ]);
        let kind = if dice.chance(20) { "channel" } else { "agent" };
        let _ = connection.execute(
            "INSERT INTO agent_destinations VALUES (?1,?2,?3,?4,'')",
            (from, local, kind, to),
        );
    }
}

/// Tables as older and newer versions have them.
pub(super) fn tables(dice: &mut Dice) -> String {
    let mut tables = TABLES.to_owned();
    if dice.chance(5) {
        tables = tables.replace("REFERENCES agent_groups(id)", "");
    }
    match dice.below(20) {
        0 => tables += "DROP TABLE sessions;",
        1 => tables += "DROP TABLE container_configs;",
        2 => tables += "DROP TABLE agent_destinations;",
        3 => tables += "ALTER TABLE agent_groups DROP COLUMN internet_access_policy;",
        4 => tables += "ALTER TABLE agent_groups ADD COLUMN newer TEXT;",
        5 => tables += "ALTER TABLE sessions DROP COLUMN container_status;",
        _ => {}
    }
    tables
}
