//! A whole file to damage: what each promise must notice.

use policy_core::facts::Facts;
use policy_core::ir::Policy;
use policy_core::sources::Sources;

use crate::file_set::{FileSet, SQUID_CONF};

/// One agent of every kind.
const POLICY: &str = r#"policy 1
agent coder {
  access list
  allow  github.com .pypi.org:443 *.crates.io
  deny   gist.github.com
  lan    192.168.1.20:8838
  lan    192.168.1.21
  cdp    9301 -> host:9222
}
agent researcher {
  access full
  allow  intranet.example
  deny   .paste.example
}
agent watched {
  mode   report
  access list
  allow  pypi.org
  deny   files.pypi.org
}
"#;

/// The policy and its files, which keep every promise.
pub(super) fn whole() -> (Policy, FileSet) {
    let (sources, report) = Sources::single("policy.reeve", POLICY);
    let facts = Facts::on("2026-11-23".parse().unwrap());
    let compiled = policy_core::compile(&sources, report, &facts);
    let (policy, _) = compiled.policy.unwrap();
    let files = crate::render(&policy, &sources).unwrap();
    (policy, files)
}

/// The lines of `squid.conf`.
pub(super) fn lines() -> Vec<String> {
    let (_, files) = whole();
    let text = files.get(SQUID_CONF).unwrap();
    text.lines().map(str::to_owned).collect()
}

/// The promise that a changed `squid.conf` breaks.
pub(super) fn broken_by(edit: impl FnOnce(&mut Vec<String>)) -> Option<&'static str> {
    let (policy, mut files) = whole();
    let mut lines = lines();
    edit(&mut lines);
    files.insert(SQUID_CONF, lines.join("\n") + "\n");
    let result = super::verify(&policy, &files);
    result.err().map(|broken| broken.promise)
}

/// The number of the first line that begins so.
pub(super) fn at(lines: &[String], start: &str) -> usize {
    let found = lines.iter().position(|line| line.starts_with(start));
    found.unwrap_or_else(|| panic!("no line begins with `{start}`"))
}

/// The promise that is broken when `old` becomes `new` on the first line that has it.
pub(super) fn broken_by_change(old: &str, new: &str) -> Option<&'static str> {
    broken_by(|lines| {
        let line = lines.iter_mut().find(|line| line.contains(old));
        let line = line.unwrap_or_else(|| panic!("no line has `{old}`"));
        *line = line.replacen(old, new, 1);
    })
}

/// The promise that is broken when the first line that begins so is not there.
pub(super) fn broken_without(start: &str) -> Option<&'static str> {
    broken_by(|lines| {
        let at = at(lines, start);
        lines.remove(at);
    })
}

/// The promise that is broken by one more line, behind the first one that begins so.
pub(super) fn broken_with(behind: &str, line: &str) -> Option<&'static str> {
    broken_by(|lines| {
        let at = at(lines, behind);
        lines.insert(at + 1, line.to_owned());
    })
}

#[test]
fn the_whole_file_keeps_every_promise() {
    assert_eq!(broken_by(|_| {}), None);
    assert_eq!(broken_with("cache deny", "# a comment"), None);
}
