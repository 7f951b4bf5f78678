//! The policy language of Portreeve and what it means.
//!
//! Text becomes a tree ([`ast`]), the tree becomes a complete, ordered model ([`ir`]), and one
//! plain function (`decide`) says what the model does with a request. Nothing here touches a
//! file, a clock, the environment, a process or the network.

pub mod address;
pub mod allocate;
pub mod ast;
pub mod diagnostic;
pub mod facts;
pub mod host;
pub mod ir;
pub mod key;
pub mod name;
pub mod port;
pub mod providers;
pub mod span;
