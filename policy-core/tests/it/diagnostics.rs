//! What the language says of mistakes.

use insta::assert_snapshot;

use crate::helper::{check, check_in_agent, tree_in_spite_of_mistakes};

#[test]
fn a_mistake_costs_one_statement() {
    let text = "policy 1
agent a {
  allow github.com
  alow pypi.org
  lan printer.local:80
  cdp
}
hosts h { a.com b..com c.com }
edge a => b
edge a -> b
";
    assert_snapshot!(check(text), @"
    4:3 unknown-statement: unknown statement `alow` / did you mean `allow`?
    5:7 wrong-kind: `lan` takes an address, and `printer.local` is a name / write its address: no name is looked up to grant anything
    8:17 bad-host: `b..com` is no host name: a label between two dots is empty / write one dot between two labels
    9:8 syntax: expected `->` or `<->`, found `=>` / write `edge SENDER -> RECEIVER`, or `<->` for both ways
    ");
    assert_eq!(tree_in_spite_of_mistakes(text).statements.len(), 4);
    assert_snapshot!(check_in_agent("  sessions 0"), @"3:12 syntax: `0` is no number of containers / write a number from 1 to 65535");
}
