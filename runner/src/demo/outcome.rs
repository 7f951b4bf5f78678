//! What became of a question, in the words of the policy.

use std::fmt;
use std::net::Ipv4Addr;

use policy_core::decide::Decision;
use policy_core::ir::Route;

use super::cast::GATEWAY;
use super::probe::{Answer, Ask};

/// One word for a cell of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered, and the server saw the gateway.
    Gateway,
    /// Answered, and the server saw Squid.
    Direct,
    /// Answered by the browser.
    Forward,
    /// Refused, by Squid with 403 or by a closed connection.
    Refused,
    /// Neither an answer nor a refusal: it leads nowhere.
    NoAnswer,
    /// The resolver says that there is no such name.
    NoSuchName,
    /// Anything else, which no policy asks for.
    Other(String),
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Gateway => "gateway",
            Self::Direct => "direct",
            Self::Forward => "forward",
            Self::Refused => "refused",
            Self::NoAnswer => "no answer",
            Self::NoSuchName => "NXDOMAIN",
            Self::Other(text) => text,
        })
    }
}

impl From<Decision> for Outcome {
    fn from(decision: Decision) -> Self {
        match decision {
            Decision::Allow(Route::Gateway) => Self::Gateway,
            Decision::Allow(Route::Direct) => Self::Direct,
            Decision::Allow(Route::Forward) => Self::Forward,
            Decision::Deny => Self::Refused,
        }
    }
}

impl Outcome {
    /// Whether something got through.
    pub fn is_open(&self) -> bool {
        !matches!(self, Self::Refused | Self::NoAnswer | Self::NoSuchName)
    }

    /// What an answer means. `squid` is Squid's address on the bed.
    pub fn of(ask: &Ask, answer: &Answer, squid: Ipv4Addr) -> Self {
        let other = || Self::Other(answer.word.clone());
        match (ask, answer.word.as_str()) {
            (_, "silent") => Self::NoAnswer,
            (Ask::Plain { .. } | Ask::Tunnel { .. }, "200") => route(&answer.text, squid),
            (Ask::Plain { .. } | Ask::Tunnel { .. }, "403") => Self::Refused,
            // The proxy itself always answers.
            (Ask::Plain { .. } | Ask::Tunnel { .. }, "refused") => {
                Self::Other("no proxy".to_owned())
            }
            (Ask::Plain { .. } | Ask::Tunnel { .. }, status) => {
                Self::Other(format!("HTTP {status}"))
            }
            (Ask::Browser { .. }, "200") => Self::Forward,
            (Ask::Browser { .. } | Ask::Connection { .. }, "refused") => Self::Refused,
            (Ask::Name { .. } | Ask::Library { .. }, "rcode 3") => Self::NoSuchName,
            (Ask::Name { .. } | Ask::Library { .. }, "rcode 0") => {
                Self::Other("resolved".to_owned())
            }
            _ => other(),
        }
    }
}

/// The way by which a request came to the server that has answered it.
fn route(text: &str, squid: Ipv4Addr) -> Outcome {
    let told = |wanted: &str| text.split_whitespace().any(|word| word == wanted);
    if text.contains("webSocketDebuggerUrl") {
        Outcome::Forward
    } else if told(&format!("from={GATEWAY}")) {
        Outcome::Gateway
    } else if !told(&format!("from={squid}")) {
        Outcome::Other("a stranger".to_owned())
    } else if told("credentials=no") {
        Outcome::Direct
    } else {
        Outcome::Other("with token".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SQUID: Ipv4Addr = Ipv4Addr::new(198, 18, 0, 128);

    fn of(word: &str, text: &str) -> Outcome {
        let ask = Ask::Plain {
            host: "news.example".to_owned(),
            port: 80,
        };
        let answer = Answer {
            word: word.to_owned(),
            text: text.to_owned(),
        };
        Outcome::of(&ask, &answer, SQUID)
    }

    #[test]
    fn the_route_is_what_the_server_saw() {
        let text = |from| format!("web port=80 from={from} host=x path=/1 credentials=no");
        assert_eq!(of("200", &text("198.18.0.10")), Outcome::Gateway);
        assert_eq!(of("200", &text("198.18.0.128")), Outcome::Direct);
        // An address is not another one's beginning.
        assert_eq!(
            of("200", &text("198.18.0.1")),
            Outcome::Other("a stranger".to_owned())
        );
        let leaked = "device from=198.18.0.128 credentials=yes";
        assert_eq!(of("200", leaked), Outcome::Other("with token".to_owned()));
    }

    #[test]
    fn a_failure_of_the_bed_is_no_refusal() {
        assert_eq!(of("403", ""), Outcome::Refused);
        assert_eq!(of("503", ""), Outcome::Other("HTTP 503".to_owned()));
        assert_eq!(of("407", ""), Outcome::Other("HTTP 407".to_owned()));
        assert_eq!(of("refused", ""), Outcome::Other("no proxy".to_owned()));
    }
}
