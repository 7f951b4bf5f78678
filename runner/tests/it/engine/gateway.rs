//! The gateway's address, and what its name may resolve to.

use super::{Live, eventually};

#[test]
fn a_gateway_whose_ipv6_address_is_listed_first_still_works() {
    let Some(live) = Live::new("gw6") else { return };
    let options = [
        "--ipv6",
        "--subnet",
        "fd00:198:18:7::/64",
        "--subnet",
        "198.18.7.0/24",
    ];
    let live = live.with_uplink(&options);
    // Any image will do for a look at the name; building it is `up`'s work.
    live.up("policy 1\nnetwork { subnet 172.30.251.0/24 }\nagent a { }\n");
    let serve = "printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 7\\r\\n\\r\\ngateway' >/tmp/answer; \
                 exec socat TCP4-LISTEN:10255,fork,reuseaddr SYSTEM:'cat /tmp/answer; sleep 1'";
    let gateway = live.neighbour(
        "gateway",
        live.uplink(),
        "198.18.7.10",
        &["sh", "-c", serve],
    );

    let proxy = live.proxy();
    let listed = live.docker(&["exec", &proxy, "getent", "ahosts", &gateway]);
    let first = listed.split_whitespace().next().unwrap();
    assert!(
        first.contains(':'),
        "the resolver lists IPv4 first, so this shows nothing: {listed}"
    );

    live.up(&format!(
        "policy 1\ngateway onecli {{ address {gateway}:10255 }}\n\
         network {{ subnet 172.30.251.0/24 }}\nagent a {{ }}\n"
    ));
    let running = live.ctl("running");
    let path = format!("/etc/portreeve/generations/{running}/squid.conf");
    let text = live.docker(&["exec", &proxy, "cat", &path]);
    assert!(
        text.contains("\ncache_peer 198.18.7.10 parent 10255 "),
        "{text}"
    );

    let agent = live.agent("a", "a");
    let fetch = "exec 3<>/dev/tcp/172.30.251.10/3128; \
                 printf 'GET http://x.api.anthropic.com/ HTTP/1.0\\r\\n\\r\\n' >&3; cat <&3";
    eventually("the gateway answers through the proxy", || {
        let output = live.try_docker(&["exec", &agent, "timeout", "5", "bash", "-c", fetch]);
        String::from_utf8_lossy(&output.stdout).ends_with("gateway")
    });
}
