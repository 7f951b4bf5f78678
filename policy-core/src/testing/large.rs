//! A policy as large as we promise to be quick with.

use std::fmt::Write as _;

/// `n_agents` agents, each with `n_hosts` hosts of its own, a deny, two LAN grants, a CDP grant and
/// an edge.
pub fn large_policy(n_agents: usize, n_hosts: usize) -> String {
    let mut text = "policy 1\nnetwork { subnet 172.16.0.0/12 }\n".to_owned();
    text.push_str("hosts packages { pypi.org *.crates.io .githubusercontent.com }\n");
    for agent in 0..n_agents {
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "agent agent-{agent} {{\n  access list\n  allow @packages"
        );
        for chunk in 0..n_hosts.div_ceil(5) {
            let hosts = (chunk * 5..n_hosts.min(chunk * 5 + 5))
                .map(|host| format!("host-{host}.service-{agent}.example"));
            let hosts: Vec<String> = hosts.collect();
            let _ = writeln!(text, "  allow {} because \"service\"", hosts.join(" "));
        }
        let _ = writeln!(text, "  deny .upload.service-{agent}.example");
        let _ = writeln!(
            text,
            "  lan 192.168.1.20:8838\n  lan 10.20.0.0/16 ports 80,443"
        );
        let _ = writeln!(text, "  cdp\n}}");
        if agent > 0 {
            let _ = writeln!(text, "edge agent-{agent} <-> agent-{}", agent - 1);
        }
    }
    text
}
