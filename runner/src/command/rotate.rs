//! `rotate`: packs the logs of past months; for those who do not run `watch`.

use crate::cli::RotateArgs;
use crate::error::Error;
use crate::exit::Exit;
use crate::rotation::rotate;
use crate::ui;
use crate::up::Installation;

/// Rotates once. Where nothing runs there is nothing to do.
pub fn run(installation: &Installation<'_>, args: &RotateArgs) -> Result<Exit, Error> {
    match rotate(installation.docker, installation.state, args.now)? {
        None => ui::note("the proxy does not run, so nothing is logged"),
        Some(done) if done.is_empty() => ui::result("nothing to rotate"),
        Some(done) => done.iter().for_each(ui::result),
    }
    Ok(Exit::Fine)
}
