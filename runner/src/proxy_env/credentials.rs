//! The part of a proxy URL that is kept: who asks.
//!
//! No message repeats a credential, nor the value it was read from.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::exit::Exit;

/// `USER:TOKEN`, or `USER` alone, as it stands in a URL.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials(String); // INVARIANT: see `FromStr`.

impl Credentials {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials(…)")
    }
}

/// Why a proxy cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ProxyError {
    /// The value of a variable.
    #[error("the value of `{variable}` is no proxy URL: {reason}")]
    Value {
        /// The variable.
        variable: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The value of `--credentials`.
    #[error("the credentials cannot stand in a URL: {reason}")]
    Credentials {
        /// What is wrong with them.
        reason: &'static str,
    },
}

impl ProxyError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::Value { .. } => {
                "write `http://USER:TOKEN@HOST:PORT`, or leave the variable out; \
                 USER:TOKEN are kept, the rest becomes Squid"
                    .to_owned()
            }
            Self::Credentials { .. } => {
                "write USER:TOKEN, with `%40` for `@`, `%2F` for `/` and so on".to_owned()
            }
        }
    }

    /// The exit code for it.
    pub fn exit(&self) -> Exit {
        Exit::Usage
    }
}

impl FromStr for Credentials {
    type Err = ProxyError;

    fn from_str(text: &str) -> Result<Self, ProxyError> {
        match wrong(text) {
            Some(reason) => Err(ProxyError::Credentials { reason }),
            None => Ok(Self(text.to_owned())),
        }
    }
}

fn wrong(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("they are empty");
    }
    let odd = |c: char| !c.is_ascii_graphic() || r#"/?#@\[]<>"^`{|}"#.contains(c);
    text.contains(odd)
        .then_some("a character in them must be percent-encoded")
}

/// The schemes under which programs take a proxy. Whatever it was, Squid speaks plain HTTP.
const SCHEMES: [&str; 7] = [
    "http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h",
];

/// The credentials in the value of a proxy variable; an empty value has none.
pub(super) fn of_value(variable: &str, value: &str) -> Result<Option<Credentials>, ProxyError> {
    let fail = |reason| ProxyError::Value {
        variable: variable.to_owned(),
        reason,
    };
    if value.is_empty() {
        return Ok(None);
    }
    let (scheme, rest) = value.split_once("://").unwrap_or(("http", value));
    if !SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()) {
        return Err(fail("it begins with another scheme than `http://`"));
    }
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    // As browsers do: the last `@` ends the credentials.
    let (credentials, place) = match authority.rsplit_once('@') {
        Some((credentials, place)) => (Some(credentials), place),
        None => (None, authority),
    };
    if !is_host_and_port(place) {
        return Err(fail("its host or its port cannot be read"));
    }
    // Some clients send `http://@host` or `http://:@host` for no credentials at all.
    let credentials = credentials.filter(|text| !["", ":"].contains(text));
    match credentials {
        None => Ok(None),
        Some(text) => match wrong(text) {
            Some(reason) => Err(fail(reason)),
            None => Ok(Some(Credentials(text.to_owned()))),
        },
    }
}

fn is_host_and_port(place: &str) -> bool {
    let (host, port) = match place.strip_prefix('[') {
        Some(rest) => match rest.split_once(']') {
            Some((host, port)) => (host, port),
            None => return false,
        },
        None => match place.find(':') {
            Some(colon) => place.split_at(colon),
            None => (place, ""),
        },
    };
    let port_fits = match port.strip_prefix(':') {
        Some(digits) => digits.parse::<u16>().is_ok(),
        None => port.is_empty(),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    port_fits && !host.is_empty() && host.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_found_in_every_common_spelling() {
        let table = [
            ("http://x:aoc_t@host.docker.internal:10255", Some("x:aoc_t")),
            ("http://x:aoc_t@198.51.100.1:10255/", Some("x:aoc_t")),
            ("HTTP://x@host", Some("x")),
            ("x:y@host:3128", Some("x:y")),
            ("http://a%40b:c@host:1", Some("a%40b:c")),
            ("https://host:3128/path?q#f", None),
            ("socks5h://[2001:db8::1]:1080", None),
            ("host:3128", None),
            ("http://:@host", None),
            ("", None),
        ];
        for (value, expected) in table {
            let found = of_value("HTTP_PROXY", value).unwrap();
            assert_eq!(found.as_ref().map(Credentials::as_str), expected, "{value}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_an_error_that_keeps_the_secret() {
        for value in [
            "ftp://host",
            "http://",
            "http://:3128",
            "http://host:port",
            "http://host:99999",
            "http://ho st:1",
            "http://se@cret@host:1",
            "http://sec ret@host:1",
            "http://secret:x@[::1:3128",
            "http://host:3128:1",
            "${SECRET}",
        ] {
            let error = of_value("HTTPS_PROXY", value).unwrap_err();
            let text = format!("{error} {error:?} {}", error.remedy());
            assert!(text.contains("HTTPS_PROXY"), "{text}");
            assert!(
                !text.contains("secret") && !text.contains("cret@"),
                "{text}"
            );
        }
    }
}
