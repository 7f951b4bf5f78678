//! The real engine, and the real flags.

use std::io::Write as _;
use std::time::Duration;

use portreeve::docker::{self, Docker as _, DockerCli, DockerCommand};
use portreeve::wrap;

/// Whether tests with an engine are left out on purpose, which is said.
pub(crate) fn skipped(test: &str) -> bool {
    let skip = std::env::var_os("PORTREEVE_SKIP_DOCKER").is_some_and(|value| value == "1");
    if skip {
        // Not `eprintln`, which the test harness swallows; in one piece, as tests run side by side.
        let line = format!(
            "{test}: left out, PORTREEVE_SKIP_DOCKER=1
"
        );
        let _ = std::io::stderr().write_all(line.as_bytes());
    }
    skip
}

/// Whether there is an engine to test with: nobody wants one, or its absence is one clear line.
#[expect(clippy::panic, reason = "the tests that ask can go no further")]
pub(crate) fn engine(test: &str) -> bool {
    if skipped(test) {
        return false;
    }
    match docker::engine_version(&DockerCli::default()) {
        Ok(_) => true,
        Err(error) => {
            let error = error.to_string();
            let line = error.lines().next().unwrap_or_default();
            panic!("no Docker engine (PORTREEVE_SKIP_DOCKER=1 leaves this out): {line}");
        }
    }
}

#[test]
fn the_engine_answers() {
    if skipped("the_engine_answers") {
        return;
    }
    match docker::engine_version(&DockerCli::default()) {
        Ok(version) => assert!(
            version.starts_with(|c: char| c.is_ascii_digit()),
            "{version}"
        ),
        Err(error) => panic!("no Docker engine (PORTREEVE_SKIP_DOCKER=1 leaves this out): {error}"),
    }
}

#[test]
fn an_engine_that_is_not_there_is_recognised() {
    if skipped("an_engine_that_is_not_there_is_recognised") {
        return;
    }
    let command = DockerCommand::new(["--host", "unix:///nonexistent/docker.sock", "version"])
        .within(Duration::from_secs(30));
    let error = DockerCli::default().run(&command).unwrap_err();
    assert!(
        matches!(error, docker::DockerError::Unreachable { .. }),
        "{error}"
    );
}

#[test]
fn every_flag_that_docker_run_lists_is_known_with_its_arity() {
    if skipped("every_flag_that_docker_run_lists_is_known_with_its_arity") {
        return;
    }
    for subcommand in ["run", "create"] {
        let command = DockerCommand::new([subcommand, "--help"]);
        let help = DockerCli::default().run(&command).unwrap().stdout;
        let mut seen = 0;
        for line in help.lines() {
            let line = line.trim_start();
            let line = match line.split_once(", --") {
                Some((short, long)) if short.len() == 2 => format!("--{long}"),
                _ => line.to_owned(),
            };
            let Some(rest) = line.strip_prefix("--") else {
                continue;
            };
            // `name kind   text` for a flag with a value, `name   text` for a switch.
            let (name, rest) = rest.split_once(' ').unwrap_or((rest, ""));
            let takes_value = !rest.starts_with(' ') && !rest.is_empty();
            assert_eq!(wrap::takes_value(name), Some(takes_value), "--{name}");
            seen += 1;
        }
        assert!(seen > 80, "{seen} flags in the help of {subcommand}");
    }
}
