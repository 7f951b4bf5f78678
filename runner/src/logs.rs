//! What agents asked for, and what was decided: the proxy's log and the resolver's, as entries.
//!
//! The log says keys; where a statement stands is known to the manifest of the generation that
//! decided. Everything in a log line that an agent could choose is hostile text: nothing of it
//! reaches a terminal but printable characters.

mod line;
mod places;

pub use self::line::{Entry, What, entry, printable};
pub use self::places::{Place, Places};

/// The proxy's log in the container.
pub const ACCESS_LOG: &str = "/var/log/portreeve/access.log";
/// The resolver's.
pub const DNS_LOG: &str = "/var/log/portreeve/dns.log";
