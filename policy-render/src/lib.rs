//! From the model of a policy to the files that enforce it.

pub mod deployment;
