//! The subcommands, one file each.

pub mod args;
pub mod build;
pub mod check;
pub mod demo;
pub mod diff;
pub mod down;
pub mod matrix;
pub mod status;
pub mod up;
pub mod wrap;
