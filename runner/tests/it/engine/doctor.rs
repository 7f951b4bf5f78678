//! `doctor` on the real engine: nothing to complain of, and then one thing after the other broken.

use std::net::TcpListener;

use serde_json::Value;

use super::Live;

const POLICY: &str = "policy 1
gateway onecli { address 198.18.125.5:10255 }
network { subnet 172.30.249.0/26 }
agent a { }
agent b { }
";

/// The names of the checks that failed, with what was found; none of them comes without a remedy.
#[track_caller]
fn complaints(live: &Live, args: &[&str], code: i32) -> Vec<(String, String)> {
    let args = [&["doctor", "--format", "json"], args].concat();
    let document: Value = serde_json::from_str(&live.run(&args).exits(code).stdout).unwrap();
    assert_eq!(
        (document.get("version"), document.get("healthy")),
        (Some(&1.into()), Some(&(code == 0).into()))
    );
    let checks = document.get("checks").unwrap().as_array().unwrap();
    let failed = checks.iter().filter(|check| check["ok"] == false);
    let failed = failed.map(|check| {
        assert!(
            check["remedy"]
                .as_str()
                .is_some_and(|remedy| remedy.len() > 10),
            "{check}"
        );
        let text = |name: &str| check[name].as_str().unwrap().to_owned();
        (text("name"), text("found"))
    });
    failed.collect()
}

#[test]
fn each_broken_promise_is_found_from_inside_and_comes_with_a_remedy() {
    let Some(live) = Live::new("doctor") else {
        return;
    };
    let live = live.with_uplink(&["--subnet", "198.18.125.0/28"]);
    live.up(POLICY);
    let uplink = live.uplink().to_owned();
    let listen = ["socat", "TCP-LISTEN:10255,fork", "OPEN:/dev/null"];
    let gateway = live.neighbour("gateway", &uplink, "198.18.125.5", &listen);
    // Whatever the host listens on, the agents must not meet it.
    let listener = TcpListener::bind("0.0.0.0:0").unwrap();
    assert_eq!(complaints(&live, &[], 0), []);
    let shown = live.run(&["doctor"]).exits(0).stdout;
    for check in [
        "proxy-answers",
        "names-are-logged",
        "host-is-closed",
        "neighbours-are-out-of-reach",
        "gateway-accepts",
    ] {
        assert!(shown.contains(check), "{check}: {shown}");
    }
    assert!(shown.ends_with("every promise is kept\n"), "{shown}");
    assert!(
        live.docker(&["ps", "--all", "--format", "{{.Names}}"])
            .lines()
            .all(|name| name != format!("{}.doctor", live.proxy()))
    );
    live.run(&["status", "p.reeve"]).exits(0);

    live.docker(&["stop", "--time", "0", &gateway]);
    let [(name, found)] = complaints(&live, &["--agent", "a"], 1).try_into().unwrap();
    assert_eq!(name, "gateway-accepts", "{found}");
    live.docker(&["start", &gateway]);

    live.docker(&[
        "exec",
        &live.proxy(),
        "s6-svc",
        "-d",
        "/run/portreeve/scan/dnsmasq",
    ]);
    let names: Vec<String> = complaints(&live, &["--agent", "a"], 1)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    for name in ["services-answer", "names-lead-nowhere", "names-are-logged"] {
        assert!(names.iter().any(|found| found == name), "{name}: {names:?}");
    }
    live.docker(&[
        "exec",
        &live.proxy(),
        "s6-svc",
        "-u",
        "/run/portreeve/scan/dnsmasq",
    ]);

    // A browser that was granted and does not run.
    live.up(&POLICY.replace("agent b { }", "agent b { cdp 9301 }"));
    super::eventually("the resolver is back", || {
        complaints_of(&live, "names-lead-nowhere") == 0
    });
    let [(name, found)] = complaints(&live, &["--agent", "b"], 1).try_into().unwrap();
    assert_eq!(name, "browser-answers", "{found}");
    live.up(POLICY);

    // The network of one agent as an old installation made it: the host has an address on it.
    let network = live.docker(&[
        "network",
        "ls",
        "--filter",
        "name=doctor",
        "--format",
        "{{.Name}}",
    ]);
    let network = network
        .lines()
        .find(|name| name.contains(".b-"))
        .unwrap()
        .to_owned();
    let inspect = |format: &str| live.docker(&["network", "inspect", "--format", format, &network]);
    let range = inspect("{{range .IPAM.Config}}{{.Subnet}} {{.Gateway}}{{end}}");
    let (subnet, bridge) = range.split_once(' ').unwrap();
    let format = format!("{{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}");
    let address = live.docker(&["inspect", "--format", &format, &live.proxy()]);
    live.docker(&["network", "disconnect", &network, &live.proxy()]);
    live.docker(&["network", "rm", &network]);
    let label = format!("portreeve.instance={}", live.instance);
    live.docker(&[
        "network",
        "create",
        "--internal",
        "--subnet",
        subnet,
        "--gateway",
        bridge,
        "--label",
        &label,
        &network,
    ]);
    live.docker(&[
        "network",
        "connect",
        "--ip",
        &address,
        &network,
        &live.proxy(),
    ]);
    let found = complaints(&live, &["--agent", "b"], 1);
    assert!(
        !found.is_empty() && found.iter().all(|(name, _)| name == "host-is-closed"),
        "{found:?}"
    );
    assert!(
        found
            .iter()
            .any(|(_, found)| found.contains(&format!("{bridge}:1: refused"))),
        "{found:?}"
    );
    let port = listener.local_addr().unwrap().port();
    assert!(
        found.len() > 1,
        "the host's listeners, {port} among them: {found:?}"
    );
    live.run(&["status"]).exits(1);
    live.up(POLICY);
    assert_eq!(complaints(&live, &["--agent", "b"], 0), []);

    live.docker(&["stop", "--time", "1", &live.proxy()]);
    let [(name, _)] = complaints(&live, &[], 1).try_into().unwrap();
    assert_eq!(name, "proxy-runs");
}

fn complaints_of(live: &Live, wanted: &str) -> usize {
    let shown = live.run(&["doctor", "--agent", "a"]).outcome().stdout;
    let wrong = shown
        .lines()
        .filter(|line| line.starts_with("WRONG") && line.contains(wanted));
    wrong.count()
}

#[test]
fn a_stranger_on_our_network_is_never_in_step() {
    let Some(live) = Live::new("stranger") else {
        return;
    };
    live.up("policy 1\nnetwork { subnet 172.30.248.0/26 }\nagent a { }\n");
    live.run(&["status"]).exits(0);
    let network = live.docker(&[
        "network",
        "ls",
        "--filter",
        "name=stranger",
        "--format",
        "{{.Name}}",
    ]);
    let network = network
        .lines()
        .find(|name| name.contains(".a-"))
        .unwrap()
        .to_owned();
    let name = live.neighbour("foreign", &network, "", &["sleep", "600"]);
    let status = live.run(&["status", "--format", "json"]).exits(1).stdout;
    let status: Value = serde_json::from_str(&status).unwrap();
    let differences = status["differences"].to_string();
    assert!(
        differences.contains(&name) && differences.contains("without our label"),
        "{differences}"
    );
}
