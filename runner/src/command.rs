//! The subcommands, one file each.

pub mod agent;
pub mod args;
pub mod boot;
pub mod build;
pub mod check;
pub mod completions;
pub mod demo;
pub mod diff;
pub mod down;
pub mod edge;
pub mod explain;
pub mod explain_code;
pub mod fmt;
pub mod lsp;
pub mod man;
pub mod matrix;
pub mod nanoclaw;
pub mod providers;
pub mod rotate;
pub mod show;
pub mod status;
pub mod test;
pub mod up;
pub mod watch;
pub mod wrap;
