//! The image keeps its own contract.

use super::Live;

/// Runs `squid/selftest.sh`, which prints a line for each check.
#[test]
fn the_proxy_image_passes_its_own_checks() {
    let Some(live) = Live::new("image") else {
        return;
    };
    // The image is built by the program, so what is checked is what it uses.
    live.up("policy 1\nnetwork { subnet 172.30.248.0/24 }\nagent a { }\n");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../squid/selftest.sh");
    let output = std::process::Command::new("sh")
        .args([script, &portreeve::image::tag()])
        .output()
        .expect("sh starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stdout}\n{stderr}");
    let passed = stdout
        .lines()
        .filter(|line| line.starts_with("ok "))
        .count();
    assert!(passed > 50, "only {passed} checks ran:\n{stdout}");
}
