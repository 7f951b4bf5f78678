//! Everything a policy answers, as one function for each agent: by destination, port and method.
//!
//! [`decide`](crate::decide::decide) answers one request; this answers all of them at once, exactly
//! and in one normal form: two agents get the same answers exactly when their maps are equal. So a
//! difference is found by subtracting, a hole by looking for what is left, and neither by trying.
//! The map is built layer by layer from the model, without asking `decide`, whose equal it must be.

pub mod diff;
pub mod examine;
pub mod invariant;

mod destinations;
mod groups;
mod name_map;
mod place;
mod range_map;
mod region;
mod row;
mod survey;

pub use self::destinations::{Destinations, Region};
pub use self::groups::{Group, groups};
pub use self::name_map::NameMap;
pub use self::place::{AddressRange, Place, Ports};
pub use self::range_map::{Point, RangeMap};
pub use self::region::{Lead, NameRegion};
pub use self::row::{PerKind, Row};
pub use self::survey::Survey;

use std::net::IpAddr;
use std::sync::Arc;

use crate::decide::{BuiltIn, Cause, Decision, Host, Kind, Resolved, Verdict, resolves_to_closed};
use crate::ir::{Agent, Policy, Route};
use crate::port::Port;

/// What the policy says to all requests of one kind for one port of one destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer<'a> {
    /// The answer.
    pub decision: Decision,
    /// What decided.
    pub cause: Cause<'a>,
    /// What would have refused it, where only `mode report` lets it pass.
    pub would: Option<Cause<'a>>,
    /// Whether it is the answer for a name that resolves to public addresses, and any other
    /// resolution is refused.
    pub is_guarded: bool,
}

/// Every answer that one agent gets.
#[derive(Clone, Debug)]
pub struct Answers<'a> {
    policy: &'a Policy,
    agent: &'a Agent,
    /// By destination, all but the agent's CDP listener.
    pub destinations: Destinations<Row<Answer<'a>>>,
    /// The CDP listener, on the agent's proxy, for plain requests. It stands apart because it goes
    /// where the proxy goes: another address alone is no other reach.
    pub forward: Option<(Port, Answer<'a>)>,
    closed: Arc<Destinations<Row<bool>>>,
}

/// How a request passes, if it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Way {
    /// By which route.
    pub route: Route,
    /// Whether only while the name resolves to public addresses.
    pub is_guarded: bool,
}

/// Everything one agent reaches, without the reasons. Two agents reach the same exactly when these
/// are equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routes {
    /// By destination, all but the agent's CDP listener; `None` is refused.
    pub destinations: Destinations<Row<Option<Way>>>,
    /// The CDP listener.
    pub forward: Option<Forward>,
    /// Where a name must not resolve to, by port; nowhere as long as no way is guarded.
    pub closed: Arc<Destinations<Row<bool>>>,
}

/// A CDP listener and where it leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Forward {
    /// The port on Squid's address.
    pub listen: Port,
    /// The port on the Docker host.
    pub host_port: Port,
}

impl Default for Routes {
    /// Nothing at all.
    fn default() -> Self {
        Self {
            destinations: Destinations::constant(Row::constant(None)),
            forward: None,
            closed: Arc::new(Destinations::constant(Row::constant(false))),
        }
    }
}

impl<'a> Answer<'a> {
    /// Refused by a built-in rule.
    pub(crate) fn refused(rule: BuiltIn) -> Self {
        Self::denied(Cause::BuiltIn(rule))
    }

    /// Refused.
    pub(crate) fn denied(cause: Cause<'a>) -> Self {
        Self {
            decision: Decision::Deny,
            cause,
            would: None,
            is_guarded: false,
        }
    }

    /// Allowed by a route.
    pub(crate) fn allowed(route: Route, cause: Cause<'a>) -> Self {
        Self {
            decision: Decision::Allow(route),
            ..Self::denied(cause)
        }
    }

    /// How the request passes, if it does.
    pub fn way(&self) -> Option<Way> {
        match self.decision {
            Decision::Allow(route) => Some(Way {
                route,
                is_guarded: self.is_guarded,
            }),
            Decision::Deny => None,
        }
    }

    fn verdict(&self) -> Verdict<'a> {
        Verdict {
            decision: self.decision,
            cause: self.cause,
            would: self.would,
        }
    }
}

/// Everything `agent` gets for an answer. For many agents of one policy, take a [`Survey`].
pub fn answers<'a>(policy: &'a Policy, agent: &'a Agent) -> Answers<'a> {
    Survey::new(policy).answers(agent)
}

impl<'a> Answers<'a> {
    /// Whose answers they are.
    pub fn agent(&self) -> &'a Agent {
        self.agent
    }

    /// What [`decide`](crate::decide::decide) says to this request of the agent.
    pub fn answer(
        &self,
        host: &Host,
        port: u16,
        kind: Kind,
        resolved: Resolved<'_>,
    ) -> Verdict<'a> {
        let is_proxy = *host == Host::Address(IpAddr::V4(self.agent.proxy));
        if let Some((listen, answer)) = &self.forward
            && is_proxy
            && kind == Kind::Plain
            && port == listen.get()
        {
            return answer.verdict();
        }
        let row = self.destinations.get(host);
        let Some(answer) = row.by_port().get(port).get(kind) else {
            return Answer::refused(BuiltIn::Scheme).verdict();
        };
        let closed = answer
            .is_guarded
            .then(|| resolves_to_closed(self.policy, resolved, port));
        match closed.flatten() {
            Some(rule) => Answer::refused(rule).verdict(),
            None => answer.verdict(),
        }
    }

    /// The same without the reasons.
    pub fn routes(&self) -> Routes {
        let mut is_guarded = false;
        let destinations = self.destinations.map(Row::mapping(|answer: &Answer<'_>| {
            is_guarded |= answer.is_guarded;
            answer.way()
        }));
        let closed = match is_guarded {
            true => Arc::clone(&self.closed),
            false => Routes::default().closed,
        };
        Routes {
            destinations,
            forward: self
                .forward
                .and(self.agent.cdp.as_ref())
                .map(|cdp| Forward {
                    listen: cdp.listen,
                    host_port: cdp.host_port,
                }),
            closed,
        }
    }
}
