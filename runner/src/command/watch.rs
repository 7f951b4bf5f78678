//! `watch`: stays, and keeps a policy in force until it is told to end.

use std::path::Path;
use std::time::{Duration, Instant};

use crate::cli::WatchArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::files::failed;
use crate::up::Installation;
use crate::watch::inbox::{Inbox, Wake, folders_of};
use crate::watch::journal::Topic;
use crate::watch::keeper::Keeper;

/// How often it is looked whether a log is due.
const ROTATION: Duration = Duration::from_secs(3600);

/// Returns when a signal says so; a plan that is being carried out is carried out first.
pub fn run(
    installation: &Installation<'_>,
    args: &WatchArgs,
    facts: Option<&Path>,
) -> Result<Exit, Error> {
    let mut inbox = Inbox::open().map_err(failed("follow", &args.file))?;
    let every = Duration::from_secs(args.every);
    let mut keeper = Keeper::new(installation, &args.file, facts, every);
    keeper.journal().line(format_args!(
        "watching {} for instance {}",
        args.file.display(),
        installation.state.instance()
    ));
    let mut rotation = Instant::now();
    // Followed before the first look, so that no edit falls between the two.
    follow(&mut inbox, &mut keeper);
    loop {
        let pause = keeper.look();
        follow(&mut inbox, &mut keeper);
        // What could not be done now is tried again after the next look.
        if Instant::now() >= rotation && keeper.rotate() {
            rotation = Instant::now() + ROTATION;
        }
        let next = Instant::now() + pause;
        loop {
            match inbox.wait(next) {
                Wake::Time | Wake::Told => break,
                Wake::Files if keeper.files_have_changed() => break,
                Wake::Files => {}
                Wake::End(signal) => {
                    let text = format_args!("ended by {signal}: what is in force stays in force");
                    keeper.journal().line(text);
                    return Ok(Exit::Fine);
                }
            }
        }
    }
}

fn follow(inbox: &mut Inbox, keeper: &mut Keeper<'_>) {
    let folders = folders_of(keeper.files());
    match inbox.follow(folders) {
        Ok(()) => keeper.journal().forget(Topic::Files),
        Err(error) => {
            let text = format!("changes are seen late, as folders cannot be followed: {error}");
            keeper.journal().state(Topic::Files, text);
        }
    }
}
