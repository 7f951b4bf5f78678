//! The request that a question of the policy asks: `coder can pypi.org:443`.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::allocate::session_addresses;
use crate::ir::{Agent, Destination, Policy};
use crate::port::Port;

use super::{Kind, Request, Resolved};

/// The word for the agent's CDP listener, or else the Docker host.
pub(crate) const DOCKER_HOST: &str = "host";

/// A request that owns its host where the question does not spell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedRequest<'a> {
    source: IpAddr,
    kind: Kind,
    host: Cow<'a, str>,
    port: Port,
}

impl AskedRequest<'_> {
    /// The request, for a name that resolves to a public address.
    pub fn as_request(&self) -> Request<'_> {
        Request {
            source: self.source,
            kind: self.kind,
            host: &self.host,
            port: self.port.get(),
            resolved: Resolved::Public,
        }
    }
}

impl Policy {
    /// The request that a question about `agent` asks: port 80 is asked plainly, every other port
    /// with CONNECT; `host` is the agent's CDP listener or else the Docker host.
    pub fn request<'a>(&self, agent: &Agent, destination: &'a Destination) -> AskedRequest<'a> {
        let port = destination.port;
        // Squid's own address is no agent's where all agents share it.
        let own = session_addresses(agent.block).next();
        let source = IpAddr::V4(own.unwrap_or(agent.block.addr()));
        let usual = if port == Port::HTTP {
            Kind::Plain
        } else {
            Kind::Connect
        };
        let listens = agent.cdp.as_ref().is_some_and(|cdp| cdp.listen == port);
        let (kind, host) = if &*destination.host != DOCKER_HOST {
            (usual, Cow::Borrowed(&*destination.host))
        } else if listens {
            (Kind::Plain, Cow::Owned(agent.proxy.to_string()))
        } else {
            (usual, Cow::Owned(self.host_address.to_string()))
        };
        AskedRequest {
            source,
            kind,
            host,
            port,
        }
    }
}
