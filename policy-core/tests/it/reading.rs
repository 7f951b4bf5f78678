//! What the language accepts.

use crate::helper::{check, tree};

/// The policy of the design page: every statement once.
pub(crate) const WHOLE: &str = r#"policy 1                                     # first statement of a file

gateway onecli { address host.docker.internal:10255 }      # optional: this is the default
network {                                                   # optional: these are the defaults
  subnet     172.30.0.0/20                                  # cut into one block for each agent
  isolation  per-agent                                      # or: shared
  proxy-port 3128
}
safe-ports 80 443                                           # the default
provider claude { .api.anthropic.com }                      # replaces the built-in entry of that name
hosts github { github.com  .githubusercontent.com }         # a named set
include "team/*.reeve"                                      # relative to this file

agent coder {
  id        ag-1715731200000-x1y2z3          # NanoClaw's agent group id; default: the name
  provider  claude                           # default: claude
  access    list                             # full | list | model-only (the default)
  allow     @github pypi.org *.crates.io:443  because "build dependencies"  since 2026-05-15  until 2027-01-31
  deny      gist.github.com                   because "exfiltration path"
  lan       192.168.1.20:8838                 because "Neo controller"
  lan       10.20.0.0/24 ports 80,443,8000-8080
  cdp       9223 -> host:9222                 # `cdp` alone: the compiler computes the listen port; host:9222
  sessions  4                                 # containers at once; the default
  mode      enforce                           # or: report (decide as `full`, log what enforce would have said)
}

edge coder -> reviewer as review              # one way; the name coder calls it by (default: its own)
edge coder <-> archivist                      # both ways

test "coder" {
  coder can    github.com:443 via gateway
  coder can    192.168.1.20:8838 via direct
  coder cannot gist.github.com:443 169.254.169.254:80
}
invariant "no metadata" { nobody reaches 169.254.0.0/16 }
invariant "one LAN user" { only coder reaches 10.0.0.0/8 192.168.0.0/16 }
"#;

#[test]
fn every_statement_is_read() {
    assert_eq!(check(WHOLE), "");
    let tree = tree(WHOLE);
    assert_eq!(tree.statements.len(), 13);
}

#[test]
fn line_ends_tabs_and_a_byte_order_mark_do_not_matter() {
    let plain = tree(WHOLE);
    assert_eq!(tree(&WHOLE.replace('\n', "\r\n")), plain);
    assert_eq!(tree(&format!("\u{feff}{WHOLE}")), plain);
    assert_eq!(tree(WHOLE.trim_end()), plain);
    assert_eq!(tree(&WHOLE.replace("  ", "\t ")), plain);
}
