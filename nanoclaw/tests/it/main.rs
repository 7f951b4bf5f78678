//! Databases in, policies out, and back.

mod bed;
mod corpus;
mod importing;
mod opening;
mod syncing;
