//! The skill's way to a browser on the host: which ports it works with, and which stop it.

use policy_core::port::Port;
use serde_json::Number;

/// Chrome's port on the host, where the policy names none.
pub const DEFAULT_HOST_PORT: Port = Port::constant(9222);

/// Ports that other programs of the skill's container hold: its resolver and its proxy.
const HELD: [u16; 2] = [53, 3128];

/// A forwarder that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cdp {
    /// Where it listens.
    pub listen: Port,
    /// Chrome's port on the host.
    pub host_port: Port,
}

/// What the two numbers of a policy come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No forwarder, and none asked for.
    None,
    /// One that works.
    Works(Cdp),
    /// None, though one was asked for.
    Dead(&'static str),
    /// A number with which Squid refuses the whole configuration.
    Fatal(&'static str),
}

/// Reads the numbers.
pub fn read(listen: Option<&Number>, host_port: Option<&Number>) -> Outcome {
    let Some(listen) = listen.and_then(Number::as_f64).filter(|port| *port != 0.0) else {
        return Outcome::None;
    };
    let Some(listen) = port(listen) else {
        return Outcome::Fatal("is no port, and Squid refuses the whole configuration with it");
    };
    if HELD.contains(&listen.get()) {
        return Outcome::Dead("is held by the proxy's own container, so the forwarder never ran");
    }
    let host_port = match host_port.and_then(Number::as_f64) {
        None => Some(DEFAULT_HOST_PORT),
        Some(number) => port(number),
    };
    match host_port {
        Some(host_port) => Outcome::Works(Cdp { listen, host_port }),
        None => {
            Outcome::Dead("leads to a `cdpHostPort` that is no port, so the forwarder never ran")
        }
    }
}

/// A number of JSON as a port: JavaScript has no other integers.
fn port(number: f64) -> Option<Port> {
    let is_port = number.fract() == 0.0 && (1.0..=65535.0).contains(&number);
    Port::try_from(is_port.then_some(number as u16)?).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn outcome(text: &str) -> Outcome {
        let value: Value = serde_json::from_str(text).unwrap();
        let number = |field| match value.get(field) {
            Some(Value::Number(number)) => Some(number.clone()),
            _ => None,
        };
        read(number("l").as_ref(), number("h").as_ref())
    }

    #[test]
    fn numbers_are_ports_as_javascript_reads_them() {
        let works = |listen, host_port| {
            let [listen, host_port] = [listen, host_port].map(|port| Port::try_from(port).unwrap());
            Outcome::Works(Cdp { listen, host_port })
        };
        assert_eq!(outcome("{}"), Outcome::None);
        assert_eq!(outcome(r#"{"l":0}"#), Outcome::None);
        assert_eq!(outcome(r#"{"l":9223}"#), works(9223, 9222));
        assert_eq!(outcome(r#"{"l":1e4,"h":9333.0}"#), works(10000, 9333));
        for fatal in ["9222.5", "-1", "99999", "1e300"] {
            let text = format!(r#"{{"l":{fatal}}}"#);
            assert!(matches!(outcome(&text), Outcome::Fatal(_)), "{fatal}");
        }
        for dead in [
            r#"{"l":3128}"#,
            r#"{"l":53}"#,
            r#"{"l":9223,"h":0}"#,
            r#"{"l":9223,"h":1.5}"#,
        ] {
            assert!(matches!(outcome(dead), Outcome::Dead(_)), "{dead}");
        }
    }
}
