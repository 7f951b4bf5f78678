//! The systemd units: systemd reads them without a complaint, and so does our own command line.

#![expect(
    clippy::expect_used,
    reason = "a helper of tests that cannot go on has no better answer than to stop"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use clap::Parser as _;
use portreeve::cli::{self, Cli};

const UNITS: [(&str, &str); 2] = [
    (
        "portreeve-boot.service",
        include_str!("../../../docs/systemd/portreeve-boot.service"),
    ),
    (
        "portreeve-watch.service",
        include_str!("../../../docs/systemd/portreeve-watch.service"),
    ),
];
/// Where the units expect the program.
const PROGRAM: &str = "/usr/local/bin/portreeve";

fn exec_start(unit: &str) -> &str {
    let mut lines = unit
        .lines()
        .filter_map(|line| line.strip_prefix("ExecStart="));
    let line = lines.next().expect("an ExecStart line");
    assert_eq!(lines.next(), None);
    line
}

#[test]
fn the_command_lines_of_the_units_are_ours() {
    for (name, unit) in UNITS {
        let words: Vec<&str> = exec_start(unit).split(' ').collect();
        assert_eq!(words[0], PROGRAM);
        let cli = Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            cli.global.state.as_deref(),
            Some(Path::new("/var/lib/portreeve"))
        );
        let verb = match cli.command {
            cli::Command::Boot(_) => "portreeve-boot.service",
            cli::Command::Watch(_) => "portreeve-watch.service",
            other => panic!("{name}: {other:?}"),
        };
        assert_eq!(name, verb);
        // The check can fail: an option that is not there is noticed.
        let odd = [&words[..], &["--no-such-option"]].concat();
        assert!(Cli::try_parse_from(odd).is_err());
        // The folder that systemd makes is the one that the command is given.
        assert!(unit.contains("\nStateDirectory=portreeve\n"));
    }
}

/// What `systemd-analyze verify` complains about in a folder of units.
fn complaints(folder: &Path, name: &str) -> String {
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no", "--recursive-errors=no", name])
        .current_dir(folder)
        // Behind the colon are the usual places.
        .env("SYSTEMD_UNIT_PATH", format!("{}:", folder.display()))
        .output()
        .expect("systemd-analyze starts; it is in the package `systemd`");
    let stderr = String::from_utf8_lossy(&output.stderr);
    // Units of the machine itself are not ours to judge.
    let ours = stderr.lines().filter(|line| line.contains("portreeve"));
    let mut said = ours.collect::<Vec<_>>().join("\n");
    if !output.status.success() && said.is_empty() {
        said = stderr.into_owned();
    }
    said
}

#[test]
fn systemd_has_nothing_to_say_about_the_units() {
    let folder = tempfile::tempdir().unwrap();
    // The programs must be there for it to be content.
    let program = env!("CARGO_BIN_EXE_portreeve");
    let stub = "[Service]\nExecStart=/bin/true\n";
    fs::write(folder.path().join("docker.service"), stub).unwrap();
    for (name, unit) in UNITS {
        let unit = unit.replace(PROGRAM, program);
        fs::write(folder.path().join(name), unit).unwrap();
    }
    for (name, _) in UNITS {
        assert_eq!(complaints(folder.path(), name), "", "{name}");
    }
    // It would have: a setting that it does not know is one of its complaints.
    let name = "portreeve-odd.service";
    let odd = UNITS[0].1.replace(PROGRAM, program);
    let odd = odd.replace("ProtectClock=", "ProtectClocks=");
    fs::write(folder.path().join(name), odd).unwrap();
    assert!(complaints(folder.path(), name).contains("ProtectClocks"));
}
