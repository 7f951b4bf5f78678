//! A name of the policy for each agent group: its folder, made valid and unique.

use std::collections::BTreeSet;

use policy_core::name::{MAX_NAME_LEN, Name};

/// The names that are taken, ignoring case.
#[derive(Debug, Default)]
pub(crate) struct Taken(BTreeSet<String>);

impl Taken {
    /// A name that no agent has, as close to the first of `wishes` as it can be; the last resort
    /// is `agent`.
    pub(crate) fn take(&mut self, wishes: &[&str]) -> Option<Name> {
        let valid = wishes.iter().find_map(|wish| slug(wish));
        let base = valid.unwrap_or_else(|| "agent".to_owned());
        let numbered = (2..).map(|number| {
            let tail = format!("-{number}");
            let room = MAX_NAME_LEN.saturating_sub(tail.len());
            let head: String = base.chars().take(room).collect();
            head + &tail
        });
        let free = std::iter::once(base.clone())
            .chain(numbered)
            .find(|name| !self.0.contains(&name.to_ascii_lowercase()))?;
        self.0.insert(free.to_ascii_lowercase());
        free.parse().ok()
    }
}

/// The text in the alphabet of names; nothing where no letter or digit is left.
pub(crate) fn slug(text: &str) -> Option<String> {
    let mut name = String::new();
    for c in text.chars() {
        match c {
            'a'..='z' | 'A'..='Z' | '0'..='9' => name.push(c),
            '_' | '-' if !name.is_empty() => name.push(c),
            _ if !name.is_empty() && !name.ends_with('-') => name.push('-'),
            _ => {}
        }
        if name.len() >= MAX_NAME_LEN {
            break;
        }
    }
    let name = name.trim_end_matches('-');
    (!name.is_empty()).then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_gives_a_valid_name_and_none_twice() {
        let long = "x".repeat(80);
        let mut taken = Taken::default();
        for (wish, name) in [
            ("main", "main"),
            ("Main", "Main-2"),
            ("my agent!", "my-agent"),
            ("a\nhttp_access allow all", "a-http_access-allow-all"),
            ("-_x", "x"),
            ("日本", "agent"),
            ("", "agent-2"),
            (&long, &"x".repeat(64)),
            (&long, &format!("{}-2", "x".repeat(62))),
        ] {
            assert_eq!(taken.take(&[wish]).unwrap().as_str(), name, "{wish:?}");
        }
        assert_eq!(taken.take(&["", "ag-1"]).unwrap().as_str(), "ag-1");
    }
}
