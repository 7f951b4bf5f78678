//! The program as a black box, and the parts of it that are worth a table.

mod build;
mod check;
mod ci_files;
mod cli;
mod demo;
mod diff;
mod docker;
mod editing;
mod engine;
mod explain;
mod formatting;
mod lease;
mod lsp;
mod manuals;
mod matrix;
mod nanoclaw;
mod planning;
mod portreeve;
mod promises;
mod readme;
mod stopping;
mod test;
mod units;
mod wrap;
