//! How long `up` takes on the real engine: with nothing to do, and for a one-line edit.
//!
//! Prints medians; asserts nothing, since the engine's speed is not ours.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark that cannot run has no better answer than to stop"
)]

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

const IDLE_RUNS: usize = 15;
const EDITS: usize = 10;
const INSTANCE: &str = "bench-up";
const PROBE_NAME: &str = "bench-up-probe";

struct Bench {
    folder: tempfile::TempDir,
}

impl Bench {
    fn portreeve(&self, args: &[&str]) -> Output {
        let output = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(args)
            .env("PORTREEVE_STATE", self.folder.path().join("state"))
            .env("PORTREEVE_INSTANCE", INSTANCE)
            .output()
            .expect("the program starts");
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "portreeve {args:?}: {stderr}");
        output
    }

    fn write(&self, agents: usize, edit: usize) -> String {
        let mut text = "policy 1\nnetwork { subnet 172.30.253.0/24 }\n".to_owned();
        for agent in 0..agents {
            text += &format!("agent a{agent} {{\n  access list\n  allow h{edit}.example\n}}\n");
        }
        let path = self.folder.path().join("p.reeve");
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    }

    fn timed(&self, args: &[&str]) -> Duration {
        let start = Instant::now();
        self.portreeve(args);
        start.elapsed()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        let _ = Command::new("docker")
            .args(["rm", "--force", PROBE_NAME])
            .output();
        self.portreeve(&["down", "--purge"]);
    }
}

/// Asks the proxy for a host every 10 ms until it is no longer refused, and prints when that was.
const PROBE: &str = r#"use IO::Socket::INET; use Time::HiRes qw(time sleep);
for (1..3000) {
    my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 3128) or next;
    print $s "CONNECT $ARGV[1]:443 HTTP/1.1\r\nHost: $ARGV[1]\r\n\r\n";
    my $line = <$s> // '';
    if ($line && $line !~ / 403 /) { print time, "\n"; exit }
    sleep 0.01;
}"#;

impl Bench {
    /// From the start of `up` to the first request that the new policy decides.
    fn to_enforced(&self, edit: usize) -> Duration {
        let file = self.write(1, edit);
        let host = format!("h{edit}.example");
        let args = [
            "exec",
            PROBE_NAME,
            "perl",
            "-e",
            PROBE,
            "172.30.253.10",
            &host,
        ];
        let mut docker = Command::new("docker");
        let probe = docker
            .args(args)
            .stdout(Stdio::piped())
            .spawn()
            .expect("docker starts");
        std::thread::sleep(Duration::from_millis(500));
        let start = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        self.portreeve(&["up", &file]);
        let output = probe.wait_with_output().unwrap();
        let at: f64 = String::from_utf8(output.stdout)
            .unwrap()
            .trim()
            .parse()
            .expect("a time");
        Duration::from_secs_f64(at) - start
    }
}

fn report(what: &str, mut times: Vec<Duration>) {
    times.sort();
    let (least, median, most) = (times[0], times[times.len() / 2], times[times.len() - 1]);
    println!("{what:<44} median {median:>9.1?}   least {least:>9.1?}   most {most:>9.1?}");
}

fn main() {
    let bench = Bench {
        folder: tempfile::tempdir().unwrap(),
    };
    for agents in [1, 5] {
        let file = bench.write(agents, 0);
        bench.portreeve(&["up", &file]);
        let idle = (0..IDLE_RUNS)
            .map(|_| bench.timed(&["up", &file]))
            .collect();
        report(&format!("up, nothing to do, {agents} agents"), idle);
        let edits = (1..=EDITS).map(|edit| {
            bench.write(agents, edit);
            bench.timed(&["up", &file])
        });
        report(
            &format!("up, one line edited, {agents} agents"),
            edits.collect(),
        );
    }
    let file = bench.write(1, 0);
    bench.portreeve(&["up", &file]);
    let image = portreeve::image::tag();
    let docker = [
        "docker",
        "run",
        "--detach",
        "--no-healthcheck",
        "--name",
        PROBE_NAME,
    ];
    bench.portreeve(
        &[
            &["wrap", "a0", "--"],
            &docker[..],
            &[&image, "sleep", "600"],
        ]
        .concat(),
    );
    let enforced = (1..=EDITS).map(|edit| bench.to_enforced(edit)).collect();
    report("one line edited, until it is enforced", enforced);
}
