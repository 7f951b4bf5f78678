//! Runs the program in a folder of its own, with nothing of the caller's environment.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test bed that cannot be set up has no better answer than to stop"
)]

use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A folder with files, a state folder and perhaps a `docker` that only acts.
pub(crate) struct Bed {
    folder: TempDir,
}

/// One run of the program.
#[must_use]
pub(crate) struct Run<'a> {
    bed: &'a Bed,
    args: Vec<String>,
    env: Vec<(String, String)>,
    stdin: String,
}

/// What a run gave.
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// One agent with four addresses and a CDP listener.
const DEPLOYMENT: &str = r#"{"version":1,"subnet":"172.30.0.0/20","proxy_port":3128,
  "networks":[{"name":"coder","subnet":"172.30.0.8/29","gateway":"172.30.0.9",
    "proxy":"172.30.0.10"}],
  "agents":[{"name":"coder","id":"coder","network":"coder","block":"172.30.0.8/29",
    "first_address":"172.30.0.11","last_address":"172.30.0.14","sessions":4,
    "proxy":"172.30.0.10","cdp_port":9301}]}"#;

impl Bed {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Adds a file.
    pub(crate) fn file(&self, name: &str, text: &str) -> &Self {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    /// The text of a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).unwrap()
    }

    /// Puts a deployment in force, as `up` would.
    pub(crate) fn deployed(&self) -> &Self {
        self.file("state/config/generations/g1/deployment.json", DEPLOYMENT);
        symlink("generations/g1", self.path().join("state/config/current")).unwrap();
        self
    }

    /// Puts a shell script in the place of `docker`.
    pub(crate) fn docker(&self, script: &str) -> &Self {
        self.program("docker", script)
    }

    /// Puts a shell script in the place of a program.
    pub(crate) fn program(&self, name: &str, script: &str) -> &Self {
        let path = format!("bin/{name}");
        self.file(&path, &format!("#!/bin/sh\n{script}\n"));
        let path = self.path().join(path);
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    /// A run with these arguments.
    pub(crate) fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Run<'_> {
        Run {
            bed: self,
            args: args.into_iter().map(str::to_owned).collect(),
            env: Vec::new(),
            stdin: String::new(),
        }
    }
}

impl Run<'_> {
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    pub(crate) fn outcome(self) -> Outcome {
        let folder = self.bed.path();
        let bin = folder.join("bin");
        let mut child = Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(&self.args)
            .current_dir(folder)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("HOME", folder)
            .env("PORTREEVE_STATE", folder.join("state"))
            .env("PORTREEVE_INSTANCE", "t")
            .envs(self.env)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(self.stdin.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: output.status.code().unwrap(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The outcome, which must have this exit code.
    #[track_caller]
    pub(crate) fn exits(self, code: i32) -> Outcome {
        let outcome = self.outcome();
        assert_eq!(
            outcome.code, code,
            "stdout: {}\nstderr: {}",
            outcome.stdout, outcome.stderr
        );
        outcome
    }
}
