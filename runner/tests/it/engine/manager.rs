//! Squid's cache manager: one action of it, for the container alone.

use super::Live;

/// Prints the first line of the answer to a request; `$1` is the port, `$2` the head.
const ASK: &str = r#"exec 3<>/dev/tcp/$0/$1 || exit 9; printf "$2" >&3; head -n 1 <&3"#;

#[test]
fn agents_never_reach_the_manager_and_the_container_only_what_a_switch_needs() {
    let Some(live) = Live::new("manager") else {
        return;
    };
    let (live, number) = live.with_free_uplink();
    live.up(&format!(
        "policy 1\nnetwork {{ subnet 172.30.{number}.0/24 }}\nagent a {{ access full }}\n"
    ));
    let slot = live.ctl("status");
    let slot = slot.lines().find_map(|line| line.strip_prefix("squid-"));
    let control = format!("310{}", slot.unwrap().split(' ').next().unwrap());
    let ask = |container: &str, address: &str, port: &str, head: &str| {
        let command = ["timeout", "5", "bash", "-c", ASK, address, port, head];
        let exec = [&["exec", container], &command[..]].concat();
        let output = live.try_docker(&exec);
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    };

    // From inside, by its own port, there is the one action.
    let inside = |path: &str| {
        let head =
            format!("GET /squid-internal-mgr/{path} HTTP/1.1\\r\\nHost: portreeve\\r\\n\\r\\n");
        ask(&live.proxy(), "127.0.0.1", &control, &head)
    };
    assert!(
        inside("active_requests").contains(" 200 "),
        "{}",
        inside("active_requests")
    );
    for action in [
        "menu",
        "info",
        "config",
        "shutdown",
        "reconfigure",
        "offline_toggle",
    ] {
        let answer = inside(action);
        assert!(answer.contains(" 404 "), "{action}: {answer}");
    }

    let agent = live.agent("a", "a");
    let proxy = live.proxy_of("a");
    let path = "squid-internal-mgr/active_requests";
    for line in [
        format!("GET /{path}"),
        format!("GET http://portreeve/{path}"),
        format!("GET http://portreeve:{control}/{path}"),
        format!("GET http://portreeve:3128/{path}"),
        format!("GET HTTP://PORTREEVE:3128/{path}"),
        format!("GET http://portreeve./{path}"),
        format!("GET http://{proxy}:3128/{path}"),
        format!("GET http://{proxy}:{control}/{path}"),
        format!("GET http://127.0.0.1:{control}/{path}"),
        format!("GET http://localhost:{control}/{path}"),
        "GET cache_object://portreeve/active_requests".to_owned(),
        "GET cache_object://127.0.0.1/active_requests".to_owned(),
        format!("CONNECT 127.0.0.1:{control}"),
        format!("CONNECT [::1]:{control}"),
        format!("CONNECT {proxy}:{control}"),
        format!("CONNECT portreeve:{control}"),
    ] {
        let head = format!("{line} HTTP/1.1\\r\\nHost: portreeve\\r\\n\\r\\n");
        let answer = ask(&agent, &proxy, "3128", &head);
        assert!(answer.starts_with("HTTP/1.1 4"), "{line}: {answer}");
    }
    // The port itself is not there for them.
    let head = format!("GET /{path} HTTP/1.1\\r\\nHost: portreeve\\r\\n\\r\\n");
    assert_eq!(ask(&agent, &proxy, &control, &head), "");
}
