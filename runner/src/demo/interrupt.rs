//! Ctrl-C, and being told to end: noticed between two steps, so that what was made is removed.
//!
//! A running `docker` gets the terminal's signal as well and ends; that step then fails, which
//! comes to the same.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use super::error::DemoError;

/// The signal that has come, if any.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    signal: Arc<AtomicUsize>,
}

impl Interrupt {
    /// From here on the signals that end a program are only noted.
    pub fn listen() -> io::Result<Self> {
        let interrupt = Self::default();
        for signal in [SIGHUP, SIGINT, SIGTERM] {
            let number = usize::try_from(signal).unwrap_or_default();
            signal_hook::flag::register_usize(signal, Arc::clone(&interrupt.signal), number)?;
        }
        Ok(interrupt)
    }

    /// Fails once a signal has come.
    pub fn check(&self) -> Result<(), DemoError> {
        match self.signal.load(Ordering::Relaxed) {
            0 => Ok(()),
            _ => Err(DemoError::Interrupted),
        }
    }

    /// Lets a signal that has come do what it does to any program; without one, returns.
    pub fn obey(&self) {
        let signal = self.signal.load(Ordering::Relaxed);
        if let Some(signal) = i32::try_from(signal).ok().filter(|signal| *signal != 0) {
            // Where the default action cannot be taken, the exit code tells instead.
            let _ = signal_hook::low_level::emulate_default_handler(signal);
        }
    }
}
