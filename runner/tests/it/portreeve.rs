//! Runs the program in a folder of its own, with nothing of the caller's environment.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test bed that cannot be set up has no better answer than to stop"
)]

use std::fs;
use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A folder with files, a state folder and perhaps a `docker` that only acts.
pub(crate) struct Bed {
    folder: TempDir,
}

/// How long a running program may take to say something: an `up` from nothing, on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);

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

/// A run that goes on; it is killed when this is dropped.
pub(crate) struct Running {
    child: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Running {
    /// What it has said so far, on both outputs.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    /// How many lines hold this text.
    pub(crate) fn count(&self, text: &str) -> usize {
        self.lines().iter().filter(|l| l.contains(text)).count()
    }

    /// Waits until so many lines hold this text.
    #[track_caller]
    pub(crate) fn says(&self, text: &str, times: usize) {
        let end = Instant::now() + PATIENCE;
        while self.count(text) < times {
            assert!(
                Instant::now() < end,
                "not {times} times within {PATIENCE:?}: {text}\n{}",
                self.lines().join("\n")
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// Sends it a signal.
    pub(crate) fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success(), "it has ended");
    }

    /// Waits for its end; gives its exit code.
    pub(crate) fn ends(&mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn listen(from: impl Read + Send + 'static, lines: Arc<Mutex<Vec<String>>>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            lines.lock().unwrap().push(line);
        }
    });
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
        self.file("bin/docker", &format!("#!/bin/sh\n{script}\n"));
        let path = self.path().join("bin/docker");
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

/// The exit code; 128 plus the signal for a process that a signal ended, as shells say it.
fn code(status: ExitStatus) -> i32 {
    let signal = || 128 + status.signal().unwrap();
    status.code().unwrap_or_else(signal)
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

    /// Starts it and lets it go on.
    pub(crate) fn start(self) -> Running {
        let mut child = self.spawn();
        let lines = Arc::new(Mutex::new(Vec::new()));
        listen(child.stdout.take().unwrap(), Arc::clone(&lines));
        listen(child.stderr.take().unwrap(), Arc::clone(&lines));
        Running { child, lines }
    }

    pub(crate) fn outcome(self) -> Outcome {
        let mut child = self.spawn();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(self.stdin.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Outcome {
            code: code(output.status),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// The outcome of a run that somebody ends with SIGKILL.
    #[track_caller]
    pub(crate) fn killed(self) -> Outcome {
        self.exits(128 + 9)
    }

    fn spawn(&self) -> Child {
        let folder = self.bed.path();
        let bin = folder.join("bin");
        Command::new(env!("CARGO_BIN_EXE_portreeve"))
            .args(&self.args)
            .current_dir(folder)
            .env_clear()
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .env("HOME", folder)
            .env("PORTREEVE_STATE", folder.join("state"))
            .env("PORTREEVE_INSTANCE", "t")
            .envs(self.env.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
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
