//! An engine of the test's own, beside the one that all tests share: it may be stopped.
//!
//! It keeps everything in a folder of its own, answers on a socket there, and runs in a network
//! namespace of its own: in the machine's it would take the bridge `docker0` and the packet filter
//! for its own (with `--bridge=none` it even removes that bridge, which is the shared engine's). It
//! takes `dockerd` and root, as any engine does.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long it may take to start or to end.
const PATIENCE: Duration = Duration::from_secs(60);

/// An engine, perhaps stopped.
pub(super) struct OwnEngine {
    folder: TempDir,
    daemon: Option<Child>,
}

impl OwnEngine {
    /// One that does not run yet.
    pub(super) fn new() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("portreeve-engine-")
            .tempdir()
            .unwrap();
        // Else it reads the configuration of the shared one.
        fs::write(folder.path().join("daemon.json"), "{}").unwrap();
        Self {
            folder,
            daemon: None,
        }
    }

    /// Where it answers, as `DOCKER_HOST` has it.
    pub(super) fn host(&self) -> String {
        format!("unix://{}", self.path("socket").display())
    }

    /// Starts it, and waits until it answers.
    pub(super) fn start(&mut self) {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(self.path("log"))
            .unwrap();
        let flag = |name: &str, at: &str| format!("--{name}={}", self.path(at).display());
        // Should this process be killed, the engine ends by itself.
        let daemon = Command::new("timeout")
            .args(["600", "unshare", "--net", "sh", "-c"])
            .args(["ip link set lo up && exec dockerd \"$@\"", "dockerd"])
            .arg(format!("--host={}", self.host()))
            .arg(format!("--storage-driver={}", storage_driver()))
            .args([
                flag("config-file", "daemon.json"),
                flag("data-root", "data"),
            ])
            .args([flag("exec-root", "exec"), flag("pidfile", "pid")])
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .expect("`timeout` starts");
        self.daemon = Some(daemon);
        let end = Instant::now() + PATIENCE;
        while !self.try_docker(&["version"]).status.success() {
            assert!(
                Instant::now() < end,
                "an engine of the test's own does not start; it takes root and `dockerd` \
                 (PORTREEVE_SKIP_DOCKER=1 leaves this out)\n{}",
                fs::read_to_string(self.path("log")).unwrap_or_default()
            );
            thread::sleep(Duration::from_millis(200));
        }
    }

    /// Stops it, as a service manager would, and waits for its end.
    pub(super) fn stop(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            let id = daemon.id().to_string();
            // `timeout` hands the signal on.
            let _ = Command::new("kill").arg(id).status();
            let _ = daemon.wait();
            let end = Instant::now() + PATIENCE;
            while self.path("pid").exists() && Instant::now() < end {
                thread::sleep(Duration::from_millis(100));
            }
        }
    }

    /// Gives it an image of the shared engine.
    pub(super) fn load(&self, image: &str) {
        let pipe = format!("docker save {image} | docker --host {} load", self.host());
        let done = Command::new("bash")
            .args(["-o", "pipefail", "-c", &pipe])
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.success(), "{pipe}: {stderr}");
    }

    /// A command that must succeed; gives what it printed.
    #[track_caller]
    pub(super) fn docker(&self, args: &[&str]) -> String {
        let output = self.try_docker(args);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "docker {args:?}: {stderr}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    pub(super) fn try_docker(&self, args: &[&str]) -> Output {
        Command::new("docker")
            .args(["--host", &self.host()])
            .args(args)
            .output()
            .expect("docker starts")
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        if self.daemon.is_none() {
            return;
        }
        // Its networks go with its namespace; a container would keep its file system mounted.
        let ids = |args: &[&str]| -> Vec<String> {
            let output = self.try_docker(args);
            let text = String::from_utf8_lossy(&output.stdout).into_owned();
            text.split_whitespace().map(str::to_owned).collect()
        };
        for id in ids(&["ps", "--all", "--quiet"]) {
            self.try_docker(&["rm", "--force", "--volumes", &id]);
        }
        self.stop();
    }
}

/// That of the shared engine: it works on this machine.
fn storage_driver() -> String {
    let info = ["info", "--format", "{{.Driver}}"];
    let output = Command::new("docker").args(info).output().unwrap();
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}
