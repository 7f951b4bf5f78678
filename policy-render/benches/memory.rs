//! How much memory it takes to turn policy text into checked files, at its peak: `cargo bench -p
//! policy-render --bench memory`.
#![expect(
    clippy::expect_used,
    clippy::print_stdout,
    reason = "a bench fails on what cannot be, and says what it measured"
)]

use policy_core::compile;
use policy_core::facts::Facts;
use policy_core::sources::Sources;
use policy_core::testing::large_policy;
use policy_render::render;

fn main() {
    let start = peak();
    let text = large_policy(1000, 50);
    let facts = Facts::on("2026-11-23".parse().expect("a day of the calendar"));
    let (sources, report) = Sources::single("large.reeve", &text);
    let compiled = compile(&sources, report, &facts);
    let (policy, _) = compiled.policy.as_ref().expect("a policy without errors");
    let files = render(policy, &sources).expect("a policy without errors has files");
    let bytes: usize = files.iter().map(|(_, text)| text.len()).sum();
    println!(
        "1000 agents x 50 hosts: {} kB of policy, {} kB of files, peak {} (at start {start})",
        text.len() / 1000,
        bytes / 1000,
        peak()
    );
}

/// The largest resident set so far, as Linux says it.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map_or("unknown".to_owned(), |line| line.trim().to_owned())
}
