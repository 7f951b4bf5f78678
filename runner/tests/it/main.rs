//! The program as a black box, and the parts of it that are worth a table.

mod build;
mod check;
mod cli;
mod demo;
mod docker;
mod engine;
mod lease;
mod lsp;
mod planning;
mod portreeve;
mod promises;
mod stopping;
mod wrap;
