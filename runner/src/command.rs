//! The subcommands, one file each.

pub mod args;
pub mod build;
pub mod check;
pub mod demo;
pub mod down;
pub mod explain;
pub mod status;
pub mod test;
pub mod up;
pub mod wrap;
