//! A child process that is fed, listened to, and killed when it takes too long.

use std::io::{self, BufRead as _, BufReader, Read, Write as _};
use std::ops::ControlFlow;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::{Line, Output};

/// How a process came to its end.
pub(super) enum Finished {
    /// By itself.
    Ended(Output),
    /// It was killed; the output is what it had printed.
    TimedOut(Output),
}

/// How often a process that has closed its output is asked whether it is gone.
const POLL: Duration = Duration::from_millis(5);

enum Chunk {
    Stdout(Vec<u8>),
    Stderr(Vec<u8>),
}

/// Runs `command` to its end; the error is that it cannot be started.
pub(super) fn run(
    mut command: Command,
    input: Option<&[u8]>,
    timeout: Duration,
    on_line: &mut dyn FnMut(Line<'_>),
) -> io::Result<Finished> {
    let stdin = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    let mut child = command
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    let deadline = Instant::now() + timeout;
    feed(&mut child, input);
    let (sender, chunks) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        listen(stdout, sender.clone(), Chunk::Stdout);
    }
    if let Some(stderr) = child.stderr.take() {
        listen(stderr, sender, Chunk::Stderr);
    }
    let mut output = Output::default();
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match chunks.recv_timeout(left) {
            Ok(chunk) => keep(&mut output, &chunk, on_line),
            // Both ends are closed, so the process is gone or about to be.
            Err(RecvTimeoutError::Disconnected) => break,
            // A grandchild may hold the pipes open for ever: nothing waits for the readers.
            Err(RecvTimeoutError::Timeout) => return kill(child, output),
        }
    }
    loop {
        if let Some(status) = child.try_wait()? {
            output.status = code(status);
            return Ok(Finished::Ended(output));
        }
        if Instant::now() >= deadline {
            return kill(child, output);
        }
        thread::sleep(POLL);
    }
}

/// Listens to `command` until it ends or `on_line` ends it; gives how it ended by itself, with what
/// it complained of last. It can tell that we are gone by its input, which ends with us.
pub(super) fn follow(
    mut command: Command,
    on_line: &mut dyn FnMut(Line<'_>) -> ControlFlow<()>,
) -> io::Result<Option<Output>> {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    // It would be closed by `wait`.
    let stdin = child.stdin.take();
    let (sender, chunks) = mpsc::channel();
    if let Some(stdout) = child.stdout.take() {
        listen(stdout, sender.clone(), Chunk::Stdout);
    }
    if let Some(stderr) = child.stderr.take() {
        listen(stderr, sender, Chunk::Stderr);
    }
    let mut output = Output::default();
    for chunk in chunks {
        let mut next = ControlFlow::Continue(());
        if matches!(chunk, Chunk::Stderr(_)) {
            output.stderr.clear();
        }
        keep(&mut output, &chunk, &mut |line| next = on_line(line));
        output.stdout.clear();
        if next.is_break() {
            drop(stdin);
            child.wait()?;
            return Ok(None);
        }
    }
    output.status = code(child.wait()?);
    Ok(Some(output))
}

/// Writes the input on a thread of its own: a child that does not read must not stop us.
fn feed(child: &mut Child, input: Option<&[u8]>) {
    if let (Some(mut stdin), Some(input)) = (child.stdin.take(), input) {
        let input = input.to_vec();
        // A child may end before it has read everything; its exit code tells that story.
        thread::spawn(move || drop(stdin.write_all(&input)));
    }
}

fn listen(source: impl Read + Send + 'static, sender: Sender<Chunk>, chunk: fn(Vec<u8>) -> Chunk) {
    thread::spawn(move || {
        let mut source = BufReader::new(source);
        loop {
            let mut line = Vec::new();
            match source.read_until(b'\n', &mut line) {
                Ok(0) | Err(_) => return,
                Ok(_) if sender.send(chunk(line)).is_err() => return,
                Ok(_) => {}
            }
        }
    });
}

fn keep(output: &mut Output, chunk: &Chunk, on_line: &mut dyn FnMut(Line<'_>)) {
    match chunk {
        Chunk::Stdout(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            on_line(Line::Stdout(text.trim_end_matches(['\r', '\n'])));
            output.stdout.push_str(&text);
        }
        Chunk::Stderr(bytes) => {
            let text = String::from_utf8_lossy(bytes);
            on_line(Line::Stderr(text.trim_end_matches(['\r', '\n'])));
            output.stderr.push_str(&text);
        }
    }
}

fn kill(mut child: Child, output: Output) -> io::Result<Finished> {
    child.kill()?;
    child.wait()?;
    Ok(Finished::TimedOut(output))
}

fn code(status: ExitStatus) -> i32 {
    // The shell's convention for a process that a signal ended.
    status
        .code()
        .unwrap_or_else(|| 128 + status.signal().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn finish(script: &str, input: Option<&[u8]>, timeout: Duration) -> Finished {
        run(shell(script), input, timeout, &mut |_| {}).unwrap()
    }

    #[test]
    fn both_outputs_and_the_exit_code_are_kept() {
        let long = Duration::from_secs(20);
        let Finished::Ended(output) = finish("cat; echo e >&2; exit 3", Some(b"in"), long) else {
            panic!("it timed out");
        };
        assert_eq!(
            (output.status, &*output.stdout, &*output.stderr),
            (3, "in", "e\n")
        );
    }

    #[test]
    fn lines_arrive_in_order_while_the_process_runs() {
        let mut lines = Vec::new();
        let long = Duration::from_secs(20);
        let _ = run(shell("echo one; echo two"), None, long, &mut |line| {
            if let Line::Stdout(text) = line {
                lines.push(text.to_owned());
            }
        })
        .unwrap();
        assert_eq!(lines, ["one", "two"]);
    }

    #[test]
    fn a_process_that_hangs_is_killed_even_when_its_child_keeps_the_pipe() {
        let start = Instant::now();
        let short = Duration::from_millis(300);
        let finished = finish("echo begun; sleep 5 & sleep 5", None, short);
        assert!(matches!(finished, Finished::TimedOut(output) if output.stdout == "begun\n"));
        assert!(start.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn a_large_input_that_nobody_reads_blocks_nothing() {
        let input = vec![b'x'; 1 << 20];
        let finished = finish("exit 0", Some(&input), Duration::from_secs(20));
        assert!(matches!(finished, Finished::Ended(output) if output.success()));
    }
}
