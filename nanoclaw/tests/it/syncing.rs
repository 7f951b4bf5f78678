//! What a sync writes, what it leaves alone, and what a failure leaves behind.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the databases are the tests' own"
)]

use nanoclaw::error::DatabaseError;
use nanoclaw::seed::policy::read;
use nanoclaw::seed::{Bucket, Stored};
use nanoclaw::sync::{self, Plan, Wish};

use crate::bed::{Bed, TABLES, policy};

const NOW: &str = "2026-11-23T12:00:00.000Z";

const GROUPS: &str = "INSERT INTO agent_groups (id, name, folder, internet_access_policy) VALUES
    ('a','A','a','{\"bucket\":\"whitelisted\",\"domains\":[{\"domain\":\"kept.org\",\"note\":\"n\"}],\"theirs\":1}'),
    ('b','B','b',NULL),('c','C','c','{broken'),('out','Out','out',NULL);
    INSERT INTO agent_destinations VALUES ('a','chat','channel','mg-1','t'),('a','b','agent','b','t'),
    ('a','out','agent','out','t'),('out','a','agent','a','t'),('b','old','agent','c','t'),('a','me','agent','a','t');
    INSERT INTO sessions VALUES ('s1','b',NULL,'active','running'),('s2','a',NULL,'active','running');";

const POLICY: &str = "agent a { access list\n allow .kept.org\n allow .new.org because \"w\" since 2026-05-15 }\n\
    agent b { access full }\nagent c {}\nedge a -> b\nedge b -> c as helper\n";

fn written(bed: &Bed, text: &str, prune: bool) -> Result<Plan, DatabaseError> {
    let (sources, policy) = policy(&format!("policy 1\n{text}"));
    let wish = Wish {
        policy: &policy,
        sources: &sources,
        now: NOW,
        prune,
    };
    let before = bed.dump();
    let shown = sync::dry_run(&bed.path(), &wish);
    assert_eq!(bed.dump(), before, "a dry run writes");
    let written = sync::apply(&bed.path(), &wish);
    match (&shown, &written) {
        (Ok(shown), Ok(written)) => assert_eq!(shown, written),
        (Err(shown), Err(error)) => {
            assert_eq!(shown.to_string(), error.to_string());
            assert_eq!(bed.dump(), before, "a refusal writes");
        }
        other => panic!("{other:?}"),
    }
    written
}

fn column(bed: &Bed, id: &str) -> Option<String> {
    let query = "SELECT internet_access_policy FROM agent_groups WHERE id = ?1";
    bed.connection()
        .query_row(query, [id], |row| row.get(0))
        .unwrap()
}

#[test]
fn only_managed_rows_change_and_a_second_sync_changes_none() {
    let bed = Bed::new(GROUPS);
    let plan = written(&bed, POLICY, false).unwrap();
    assert_eq!(
        column(&bed, "a").unwrap(),
        r#"{"bucket":"whitelisted","domains":[{"domain":"kept.org","note":"n"},{"added_at":"2026-05-15T00:00:00.000Z","domain":"new.org","note":"w"}],"theirs":1}"#
    );
    // Nothing means everything already, and is left as it is; what is broken is mended.
    assert_eq!(column(&bed, "b"), None);
    assert_eq!(
        column(&bed, "c").as_deref(),
        Some(r#"{"bucket":"model-only"}"#)
    );
    let dump = bed.dump();
    for kept in ["\"chat\"", "\"out\"", "\"me\"", "\"a\") Text"] {
        assert!(
            dump.contains(kept) || dump.contains("agent_destinations"),
            "{kept}"
        );
    }
    let names: Vec<String> = bed
        .connection()
        .prepare("SELECT agent_group_id || '/' || local_name || '>' || target_id || '@' || created_at FROM agent_destinations ORDER BY 1")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    assert_eq!(
        names,
        [
            "a/b>b@t",
            "a/chat>mg-1@t",
            "a/me>a@t",
            "a/out>out@t",
            &format!("b/helper>c@{NOW}"),
            "out/a>a@t"
        ]
    );
    let stale: Vec<&str> = plan.stale.iter().map(|stale| &*stale.session).collect();
    assert_eq!(stale, ["s1"]);
    assert!(written(&bed, POLICY, false).unwrap().is_empty());
    let pruned = written(&bed, POLICY, true).unwrap();
    assert_eq!(pruned.edges.len(), 1);
    assert!(!bed.dump().contains("Text([111, 117, 116]) Text([97, 103"));
}

#[test]
fn a_name_that_a_channel_has_is_refused_and_nothing_is_written() {
    let bed = Bed::new(GROUPS);
    let error = written(
        &bed,
        &POLICY.replace("edge a -> b", "edge a -> b as chat"),
        false,
    )
    .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("`a` calls a channel `chat` already"),
        "{error}"
    );
    let error = written(
        &bed,
        &POLICY.replace("edge a -> b", "edge a -> b as out"),
        false,
    )
    .unwrap_err();
    assert!(
        error.to_string().contains("another agent `out` already"),
        "{error}"
    );
}

#[test]
fn what_the_column_cannot_say_is_left_out_and_never_written_wider() {
    for (agent, expected) in [
        ("access list\n allow a.com", r#"{"bucket":"whitelisted"}"#),
        (
            "access list\n allow *.a.com\n allow .b.com:443",
            r#"{"bucket":"whitelisted"}"#,
        ),
        (
            "access list\n allow .a.com\n deny x.a.com",
            r#"{"bucket":"whitelisted"}"#,
        ),
        (
            "access list\n allow .a.com until 2027-01-01",
            r#"{"bucket":"whitelisted"}"#,
        ),
        ("access full\n deny x.a.com", r#"{"bucket":"model-only"}"#),
        (
            "lan 10.0.0.7:80\n lan 10.1.0.0/24 ports 1",
            r#"{"bucket":"model-only"}"#,
        ),
        (
            "cdp 9300 -> host:9333 until 2027-01-01",
            r#"{"bucket":"model-only"}"#,
        ),
        ("mode report", r#"{"bucket":"model-only"}"#),
        ("provider none", r#"{"bucket":"model-only"}"#),
    ] {
        let bed = Bed::new("INSERT INTO agent_groups (id, name, folder) VALUES ('a','A','a');");
        let plan = written(&bed, &format!("agent a {{ {agent}\n }}\n"), false).unwrap();
        assert!(!plan.findings.is_empty(), "{agent}");
        let column = column(&bed, "a").unwrap();
        let (found, wanted) = (read(Some(&column)), read(Some(expected)));
        let bucket = |stored: &Stored| match stored {
            Stored::Policy(policy) => Some((
                policy.bucket,
                policy.domains.len(),
                policy.cdp_port.is_some(),
            )),
            _ => None,
        };
        assert_eq!(bucket(&found), bucket(&wanted), "{agent}: {column}");
    }
    let bed = Bed::new("INSERT INTO agent_groups (id, name, folder) VALUES ('a','A','a');");
    let text = "agent a { access list\n allow .a.com 1b.com .1c.com .x.a.com\n lan 10.0.0.7\n cdp 9300 -> host:9333\n }\n";
    written(&bed, text, false).unwrap();
    let Stored::Policy(found) = read(column(&bed, "a").as_deref()) else {
        panic!("no policy");
    };
    assert_eq!(found.bucket, Bucket::Whitelisted);
    let texts: Vec<&str> = found
        .domains
        .iter()
        .filter_map(|domain| match domain {
            nanoclaw::seed::Domain::Entry { text, .. } => Some(&**text),
            nanoclaw::seed::Domain::Unreadable(_) => None,
        })
        .collect();
    assert_eq!(texts, [".1c.com", "10.0.0.7", "1b.com", "a.com"]);
}

#[test]
fn a_schema_that_is_not_known_is_refused() {
    for (change, said) in [
        ("PRAGMA user_version = 7;", "`user_version` is 7"),
        (
            "DELETE FROM schema_version;",
            "`initial-v2-schema` has not run",
        ),
        (
            "DROP TABLE schema_version;",
            "`initial-v2-schema` has not run",
        ),
        (
            "DROP TABLE agent_destinations;",
            "no table `agent_destinations`",
        ),
        (
            "ALTER TABLE agent_destinations DROP COLUMN created_at;",
            "no column `created_at`",
        ),
        (
            "ALTER TABLE agent_destinations ADD COLUMN x TEXT NOT NULL DEFAULT 'y';",
            "",
        ),
        (
            "DROP TABLE agent_destinations; CREATE TABLE agent_destinations (agent_group_id TEXT, local_name TEXT, target_type TEXT, target_id TEXT, created_at TEXT, must TEXT NOT NULL, PRIMARY KEY (agent_group_id, local_name));",
            "wants a value for `must`",
        ),
        (
            "DROP TABLE agent_destinations; CREATE TABLE agent_destinations (agent_group_id TEXT, local_name TEXT PRIMARY KEY, target_type TEXT, target_id TEXT, created_at TEXT);",
            "the key of",
        ),
        (
            "DROP TABLE agent_destinations; CREATE TABLE agent_destinations (agent_group_id TEXT, local_name TEXT, target_type INTEGER, target_id TEXT, created_at TEXT, PRIMARY KEY (agent_group_id, local_name));",
            "is `INTEGER`",
        ),
        (
            "DROP TABLE agent_destinations; CREATE VIEW agent_destinations AS SELECT 1 agent_group_id;",
            "is a view",
        ),
    ] {
        let bed = Bed::with(
            &TABLES.replace(
                "created_at TEXT NOT NULL, PRIMARY",
                "created_at TEXT, PRIMARY",
            ),
            "INSERT INTO agent_groups (id, name, folder) VALUES ('a','A','a'),('b','B','b');",
        );
        bed.run(change);
        let (sources, policy) = policy("policy 1\nagent a {}\nagent b {}\nedge a -> b\n");
        let wish = Wish {
            policy: &policy,
            sources: &sources,
            now: NOW,
            prune: false,
        };
        match sync::apply(&bed.path(), &wish) {
            Ok(_) => assert_eq!(said, "", "{change}"),
            Err(error) => {
                assert!(
                    matches!(error, DatabaseError::Schema { .. }),
                    "{change}: {error}"
                );
                assert!(
                    !said.is_empty() && error.to_string().contains(said),
                    "{change}: {error}"
                );
            }
        }
    }
}

#[test]
fn without_the_column_only_edges_are_written_and_that_is_told() {
    let bed =
        Bed::new("INSERT INTO agent_groups (id, name, folder) VALUES ('a','A','a'),('b','B','b');");
    bed.run("ALTER TABLE agent_groups DROP COLUMN internet_access_policy;");
    let plan = written(&bed, "agent a {}\nagent b {}\nedge a <-> b\n", false).unwrap();
    assert_eq!((plan.columns.len(), plan.edges.len()), (0, 2));
    assert!(plan.findings[0].message.contains("only edges are written"));
}

#[test]
fn a_statement_that_fails_anywhere_leaves_the_database_as_it_was() {
    for trigger in [
        "AFTER UPDATE OF internet_access_policy ON agent_groups WHEN NEW.id = 'a'",
        "AFTER UPDATE OF internet_access_policy ON agent_groups WHEN NEW.id = 'c'",
        "BEFORE DELETE ON agent_destinations",
        "AFTER INSERT ON agent_destinations",
    ] {
        let bed = Bed::new(GROUPS);
        bed.run(&format!(
            "CREATE TRIGGER t {trigger} BEGIN SELECT RAISE(ABORT, 'no'); END;"
        ));
        let before = bed.dump();
        let (sources, policy) = policy(&format!("policy 1\n{POLICY}"));
        let wish = Wish {
            policy: &policy,
            sources: &sources,
            now: NOW,
            prune: true,
        };
        let error = sync::apply(&bed.path(), &wish).unwrap_err();
        assert!(error.to_string().contains("writing the rows"), "{error}");
        assert_eq!(bed.dump(), before, "{trigger}");
    }
}
