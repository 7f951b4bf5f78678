//! What `watch` says: a line for each event, with the time in UTC, and nothing twice.

use std::collections::BTreeMap;
use std::fmt::Display;

use jiff::Timestamp;

use crate::ui;

/// Something that is true until something else is said of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Topic {
    /// What there is to say of the policy.
    Findings,
    /// Whether it is in force, or why not.
    State,
    /// What became of the last rotation.
    Rotation,
    /// Folders that cannot be followed.
    Files,
}

/// What was said last.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    last: BTreeMap<Topic, String>,
}

impl Journal {
    /// Says that something has happened.
    pub fn line(&self, text: impl Display) {
        ui::note(format_args!("{} {text}", now()));
    }

    /// Says what holds now, unless it was the last thing said of its topic; says whether it did.
    pub fn state(&mut self, topic: Topic, text: impl Display) -> bool {
        let is_new = self.is_new(topic, &text);
        if is_new {
            self.line(text);
        }
        is_new
    }

    /// Whether this was not the last thing said of its topic; from now on it is.
    pub fn is_new(&mut self, topic: Topic, text: impl Display) -> bool {
        let text = text.to_string();
        let before = self.last.insert(topic, text.clone());
        before.as_ref() != Some(&text)
    }

    /// Makes anything news again.
    pub fn forget(&mut self, topic: Topic) {
        self.last.remove(&topic);
    }
}

/// The time as log lines have it.
fn now() -> String {
    Timestamp::now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_is_news_once_and_again_after_another_one() {
        let mut journal = Journal::default();
        assert!(journal.is_new(Topic::State, "away"));
        assert!(!journal.is_new(Topic::State, "away"));
        assert!(journal.is_new(Topic::Rotation, "away"));
        assert!(journal.is_new(Topic::State, "back"));
        assert!(journal.is_new(Topic::State, "away"));
        journal.forget(Topic::State);
        assert!(journal.is_new(Topic::State, "away"));
    }

    #[test]
    fn a_time_is_in_utc_to_the_second() {
        let now = now();
        assert!(now.len() == 20 && now.ends_with('Z'), "{now}");
    }
}
