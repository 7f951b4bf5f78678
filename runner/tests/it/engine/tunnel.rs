//! An open connection of an agent's, and whether it is still there.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

/// How long an end may take to show. That it comes within a second is printed, not asserted.
const PATIENCE: Duration = Duration::from_secs(20);

/// A client in an agent's container, whose other end sends back what it gets.
pub(crate) struct Tunnel {
    client: Child,
    to: ChildStdin,
    from: Receiver<String>,
}

impl Tunnel {
    /// Through the proxy with CONNECT.
    pub(crate) fn open(container: &str, proxy: &str, destination: &str) -> Self {
        Self::start(
            container,
            &format!("PROXY:{proxy}:{destination},proxyport=3128"),
        )
    }

    /// The same, to a server of `selftest.pl`, which echoes when it is asked to.
    pub(crate) fn hold(container: &str, proxy: &str, destination: &str) -> Self {
        let mut tunnel = Self::open(container, proxy, destination);
        tunnel.ask("GET /hold HTTP/1.1\r\n\r\n");
        tunnel
    }

    /// Past the proxy, by a forward, to the same server.
    pub(crate) fn forward(container: &str, address: &str) -> Self {
        let mut tunnel = Self::start(container, &format!("TCP4:{address}"));
        tunnel.ask("GET /hold HTTP/1.1\r\n\r\n");
        tunnel
    }

    /// A plain request that is answered for ever.
    pub(crate) fn download(container: &str, proxy: &str, host: &str) -> Self {
        let mut tunnel = Self::start(container, &format!("TCP4:{proxy}:3128"));
        let head = format!("GET http://{host}/long HTTP/1.1\r\nHost: {host}\r\n\r\n");
        tunnel.ask(&head);
        tunnel
    }

    fn start(container: &str, to: &str) -> Self {
        let mut client = Command::new("docker")
            .args(["exec", "--interactive", container, "socat", "-", to])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("docker starts");
        let (to, out) = (client.stdin.take().unwrap(), client.stdout.take().unwrap());
        let (sender, from) = mpsc::channel();
        std::thread::spawn(move || {
            let mut out = BufReader::new(out);
            let mut bytes = Vec::new();
            // A download has no line ends, and is not to be kept.
            while out.read_until(b'\n', &mut bytes).is_ok_and(|read| read > 0) {
                let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
                bytes.clear();
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self { client, to, from }
    }

    /// Sends a request; it must be answered.
    #[track_caller]
    fn ask(&mut self, head: &str) {
        self.to.write_all(head.as_bytes()).unwrap();
        let status = self.from.recv_timeout(PATIENCE).expect("an answer");
        assert!(status.contains(" 200"), "{status}");
        while !self.from.recv_timeout(PATIENCE).expect("a head").is_empty() {}
    }

    /// Whether a word comes back.
    pub(crate) fn echoes(&mut self, word: &str) -> bool {
        let sent = self.to.write_all(format!("{word}\n").as_bytes()).is_ok();
        sent && self
            .from
            .recv_timeout(Duration::from_secs(5))
            .is_ok_and(|back| back == word)
    }

    /// Whether it is still open, for a client that only receives.
    pub(crate) fn is_open(&self) -> bool {
        !matches!(self.from.try_recv(), Err(mpsc::TryRecvError::Disconnected))
    }

    /// Waits for its end, and gives how long that took.
    #[track_caller]
    pub(crate) fn ends(&self) -> Duration {
        let start = Instant::now();
        loop {
            let left = PATIENCE.saturating_sub(start.elapsed());
            match self.from.recv_timeout(left) {
                Ok(_) => {}
                Err(RecvTimeoutError::Disconnected) => return start.elapsed(),
                Err(RecvTimeoutError::Timeout) => panic!("it is open after {PATIENCE:?}"),
            }
        }
    }
}

impl Drop for Tunnel {
    fn drop(&mut self) {
        let _ = self.client.kill();
        let _ = self.client.wait();
    }
}
