//! What goes through the gateway by name: ports, patterns, and the provider.

use std::net::IpAddr;

use policy_core::decide::{Decision, Request, Resolved, decide};
use policy_core::ir::Route;

use crate::helper::{facts, policy_with};

use super::{CONNECT, PLAIN, POLICY, compare, policy};

#[test]
fn ports_and_methods_of_the_internet() {
    compare(
        &policy(),
        "
        listed       plain   pypi.org:80                       = gateway 7
        listed       plain   pypi.org:443                      = gateway 7
        listed       connect pypi.org:443                      = gateway 7
        listed       connect pypi.org:80                       = deny ssl-ports
        listed       connect pypi.org:8443                     = deny safe-ports
        listed       connect pypi.org:0                        = deny safe-ports
        # A port of its own.
        listed       plain   api.github.com:80                 = deny default-deny
        listed       plain   api.github.com:443                = gateway 7
        listed       plain   github.com:80                     = gateway 7
        full         connect x.paste.example:443               = deny 17
        full         plain   x.paste.example:80                = gateway 16
        ",
    );
    let wide = POLICY.replacen("policy 1\n", "policy 1\nsafe-ports 443 8000\n", 1);
    let policy = policy_with(&wide.replace("github.com:80", ""), &facts());
    let request = |kind, port| {
        let agent = policy.agent("full").expect("an agent of the policy");
        let source = IpAddr::V4(agent.proxy);
        let (host, resolved) = ("news.example", Resolved::Public);
        let request = Request {
            source,
            kind,
            host,
            port,
            resolved,
        };
        decide(&policy, &request).decision
    };
    let passes = Decision::Allow(Route::Gateway);
    assert_eq!(request(CONNECT, 8000), passes);
    assert_eq!(request(PLAIN, 8000), passes);
    assert_eq!(request(PLAIN, 80), Decision::Deny);
}

#[test]
fn patterns_and_spellings_of_names() {
    compare(
        &policy(),
        "
        listed       connect PyPI.org:443                      = gateway 7
        listed       connect pypi.org.:443                     = gateway 7
        listed       connect pypi.org...:443                   = gateway 7
        listed       connect [pypi.org]:443                    = gateway 7
        listed       connect .pypi.org:443                     = deny malformed
        listed       connect x.pypi.org:443                    = deny default-deny
        listed       connect xpypi.org:443                     = deny default-deny
        listed       connect crates.io:443                     = deny default-deny
        listed       connect a.b.crates.io:443                 = gateway 7
        listed       connect xcrates.io:443                    = deny default-deny
        # A deny beats an allow, whatever is the closer one.
        listed       connect static.crates.io:443              = deny 8
        listed       connect x.static.crates.io:443            = deny 8
        listed       connect x.gist.github.com:443             = gateway 7
        full         connect evil.example:443                  = deny 17
        full         connect inside.example:443                = gateway 18
        ",
    );
}

#[test]
fn the_provider_is_implied_replaced_or_none() {
    compare(
        &policy(),
        "
        model        connect x.api.anthropic.com:443           = gateway provider
        model        plain   api.anthropic.com:80              = gateway provider
        model        connect anthropic.com:443                 = deny default-deny
        local        connect model.example:443                 = gateway provider
        local        connect x.under.example:443               = gateway provider
        local        connect under.example:443                 = deny default-deny
        local        connect api.anthropic.com:443             = deny default-deny
        nobody       connect api.anthropic.com:443             = deny default-deny
        full         connect api.anthropic.com:443             = gateway provider
        watched      connect api.anthropic.com:443             = gateway provider
        ",
    );
    let text = "policy 1\nprovider Claude { model.example }\nagent coder {}\n";
    let policy = policy_with(text, &facts());
    compare(
        &policy,
        "
        coder        connect model.example:443                 = gateway provider
        coder        connect api.anthropic.com:443             = deny default-deny
        ",
    );
}
