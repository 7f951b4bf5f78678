//! The subcommands, one file each.

pub mod args;
pub mod build;
pub mod check;
pub mod completions;
pub mod demo;
pub mod down;
pub mod explain_code;
pub mod fmt;
pub mod lsp;
pub mod man;
pub mod providers;
pub mod status;
pub mod up;
pub mod wrap;
