//! Random requests, many of them one edit away from where the policy changes its mind.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

use ipnet::IpNet;
use policy_core::address;
use policy_core::ir::{Agent, Policy};

use super::random::Random;
use super::spellings;

/// One request, as it is sent.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    pub(super) number: usize,
    pub(super) source: Ipv4Addr,
    /// The address of Squid's that is dialled.
    pub(super) proxy: Ipv4Addr,
    pub(super) method: &'static str,
    pub(super) target: String,
    /// A `Host` header that has nothing to do with the target, if any.
    pub(super) other_host: Option<&'static str>,
    /// Whether it was made by one edit of something the policy names.
    pub(super) is_near: bool,
}

impl Ask {
    pub(super) fn bytes(&self) -> Vec<u8> {
        let host = self.other_host.unwrap_or("unread.example");
        let length = match self.method {
            "POST" | "PUT" => "Content-Length: 0\r\n",
            _ => "",
        };
        let (method, target) = (self.method, &self.target);
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\n{length}\r\n").into_bytes()
    }
}

/// What a policy names, as far as requests can come near it.
pub(super) struct Landmarks {
    names: Vec<String>,
    addresses: Vec<IpAddr>,
    ports: Vec<u16>,
    sources: Sources,
}

/// Addresses to ask from, each once: that is how a line of the log is found again.
struct Sources {
    agents: Vec<(usize, Vec<Ipv4Addr>)>,
    strangers: Vec<Ipv4Addr>,
}

impl Landmarks {
    pub(super) fn of(policy: &Policy, random: &mut Random) -> Self {
        Self {
            names: names(policy),
            addresses: addresses(policy),
            ports: ports(policy),
            sources: Sources::of(policy, random),
        }
    }

    /// One more request; `number` is its path as well.
    pub(super) fn ask(&mut self, policy: &Policy, number: usize, random: &mut Random) -> Ask {
        let (source, agent) = self.sources.take(policy, random);
        let method = random.pick(&[
            "CONNECT", "CONNECT", "CONNECT", "CONNECT", "GET", "GET", "GET", "HEAD", "POST", "PUT",
            "DELETE", "PROPFIND",
        ]);
        let is_near = random.percent(60);
        let browser = agent.filter(|agent| agent.cdp.is_some() && random.percent(8));
        let host = match (is_near, random.below(20)) {
            _ if let Some(agent) = browser => spellings::address(agent.proxy.into(), random),
            (_, 0) => random.pick(&spellings::ODD).to_owned(),
            (true, 1..=11) => spellings::near_name(&self.name(agent, random), random),
            (true, _) => {
                let address = self.near_address(agent, random);
                spellings::address(address, random)
            }
            (false, 1..=6) => self.name(agent, random),
            (false, 7..=10) => random.pick(&spellings::ELSEWHERE).to_owned(),
            (false, _) => {
                let address = if random.percent(30) {
                    IpAddr::V4(Ipv4Addr::from_bits(random.next() as u32))
                } else {
                    random.pick(&self.addresses)
                };
                spellings::address(address, random)
            }
        };
        let port = match browser.and_then(|agent| agent.cdp.as_ref()) {
            Some(cdp) if random.percent(80) => cdp.listen.get(),
            _ => self.port(agent, random),
        };
        let port = if random.percent(4) {
            spellings::odd_port(port, random)
        } else {
            port.to_string()
        };
        let scheme = match random.below(30) {
            0 => "ftp",
            1 => "https",
            2 => "HTTP",
            _ => "http",
        };
        let login = if random.percent(2) { "user:pw@" } else { "" };
        let target = if method == "CONNECT" {
            match random.below(100) {
                0 => host,
                _ => format!("{host}:{port}"),
            }
        } else if port == "80" && random.percent(50) {
            format!("{scheme}://{login}{host}/{number}")
        } else {
            format!("{scheme}://{login}{host}:{port}/{number}")
        };
        let others = [
            None,
            None,
            None,
            Some("127.0.0.1"),
            Some("api.anthropic.com"),
            Some("localhost:22"),
        ];
        Ask {
            number,
            source,
            proxy: agent.unwrap_or(&policy.agents[0]).proxy,
            method,
            target,
            other_host: random.pick(&others),
            is_near,
        }
    }

    /// Rather one that the agent's own statements name.
    fn name(&self, agent: Option<&Agent>, random: &mut Random) -> String {
        let own: Vec<String> = agent.map(own_names).unwrap_or_default();
        if own.is_empty() || random.percent(40) {
            return random.pick(&self.names);
        }
        random.pick(&own)
    }

    fn near_address(&self, agent: Option<&Agent>, random: &mut Random) -> IpAddr {
        let lan: Vec<_> = agent
            .iter()
            .flat_map(|agent| &agent.lan)
            .map(|rule| rule.net)
            .collect();
        let address = match (agent, random.below(10)) {
            (_, 0..=3) if !lan.is_empty() => {
                let net = random.pick(&lan);
                let (first, last) = (net.network().to_bits(), net.broadcast().to_bits());
                let inside = first + (random.next() % (u64::from(last - first) + 1)) as u32;
                let edges = [
                    first,
                    last,
                    inside,
                    first.wrapping_sub(1),
                    last.wrapping_add(1),
                ];
                IpAddr::V4(Ipv4Addr::from_bits(random.pick(&edges)))
            }
            (Some(agent), 4) => IpAddr::V4(agent.proxy),
            _ => random.pick(&self.addresses),
        };
        // Half of the time the neighbour on one side.
        match address {
            IpAddr::V4(v4) if random.percent(25) => {
                let step = random.pick(&[1u32, u32::MAX]);
                IpAddr::V4(Ipv4Addr::from_bits(v4.to_bits().wrapping_add(step)))
            }
            other => other,
        }
    }

    fn port(&self, agent: Option<&Agent>, random: &mut Random) -> u16 {
        match random.below(10) {
            0..=3 => 443,
            4..=5 => 80,
            6..=7 => {
                let own = agent.map(own_ports).unwrap_or_default();
                if own.is_empty() {
                    443
                } else {
                    random.pick(&own)
                }
            }
            _ => random.pick(&self.ports),
        }
    }
}

impl Sources {
    fn of(policy: &Policy, random: &mut Random) -> Self {
        let mut strangers = vec![Ipv4Addr::LOCALHOST, Ipv4Addr::new(198, 18, 0, 10)];
        strangers.extend((1..100).map(|last| Ipv4Addr::new(198, 51, 100, last)));
        let mut agents = Vec::new();
        for (at, agent) in policy.agents.iter().enumerate() {
            let (first, last) = (
                agent.block.network().to_bits(),
                agent.block.broadcast().to_bits(),
            );
            for beside in [first - 1, last + 1].map(Ipv4Addr::from_bits) {
                if policy.agent_at(beside.into()).is_none() {
                    strangers.push(beside);
                }
            }
            let mut inside: Vec<Ipv4Addr> = (first + 1..last).map(Ipv4Addr::from_bits).collect();
            shuffle(&mut inside, random);
            // The ends of the block come first.
            inside.extend([first, last].map(Ipv4Addr::from_bits));
            agents.push((at, inside));
        }
        let strangers: BTreeSet<Ipv4Addr> = strangers.into_iter().collect();
        let mut strangers: Vec<Ipv4Addr> = strangers.into_iter().collect();
        shuffle(&mut strangers, random);
        Self { agents, strangers }
    }

    fn take<'p>(
        &mut self,
        policy: &'p Policy,
        random: &mut Random,
    ) -> (Ipv4Addr, Option<&'p Agent>) {
        self.agents.retain(|(_, left)| !left.is_empty());
        if !self.agents.is_empty() && !random.percent(3) {
            let at = random.below(self.agents.len());
            let (agent, left) = &mut self.agents[at];
            return (left.pop().unwrap(), Some(&policy.agents[*agent]));
        }
        let stranger = self.strangers.pop();
        (
            stranger.expect("there are more sources than requests"),
            None,
        )
    }
}

fn shuffle<T>(items: &mut [T], random: &mut Random) {
    for at in (1..items.len()).rev() {
        items.swap(at, random.below(at + 1));
    }
}

fn names(policy: &Policy) -> Vec<String> {
    let mut names: BTreeSet<String> = policy
        .floor_names()
        .iter()
        .map(|pattern| pattern.name().to_string())
        .collect();
    names.extend(policy.agents.iter().flat_map(own_names));
    names.into_iter().collect()
}

fn own_names(agent: &Agent) -> Vec<String> {
    let rules = agent.allows.iter().chain(&agent.denies);
    let hosts = rules
        .flat_map(|rule| &rule.hosts)
        .map(|host| &host.value.pattern);
    let hosts = hosts.chain(&agent.provider_hosts);
    hosts.map(|pattern| pattern.name().to_string()).collect()
}

/// The ends of every range, which of each is the first and the last.
fn addresses(policy: &Policy) -> Vec<IpAddr> {
    let lan = policy.agents.iter().flat_map(|agent| &agent.lan);
    let own = [policy.network.subnet.into()];
    let nets: Vec<IpNet> = address::floor()
        .into_iter()
        .chain(address::private())
        .chain(lan.map(|rule| rule.net.into()))
        .chain(own)
        .collect();
    let mut found: BTreeSet<IpAddr> = nets
        .iter()
        .flat_map(|net| [net.network(), net.broadcast()])
        .collect();
    found.extend(
        address::public()
            .iter()
            .flat_map(|(first, last)| [*first, *last]),
    );
    found.extend(policy.agents.iter().map(|agent| IpAddr::V4(agent.proxy)));
    found.extend([policy.gateway.address, policy.host_address].map(IpAddr::V4));
    let others = ["169.254.169.254", "127.0.0.1", "198.51.100.7"];
    found.extend(others.map(|text| text.parse::<IpAddr>().unwrap()));
    // An IPv4 range is not drowned by the many of IPv6 that carry it.
    let v4: Vec<IpAddr> = found.iter().copied().filter(IpAddr::is_ipv4).collect();
    found.into_iter().chain(v4.clone()).chain(v4).collect()
}

fn own_ports(agent: &Agent) -> Vec<u16> {
    let lan = agent.lan.iter().flat_map(|rule| rule.ports.ranges());
    let mut ports: Vec<u16> = lan
        .flat_map(|range| [range.first().get(), range.last().get()])
        .collect();
    ports.extend(agent.cdp.iter().map(|cdp| cdp.listen.get()));
    ports
}

fn ports(policy: &Policy) -> Vec<u16> {
    let sets = [&policy.safe_ports, &policy.gateway.floor_ports()];
    let ranges = sets.into_iter().flat_map(|set| set.ranges());
    let mut ends: BTreeSet<u16> = ranges
        .flat_map(|range| [range.first().get(), range.last().get()])
        .collect();
    ends.extend(policy.agents.iter().flat_map(own_ports));
    ends.extend(
        policy
            .agents
            .iter()
            .filter_map(|agent| Some(agent.cdp.as_ref()?.host_port.get())),
    );
    let near = ends
        .iter()
        .flat_map(|end| [end.saturating_sub(1), *end, end.saturating_add(1)]);
    near.chain([22, 8443, 1, 65535])
        .filter(|port| *port > 0)
        .collect()
}

/// What each name of the requests leads to, decided by the seed; `full` asks.
pub(super) fn answers<'a>(
    policy: &Policy,
    names: impl Iterator<Item = &'a str>,
    random: &mut Random,
) -> BTreeMap<String, Vec<IpAddr>> {
    let subnet = policy.network.subnet.network().to_bits() + 9;
    let public = ["198.51.100.7", "9.255.255.255", "2606:4700::1111"];
    let gateway = policy.gateway.address.to_string();
    let own = Ipv4Addr::from_bits(subnet).to_string();
    let closed = [
        "10.0.0.1",
        "100.64.0.1",
        "fd00::5",
        "::ffff:192.168.1.20",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "127.0.0.1",
        "169.254.169.254",
        "::1",
        "0.0.0.0",
        "fe80::1",
        "64:ff9b::7f00:1",
        &own,
        &gateway,
        &gateway,
    ];
    let mut found = BTreeMap::new();
    for name in names.collect::<BTreeSet<&str>>() {
        let mut texts = Vec::new();
        match random.below(10) {
            0 => {}
            1..=5 => texts.extend([random.pick(&public), random.pick(&public)]),
            6..=8 => texts.push(random.pick(&closed)),
            _ => texts.extend([
                random.pick(&public),
                random.pick(&closed),
                random.pick(&closed),
            ]),
        }
        let addresses = texts.iter().map(|text| text.parse().unwrap()).collect();
        found.insert(name.to_owned(), addresses);
    }
    found
}
