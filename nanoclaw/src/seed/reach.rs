//! Everything an agent reaches under the skill, as the value that a policy's reach is compared with.
//!
//! Squid's rules there, first match decides: addresses and the browser before the ports, on every
//! port and directly; then ports other than 80 and 443, and CONNECT to 80, are refused; then names
//! or everything, through the gateway. It knows no floor and no private ranges.

use std::net::{IpAddr, Ipv4Addr};

use policy_core::decide::Host;
use policy_core::host::{HostName, HostPattern, Reach};
use policy_core::ir::Route;
use policy_core::port::Port;
use policy_core::reach::{Destinations, Forward, NameMap, PerKind, RangeMap, Routes, Row, Way};

use super::cdp::Cdp;

/// The name under which the skill's agents and its proxy know the Docker host.
pub const DOCKER_HOST: &str = "host.docker.internal";

/// An agent as the skill's files have it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SeedAgent {
    /// Whether it reaches everything.
    pub is_full: bool,
    /// The names it reaches, those of its provider included.
    pub names: Vec<HostPattern>,
    /// The addresses it reaches.
    pub lan: Vec<Ipv4Addr>,
    /// The port of the host that a request through the proxy reaches.
    pub cdp_port: Option<Port>,
    /// Its forwarder.
    pub cdp: Option<Cdp>,
}

impl SeedAgent {
    /// Whether it reaches anything.
    pub fn reaches_anything(&self) -> bool {
        self.is_full || !self.names.is_empty() || !self.lan.is_empty() || self.cdp_port.is_some()
    }

    /// What it reaches.
    pub fn routes(&self) -> Routes {
        let way = |route| {
            Some(Way {
                route,
                is_guarded: false,
            })
        };
        let refused: Row<Option<Way>> = Row::constant(None);
        let through_gateway = gated(way(Route::Gateway));
        let mut destinations = Destinations::constant(match self.is_full {
            true => through_gateway.clone(),
            false => refused,
        });
        for pattern in self.names.iter().filter(|_| !self.is_full) {
            destinations
                .names
                .paint(pattern, |_| through_gateway.clone());
        }
        let direct = Row::from(on_ports(
            RangeMap::constant(PerKind::same(None)),
            1,
            way(Route::Direct),
        ));
        for address in &self.lan {
            let address = IpAddr::V4(*address);
            destinations.paint(address, address, |_| direct.clone());
        }
        if let Some(port) = self.cdp_port {
            by_name(&mut destinations.names, port, way(Route::Direct));
        }
        Routes {
            destinations,
            forward: self.cdp.map(|cdp| Forward {
                listen: cdp.listen,
                host_port: cdp.host_port,
            }),
            ..Routes::default()
        }
    }

    /// What the skill answers to one request, read from its rules and not from the map: for tests.
    pub fn way(&self, host: &Host, port: u16, is_connect: bool) -> Option<Route> {
        if let Host::Address(IpAddr::V4(address)) = host
            && self.lan.contains(address)
        {
            return Some(Route::Direct);
        }
        let is_docker_host = matches!(host, Host::Name(name) if name.as_str() == DOCKER_HOST);
        if is_docker_host && self.cdp_port.is_some_and(|own| own.get() == port) {
            return Some(Route::Direct);
        }
        if port != 443 && (port != 80 || is_connect) {
            return None;
        }
        let is_named =
            matches!(host, Host::Name(name) if self.names.iter().any(|own| own.matches(name)));
        (self.is_full || is_named).then_some(Route::Gateway)
    }
}

type Ways = RangeMap<u16, PerKind<Option<Way>>>;

/// `way` behind the two port rules.
fn gated(way: Option<Way>) -> Row<Option<Way>> {
    let (http, https) = (Port::HTTP.get(), Port::HTTPS.get());
    let mut ports: Ways = RangeMap::constant(PerKind::same(None));
    ports.paint(http..=http, |_| PerKind {
        connect: None,
        plain: way,
    });
    ports.paint(https..=https, |_| PerKind::same(way));
    Row::from(ports)
}

fn on_ports(mut ports: Ways, first: u16, way: Option<Way>) -> Ways {
    ports.paint(first..=u16::MAX, |_| PerKind::same(way));
    ports
}

fn by_name(names: &mut NameMap<Row<Option<Way>>>, port: Port, way: Option<Way>) {
    let Ok(host) = DOCKER_HOST.parse::<HostName>() else {
        return;
    };
    names.paint(&HostPattern::new(Reach::Exact, host), |row| {
        let mut ports = row.by_port().clone();
        ports.paint(port.get()..=port.get(), |_| PerKind::same(way));
        Row::from(ports)
    });
}
