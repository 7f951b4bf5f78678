//! What no statement opens: the floor in every spelling, and the gateway on its own ports.

use crate::helper::{facts, policy_with};

use super::{CONNECT, PLAIN, POLICY, ask, compare, policy};

#[test]
fn the_floor_is_closed_in_every_spelling() {
    let policy = policy();
    let spellings = "
        # 169.254.169.254
        169.254.169.254 2852039166 0xa9fea9fe 0XA9FEA9FE 025177524776 0251.0376.0251.0376
        0xa9.0xfe.0xa9.0xfe 169.254.43518 169.16689662 ::ffff:169.254.169.254
        [::ffff:169.254.169.254] ::ffff:a9fe:a9fe [::FFFF:A9FE:A9FE] ::a9fe:a9fe
        64:ff9b::169.254.169.254 [64:FF9B::A9FE:A9FE] 2002:a9fe:a9fe:: [2002:a9fe:a9fe:1::1]
        # Loopback and the unspecified address.
        127.0.0.1 127.1 127.255.255.255 0x7f.1 0177.1 017700000001 2130706433 [::1] ::1
        [0:0:0:0:0:0:0:1] 0 0.0.0.0 00 0x0 :: [::] 0.1.2.3
        # Others.
        224.0.0.1 240.0.0.1 255.255.255.255 168.63.129.16 100.100.100.200 192.0.0.192
        fe80::1 [febf::1] ff02::1 fd00:ec2::254 [FD00:0EC2::0254]
        # Our own subnet.
        172.30.0.2 172.30.15.255 0xac1e0002 ::ffff:172.30.0.2
        # Names.
        localhost LOCALHOST localhost. x.localhost A.B.LocalHost. metadata.google.internal
        METADATA.google.internal.
        ";
    let hosts = spellings
        .lines()
        .filter(|line| !line.trim().starts_with('#'));
    for host in hosts.flat_map(str::split_whitespace) {
        for who in ["listed", "full", "model", "watched", "watched-full"] {
            for (kind, port) in [(PLAIN, 80), (CONNECT, 443), (PLAIN, 8838)] {
                let found = ask(&policy, who, kind, host, port);
                assert_eq!(found, "deny floor", "{who} {kind:?} {host}:{port}");
            }
        }
    }
    // Squid drops every dot behind an address, brackets around anything, and the number of a zone.
    for host in [
        "127.0.0.1.",
        "127.0.0.1...",
        "0x7f.1.",
        "[127.0.0.1]",
        "[127.0.0.1.].",
        "[::1].",
        "[::1%1]",
        "[fe80::1%0]",
        "[::ffff:127.0.0.1%4294967295]",
        "[localhost]",
        "localhost...",
    ] {
        let found = ask(&policy, "watched-full", CONNECT, host, 443);
        assert_eq!(found, "deny floor", "{host}");
    }
    // The unspecified address is one by its shape.
    for host in [
        "[::0.0.0.0]",
        "[::ffff:0:0]",
        "[::FFFF:0.0.0.0]",
        "[0:0:0:0:0:ffff::]",
        "[::%1]",
        "[::%99999999999]",
        "[:::]",
        "0:0",
        "[0:0:0:ffff::]",
        "0x0.00",
    ] {
        let found = ask(&policy, "watched-full", CONNECT, host, 443);
        assert_eq!(found, "deny floor", "{host}");
    }
    for host in [
        "0x",
        "0x.0",
        "0.0x",
        "1..2",
        "[[::1]]",
        "[::1",
        "[]",
        "...",
        "127.0.0.1%1",
        "::1%",
        "::1%lo",
        "::1%+1",
        "::1%4294967296",
        "-x.localhost",
        "x-.localhost",
    ] {
        let found = ask(&policy, "watched-full", CONNECT, host, 443);
        assert_eq!(found, "deny malformed", "{host}");
    }
    // Just beside it.
    compare(
        &policy,
        "
        full         plain   168.63.129.17:80                  = gateway 16
        full         plain   126.255.255.255:80                = gateway 16
        full         plain   [2003:a9fe:a9fe::]:80             = gateway 16
        full         plain   localhost.example:80              = gateway 16
        full         plain   google.internal:80                = gateway 16
        full         plain   x.metadata.google.internal:80     = gateway 16
        ",
    );
}

#[test]
fn the_gateway_is_closed_on_its_ports_and_a_device_on_others() {
    compare(
        &policy(),
        "
        listed       plain   198.18.0.10:10254                 = deny floor
        listed       plain   198.18.0.10:10256                 = deny floor
        listed       plain   0xc612000a:10255                  = deny floor
        listed       plain   [::ffff:198.18.0.10]:10255        = deny floor
        listed       plain   198.18.0.10:10253                 = direct 11
        listed       plain   198.18.0.10:10257                 = direct 11
        listed       plain   198.18.0.11:10255                 = direct 11
        ",
    );
    let named = POLICY.replace("address 198.18.0.10:10255", "address Gate.Example:9999");
    let policy = policy_with(&named, &facts());
    compare(
        &policy,
        "
        full         connect gate.example:443                  = deny floor
        full         connect GATE.example.:443                 = deny floor
        full         connect x.gate.example:443                = gateway 16
        listed       plain   172.17.0.1:5432                   = direct 12
        listed       plain   172.17.0.1:9999                   = deny floor
        ",
    );
}
