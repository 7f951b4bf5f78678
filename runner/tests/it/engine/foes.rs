//! What a careless or hostile neighbour leaves on the engine and in the state folder.

use std::fs;

use super::Live;

/// A shared network whose only agent is replaced.
fn shared(agent: &str) -> String {
    format!(
        "policy 1\nnetwork {{ subnet 172.30.247.0/26\n isolation shared\n}}\nagent {agent} {{ }}\n"
    )
}

#[test]
fn a_stopped_container_of_a_removed_agent_comes_back_as_nobody() {
    let Some(live) = Live::new("ghost") else {
        return;
    };
    live.up(&shared("old"));
    let ghost = live.agent("old", "ghost");
    live.docker(&["stop", "--time", "1", &ghost]);
    live.up(&shared("fresh"));
    let ledger = live.bed.read("state/ledger.json");
    assert!(ledger.contains("172.30.247.8/29"), "{ledger}");
    let line = live.run(&["args", "fresh"]).exits(0).stdout;
    assert!(line.contains("--ip 172.30.247.19 "), "{line}");
    live.docker(&["start", &ghost]);
    let ask = "exec 3<>/dev/tcp/172.30.247.2/3128; \
               printf 'CONNECT x.api.anthropic.com:443 HTTP/1.1\\r\\n\\r\\n' >&3; head -n 1 <&3";
    let answer = live.docker(&["exec", &ghost, "timeout", "5", "bash", "-c", ask]);
    assert!(answer.contains(" 403 "), "{answer}");
}

#[test]
fn an_agent_is_replaced_renamed_and_moved_to_a_shared_network_without_help() {
    let Some(live) = Live::new("swap") else {
        return;
    };
    let policy = |network: &str, agents: &str| {
        format!("policy 1\nnetwork {{ subnet 172.30.246.0/26\n {network}\n}}\n{agents}")
    };
    let own = "isolation per-agent";
    for (network, agents) in [
        (own, "agent a { }\nagent b { }\n"),
        (own, "agent a { }\nagent c { }\n"),
        (own, "agent a { }\nagent d { id c\n sessions 9\n}\n"),
        ("isolation shared", "agent a { }\n"),
        (own, "agent a { }\n"),
    ] {
        live.up(&policy(network, agents));
        live.run(&["status", "p.reeve"]).exits(0);
    }
}

#[test]
fn files_changed_by_hand_are_found_and_never_enforced() {
    let Some(live) = Live::new("spoil") else {
        return;
    };
    live.up("policy 1\nnetwork { subnet 172.30.245.0/26 }\nagent a { }\n");
    let id = live.ctl("running");
    let file = format!("state/config/generations/{id}/squid.conf");
    let text = live.bed.read(&file);
    live.bed.file(
        &file,
        &text.replace("http_access deny !agents", "http_access allow all #"),
    );
    live.bed
        .file("state/config/generations/README.txt", "not a generation");
    live.docker(&["restart", "--time", "3", &live.proxy()]);
    live.run(&["status"]).exits(1);
    live.run(&["up", "p.reeve"]).exits(0);
    assert_eq!(live.bed.read(&file), text);
    live.run(&["status"]).exits(0);
    let forwards = format!("state/config/generations/{id}/socat-forwards.conf");
    fs::remove_file(live.bed.path().join(&forwards)).unwrap();
    live.run(&["up", "p.reeve"]).exits(0);
    live.bed.read(&forwards);
}

#[test]
fn what_only_looks_like_ours_is_left_alone() {
    let Some(live) = Live::new("alike") else {
        return;
    };
    live.up("policy 1\nnetwork { subnet 172.30.244.0/26 }\nagent a { }\n");
    let label = format!("portreeve-test={}", live.instance);
    let image = portreeve::image::tag();
    let names = [
        format!("{}-old", live.proxy()),
        format!("{}.old", live.proxy()),
    ];
    for name in &names {
        live.docker(&["create", "--name", name, "--label", &label, &image]);
    }
    let network = format!("{}.b-172.30.244.16", live.proxy());
    let subnet = "--subnet=198.18.99.0/24";
    live.docker(&["network", "create", "--label", &label, subnet, &network]);
    live.bed.file(
        "p.reeve",
        "policy 1\nnetwork { subnet 172.30.244.0/26 }\nagent a { }\nagent b { }\n",
    );
    let failed = live.run(&["up", "p.reeve"]).exits(4);
    assert!(
        failed.stderr.contains("already exists"),
        "{}",
        failed.stderr
    );

    // The same instance name with another state folder is another installation.
    let other = live
        .run(&["up", "p.reeve"])
        .env("PORTREEVE_STATE", "elsewhere");
    let other = other.exits(3);
    assert!(
        other.stderr.contains("belongs to an instance"),
        "{}",
        other.stderr
    );

    live.run(&["down"]).exits(0);
    live.docker(&["network", "inspect", &network]);
    for name in &names {
        live.docker(&["inspect", name]);
    }
}

#[test]
fn a_container_that_nobody_put_on_an_agents_network_is_named_and_no_state_with_it_is_fine() {
    let Some(live) = Live::new("guest") else {
        return;
    };
    live.up("policy 1\nnetwork { subnet 172.30.243.0/26 }\nagent a { }\n");
    let network = format!("{}.a-172.30.243.8", live.proxy());
    let guest = live.neighbour("guest", &network, "172.30.243.12", &["sleep", "600"]);
    let told = live.run(&["up", "p.reeve"]).exits(1).stderr;
    let expected = format!("`{guest}` holds 172.30.243.12 without our label");
    assert!(told.contains(&expected), "{told}");
    let told = live.run(&["status"]).exits(1).stdout;
    assert!(told.contains(&expected), "{told}");
    // It was left alone, and the policy is in force all the same.
    live.bed.file(
        "p.reeve",
        "policy 1\nnetwork { subnet 172.30.243.0/26 }\nagent a { access full }\n",
    );
    let told = live.run(&["up", "p.reeve"]).exits(1);
    assert!(told.stdout.contains("enforced: "), "{}", told.stdout);
    live.docker(&["rm", "--force", &guest]);
    live.run(&["up", "p.reeve"]).exits(0);
    live.run(&["status"]).exits(0);
}

#[test]
fn the_uplink_never_gets_the_addresses_of_the_policy() {
    let Some(live) = Live::new("pool") else {
        return;
    };
    // Docker hands its ranges out one after another; one of them is the policy's own.
    let label = format!("portreeve-test={}", live.instance);
    let spare = format!("{}-spare", live.instance);
    for _ in 0..20 {
        live.docker(&["network", "create", "--label", &label, &spare]);
        let format = "{{(index .IPAM.Config 0).Subnet}}";
        let next = live.docker(&["network", "inspect", "--format", format, &spare]);
        live.docker(&["network", "rm", &spare]);
        // The range that Docker has just given is the one that it gives next.
        if let Some((start, _)) = next
            .split_once(".0.0/16")
            .filter(|_| next.starts_with("172."))
        {
            let policy = format!("policy 1\nnetwork {{ subnet {start}.64.0/24 }}\nagent a {{ }}\n");
            live.up(&policy);
            live.run(&["status"]).exits(0);
            return;
        }
    }
    panic!("Docker gave no range out of 172.16/12 in 20 tries");
}
