//! The JSON of `agent_groups.internet_access_policy`, read as the skill reads it.

use serde_json::{Number, Value};

/// The reach into the internet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bucket {
    /// Everything.
    Full,
    /// The domains, and the provider's hosts.
    Whitelisted,
    /// The provider's hosts.
    ModelOnly,
}

impl Bucket {
    /// Its name in the JSON.
    pub fn name(self) -> &'static str {
        match self {
            Bucket::Full => "full",
            Bucket::Whitelisted => "whitelisted",
            Bucket::ModelOnly => "model-only",
        }
    }
}

/// What the column holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stored {
    /// Nothing, which the skill takes for `full`.
    Absent,
    /// No JSON, or no object with a bucket that exists, which it takes for `full` as well.
    Broken {
        /// What is wrong.
        why: &'static str,
    },
    /// A policy.
    Policy(Policy),
}

/// A policy of the skill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The bucket.
    pub bucket: Bucket,
    /// The domains, in their order.
    pub domains: Vec<Domain>,
    /// The listen port, where it is a number at all.
    pub cdp_port: Option<Number>,
    /// Chrome's port on the host, where it is a number at all.
    pub cdp_host_port: Option<Number>,
    /// The fields that are there and are no numbers, which the skill drops.
    pub dropped: Vec<&'static str>,
}

/// One of the domains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Domain {
    /// Text, with its note and the day it was added.
    Entry {
        /// The destination.
        text: String,
        /// Why it is there.
        note: Option<String>,
        /// When it was added.
        added_at: Option<String>,
    },
    /// Something without a text, at which the skill stops for all agents.
    Unreadable(String),
}

/// Reads the column.
pub fn read(column: Option<&str>) -> Stored {
    let Some(text) = column.filter(|text| !text.is_empty()) else {
        return Stored::Absent;
    };
    let Ok(value) = serde_json::from_str::<Value>(text) else {
        return Stored::Broken {
            why: "it is no JSON",
        };
    };
    let bucket = match value.get("bucket").and_then(Value::as_str) {
        Some("full") => Bucket::Full,
        Some("whitelisted") => Bucket::Whitelisted,
        Some("model-only") => Bucket::ModelOnly,
        _ => {
            return Stored::Broken {
                why: "it names no bucket that exists",
            };
        }
    };
    let domains = value.get("domains").and_then(Value::as_array);
    let mut dropped = Vec::new();
    let mut number = |field: &'static str| match value.get(field) {
        None => None,
        Some(Value::Number(number)) => Some(number.clone()),
        Some(_) => {
            dropped.push(field);
            None
        }
    };
    let (cdp_port, cdp_host_port) = (number("cdpPort"), number("cdpHostPort"));
    if domains.is_none() && value.get("domains").is_some() {
        dropped.push("domains");
    }
    Stored::Policy(Policy {
        bucket,
        domains: domains.into_iter().flatten().map(domain).collect(),
        cdp_port,
        cdp_host_port,
        dropped,
    })
}

fn domain(value: &Value) -> Domain {
    let own = |field| value.get(field).and_then(Value::as_str).map(str::to_owned);
    let text = match value {
        Value::String(text) => Some(text.clone()),
        _ => own("domain"),
    };
    match text {
        Some(text) => Domain::Entry {
            text,
            note: own("note"),
            added_at: own("added_at"),
        },
        None => Domain::Unreadable(value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bucket(text: &str) -> Option<Bucket> {
        match read(Some(text)) {
            Stored::Policy(policy) => Some(policy.bucket),
            _ => None,
        }
    }

    #[test]
    fn only_a_bucket_that_exists_is_one() {
        assert_eq!(bucket(r#"{"bucket":"full"}"#), Some(Bucket::Full));
        assert_eq!(
            bucket(r#"{"bucket":"full","bucket":"model-only"}"#),
            Some(Bucket::ModelOnly)
        );
        for text in [
            "{}",
            "null",
            "7",
            "[]",
            r#"{"bucket":"Full"}"#,
            r#"{"bucket":["full"]}"#,
            "{",
        ] {
            assert_eq!(bucket(text), None, "{text}");
        }
        assert_eq!(read(None), Stored::Absent);
        assert_eq!(read(Some("")), Stored::Absent);
    }
}
