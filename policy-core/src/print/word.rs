//! The values of statements as single words.

use std::fmt;

use ipnet::IpNet;

use crate::ast::{Access, Destination, Extent, Guarded, Isolation, LanTarget, Mode, Route, Target};
use crate::port::Port;

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Access::Full => "full",
            Access::List => "list",
            Access::ModelOnly => "model-only",
        })
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Enforce => "enforce",
            Mode::Report => "report",
        })
    }
}

impl fmt::Display for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Isolation::PerAgent => "per-agent",
            Isolation::Shared => "shared",
        })
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Route::Gateway => "gateway",
            Route::Direct => "direct",
            Route::Forward => "forward",
        })
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::Host { pattern, port } => {
                pattern.fmt(f)?;
                write_port(f, *port)
            }
            Target::Set(name) => write!(f, "@{name}"),
        }
    }
}

impl fmt::Display for LanTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LanTarget::Net(net) => write_net(f, *net),
            LanTarget::Host => f.write_str("host"),
        }
    }
}

impl fmt::Display for Guarded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.what {
            Extent::Names(pattern) => pattern.fmt(f)?,
            Extent::Net(net) => write_net(f, *net)?,
        }
        write_port(f, self.port)
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&host_port(&self.host, self.port))
    }
}

fn write_port(f: &mut fmt::Formatter<'_>, port: Option<Port>) -> fmt::Result {
    match port {
        Some(port) => write!(f, ":{port}"),
        None => Ok(()),
    }
}

/// A network of one is an address.
fn write_net(f: &mut fmt::Formatter<'_>, net: IpNet) -> fmt::Result {
    match net {
        IpNet::V4(net) if net.prefix_len() == 32 => write!(f, "{}", net.addr()),
        IpNet::V6(net) if net.prefix_len() == 128 => write!(f, "[{}]", net.addr()),
        _ => write!(f, "{net}"),
    }
}

/// A host and a port in one word. Brackets stand around a host that has a colon, and around one
/// that would be read otherwise without them.
pub(super) fn host_port(host: &str, port: Port) -> String {
    let looks_bracketed = host.starts_with('[') && host.ends_with(']');
    if host.contains(':') || host.starts_with('#') || looks_bracketed {
        format!("[{host}]:{port}")
    } else {
        format!("{host}:{port}")
    }
}
