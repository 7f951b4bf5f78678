//! What holds for every command.

use clap::{Command, CommandFactory as _};
use portreeve::cli::Cli;

use crate::portreeve::Bed;

#[test]
fn help_lists_every_command_and_each_shows_an_example() {
    let bed = Bed::new();
    let help = bed.run(["--help"]).exits(0).stdout;
    let cli = Cli::command();
    let commands: Vec<&str> = cli.get_subcommands().map(Command::get_name).collect();
    assert!(commands.len() > 10, "{commands:?}");
    for command in commands {
        assert!(help.contains(&format!("  {command} ")), "{command}: {help}");
        let own = bed.run([command, "--help"]).exits(0).stdout;
        assert!(
            own.contains("Example:\n  ") && own.contains(&format!("portreeve {command}")),
            "{own}"
        );
    }
}

#[test]
fn a_wrong_command_line_exits_with_2() {
    let bed = Bed::new();
    let table: [&[&str]; 5] = [
        &[],
        &["frobnicate"],
        &["check"],
        &["check", "--format", "xml", "p.reeve"],
        &["wrap", "coder", "docker", "run"],
    ];
    for args in table {
        let outcome = bed.run(args.iter().copied()).exits(2);
        assert!(
            outcome.stderr.contains("--help"),
            "{args:?}: {}",
            outcome.stderr
        );
    }
}

#[test]
fn every_error_says_what_to_do() {
    let bed = Bed::new();
    bed.file("facts.json", r#"{"version":1,"todya":"2026-01-01"}"#);
    bed.file("p.reeve", "policy 1\n");
    let table: [(&[&str], i32, &str); 5] = [
        (
            &["check", "missing.reeve"],
            3,
            "cannot open `missing.reeve`",
        ),
        (
            &["check", "--facts", "facts.json", "p.reeve"],
            2,
            "unknown field `todya`",
        ),
        (
            &["args", "coder"],
            3,
            "no policy is in force for instance `t`",
        ),
        (
            &["args", "coder", "--instance", "No"],
            2,
            "`No` is no instance name",
        ),
        (
            &["args", "coder", "--credentials", "x:a@b"],
            2,
            "percent-encoded",
        ),
    ];
    for (args, code, expected) in table {
        let outcome = bed.run(args.iter().copied()).exits(code);
        assert!(outcome.stderr.contains(expected), "{}", outcome.stderr);
        assert!(outcome.stderr.contains("\n  help: "), "{}", outcome.stderr);
        assert_eq!(outcome.stdout, "");
    }
}

#[test]
fn a_missing_docker_is_one_clear_error() {
    let bed = Bed::new();
    bed.deployed();
    let empty = bed.path().join("empty");
    let run = bed
        .run(["args", "coder"])
        .env("PATH", &empty.display().to_string());
    let stderr = run.exits(3).stderr;
    assert!(stderr.contains("`docker` cannot be started"), "{stderr}");
    assert!(stderr.contains("help: install Docker"), "{stderr}");
}

#[test]
fn a_dead_engine_is_one_clear_error() {
    let bed = Bed::new();
    bed.deployed().docker(
        "echo 'Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?' >&2
         exit 1",
    );
    let stderr = bed.run(["args", "coder"]).exits(3).stderr;
    assert!(
        stderr.contains("the Docker engine does not answer"),
        "{stderr}"
    );
    assert!(
        stderr.contains("command: docker network inspect portreeve-t.coder-172.30.0.8"),
        "{stderr}"
    );
    assert!(stderr.contains("DOCKER_HOST"), "{stderr}");
}
