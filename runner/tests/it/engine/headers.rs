//! What others learn of an agent from the headers that Squid adds: nothing.

use super::Live;

const POLICY: &str = "policy 1
gateway onecli { address 198.18.124.5:10255 }
network { subnet 172.30.244.0/26 }
agent coder { lan 198.18.124.6:8000 }
";

/// A server that answers with the head of the request.
const MIRROR: &str = r#"socket my $door, PF_INET, SOCK_STREAM, 0; setsockopt $door, SOL_SOCKET, SO_REUSEADDR, 1;
bind $door, pack_sockaddr_in($ARGV[0], INADDR_ANY) or die $!; listen $door, 9;
while (accept my $client, $door) {
    my $head = '';
    while ($head !~ /\r\n\r\n/) { sysread $client, $head, 4096, length $head or last }
    syswrite $client, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n$head";
}"#;

const ASK: &str = r#"p=${HTTPS_PROXY##*[@/]}; exec 3<>"/dev/tcp/${p%:*}/${p##*:}"
printf 'GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n' "$1" >&3; timeout 10 cat <&3"#;

#[test]
fn neither_the_gateway_nor_a_device_learns_who_asks_or_that_there_is_a_proxy() {
    let Some(live) = Live::new("headers") else {
        return;
    };
    let live = live.with_uplink(&["--subnet", "198.18.124.0/28"]);
    live.up(POLICY);
    let uplink = live.uplink().to_owned();
    for (name, address, port) in [
        ("gateway", "198.18.124.5", "10255"),
        ("device", "198.18.124.6", "8000"),
    ] {
        live.neighbour(
            name,
            &uplink,
            address,
            &["perl", "-MSocket", "-e", MIRROR, port],
        );
    }
    let coder = live.agent("coder", "one");
    for url in ["http://api.anthropic.com/", "http://198.18.124.6:8000/"] {
        let ask = || live.docker(&["exec", &coder, "bash", "-c", ASK, "ask", url]);
        super::eventually("the server answers", || ask().contains("\nHost: "));
        let seen = ask();
        assert!(seen.starts_with("HTTP/1.1 200 "), "{seen}");
        let seen = seen.to_ascii_lowercase();
        for header in ["via:", "forwarded", "172.30.244.", "squid", "x-cache"] {
            let told = seen
                .lines()
                .any(|line| line.contains(header) && !line.starts_with("server:"));
            assert!(!told, "{header}: {seen}");
        }
    }
}
