//! `access full`: names and addresses of public shape, and what they resolve to.

use std::net::IpAddr;

use policy_core::decide::{Decision, Host, Request, Resolved, decide};
use policy_core::ir::Route;

use crate::helper::{facts, policy_with};

use super::{CONNECT, PLAIN, POLICY, ask, compare, policy, shown, source};

#[test]
fn full_reaches_what_has_a_public_shape() {
    compare(
        &policy(),
        "
        full         connect news.example:443                  = gateway 16
        full         plain   198.51.100.7:80                   = gateway 16
        full         connect 0xc6336407:443                    = gateway 16
        full         connect [2600::1]:443                     = gateway 16
        full         connect [2600::1%1]:443                   = gateway 16
        full         connect [::9.9.9.9]:443                   = deny default-deny
        full         connect 2001:db8::1:443                   = deny default-deny
        full         connect 2001::1:443                       = deny default-deny
        full         connect [2002:c633:6407::]:443            = deny default-deny
        full         connect fe00::1:443                       = deny default-deny
        full         connect router:443                        = deny default-deny
        full         connect router.:443                       = deny default-deny
        full         connect a.0x1f:443                        = deny malformed
        full         connect 1.2.3.4.5:443                     = deny malformed
        full         connect 10.1.515.7:443                    = deny malformed
        full         connect 256.1.1.1:443                     = deny malformed
        full         connect a..b:443                          = deny malformed
        full         connect .a.b:443                          = deny malformed
        full         connect -a.b:443                          = deny malformed
        full         connect a_b.c:443                         = gateway 16
        full         connect xn--bcher-kva.example:443         = gateway 16
        full         connect a%2e.b:443                        = deny malformed
        full         connect fe80::1%eth0:443                  = deny malformed
        ",
    );
    let policy = policy();
    for host in ["b\u{fc}cher.example", "a b.c", "a.b\n", "a.b\0", ""] {
        let found = ask(&policy, "full", CONNECT, host, 443);
        assert_eq!(found, "deny malformed", "{host:?}");
    }
    let long = format!("{}.example", "a".repeat(64));
    assert_eq!(Host::read(&long), Host::Malformed);
    assert_eq!(
        Host::read(&"a.".repeat(127)),
        Host::read(&"a.".repeat(127).to_uppercase())
    );
    assert_eq!(
        Host::read(&format!("{}a", "a.".repeat(127))),
        Host::Malformed
    );
}

#[test]
fn full_refuses_a_name_by_what_it_resolves_to() {
    let policy = policy();
    let resolving = |who, port, addresses: &[&str]| {
        let addresses: Vec<IpAddr> = addresses
            .iter()
            .map(|address| address.parse().expect("an address"))
            .collect();
        let request = Request {
            source: source(&policy, who),
            kind: PLAIN,
            host: "news.example",
            port,
            resolved: Resolved::To(&addresses),
        };
        shown(&policy, &request)
    };
    for (addresses, expected) in [
        (&["198.51.100.7"][..], "gateway 16"),
        (&["198.51.100.7", "2600::1"], "gateway 16"),
        (&[], "deny unresolved"),
        (&["198.51.100.7", "10.0.0.1"], "deny private"),
        (&["198.51.100.7", "fd12::1"], "deny private"),
        (&["::ffff:10.0.0.1"], "deny private"),
        (&["10.0.0.1", "127.0.0.1"], "deny floor"),
        (&["198.51.100.7", "169.254.169.254"], "deny floor"),
        (&["64:ff9b::7f00:1"], "deny floor"),
        (&["fd00:ec2::254"], "deny floor"),
        // Our own subnet, though it might lie in public space.
        (&["172.30.0.2"], "deny floor"),
        (&["::ffff:172.30.0.2"], "deny floor"),
        // The gateway's address is closed on its own ports only.
        (&["198.18.0.10"], "gateway 16"),
    ] {
        assert_eq!(resolving("full", 80, addresses), expected, "{addresses:?}");
    }
    assert_eq!(resolving("watched", 80, &["10.0.0.1"]), "deny private");
    assert_eq!(resolving("watched", 80, &[]), "deny unresolved");
    assert_eq!(resolving("watched-full", 80, &["127.0.0.1"]), "deny floor");
    // A grant by name needs no look-up, so nothing is known of where it leads.
    assert_eq!(resolving("model", 80, &[]), "deny default-deny");
    let text = POLICY.replacen("policy 1\n", "policy 1\nsafe-ports 80 443 10255\n", 1);
    let policy = policy_with(&text, &facts());
    let gateway = ["198.18.0.10".parse().expect("an address")];
    for (port, expected) in [
        (80, Decision::Allow(Route::Gateway)),
        (10255, Decision::Deny),
    ] {
        let request = Request {
            source: source(&policy, "full"),
            kind: PLAIN,
            host: "news.example",
            port,
            resolved: Resolved::To(&gateway),
        };
        assert_eq!(decide(&policy, &request).decision, expected, "{port}");
    }
}
