//! The subcommands, one file each.

pub mod args;
pub mod build;
pub mod check;
pub mod wrap;
