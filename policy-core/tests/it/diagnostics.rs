//! What the language says of mistakes.

use insta::assert_snapshot;

use policy_core::ast::Statement;
use policy_core::diagnostic::MAX_FINDINGS;
use policy_core::parse::parse;
use policy_core::span::{FileId, MAX_FILE_LEN};

use crate::helper::{check, check_in_agent, tree_in_spite_of_mistakes};

#[test]
fn twelve_mistakes_give_twelve_diagnostics_and_cost_nothing_else() {
    let text = "policy 1
gatway onecli { address host.docker.internal:10255 }
network {
  subnet 172.30.0.5/20
  isolation per-agent
}
safe-ports 80, 443
agent coder {
  access lists
  allow github.com https://pypi.org/simple *.crates.io:443
  alow pypi.org
  deny gist.github.com because \"unclosed
  lan printer.local:80
  cdp 9223 -> localhost:9222
  sessions 4
}
edge coder => reviewer
edge coder -> archivist
test \"t\" { coder can github.com via gateway }
invariant \"i\" { nobody reaches 10.0.0.* }
";
    let found = check(text);
    assert_snapshot!(found, @r#"
    2:1 unknown-statement: unknown statement `gatway` / did you mean `gateway`?
    4:10 bad-address: `172.30.0.5/20` has bits set behind its prefix / write `172.30.0.0/20`
    7:14 syntax: no comma stands here / part the words by blanks
    9:10 syntax: expected `full`, `list` or `model-only`, found `lists` / did you mean `list`?
    10:20 bad-host: `https://pypi.org/simple` is a URL, not a host name / write `pypi.org`
    11:3 unknown-statement: unknown statement `alow` / did you mean `allow`?
    12:32 syntax: the string is not closed on its line / a string ends with `"` on the line it begins on, and has no escapes
    13:7 wrong-kind: `lan` takes an address, and `printer.local` is a name / write its address: no name is looked up to grant anything
    14:15 syntax: expected `host:` and a port, found `localhost:9222` / the browser runs on the Docker host: write `host:9222`
    17:12 syntax: expected `->` or `<->`, found `=>` / write `edge SENDER -> RECEIVER`, or `<->` for both ways
    19:22 bad-port: `github.com` has no port / write `github.com:443`, say
    20:32 bad-address: `10.0.0.*` is no network / write `10.0.0.0/24`
    "#);
    assert_eq!(found.lines().count(), 12);
    let tree = tree_in_spite_of_mistakes(text);
    let agent = tree.statements.iter().find_map(|item| match &item.node {
        Statement::Agent { block, .. } => Some(block),
        _ => None,
    });
    let agent: Vec<String> = agent
        .unwrap()
        .items
        .iter()
        .map(|item| policy_core::print::statement_text(&item.node))
        .collect();
    assert_eq!(agent, ["allow github.com *.crates.io:443", "sessions 4"]);
    assert_eq!(tree.statements.len(), 7);
}

#[test]
fn an_open_brace_is_told_at_the_brace_and_the_next_statement_is_read() {
    let text =
        "policy 1\nagent a {\n  cdp\n# of b\nagent b {\n  cdp\n}\nhosts h {\n  agent\n  a.com\n";
    assert_snapshot!(check(text), @"
    2:9 syntax: this `{` is never closed / write `}` behind the last statement of the block [5:1 `agent` cannot stand in an `agent` block]
    8:9 syntax: this `{` is never closed / write `}` behind the last statement of the block [11:1 the file ends here]
    ");
    let tree = tree_in_spite_of_mistakes(text);
    assert_eq!(tree.statements.len(), 4);
    assert_eq!(tree.statements[2].comments.len(), 1);
}

#[test]
fn a_missing_or_misplaced_brace_is_one_mistake() {
    assert_snapshot!(check("policy 1\nagent a\n  cdp\n  sessions 4\n}\nagent b {}\n"), @"2:8 syntax: expected `{`, found the end of the line / write `{` at the end of this line");
    assert_snapshot!(check("policy 1\nagent a\n{\n  cdp\n}\n"), @"3:1 syntax: `{` stands on a line of its own / write it at the end of the line before");
    assert_snapshot!(check("policy 1\nagent a\nagent b {}\n"), @"2:8 syntax: expected `{`, found the end of the line / write `{` at the end of this line");
    assert_snapshot!(check("policy 1\nagent a {}\n}\nagent b {}\n"), @"3:1 syntax: this `}` closes nothing / delete it");
    assert_snapshot!(check("policy 1\nagent a {\n  foo {\n    bar\n  }\n  hosts x { a.com }\n}\n"), @"
    3:3 unknown-statement: unknown statement `foo` / here a statement begins with `id`, `provider`, `access`, `allow`, `deny`, `lan`, `cdp`, `sessions` or `mode`
    6:3 unknown-statement: `hosts` cannot stand in an `agent` block / it stands at the top of a file
    ");
    assert_snapshot!(check("policy 1\nagent {\n  cdp\n}\nagent \"b\" {}\nagent ä {}\n"), @"
    2:7 syntax: expected the name of the agent, found `{`
    5:7 bad-name: a name stands without quotes / write `b`
    6:7 bad-name: `ä` cannot stand here in a name / a name has letters, digits, `-` and `_`, begins with a letter or a digit, and has at most 64 characters
    ");
    assert_snapshot!(check("policy 1\ntest \"a {\n  a can b:1\n}\ntest b { a can b:1 }\n"), @r#"
    2:6 syntax: the string is not closed on its line / a string ends with `"` on the line it begins on, and has no escapes
    5:6 syntax: expected a title, found `b` / write it in double quotes: `"b"`
    "#);
}

#[test]
fn policy_1_is_the_first_statement() {
    assert_snapshot!(check(""), @"1:1 policy-version: a file begins with `policy 1` / write `policy 1` before the first statement");
    assert_snapshot!(check("# only a comment\n"), @"1:1 policy-version: a file begins with `policy 1` / write `policy 1` before the first statement");
    assert_snapshot!(check("agent a {}\n"), @"1:1 policy-version: a file begins with `policy 1` / write `policy 1` before the first statement");
    assert_snapshot!(check("agent a {}\npolicy 1\n"), @"2:1 policy-version: `policy 1` is not the first statement / write it before all others");
    assert_snapshot!(check("policy 1\npolicy 1\n"), @"2:1 repeated: `policy 1` stands twice / delete this one [1:1 the first one]");
    assert_snapshot!(check("policy 2\n"), @"1:8 policy-version: `2` is no known version / write `policy 1`, the one version there is");
    assert_snapshot!(check("policy\n"), @"1:7 policy-version: expected the version of the language, found the end of the line / write `policy 1`");
    assert_snapshot!(check("polcy 1\n"), @"1:1 unknown-statement: unknown statement `polcy` / did you mean `policy`?");
    assert_snapshot!(check("version 1\n"), @"1:1 unknown-statement: unknown statement `version` / did you mean `policy`?");
}

#[test]
fn foreign_habits_of_hosts_are_explained() {
    let statements = "  allow http://github.com/x https://10.0.0.1:8443/
  allow github.com/nanocoai *foo.com foo.* * a.*.b
  allow 10.0.0.1:443 10.0.0.0/24 [::1]:443 ::1 10.1
  allow \"github.com\" 'pypi.org' user@host.com
  allow a.com, b.com, c.com
  allow = a.com
  allow a.com:0 a.com:65536 a.com:80-90 a.com:* a.com:
  allow @github:443 @ @-x
  allow a.com // why
  allow a.com# why
  allow
  deny
  allow a..b .. -a.com a_b.com";
    assert_snapshot!(check_in_agent(statements), @"
    3:9 bad-host: `http://github.com/x` is a URL, not a host name / write `github.com`
    3:29 wrong-kind: `https://10.0.0.1:8443/` is an address, not a name / an address is reached through `lan` alone, as in `lan 10.0.0.1:8443`
    4:9 bad-host: `github.com/nanocoai` has a path, which no rule can see / write `github.com`
    4:29 bad-host: `*foo.com` is no host name: `*` can only be the first label, as in `*.example.com` / write `*.foo.com` for what is under it, `.foo.com` for it and everything under it
    4:38 bad-host: `foo.*` is no host name: `*` can only be the first label, as in `*.example.com` / write each name out, as in `foo.com foo.org`
    4:44 bad-host: `*` is no host name: `*` can only be the first label, as in `*.example.com` / every public name is `access full`, without an `allow`
    4:46 bad-host: `a.*.b` is no host name: `*` can only be the first label, as in `*.example.com` / write `*.` before a whole name, as in `*.example.com`
    5:9 wrong-kind: `10.0.0.1:443` is an address, not a name / an address is reached through `lan` alone, as in `lan 10.0.0.1:443`
    5:22 wrong-kind: `10.0.0.0/24` is an address, not a name / an address is reached through `lan` alone, as in `lan 10.0.0.0/24`
    5:34 wrong-kind: `[::1]:443` is an address, not a name / only `lan` grants addresses, IPv4 alone: allow the host by its name
    5:44 wrong-kind: `::1` is an address, not a name / only `lan` grants addresses, IPv4 alone: allow the host by its name
    5:48 bad-host: `10.1` is no host name: a name whose last label is a number is read as an IP address / an address is reached through `lan` alone, in four decimal parts
    6:9 syntax: hosts and addresses stand without quotes / write `github.com`
    6:22 bad-host: `'pypi.org'` is no host name: `'` cannot stand in a host name / write it without quotes
    6:33 bad-host: `user@host.com` is no host name: `@` cannot stand in a host name / write `host.com`
    7:14 syntax: no comma stands here / part the words by blanks
    8:9 syntax: no `=` stands here / write the value behind the keyword
    9:15 bad-port: `0` is no port / a port is a number from 1 to 65535
    9:23 bad-port: `65536` is no port / a port is a number from 1 to 65535
    9:35 bad-port: `80-90` is no port / a range of ports stands in `lan`, as in `lan 10.0.0.1 ports 8000-8080`
    9:47 bad-port: `*` is no port / leave the port off
    9:49 bad-port: `a.com:` has no port / write `a.com:443`, say
    10:9 syntax: a set has no port / write `@github`: its names are granted on the safe ports
    10:22 bad-name: a name is missing / a name has letters, digits, `-` and `_`, begins with a letter or a digit, and has at most 64 characters
    10:24 bad-name: `-` cannot stand here in a name / a name has letters, digits, `-` and `_`, begins with a letter or a digit, and has at most 64 characters
    11:15 bad-host: `//` begins no comment / a comment begins with `#`
    12:9 bad-host: `a.com#` is no host name: `#` cannot stand in a host name / a comment begins with a blank and `#`
    13:8 syntax: expected a host name or a set, found the end of the line
    14:7 syntax: expected a host name or a set, found the end of the line
    15:9 bad-host: `a..b` is no host name: a label between two dots is empty / write one dot between two labels
    15:14 bad-host: `..` is no host name: a host name is missing
    15:17 bad-host: `-a.com` is no host name: a label cannot begin or end with `-`
    ");
    assert_snapshot!(check("policy 1\nhosts h { @g a.com:443 10.0.0.1 \"b.com\" http://c.com c.com, d.com }\n"), @"
    2:11 wrong-kind: a set holds no sets, and `@g` is one / write its hosts, or name both sets in the `allow`
    2:14 bad-host: a set holds names without ports, and `a.com:443` has one / write `a.com`, or the port in an `allow`
    2:24 wrong-kind: a set holds names, and `10.0.0.1` is an address / an address is reached through `lan` alone, in an agent
    2:33 syntax: hosts and addresses stand without quotes / write `b.com`
    2:41 bad-host: `http://c.com` is a URL, not a host name / write `c.com`
    2:59 syntax: no comma stands here / part the words by blanks
    ");
}

#[test]
fn foreign_habits_of_addresses_are_explained() {
    let statements = "  lan 10.0.0.5/24
  lan 10.0.0.0/33
  lan ::1
  lan fd00::/8:80
  lan localhost:9222
  lan host.docker.internal
  lan http://10.0.0.1:80/
  lan 10.0.0.*
  lan 10.1
  lan 010.0.0.1
  lan \"10.0.0.1\"
  lan 10.0.0.1:
  lan 10.0.0.1:80 ports 81
  lan 10.0.0.1 ports 80 443
  lan 10.0.0.1 ports 8080-8000
  lan 10.0.0.1 ports 80,
  lan 10.0.0.1 80";
    assert_snapshot!(check_in_agent(statements), @"
    3:7 bad-address: `10.0.0.5/24` has bits set behind its prefix / write `10.0.0.0/24` for the network, `10.0.0.5` for the one address
    4:7 bad-address: `10.0.0.0/33` has no readable prefix length / a prefix is a number from 0 to 32, for IPv6 to 128
    5:7 bad-address: the IPv6 address `::1` lacks its brackets / write `[::1]`
    7:7 wrong-kind: `lan` takes an address, and `localhost` is a name / a port of the Docker host is granted by `lan host:8080`, say
    8:7 wrong-kind: `lan` takes an address, and `host.docker.internal` is a name / a port of the Docker host is granted by `lan host:8080`, say
    9:7 bad-address: `http://10.0.0.1:80/` is a URL, not an address / write `10.0.0.1:80`
    10:7 bad-address: `10.0.0.*` is no network / write `10.0.0.0/24`
    11:7 bad-address: `10.1` is no address / an IPv4 address has four decimal numbers without leading zeros, as in `10.0.0.1`
    12:7 bad-address: `010.0.0.1` is no address / an IPv4 address has four decimal numbers without leading zeros, as in `10.0.0.1`
    13:7 syntax: hosts and addresses stand without quotes / write `10.0.0.1`
    14:7 bad-port: `10.0.0.1:` has no port / write `10.0.0.1:8080`, say
    15:19 repeated: the ports are given twice / write all of them behind `ports`, without `:80`
    16:25 syntax: a comma is missing before `443` / write the ports as in `ports 80,443,8000-8080`
    17:22 bad-port: the range `8080-8000` runs backwards / write `8000-8080`
    18:25 syntax: expected a port or a range of ports, found the end of the line
    19:16 syntax: expected the end of the line, found `80` / a port stands behind a colon, without blanks
    ");
    let blocks = "policy 1
gateway g {
  address ::1:80
  address http://a:80
  address a
  address a:b
}
network {
  subnet 10.0.0.1
  subnet fd00::/8
  proxy-port 0
}
";
    assert_snapshot!(check(blocks), @"
    3:11 bad-address: the IPv6 address in `::1:80` lacks its brackets / write `[ADDRESS]:PORT`
    4:11 bad-host: `http://a:80` is a URL, not a host and a port / write `a:80`
    5:11 bad-port: `a` has no port / write `a:10255`, say
    6:13 bad-port: `b` is no port / a port is a number from 1 to 65535
    9:10 bad-address: the subnet `10.0.0.1` has no prefix length / write an IPv4 network, as in `172.30.0.0/20`
    10:10 bad-address: `fd00::/8` is no IPv4 network / write an IPv4 network, as in `172.30.0.0/20`
    11:14 bad-port: `0` is no port / a port is a number from 1 to 65535
    ");
}

#[test]
fn mistakes_in_the_tail_and_in_small_statements_are_explained() {
    let statements = "  allow a.com untill 2027-01-31
  allow a.com beacuse \"x\"
  allow a.com \"why\"
  allow a.com 2027-01-31
  allow a.com until 2027-02-30
  allow a.com until 31.1.2027
  allow a.com until
  allow a.com because why
  allow a.com until 2027-01-31 because \"x\" because \"y\"
  cdp 9223->host:9222
  cdp host:9222
  cdp -> 9222
  cdp 9223 host:9222
  cdp \"x\"
  sessions four
  mode enforced
  id a/b
  provider claude sessions 4
  access list ; why
  agent b";
    assert_snapshot!(check_in_agent(statements), @r#"
    3:15 syntax: expected `until` or `since`, found `untill` / did you mean `until`?
    4:15 syntax: expected `because`, found `beacuse` / did you mean `because`?
    5:15 syntax: `because` is missing before this value / write `because` before it
    6:15 syntax: `until` or `since` is missing before this value / write `until` or `since` before it
    7:21 bad-date: there is no day `2027-02-30` / check the month and the day
    8:21 bad-date: `31.1.2027` is no date / a date is written year, month, day, as in `2027-01-31`
    9:20 syntax: expected a date, found the end of the line
    10:23 syntax: expected the reason, found `why` / write it in double quotes: `"why"`
    11:32 syntax: `because` stands before `until` / the order is `because`, `since`, `until`, `despite`
    11:44 repeated: `because` stands twice in one statement / delete one [11:32 the first one]
    12:7 syntax: `->` stands between blanks / write `cdp 9223 -> host:9222`
    13:7 syntax: expected `->`, found `host:9222` / write `-> host:9222`
    14:10 syntax: expected `host:` and a port, found `9222` / the browser runs on the Docker host: write `host:9222`
    15:12 syntax: expected `->`, found `host:9222` / write `-> host:9222`
    16:7 syntax: expected the end of the line, found a string / a reason is written `because "…"`
    17:12 syntax: `four` is no number of containers / write a number from 1 to 65535
    18:8 syntax: expected `enforce` or `report`, found `enforced` / did you mean `enforce`?
    19:6 bad-name: `a/b` is no agent group id / an id has letters, digits, `.`, `-` and `_`, begins with a letter or a digit, and has at most 128 characters
    20:19 syntax: each statement stands on a line of its own / begin a new line before `sessions`
    21:15 syntax: expected the end of the line, found `;` / a comment begins with `#`
    22:3 unknown-statement: `agent` cannot stand in an `agent` block / it stands at the top of a file
    "#);
}

#[test]
fn mistakes_in_tests_invariants_and_edges_are_explained() {
    let text = "policy 1
test \"t\" {
  a can https://github.com github.com ::1 [::1] a:0 :80
  a may b:1
  a can
  a can b:1 vai gateway
  a can b:1 via proxy
}
invariant \"i\" {
  a reaches b
  only a b reaches c
  only a, b reach c
  nobody reaches
  noone reaches 10.0.0.5/8
  nobody reaches 10.0.0.5/8 a..b, c
}
edge a->b
edge a<->b
edge a to b
edge a -> b as
include team.reeve
include \"\"
allow a.com
";
    assert_snapshot!(check(text), @r#"
    3:9 bad-host: `https://github.com` is a URL, not a host and a port / write `github.com:443`
    3:28 bad-port: `github.com` has no port / write `github.com:443`, say
    3:39 bad-address: the IPv6 address in `::1` lacks its brackets / write `[ADDRESS]:PORT`
    3:43 bad-port: `[::1]` has no port / write `[::1]:443`, say
    3:51 bad-port: `0` is no port / a port is a number from 1 to 65535
    3:53 bad-host: `:80` has no host
    4:5 syntax: expected `can` or `cannot`, found `may` / write `can` or `cannot`
    5:8 syntax: expected a host and a port, found the end of the line
    6:13 syntax: expected `via`, found `vai` / did you mean `via`?
    7:17 syntax: expected `gateway`, `direct` or `forward`, found `proxy` / write `gateway`, `direct` or `forward`
    10:3 syntax: expected `nobody` or `only`, found `a` / write `only a reaches …`
    11:10 syntax: expected `,` or `reaches`, found `b` / part the names by commas
    12:13 syntax: expected `reaches`, found `reach` / did you mean `reaches`?
    13:17 syntax: expected a host name, an address or a network, found the end of the line
    14:3 syntax: expected `nobody` or `only`, found `noone` / write `only noone reaches …`
    15:18 bad-address: `10.0.0.5/8` has bits set behind its prefix / write `10.0.0.0/8` for the network, `10.0.0.5` for the one address
    15:29 bad-host: `a..b` is no host name: a label between two dots is empty / write one dot between two labels
    15:33 syntax: no comma stands here / part the words by blanks
    17:6 syntax: `->` stands between blanks / write `edge a -> b`
    18:6 syntax: `<->` stands between blanks / write `edge a <-> b`
    19:8 syntax: expected `->` or `<->`, found `to` / write `edge SENDER -> RECEIVER`, or `<->` for both ways
    20:15 syntax: expected the name that the sender uses, found the end of the line
    21:9 syntax: expected the path of a file, found `team.reeve` / write it in double quotes: `"team.reeve"`
    22:9 include: the path of the included file is empty / the path is relative to this file; `*` stands for any file name
    23:1 unknown-statement: `allow` cannot stand at the top of a file / it stands in an `agent` block
    "#);
}

#[test]
fn hidden_characters_are_told_once_and_where_they_are() {
    let text = "policy 1
# fine \u{200b}\u{a0} 👩\u{200d}💻, not \u{202e}
agent a {
  allow git\u{200b}\u{200b}hub.com
  allow\u{a0}github.com
  deny a.com because \"\u{3000}fine, not \u{202e}\" \u{feff}
  cdp \r 
  mode enforce # \u{1b}[2K
}
";
    assert_snapshot!(check(text), @"
    2:20 hidden-character: U+202E changes the direction of the text around it / delete it, or write a plain blank
    4:12 hidden-character: U+200B cannot be seen / delete it, or write a plain blank
    5:8 hidden-character: U+00A0 is a blank that the language does not have / delete it, or write a plain blank
    6:34 hidden-character: U+202E changes the direction of the text around it / delete it, or write a plain blank
    6:37 hidden-character: U+FEFF cannot be seen / delete it, or write a plain blank
    7:7 hidden-character: U+000D is a carriage return without a line feed / delete it, or write a plain blank
    8:18 hidden-character: U+001B is a control character / delete it, or write a plain blank
    ");
}

#[test]
fn a_file_has_limits() {
    let long = " ".repeat(MAX_FILE_LEN + 1);
    assert_snapshot!(check(&long), @"1:1 limit: a policy file has at most 67108864 bytes / split the policy into several files, and join them with `include`");
    let (_, report) = parse(FileId(0), &"x\n".repeat(10 * MAX_FINDINGS));
    assert_eq!(report.diagnostics().len(), MAX_FINDINGS + 1);
}
