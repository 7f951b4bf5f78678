//! A demo that is ended from outside.
//!
//! The name of this file puts it behind the other tests of the demo: Docker 20.10 may go on with
//! a command whose client is gone, and loses count of the endpoints of a network that another demo
//! has made meanwhile.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use crate::demo::{command, nothing_is_left};
use crate::docker::engine;

#[test]
fn a_demo_that_is_told_to_end_removes_what_it_has_made() {
    if !engine("a_demo_that_is_told_to_end_removes_what_it_has_made") {
        return;
    }
    let mut child = command(&[])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let stderr = BufReader::new(child.stderr.take().unwrap());
    let mut seen = Vec::new();
    for line in stderr.lines() {
        let line = line.unwrap();
        if line == "start the agents" {
            let id = child.id().to_string();
            assert!(
                Command::new("kill")
                    .args(["-TERM", &id])
                    .status()
                    .unwrap()
                    .success()
            );
        }
        seen.push(line);
    }
    // It ends as any program does that is told to.
    assert_eq!(child.wait().unwrap().signal(), Some(15), "{seen:#?}");
    assert!(seen.contains(&"error: interrupted".to_owned()), "{seen:#?}");
    nothing_is_left();
}
