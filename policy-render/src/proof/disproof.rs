//! What the proof says when it fails: the request, what the policy says, what the file does.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;

use super::model::Kind;
use super::read::Unread;

/// Why the files are not what the policy says: always a bug of ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Disproof {
    /// A file has something that the proof does not understand.
    #[error("{file}:{line}: {why}: `{found}`; {REPORT}")]
    Unread {
        /// The file.
        file: &'static str,
        /// Its line, from 1; 0 for the file as a whole.
        line: usize,
        /// What stands there.
        found: String,
        /// What is wrong with it.
        why: &'static str,
    },
    /// A request that the file decides in another way than the policy.
    #[error("{0}; {REPORT}")]
    Differs(Box<Difference>),
    /// A value of another file is not that of the policy.
    #[error("{file}: {what} is `{found}` where the policy says `{wanted}`; {REPORT}")]
    Other {
        /// The file.
        file: &'static str,
        /// The value.
        what: String,
        /// What the file says.
        found: String,
        /// What the policy says.
        wanted: String,
    },
}

const REPORT: &str = "this is a bug of portreeve: please report it with the policy";

impl Disproof {
    pub(super) fn unread(unread: Unread) -> Self {
        Disproof::Unread {
            file: crate::file_set::SQUID_CONF,
            line: unread.line,
            found: unread.found,
            why: unread.why,
        }
    }
}

/// A request that the file decides in another way than the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Who asks; `None` for a stranger.
    pub agent: Option<String>,
    /// From which address.
    pub source: IpAddr,
    pub(super) kind: Kind,
    /// The host as a request names it.
    pub host: String,
    /// The port.
    pub port: u16,
    /// What the host resolves to, where that matters.
    pub resolved: Option<Vec<IpAddr>>,
    /// What the policy says.
    pub policy: Side,
    /// What the file does.
    pub file: Side,
    /// The line of `squid.conf` that decides; 0 where none does.
    pub line: usize,
}

/// One side of a comparison, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Side(pub(super) String);

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.agent {
            Some(agent) => write!(f, "agent `{agent}` ({})", self.source)?,
            None => write!(f, "a stranger ({})", self.source)?,
        }
        let method = match self.kind {
            Kind::Connect => "CONNECT ",
            Kind::Plain => "GET http://",
            Kind::OtherScheme => "GET ftp://",
            Kind::Manager => "GET Squid's own pages of http://",
        };
        write!(f, " asks {method}{}:{}", self.host, self.port)?;
        if let Some(addresses) = &self.resolved {
            let shown: Vec<String> = addresses.iter().map(IpAddr::to_string).collect();
            match shown.as_slice() {
                [] => write!(f, ", which does not resolve")?,
                _ => write!(f, ", which resolves to {}", shown.join(" and "))?,
            }
        }
        write!(f, ": the policy says {}, and ", self.policy)?;
        match self.line {
            0 => write!(f, "squid.conf without a line for it says ")?,
            line => write!(f, "squid.conf:{line} says ")?,
        }
        self.file.fmt(f)
    }
}
