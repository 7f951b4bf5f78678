//! Whole sessions with a client in the same process.

mod answers;
mod client;
mod lifecycle;
mod names;
mod texts;
