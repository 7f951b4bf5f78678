//! The policy language of Portreeve and what it means.
//!
//! Text becomes a tree ([`parse`]), the tree becomes a complete, ordered model (`ir`), and one
//! plain function (`decide`) says what the model does with a request. Nothing here touches a
//! file, a clock, the environment, a process or the network.

pub mod ast;
pub mod diagnostic;
pub mod host;
pub mod name;
pub mod parse;
pub mod port;
pub mod print;
pub mod span;

#[cfg(feature = "testing")]
pub mod testing;
