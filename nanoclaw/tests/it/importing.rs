//! Each kind of value, and what becomes of it.

#![expect(clippy::unwrap_used, reason = "the databases are the tests' own")]

use nanoclaw::compare::Hole;
use nanoclaw::import::import;
use nanoclaw::ips;
use nanoclaw::rows;
use policy_core::reach::diff::ChangeKind;
use rusqlite::Connection;

use crate::bed::{TABLES, comparison, facts, imported, policy, with_policy};

fn database(rows: &str) -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    connection.execute_batch(TABLES).unwrap();
    connection.execute_batch(rows).unwrap();
    connection
}

/// With one blank between words, so that columns do not matter.
fn squeezed(text: &str) -> String {
    let lines = text
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.map(|line| format!("{line}\n")).collect()
}

fn text(policy: &str) -> String {
    squeezed(&imported(&with_policy(policy)).text)
}

fn messages(connection: &Connection) -> String {
    let findings = imported(connection).findings;
    findings.iter().map(|found| format!("{found}\n")).collect()
}

#[test]
fn names_notes_dates_addresses_and_ports_are_taken_over() {
    let policy = r#"{"bucket":"whitelisted","cdpPort":9301,"cdpHostPort":9333,"domains":[
        "nytimes.com", {"domain":"1password.com","note":"the \"vault\"","added_at":"2026-05-15T10:00:00.000Z"},
        "192.168.1.20", ".crates.io"]}"#;
    assert_eq!(
        squeezed(&imported(&with_policy(policy)).text)
            .split_once("# A")
            .unwrap()
            .1,
        "\nagent a {\nid ag-1\naccess list\nallow .nytimes.com\n\
         allow 1password.com because \"the 'vault'\" since 2026-05-15\nlan 192.168.1.20\n\
         allow .crates.io\ncdp 9301 -> host:9333\n}\n"
    );
}

#[test]
fn nothing_is_everything_in_so_many_words_and_broken_is_the_model_alone() {
    let connection =
        database("INSERT INTO agent_groups (id, name, folder) VALUES ('x', 'X', 'x');");
    assert!(squeezed(&imported(&connection).text).contains("access full"));
    assert!(messages(&connection).contains("takes that for everything"));
    for broken in ["{", "{\"bucket\":\"open\"}", "null", "[]", "\u{feff}{}"] {
        let found = imported(&with_policy(broken));
        assert!(
            squeezed(&found.text).contains("access model-only"),
            "{broken}"
        );
        assert!(
            found
                .findings
                .iter()
                .any(|found| found.message.contains("takes that for `full`"))
        );
        assert!(!comparison(&found).widens());
    }
}

#[test]
fn what_never_matched_or_killed_is_a_comment_with_its_row() {
    for (entry, said) in [
        ("*.crates.io", "perhaps this is meant: `allow *.crates.io`"),
        ("https://a.com/", "perhaps this is meant: `allow a.com`"),
        (
            "10.0.0.0/8",
            "perhaps this is meant: `lan 10.0.0.0/8 ports PORT`",
        ),
        ("2001:db8::1", "an IPv6 address, which never matched"),
        ("a.com:443", "perhaps this is meant: `allow .a.com:443`"),
        ("a.com.", "a name with a trailing dot"),
        ("bücher.de", "allow .xn--bcher-kva.de"),
        ("a b", "more than one word"),
        ("127.0.0.1", "no statement can open it"),
        ("169.254.169.254", "no statement can open it"),
        ("172.30.0.7", "it lies in the egress network"),
        ("localhost", "loopback is closed"),
    ] {
        let json = serde_json::json!({"bucket": "whitelisted", "domains": [entry, "kept.org"]});
        let connection = with_policy(&json.to_string());
        let found = imported(&connection);
        let comment = found
            .text
            .lines()
            .find(|line| line.contains("# not taken over: `"));
        assert!(comment.is_some(), "{entry}: {}", found.text);
        assert!(found.text.contains(".kept.org"), "{entry}");
        let all: String = found
            .findings
            .iter()
            .map(|own| format!("{own}; {}\n", own.help))
            .collect();
        assert!(all.contains(said), "{entry}: {all}");
        assert!(
            all.contains("agent_groups `ag-1`, internet_access_policy.domains[0]"),
            "{all}"
        );
        assert!(!comparison(&found).widens(), "{entry}");
    }
    assert!(text(r#"{"bucket":"full","domains":["a.com"]}"#).contains("has no domains"));
    assert!(text(r#"{"bucket":"whitelisted","domains":[7]}"#).contains("it has no text"));
    assert!(text(r#"{"bucket":"whitelisted","domains":["8.8.8.8"]}"#).contains("lan 8.8.8.8"));
}

#[test]
fn a_port_that_never_worked_is_a_comment_and_one_that_cannot_be_kept_moves() {
    for (json, said) in [
        (
            r#""cdpPort":9222.5"#,
            "Squid refuses the whole configuration",
        ),
        (
            r#""cdpPort":99999"#,
            "Squid refuses the whole configuration",
        ),
        (r#""cdpPort":3128"#, "the forwarder never ran"),
        (r#""cdpPort":"9223""#, "of another type"),
        (
            r#""cdpPort":9223,"cdpHostPort":0"#,
            "the forwarder never ran",
        ),
    ] {
        let text = text(&format!(r#"{{"bucket":"model-only",{json}}}"#));
        assert!(
            text.contains(said) && !text.contains("\ncdp "),
            "{json}: {text}"
        );
    }
    let moved = imported(&with_policy(r#"{"bucket":"model-only","cdpPort":40000}"#));
    assert!(
        squeezed(&moved.text).contains("\ncdp -> host:9222"),
        "{}",
        moved.text
    );
    assert!(comparison(&moved).widens());
    let twice = r#"{"bucket":"model-only","cdpPort":9300}"#;
    let connection = database(&format!(
        "INSERT INTO agent_groups (id, name, folder, internet_access_policy) VALUES
         ('z', 'First', 'f', '{twice}'), ('a', 'Second', 's', '{twice}');"
    ));
    let found = imported(&connection);
    assert_eq!(
        found.text.matches("cdp 9300 -> host:9222").count()
            + found.text.matches("cdp       9300").count(),
        1,
        "{}",
        found.text
    );
    assert!(
        found.text.contains("belongs to `f` already"),
        "{}",
        found.text
    );
    assert!(!comparison(&found).widens());
}

#[test]
fn the_provider_in_force_is_that_of_the_session_then_the_config_then_the_old_column() {
    let mut known = facts().providers;
    for name in ["one", "two", "three"] {
        known.insert(
            name.to_owned(),
            vec![format!(".{name}.test").parse().unwrap()],
        );
    }
    let provider = |rows: &str| {
        let connection = database(&format!(
            "INSERT INTO agent_groups (id, name, folder, agent_provider, internet_access_policy)
             VALUES ('x', 'X', 'x', 'Three', '{{\"bucket\":\"model-only\"}}'); {rows}"
        ));
        let snapshot = rows::read(&connection).unwrap();
        let found = import(&snapshot, None, &known).unwrap();
        let text = squeezed(&found.text);
        let name = text
            .lines()
            .find_map(|line| line.strip_prefix("provider "))
            .unwrap()
            .to_owned();
        let warned = found
            .findings
            .iter()
            .any(|found| found.message.contains("sessions run on"));
        (name, warned)
    };
    let config = "INSERT INTO container_configs VALUES ('x', 'two', '');";
    let session = |id: &str, provider: &str, status: &str| {
        format!("INSERT INTO sessions VALUES ('{id}', 'x', {provider}, '{status}', 'stopped');")
    };
    let all = |parts: &[&str]| provider(&parts.concat());
    assert_eq!(all(&[]), ("three".to_owned(), false));
    assert_eq!(all(&[config]), ("two".to_owned(), false));
    let own = session("s1", "'ONE'", "active");
    assert_eq!(all(&[config, &own]), ("one".to_owned(), false));
    let other = session("s2", "NULL", "active");
    assert_eq!(all(&[config, &own, &other]), ("two".to_owned(), true));
    let closed = session("s2", "'three'", "closed");
    assert_eq!(all(&[config, &own, &closed]), ("one".to_owned(), false));
    let unknown = "INSERT INTO container_configs VALUES ('x', 'nobody-knows-it', '');";
    assert_eq!(all(&[unknown]), ("none".to_owned(), false));
}

#[test]
fn edges_keep_their_direction_and_their_names() {
    let connection = database(
        "INSERT INTO agent_groups (id, name, folder) VALUES ('a','A','a'),('b','B','b_x'),('c','C','c');
         INSERT INTO agent_destinations VALUES
         ('a','b-x','agent','b',''),('b','a','agent','a',''),
         ('c','parent','agent','a',''),('a','c','agent','c',''),
         ('a','chat','channel','mg-1',''),('a','review','agent','b',''),
         ('a','My Friend!','agent','c',''),('a','ghost','agent','gone',''),('a','me','agent','a','');",
    );
    let found = imported(&connection);
    for line in [
        "edge a <-> b_x\n",
        "edge c <-> a as parent\n",
        "edge a -> b_x as review\n",
        "edge a -> c as my-friend\n",
        "# not taken over: `a/ghost`: there is no agent `gone`\n",
        "# not taken over: `a/me`: an agent may always message itself\n",
    ] {
        assert!(found.text.contains(line), "{line}{}", found.text);
    }
    assert!(!found.text.contains("chat"));
    let (_, policy) = policy(&found.text);
    assert_eq!(policy.edges.len(), 6);
}

#[test]
fn hostile_text_stays_in_its_comment() {
    let connection = database(
        "INSERT INTO agent_groups (id, name, folder, internet_access_policy) VALUES
         ('a', 'x' || char(10) || '}' || char(10) || 'agent evil { access full }', 'a\"b}#c',
          '{\"bucket\":\"whitelisted\",\"domains\":[{\"domain\":\"a.com\",\"note\":\"x\\\" }\\nagent evil {} #\"}]}');",
    );
    let found = imported(&connection);
    let (_, policy) = policy(&found.text);
    assert_eq!(policy.agents.len(), 1, "{}", found.text);
    assert_eq!(policy.agents[0].name.as_str(), "a-b-c");
}

#[test]
fn a_list_that_squid_refuses_is_told_with_the_two_names() {
    let found = messages(&with_policy(
        r#"{"bucket":"whitelisted","domains":["api.nyt.com","nyt.com"]}"#,
    ));
    assert!(
        found.contains("`.api.nyt.com` stands before `.nyt.com`"),
        "{found}"
    );
    let found = messages(&with_policy(
        r#"{"bucket":"whitelisted","domains":["nyt.com","api.nyt.com"]}"#,
    ));
    assert!(!found.contains("stands before"), "{found}");
}

#[test]
fn a_plain_list_means_exactly_what_it_meant_and_full_loses_what_nobody_may_have() {
    let found = imported(&with_policy(
        r#"{"bucket":"whitelisted","domains":["nytimes.com","1password.com","10.0.0.7"]}"#,
    ));
    let same = comparison(&found);
    assert_eq!(same.groups[0].changes, []);
    let holes: Vec<Hole> = same.holes.iter().map(|(hole, _)| *hole).collect();
    assert_eq!(holes, [Hole::ReverseName, Hole::LanByName, Hole::Scheme]);
    let found = comparison(&imported(&with_policy(r#"{"bucket":"full"}"#)));
    let changes = &found.groups[0].changes;
    assert!(
        changes.iter().all(|change| change.kind == ChangeKind::Lost),
        "{changes:?}"
    );
    let shown: Vec<String> = changes.iter().map(ToString::to_string).collect();
    let all = shown.join("\n");
    for part in [
        "169.254.0.0/16",
        "10.0.0.0/8",
        "every name without a dot",
        "host.docker.internal",
    ] {
        assert!(all.contains(part), "{part}: {all}");
    }
}

#[test]
fn a_provider_that_the_skill_got_wrong_is_a_gain_that_is_listed() {
    let connection = with_policy(r#"{"bucket":"model-only"}"#);
    connection
        .execute_batch("INSERT INTO container_configs VALUES ('ag-1', 'other', '');")
        .unwrap();
    let mut facts = facts();
    facts
        .providers
        .insert("other".to_owned(), vec![".other.test".parse().unwrap()]);
    let snapshot = rows::read(&connection).unwrap();
    let found = import(&snapshot, None, &facts.providers).unwrap();
    let policy = nanoclaw::compare::compile(&found.text, &facts).unwrap();
    let changes = &nanoclaw::compare::compare(&found, &policy).groups[0].changes;
    let shown: Vec<String> = changes
        .iter()
        .map(|own| format!("{} {own}", own.kind))
        .collect();
    assert_eq!(
        shown,
        [
            "gained .other.test ports 80,443",
            "lost .api.anthropic.com ports 80,443"
        ]
    );
}

#[test]
fn addresses_are_a_comment_and_a_broken_record_of_them_is_told() {
    let connection =
        database("INSERT INTO agent_groups (id, name, folder) VALUES ('a','A','a'),('b','B','b');");
    let snapshot = rows::read(&connection).unwrap();
    let mut findings = Vec::new();
    let ips = ips::read(
        r#"{"a":"172.30.0.7","gone":"172.30.0.8","c":1}"#,
        &snapshot,
        &mut findings,
    );
    assert_eq!(ips.len(), 1);
    assert_eq!(findings.len(), 3, "{findings:?}");
    let text = import(&snapshot, Some(&ips), &facts().providers)
        .unwrap()
        .text;
    assert!(text.contains("its address was 172.30.0.7"), "{text}");
    ips::read("[", &snapshot, &mut findings);
    assert!(findings[3].message.contains("deal every address anew"));
}

#[test]
fn tables_of_other_versions_are_tolerated_and_what_is_no_table_is_refused() {
    let connection = Connection::open_in_memory().unwrap();
    connection
        .execute_batch(
            "CREATE TABLE agent_groups (id, name, folder); INSERT INTO agent_groups VALUES ('a', 7, x'6162');
             CREATE TABLE container_configs (agent_group_id, egress);
             CREATE TABLE agent_destinations (whatever);",
        )
        .unwrap();
    let found = imported(&connection);
    assert!(found.text.contains("agent ab {"), "{}", found.text);
    let said: String = found
        .findings
        .iter()
        .map(|own| format!("{own}\n"))
        .collect();
    assert!(
        said.contains("no column `internet_access_policy`"),
        "{said}"
    );
    assert!(said.contains("belongs to another filter"), "{said}");
    for schema in [
        "CREATE TABLE t (a)",
        "CREATE TABLE agent_groups (id, name)",
        "CREATE VIEW agent_groups AS SELECT 1 id, 2 name, 3 folder",
    ] {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch(schema).unwrap();
        let error = rows::read(&connection).unwrap_err().to_string();
        assert!(
            error.starts_with("this is no schema of NanoClaw"),
            "{error}"
        );
    }
}

#[test]
fn a_model_on_the_docker_host_is_told_with_the_statement_that_reaches_it() {
    let found = imported(&database(
        "INSERT INTO agent_groups (id, name, folder, agent_provider, internet_access_policy)
         VALUES ('a','A','a','ollama','{\"bucket\":\"model-only\"}');",
    ));
    let way = "`provider none` and `lan host:11434`";
    assert!(found.text.contains(way), "{}", found.text);
    assert!(found.findings.iter().any(|own| own.help.contains(way)));
}
