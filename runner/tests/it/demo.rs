//! `portreeve demo` as a black box: what it says, how it exits, and what it leaves.

#![expect(
    clippy::unwrap_used,
    reason = "a test bed that cannot be set up has no better answer than to stop"
)]

use std::process::{Command, Output};

use portreeve::demo::bed;
use portreeve::docker::{Docker as _, DockerCli, DockerCommand};
use portreeve::files;

use crate::docker::engine;

/// The environment stays, because Docker may be reached by it; our own options do not.
pub(crate) fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_portreeve"));
    for name in [
        "PORTREEVE_STATE",
        "PORTREEVE_INSTANCE",
        "PORTREEVE_UPLINK",
        "PORTREEVE_FACTS",
    ] {
        command.env_remove(name);
    }
    command.arg("demo").args(args);
    command
}

fn demo(args: &[&str]) -> Output {
    command(args).output().unwrap()
}

/// Fails when a bed has left anything on the engine. The lock keeps other tests' beds away.
pub(crate) fn nothing_is_left() {
    let state = bed::state(None, None).unwrap();
    let lock = state.lock(|_| {}).unwrap();
    for list in [
        ["ps", "--all", "--quiet"].as_slice(),
        &["network", "ls", "--quiet"],
    ] {
        for label in ["portreeve.demo", "portreeve.instance=demo"] {
            let command = DockerCommand::new(list.iter().copied());
            let command = command.with(["--filter", &format!("label={label}")]);
            assert_eq!(
                DockerCli::default().run(&command).unwrap().stdout,
                "",
                "{command}"
            );
        }
    }
    let volumes = [
        "volume",
        "ls",
        "--quiet",
        "--filter",
        "name=portreeve-demo-",
    ];
    let command = DockerCommand::new(volumes);
    assert_eq!(DockerCli::default().run(&command).unwrap().stdout, "");
    assert_eq!(files::list(state.root()).unwrap(), ["lock"]);
    files::remove_folder(state.root()).unwrap();
    drop(lock);
}

#[test]
fn the_demo_finds_everything_as_wanted_and_leaves_nothing() {
    if !engine("the_demo_finds_everything_as_wanted_and_leaves_nothing") {
        return;
    }
    let output = demo(&[]);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{stdout}\n{stderr}");
    assert!(
        stdout.contains("99 cells and 4 claims about the logs, all as wanted"),
        "{stdout}"
    );
    assert!(
        !stdout.contains('✗') && !stdout.contains('\x1b'),
        "{stdout}"
    );
    let longest = stdout.lines().map(|line| line.chars().count()).max();
    assert!(longest.is_some_and(|length| length <= 100), "{stdout}");
    assert!(stderr.contains("put the policy in force\n"), "{stderr}");
    nothing_is_left();
}

#[test]
fn a_cell_that_differs_is_named_and_fails_the_demo() {
    if !engine("a_cell_that_differs_is_named_and_fails_the_demo") {
        return;
    }
    // What is in force lacks the one statement that keeps this name closed.
    let output = demo(&["--break", "deny      gist.github.com"]);
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{stdout}\n{stderr}");
    let named = "✗ coder, gist.github.com:443: wanted refused, measured gateway\n";
    assert!(stdout.contains(named), "{stdout}");
    assert!(
        stdout.contains("the gateway saw `coder CONNECT gist.github.com:443`"),
        "{stdout}"
    );
    assert!(
        stdout.contains("1 of 99 cells and 2 of 4 claims are not as wanted"),
        "{stdout}"
    );
    nothing_is_left();
}

#[test]
fn only_a_line_of_the_policy_can_be_left_out() {
    if !engine("only_a_line_of_the_policy_can_be_left_out") {
        return;
    }
    let output = demo(&["--break", "no such statement"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        text(&output.stderr).contains("no line of the demo's policy holds `no such statement`")
    );
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
