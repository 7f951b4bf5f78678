//! What a reader cannot tell from something else, after UTS #39.
//!
//! Two texts look alike when their skeletons are equal. Case does not count: names are folded, and
//! hosts have none. So `0` is `o`, `1` is `l`, and `m` is `rn`.

use unicode_security::confusable_detection::skeleton as uts_39;

/// Makes skeletons. Nearly all text is ASCII, so its characters are looked up once.
pub(super) struct LookAlike {
    ascii: Vec<Character>,
}

/// What an ASCII character becomes, as text and as a step of a hash.
struct Character {
    skeleton: String,
    times: u64,
    plus: u64,
}

/// The base of the hash: a large odd number without a pattern (Knuth's MMIX).
const BASE: u64 = 6_364_136_223_846_793_005;

impl Default for LookAlike {
    fn default() -> Self {
        let character = |byte: u8| {
            let text = char::from(byte).to_ascii_lowercase().to_string();
            let skeleton: String = uts_39(&text).collect();
            let skeleton = skeleton.to_ascii_lowercase();
            let times = skeleton
                .bytes()
                .fold(1, |times: u64, _| times.wrapping_mul(BASE));
            let plus = hashed(&skeleton, 0);
            Character {
                skeleton,
                times,
                plus,
            }
        };
        Self {
            ascii: (0..=127).map(character).collect(),
        }
    }
}

impl LookAlike {
    /// Puts the skeleton of a text behind what is in `into`.
    pub(super) fn skeleton(&self, text: &str, into: &mut String) {
        if text.is_ascii() {
            let characters = self.characters(text);
            characters.for_each(|character| into.push_str(&character.skeleton));
        } else {
            let folded = text.to_lowercase();
            into.extend(uts_39(&folded).flat_map(char::to_lowercase));
        }
    }

    /// The hash of a skeleton, which goes on from the hash of what stands before it. Texts that look
    /// alike have one hash; a few others may have it too.
    pub(super) fn hash(&self, text: &str, before: u64) -> u64 {
        if text.is_ascii() {
            return self.characters(text).fold(before, |hash, character| {
                hash.wrapping_mul(character.times)
                    .wrapping_add(character.plus)
            });
        }
        let mut skeleton = String::new();
        self.skeleton(text, &mut skeleton);
        hashed(&skeleton, before)
    }

    fn characters(&self, text: &str) -> impl Iterator<Item = &Character> {
        text.bytes()
            .filter_map(|byte| self.ascii.get(usize::from(byte)))
    }
}

fn hashed(text: &str, before: u64) -> u64 {
    text.bytes().fold(before, |hash, byte| {
        hash.wrapping_mul(BASE).wrapping_add(u64::from(byte))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skeleton(text: &str) -> String {
        let mut skeleton = String::new();
        LookAlike::default().skeleton(text, &mut skeleton);
        skeleton
    }

    #[test]
    fn look_alikes_have_one_skeleton_and_near_misses_do_not() {
        for (one, other) in [
            ("modern", "rnodem"),
            ("c0der", "coder"),
            ("reader-1", "reader-l"),
            ("Reader-I", "reader-i"),
            ("аррӏе", "apple"),
        ] {
            assert_eq!(skeleton(one), skeleton(other), "{one} {other}");
        }
        for (one, other) in [("coder", "codes"), ("a-b", "a_b"), ("bücher", "bucher")] {
            assert_ne!(skeleton(one), skeleton(other), "{one} {other}");
        }
    }

    #[test]
    fn a_text_has_the_skeleton_that_its_characters_have() {
        for text in ["a-b_c.d", "0123456789", "abcdefghijklmnopqrstuvwxyz"] {
            let whole: String = uts_39(text).flat_map(char::to_lowercase).collect();
            assert_eq!(skeleton(text), whole);
            assert_eq!(LookAlike::default().hash(text, 7), hashed(&whole, 7));
        }
    }
}
