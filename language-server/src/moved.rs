//! Where bytes of an older text stand in a newer one.
//!
//! The texts are taken to differ in one place: what both begin with and what both end with is the same,
//! and what lies between has no place in the newer text.

use std::ops::Range;

/// From one text to another. The default is from a text to itself.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Moved {
    n_old: usize,
    n_new: usize,
    n_before: usize,
    n_behind: usize,
}

impl Moved {
    pub(crate) fn new(old: &str, new: &str) -> Self {
        let n_before = n_equal(old.bytes(), new.bytes());
        // A byte counts once, in `aa` become `aaa` too.
        let rest = old.len().min(new.len()) - n_before;
        let n_behind = n_equal(old.bytes().rev().take(rest), new.bytes().rev());
        Self {
            n_old: old.len(),
            n_new: new.len(),
            n_before,
            n_behind,
        }
    }

    /// The place of bytes of the old text; `None` where they, or what they touch, were changed.
    pub(crate) fn place(self, bytes: &Range<usize>) -> Option<Range<usize>> {
        let is_equal = self.n_old == self.n_new && self.n_before == self.n_old;
        if is_equal || bytes.end < self.n_before {
            return Some(bytes.clone());
        }
        let behind = self.n_old - self.n_behind;
        let moved = |at: usize| Some(at.checked_sub(behind)? + self.n_new - self.n_behind);
        (bytes.start > behind).then_some(())?;
        Some(moved(bytes.start)?..moved(bytes.end)?)
    }

    /// Whether bytes of the new text are among those that changed, or touch them.
    pub(crate) fn touches(self, bytes: &Range<usize>) -> bool {
        let is_equal = self.n_old == self.n_new && self.n_before == self.n_old;
        !is_equal && bytes.start <= self.n_new - self.n_behind && self.n_before <= bytes.end
    }
}

fn n_equal(one: impl Iterator<Item = u8>, other: impl Iterator<Item = u8>) -> usize {
    one.zip(other)
        .take_while(|(one, other)| one == other)
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_before_a_change_stays_and_what_stands_behind_it_moves() {
        let moved = Moved::new("one two three", "one 2 three");
        assert_eq!(moved.place(&(0..3)), Some(0..3));
        assert_eq!(moved.place(&(8..13)), Some(6..11));
        assert_eq!(moved.place(&(4..7)), None);
        assert_eq!(moved.place(&(0..13)), None);
    }

    #[test]
    fn what_touches_a_change_has_no_place() {
        let moved = Moved::new("ab cd", "ab x cd");
        assert_eq!(moved.place(&(0..2)), Some(0..2));
        assert_eq!(moved.place(&(0..3)), None);
        assert_eq!(moved.place(&(3..5)), None);
    }

    #[test]
    fn a_place_of_the_newer_text_is_old_or_new() {
        let moved = Moved::new("one two three", "one 2 three");
        assert!(!moved.touches(&(0..3)));
        assert!(moved.touches(&(2..4)));
        assert!(moved.touches(&(5..9)));
        assert!(!moved.touches(&(6..11)));
        assert!(Moved::new("ab cd", "abcd").touches(&(2..2)), "taken out");
        assert!(!Moved::new("same", "same").touches(&(0..4)));
    }

    #[test]
    fn equal_texts_keep_every_place_and_repetitions_count_once() {
        assert_eq!(Moved::new("aa", "aa").place(&(0..2)), Some(0..2));
        assert_eq!(Moved::new("aa", "aaa").place(&(0..1)), Some(0..1));
        assert_eq!(Moved::new("aaa", "aa").place(&(2..3)), None);
        assert_eq!(Moved::new("", "x").place(&(0..0)), None);
    }
}
