//! `args` and `wrap` against a `docker` that only answers questions.

use crate::portreeve::Bed;

/// An engine with the agent's network and no containers; it repeats any other command.
const QUIET: &str = r#"case "$1" in
  network) echo '[{"Name":"portreeve-t.coder-172.30.0.8","Containers":{}}]' ;;
  ps) ;;
  *) echo "docker $*"; cat; exit 7 ;;
esac"#;

fn bed() -> Bed {
    let bed = Bed::new();
    bed.deployed().docker(QUIET);
    bed
}

fn ip(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    words.find(|word| *word == "--ip")?;
    words.next()
}

#[test]
fn each_container_gets_the_next_address_and_the_block_is_never_left() {
    let bed = bed();
    for expected in ["172.30.0.11", "172.30.0.12", "172.30.0.13", "172.30.0.14"] {
        let line = bed.run(["args", "coder"]).exits(0).stdout;
        assert_eq!(ip(&line), Some(expected), "{line}");
    }
    let stderr = bed.run(["args", "coder"]).exits(1).stderr;
    assert!(stderr.contains("`coder` has no address left"), "{stderr}");
    assert!(
        stderr.contains("172.30.0.14  given out to a container that is starting"),
        "{stderr}"
    );
    assert!(stderr.contains("`sessions`"), "{stderr}");
}

#[test]
fn no_name_is_given_an_address_a_second_time() {
    let line = bed().run(["args", "coder"]).exits(0).stdout;
    for alias in ["--add-host", "--network-alias", "--link", "--hostname"] {
        assert!(!line.contains(alias), "{alias}: {line}");
    }
    assert!(line.contains("PROXY=http://172.30.0.10:3128"), "{line}");
}

#[test]
fn two_at_once_never_share_an_address() {
    let bed = bed();
    let lines: Vec<String> = std::thread::scope(|scope| {
        let start = || scope.spawn(|| bed.run(["args", "coder"]).exits(0).stdout);
        let runs: Vec<_> = (0..4).map(|_| start()).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let mut addresses: Vec<&str> = lines.iter().filter_map(|line| ip(line)).collect();
    addresses.sort_unstable();
    addresses.dedup();
    assert_eq!(addresses.len(), 4, "{lines:?}");
}

#[test]
fn args_are_one_line_for_a_shell_or_a_versioned_document() {
    let bed = bed();
    let run = bed.run(["args", "coder", "--credentials", "x:aoc_t"]);
    let line = run.exits(0).stdout;
    let state = bed.path().canonicalize().unwrap().join("state");
    let mount = format!(
        "{}/agents/coder/resolv.conf:/etc/resolv.conf:ro",
        state.display()
    );
    for part in [
        "--network portreeve-t.coder-172.30.0.8 --ip 172.30.0.11 --dns 172.30.0.10",
        &mount,
        "--cap-drop NET_RAW --cap-drop NET_ADMIN --security-opt no-new-privileges",
        "--label portreeve.instance=t --label portreeve.agent=coder",
        "--env HTTPS_PROXY=http://x:aoc_t@172.30.0.10:3128",
        "--env PORTREEVE_CDP_ENDPOINT=http://172.30.0.10:9301",
    ] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert_eq!(line.lines().count(), 1);
    assert_eq!(
        bed.read("state/agents/coder/resolv.conf"),
        "nameserver 172.30.0.10\n"
    );
    let json = bed
        .run(["args", "coder", "--format", "json"])
        .exits(0)
        .stdout;
    assert!(json.contains("\"version\": 1"), "{json}");
    assert!(json.contains("\"address\": \"172.30.0.12\""), "{json}");
}

#[test]
fn wrap_hands_on_input_output_and_exit_code() {
    let bed = bed();
    let args = [
        "wrap", "coder", "--", "docker", "run", "--rm", "-i", "alpine", "sh", "-c", "cat",
    ];
    let outcome = bed.run(args).stdin("hello\n").exits(7);
    let (line, rest) = outcome.stdout.split_once('\n').unwrap();
    assert!(
        line.starts_with("docker run --rm -i --network portreeve-t.coder-172.30.0.8"),
        "{line}"
    );
    assert!(line.ends_with(" alpine sh -c cat"), "{line}");
    assert_eq!(rest, "hello\n");
}

#[test]
fn short_runs_one_after_another_do_not_use_up_the_block() {
    let bed = bed();
    for _ in 0..6 {
        let args = ["wrap", "coder", "--", "docker", "run", "--rm", "alpine"];
        let line = bed.run(args).exits(7).stdout;
        assert_eq!(ip(&line), Some("172.30.0.11"), "{line}");
    }
}

#[test]
fn print_shows_the_command_and_runs_nothing() {
    let bed = bed();
    let args = [
        "wrap", "coder", "--print", "--", "docker", "run", "alpine", "a b",
    ];
    let line = bed.run(args).exits(0).stdout;
    assert!(line.starts_with("docker run --network"), "{line}");
    assert!(line.ends_with(" alpine 'a b'\n"), "{line}");
}

#[test]
fn a_refused_line_leases_no_address() {
    let bed = bed();
    for words in [
        ["--privileged", "alpine"],
        ["--network=host", "alpine"],
        ["-eHTTPS_PROXY=http://a:1:2", "alpine"],
    ] {
        let args = ["wrap", "coder", "--", "docker", "run"]
            .into_iter()
            .chain(words);
        let stderr = bed.run(args).exits(2).stderr;
        assert!(stderr.contains("help: "), "{stderr}");
    }
    assert!(!bed.path().join("state/leases.json").exists());
}

#[test]
fn an_agent_that_is_not_there_is_named_with_those_that_are() {
    let stderr = bed().run(["args", "codr"]).exits(2).stderr;
    assert!(
        stderr.contains("no agent `codr`; it has `coder`"),
        "{stderr}"
    );
}
