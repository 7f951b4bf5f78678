//! The subcommands, one file each.

pub mod args;
pub mod build;
pub mod check;
pub mod completions;
pub mod demo;
pub mod diff;
pub mod doctor;
pub mod down;
pub mod explain;
pub mod explain_code;
pub mod fmt;
pub mod logs;
pub mod lsp;
pub mod man;
pub mod matrix;
pub mod providers;
pub mod status;
pub mod test;
pub mod up;
pub mod wrap;
