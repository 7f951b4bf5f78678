//! A policy is put in force, changed, spoilt, and taken away.

use std::fs;

use super::tunnel::Tunnel;
use super::{Live, eventually};

const DEVICE: &str = "198.18.6.20:8838";

/// Two agents that may both reach the device; the second one goes later.
fn policy(agents: &str) -> String {
    format!(
        "policy 1\ngateway onecli {{ address 198.18.6.10:10255 }}\n\
         network {{ subnet 172.30.249.0/24 }}\n{agents}"
    )
}

const CODER: &str = "agent coder { lan 198.18.6.20:8838 }\n";
const WRITER: &str = "agent writer { lan 198.18.6.20:8838 }\n";

fn pids(live: &Live) -> String {
    // The reaper comes and goes; uptime is the last column.
    let status = live.ctl("status");
    let line = |line: &str| line.rsplit_once(' ').map(|(rest, _)| rest.to_owned());
    status
        .lines()
        .filter(|l| !l.starts_with("reaper"))
        .filter_map(line)
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn a_policy_lives_through_edits_mistakes_and_removals() {
    let Some(live) = Live::new("life") else {
        return;
    };
    let live = live.with_uplink(&["--subnet", "198.18.6.0/24"]);
    let first = live.up(&policy(&[CODER, WRITER].concat()));
    assert!(
        first.stdout.starts_with("enforced: generation "),
        "{}",
        first.stdout
    );
    let said = "the first policy: 2 agents, 4 destinations, 0 edges\n";
    assert!(first.stderr.contains(said), "{}", first.stderr);
    let id = live.docker(&["inspect", "--format", "{{.Id}}", &live.proxy()]);

    // A second `up` does nothing and says so.
    let second = live.run(&["up", "p.reeve"]).exits(0);
    assert!(second.stdout.starts_with("in step: "), "{}", second.stdout);
    assert!(!second.stderr.contains("[1/"), "{}", second.stderr);
    let status = live.run(&["status"]).exits(0);
    assert!(status.stdout.ends_with("in step\n"), "{}", status.stdout);

    // What runs is byte for byte what was rendered.
    live.run(&[
        "build",
        "p.reeve",
        "-o",
        "out",
        "--ledger",
        "state/ledger.json",
    ])
    .exits(0);
    let running = live.ctl("running");
    for file in ["squid.conf", "dnsmasq.conf", "socat-forwards.conf"] {
        let path = format!("/etc/portreeve/generations/{running}/{file}");
        let inside = live
            .try_docker(&["exec", &live.proxy(), "cat", &path])
            .stdout;
        assert_eq!(
            inside,
            fs::read(live.bed.path().join("out").join(file)).unwrap(),
            "{file}"
        );
    }
    let processes = live.docker(&[
        "exec",
        &live.proxy(),
        "sh",
        "-c",
        "cat /proc/[0-9]*/cmdline | tr '\\0' ' '",
    ]);
    let path = format!("-f /etc/portreeve/generations/{running}/squid.conf");
    assert!(processes.contains(&path), "{processes}");

    live.neighbour(
        "device",
        live.uplink(),
        "198.18.6.20",
        &["socat", "TCP-LISTEN:8838,fork,reuseaddr", "EXEC:cat"],
    );
    let coder = live.agent("coder", "coder");
    let writer = live.agent("writer", "writer");
    let mut kept = Tunnel::open(&coder, &live.proxy_of("coder"), DEVICE);
    let mut lost = Tunnel::open(&writer, &live.proxy_of("writer"), DEVICE);
    assert!(kept.echoes("one"), "the tunnel of coder");
    assert!(lost.echoes("one"), "the tunnel of writer");

    // A policy with an error changes nothing that runs.
    let before = pids(&live);
    live.bed.file(
        "bad.reeve",
        &policy("agent coder { lan 169.254.169.254:80 }\n"),
    );
    let refused = live.run(&["up", "bad.reeve"]).exits(1);
    assert!(
        refused.stderr.contains("nothing was changed"),
        "{}",
        refused.stderr
    );
    assert_eq!(pids(&live), before);
    assert_eq!(live.ctl("running"), running);
    assert!(kept.echoes("two") && lost.echoes("two"));

    // An agent that is removed loses everything at once, its running containers included.
    let network = live.option_of("writer", "--network");
    live.bed.file("p.reeve", &policy(CODER));
    let plan = live.run(&["plan", "p.reeve", "--format", "json"]).exits(0);
    let plan: serde_json::Value = serde_json::from_str(&plan.stdout).unwrap();
    assert_eq!(plan["changes"][1]["witness"], "198.18.6.20:8838", "{plan}");
    assert_eq!(
        plan["changes"][1]["before"]["statement"]["line"], 5,
        "{plan}"
    );
    assert_eq!(plan["edges"], serde_json::json!([]));
    let actions = plan["actions"].as_array().unwrap();
    let switch = actions.iter().find(|step| {
        let action = step["action"].as_str().unwrap();
        action.starts_with("switch the running proxy to generation")
    });
    let command = switch.unwrap()["commands"][0].as_str().unwrap();
    assert!(
        command.ends_with(plan["generation"].as_str().unwrap()),
        "{plan}"
    );
    let removed = live.up(&policy(CODER));
    let (shown, acted) = removed.stderr.split_once("[1/").unwrap();
    assert!(
        shown.contains("\nwriter (removed)\n  - ") && shown.ends_with("\n\n1 agent loses\n"),
        "{shown}"
    );
    assert!(!acted.contains("loses"), "{acted}");
    assert!(!lost.echoes("three"), "writer still has its tunnel");
    assert!(kept.echoes("three"), "coder has lost its tunnel");
    let reach = "exec 3<>/dev/tcp/$0/3128";
    for proxy in ["172.30.249.10", "172.30.249.18"] {
        let attempt = ["exec", &writer, "timeout", "3", "bash", "-c", reach, proxy];
        assert!(
            !live.try_docker(&attempt).status.success(),
            "writer reaches {proxy}"
        );
    }
    assert_eq!(
        live.docker(&["inspect", "--format", "{{.Id}}", &live.proxy()]),
        id
    );

    // What an earlier version has kept may say nothing to this one.
    for entry in fs::read_dir(live.bed.path().join("state/policies")).unwrap() {
        fs::write(entry.unwrap().path(), "{}").unwrap();
    }
    live.bed.file("p.reeve", &policy(&[CODER, WRITER].concat()));
    let plan = live.run(&["plan", "p.reeve"]).exits(0).stdout;
    assert!(
        plan.starts_with("the policy in force was kept by another version"),
        "{plan}"
    );

    // While its container runs, its block is nobody's: not even its own again.
    live.up(&policy(&[CODER, WRITER].concat()));
    assert_ne!(live.option_of("writer", "--network"), network);
    live.up(&policy(CODER));

    // What is held stays, closed, and is named; then everything goes.
    let held = live.run(&["down"]).exits(1);
    assert!(held.stderr.contains(&writer), "{}", held.stderr);
    assert!(!kept.echoes("four"), "the tunnel outlived the proxy");
    live.docker(&["rm", "--force", &coder, &writer]);
    live.run(&["down"]).exits(0);
    assert_eq!(live.left(), Vec::<String>::new());
}

#[test]
fn what_was_broken_by_hand_is_found_and_mended() {
    let Some(live) = Live::new("mend") else {
        return;
    };
    let policy = "policy 1\nnetwork { subnet 172.30.250.0/24 }\nagent a { }\nagent b { cdp }\n";
    live.up(policy);
    let proxy = live.proxy();
    let network = live.option_of("b", "--network");
    let breaks: [(&str, &[&str]); 4] = [
        ("stopped", &["stop", "--time", "3", &proxy]),
        ("removed", &["rm", "--force", &proxy]),
        (
            "detached",
            &["network", "disconnect", "--force", &network, &proxy],
        ),
        ("killed", &["kill", &proxy]),
    ];
    for (what, command) in breaks {
        live.docker(command);
        let status = live.run(&["status"]).exits(1);
        assert!(
            status.stdout.contains("not in step"),
            "{what}: {}",
            status.stdout
        );
        live.run(&["plan", "p.reeve"]).exits(0);
        live.run(&["up", "p.reeve"]).exits(0);
        live.run(&["status"]).exits(0);
        eventually("the image calls it healthy", || {
            live.try_docker(&["exec", &proxy, "portreeve-ctl", "health"])
                .status
                .success()
        });
    }
}
