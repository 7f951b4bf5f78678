//! `logs` on the real engine: two logs, joined with the policy, through a rotation and live.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use serde_json::Value;

use super::{Live, eventually};

const POLICY: &str = "policy 1
network { subnet 172.30.251.0/26 }
agent coder {
  access list
  allow github.com
  deny  gist.github.com because \"a way out\"
}
agent other { }
";

/// Asks the proxy for a tunnel, and the resolver for a name.
fn ask(live: &Live, container: &str, host: &str) {
    let script = "p=${HTTPS_PROXY##*[@/]}; exec 3<>\"/dev/tcp/${p%:*}/${p##*:}\"
        printf 'CONNECT %s:443 HTTP/1.1\\r\\n\\r\\n' \"$1\" >&3; head -n 1 <&3 >/dev/null
        getent ahostsv4 \"asked-for.$1\"; true";
    live.docker(&["exec", container, "bash", "-c", script, "ask", host]);
}

fn entries(text: &str) -> Vec<Value> {
    let entries = text
        .lines()
        .map(|line| serde_json::from_str(line).expect(line));
    entries.collect()
}

#[test]
fn logs_are_joined_with_the_policy_and_followed_through_a_rotation() {
    let Some(live) = Live::new("logs") else {
        return;
    };
    live.up(POLICY);
    let (coder, other) = (live.agent("coder", "one"), live.agent("other", "two"));
    ask(&live, &coder, "gist.github.com");
    ask(&live, &coder, "pypi.org");
    ask(&live, &other, "github.com");
    // The statement moves and another takes its place: the old line still knows its own.
    live.up(&POLICY.replace("deny  gist.github.com", "deny  gist.github.com pypi.org"));
    ask(&live, &coder, "pypi.org");

    let logs = |args: &[&str]| {
        let out = live
            .run(&[&["logs", "--format", "json"], args].concat())
            .exits(0)
            .stdout;
        entries(&out)
    };
    eventually("every request is logged", || logs(&["--denied"]).len() == 4);
    let denied = logs(&["--denied", "--agent", "coder"]);
    let told = |entry: &Value| {
        let line = entry["statement"]["line"].as_u64();
        (
            entry["destination"].as_str().unwrap().to_owned(),
            line,
            entry["rule"].as_str().map(str::to_owned),
        )
    };
    assert_eq!(
        denied.iter().map(told).collect::<Vec<_>>(),
        [
            ("gist.github.com:443".to_owned(), Some(6), None),
            (
                "pypi.org:443".to_owned(),
                None,
                Some("default-deny".to_owned())
            ),
            ("pypi.org:443".to_owned(), Some(6), None),
        ]
    );
    let all = logs(&["--agent", "OTHER"]);
    let name = all
        .iter()
        .find(|entry| entry["kind"] == "name" && entry["query_type"] == "A");
    let name = name.expect("a question of the other agent");
    assert_eq!(
        (&name["agent"], &name["destination"]),
        (&"other".into(), &"asked-for.github.com".into())
    );
    assert!(all.iter().all(|entry| entry["agent"] == "other"), "{all:?}");
    assert_eq!(
        logs(&["--since", "2100-01-01T00:00:00Z"]),
        Vec::<Value>::new()
    );
    let shown = live
        .run(&["logs", "--denied", "--since", "1h"])
        .exits(0)
        .stdout;
    assert!(
        shown
            .contains("coder            deny   CONNECT gist.github.com:443  p.reeve:6 (a way out)"),
        "{shown}"
    );
    live.run(&["logs", "--agent", "nobody"]).exits(2);
    live.run(&["logs", "--since", "soon"]).exits(2);

    // Live, through a rotation, and nothing of it stays in the container.
    let mut follow = Command::new(env!("CARGO_BIN_EXE_portreeve"))
        .args(["logs", "--follow", "--denied", "--format", "json"])
        .env("PORTREEVE_STATE", live.bed.path().join("state"))
        .env("PORTREEVE_INSTANCE", &live.instance)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(follow.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    for _ in 0..4 {
        next();
    }
    ask(&live, &coder, "one.example");
    assert_eq!(next()["destination"], "one.example:443");
    let log = "/var/log/portreeve/access.log";
    live.docker(&[
        "exec",
        &live.proxy(),
        "mv",
        log,
        "/var/log/portreeve/access.log.1",
    ]);
    ask(&live, &coder, "two.example");
    live.ctl("reopen");
    ask(&live, &coder, "three.example");
    let found = [next(), next()].map(|entry| entry["destination"].as_str().unwrap().to_owned());
    assert_eq!(found, ["two.example:443", "three.example:443"]);
    follow.kill().unwrap();
    follow.wait().unwrap();
    eventually("nothing of the reader is left", || {
        !live
            .docker(&["top", &live.proxy(), "-eo", "pid,args"])
            .contains("perl")
    });
}
