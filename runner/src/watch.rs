//! What `watch` is made of: what wakes it, what it does then, and what it says.

pub mod inbox;
pub mod journal;
pub mod keeper;
