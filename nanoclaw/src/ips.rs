//! `ips.json`, the skill's record of who has which address.
//!
//! An agent of a policy owns a block of addresses and not one, so nothing of it is kept; it tells
//! whom the skill had left without an address, and so without any way out.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::Value;

use crate::finding::{Finding, Place};
use crate::rows::Snapshot;
use crate::text::quoted;

/// The file's name in the skill's state folder.
pub const FILE: &str = "ips.json";

/// Address by agent group id.
pub type Ips = BTreeMap<String, Ipv4Addr>;

/// Reads the text of the file, and says what is odd about it.
pub fn read(text: &str, snapshot: &Snapshot, findings: &mut Vec<Finding>) -> Ips {
    let Ok(Value::Object(map)) = serde_json::from_str(text) else {
        let message = "cannot be read; the skill would deal every address anew";
        findings.push(Place::table(FILE).says(message, UNUSED));
        return Ips::new();
    };
    let mut ips = Ips::new();
    for (id, address) in &map {
        let own = address.as_str().and_then(|text| text.parse().ok());
        let is_known = snapshot.groups.iter().any(|group| group.id == *id);
        match own {
            Some(own) if is_known => {
                ips.insert(id.clone(), own);
            }
            Some(own) => {
                let message = format!("{own} belongs to no agent group any more");
                findings.push(Place::row(FILE, id).says(message, UNUSED));
            }
            None => {
                let message = format!("{} is no address", quoted(&address.to_string()));
                findings.push(Place::row(FILE, id).says(message, UNUSED));
            }
        }
    }
    for group in &snapshot.groups {
        if !map.contains_key(&group.id) {
            let message = "has no address, so the skill lets it reach nothing until its next start";
            let help = "the policy gives it what the database says";
            findings.push(Place::row(FILE, &group.id).says(message, help));
        }
    }
    ips
}

const UNUSED: &str = "nothing depends on it: every agent gets a block of addresses of its own";
