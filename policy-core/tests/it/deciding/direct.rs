//! What does not pass the gateway: devices of the LAN, and Chrome on the host.

use policy_core::decide::{Request, Resolved};

use super::{CONNECT, OTHER, PLAIN, compare, policy, shown, source};

#[test]
fn lan_opens_its_ports_to_every_method_and_nothing_else() {
    compare(
        &policy(),
        "
        listed       connect 192.168.1.20:8838                 = direct 9
        listed       connect 192.168.1.20:80                   = deny private
        listed       plain   192.168.276:8838                  = direct 9
        listed       plain   192.168.1.0x14:8838               = direct 9
        listed       plain   ::ffff:192.168.1.20:8838          = direct 9
        listed       plain   64:ff9b::192.168.1.20:8838        = deny private
        listed       connect 10.20.255.255:80                  = direct 10
        listed       plain   10.20.0.0:8040                    = direct 10
        listed       plain   10.20.0.0:8081                    = deny private
        listed       plain   10.21.0.0:443                     = deny private
        listed       plain   10.19.255.255:443                 = deny private
        listed       connect 198.18.0.255:22                   = direct 11
        listed       connect 198.18.1.0:22                     = deny safe-ports
        listed       connect 198.18.1.0:443                    = deny default-deny
        listed       plain   172.17.0.1:5432                   = direct 12
        listed       plain   172.17.0.1:5433                   = deny private
        watched      plain   192.168.1.20:8838                 = direct 29
        watched      plain   192.168.1.20:80                   = deny private
        full         plain   100.64.0.1:80                     = deny private
        full         plain   fd12::1:80                        = deny private
        ",
    );
}

#[test]
fn cdp_is_squids_own_address_and_the_agents_own_port() {
    let policy = policy();
    let proxy = |name| {
        let agent = policy.agent(name).expect("an agent of the policy");
        agent.proxy.to_string()
    };
    let rows = [
        ("listed", PLAIN, "listed", 9301, "forward 13"),
        ("listed", CONNECT, "listed", 9301, "deny floor"),
        ("listed", OTHER, "listed", 9301, "deny scheme"),
        ("listed", PLAIN, "listed", 9302, "deny floor"),
        ("listed", PLAIN, "full", 9301, "deny floor"),
        ("listed", PLAIN, "full", 9302, "deny floor"),
        ("full", PLAIN, "full", 9302, "forward 19"),
        ("full", PLAIN, "full", 9301, "deny floor"),
        ("model", PLAIN, "model", 9301, "deny floor"),
    ];
    for (who, kind, whose, port, expected) in rows {
        let host = proxy(whose);
        let bits = host
            .parse::<std::net::Ipv4Addr>()
            .expect("an address")
            .to_bits();
        for spelling in [
            host,
            format!("{bits:#x}"),
            format!("[::ffff:{:x}:{:x}]", bits >> 16, bits & 0xffff),
        ] {
            let request = Request {
                source: source(&policy, who),
                kind,
                host: &spelling,
                port,
                resolved: Resolved::Public,
            };
            assert_eq!(
                shown(&policy, &request),
                expected,
                "{who} {kind:?} {spelling}:{port}"
            );
        }
    }
    // The listen port on the host itself is not Chrome's.
    compare(&policy, "listed plain 172.17.0.1:9301 = deny private");
}
