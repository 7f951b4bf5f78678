//! What the exit code says: scripts and service managers depend on it.

use std::process::ExitCode;

/// The exit codes, all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[must_use]
pub enum Exit {
    /// Done, and nothing to complain about.
    Fine,
    /// Findings, failed tests, a drift or a refused change.
    Findings,
    /// The command line asks for something that cannot be.
    Usage,
    /// A file or Docker cannot be reached.
    Unreachable,
    /// A change failed and the last good state is back.
    RolledBack,
    /// Our own bug, such as a failed proof.
    Bug,
}

impl Exit {
    /// Every code, in rising order.
    pub const ALL: [Exit; 6] = [
        Exit::Fine,
        Exit::Findings,
        Exit::Usage,
        Exit::Unreachable,
        Exit::RolledBack,
        Exit::Bug,
    ];

    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Usage => 2,
            Exit::Unreachable => 3,
            Exit::RolledBack => 4,
            // EX_SOFTWARE of sysexits.h.
            Exit::Bug => 70,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_the_documented_ones() {
        assert_eq!(Exit::ALL.map(Exit::code), [0, 1, 2, 3, 4, 70]);
    }
}
