//! The program as a black box, and the parts of it that are worth a table.

mod build;
mod check;
mod ci_files;
mod cli;
mod demo;
mod docker;
mod engine;
mod explain;
mod formatting;
mod lease;
mod manuals;
mod planning;
mod portreeve;
mod promises;
mod readme;
mod stopping;
mod test;
mod wrap;
