//! A function on all host names.
//!
//! A name that the map knows has a value of its own, and a value for everything beneath it that
//! no other known name rules. Only names that differ from what they would inherit are kept, so
//! that equal functions are equal values. That holds with one exception no policy comes near: where
//! a name is so long (250 characters or more) that few can lie beneath it, and more than half of
//! those are known, one function has two forms. [`NameMap::regions`] is exact even there.

use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::ops::Bound;

use crate::host::{HostName, HostPattern, MAX_HOST_LEN, Reach};

/// A total function on host names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameMap<V> {
    /// What holds for names nobody has named: for those of one label, and for all others. They are
    /// apart because a name of one label is no name of the internet.
    unknown: Values<V>,
    // INVARIANT: no entry is what its name would inherit, see `prune`.
    known: BTreeMap<Reversed, Values<V>>,
}

/// The value of a name, and of the names under it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Values<V> {
    pub(super) own: V,
    pub(super) beneath: V,
}

/// A name with its labels in reverse, so that in their order all names under one follow it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reversed(Box<str>); // INVARIANT: a `HostName`, parted by `PART`.

/// Parts the labels of a [`Reversed`]: sorts before every character of a label, the hyphen too.
const PART: char = ' ';

/// The character after [`PART`].
const AFTER_PART: char = '!';

impl Borrow<str> for Reversed {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Reversed {
    pub(super) fn of(name: &HostName) -> Self {
        let mut reversed = String::with_capacity(name.as_str().len());
        for label in name.as_str().rsplit('.') {
            if !reversed.is_empty() {
                reversed.push(PART);
            }
            reversed.push_str(label);
        }
        Self(reversed.into())
    }

    /// The name; `None` only for text that was none.
    pub(super) fn name(&self) -> Option<HostName> {
        let labels: Vec<&str> = self.0.rsplit(PART).collect();
        labels.join(".").parse().ok()
    }

    pub(super) fn has_one_label(&self) -> bool {
        !self.0.contains(PART)
    }

    pub(super) fn is_under(&self, zone: &Reversed) -> bool {
        self.0
            .strip_prefix(&*zone.0)
            .is_some_and(|rest| rest.starts_with(PART))
    }

    /// Whether a dot and a label would make the name too long.
    fn is_deepest(&self) -> bool {
        self.0.len() + ".x".len() > MAX_HOST_LEN
    }

    /// The names this one lies under, the longest first.
    fn zones(&self) -> impl Iterator<Item = &str> {
        let mut rest = &*self.0;
        std::iter::from_fn(move || {
            rest = rest.rsplit_once(PART)?.0;
            Some(rest)
        })
    }
}

impl<V: Clone + Eq> NameMap<V> {
    /// The same value for every name.
    pub fn constant(value: V) -> Self {
        Self::by_shape(value.clone(), value)
    }

    /// One value for names of one label, another for all others.
    pub fn by_shape(one_label: V, more: V) -> Self {
        Self {
            unknown: Values {
                own: one_label,
                beneath: more,
            },
            known: BTreeMap::new(),
        }
    }

    /// The value of a name.
    pub fn get(&self, name: &HostName) -> &V {
        let key = Reversed::of(name);
        match self.known.get(&key) {
            Some(values) => &values.own,
            None => self.inherited(&key).own,
        }
    }

    /// What a name is as long as it is not known: its own value and that of the names beneath.
    fn inherited(&self, key: &Reversed) -> Values<&V> {
        let mut zones = key.zones();
        let beneath = zones.find_map(|zone| self.known.get(zone));
        self.beneath(key, beneath.map(|zone| &zone.beneath))
    }

    /// What is inherited by a name directly beneath a known one, or beneath none.
    fn beneath<'v>(&'v self, key: &Reversed, zone: Option<&'v V>) -> Values<&'v V> {
        match zone {
            Some(value) => Values {
                own: value,
                beneath: value,
            },
            None if key.has_one_label() => Values {
                own: &self.unknown.own,
                beneath: &self.unknown.beneath,
            },
            None => Values {
                own: &self.unknown.beneath,
                beneath: &self.unknown.beneath,
            },
        }
    }

    /// Applies `f` to the values of the names of a pattern.
    pub fn paint(&mut self, pattern: &HostPattern, mut f: impl FnMut(&V) -> V) {
        let key = Reversed::of(pattern.name());
        let reaches_under = pattern.reach() != Reach::Exact && !key.is_deepest();
        if pattern.reach() == Reach::Under && !reaches_under {
            return;
        }
        let inherited = self.inherited(&key);
        let inherited = Values {
            own: inherited.own.clone(),
            beneath: inherited.beneath.clone(),
        };
        let values = self.known.entry(key.clone()).or_insert(inherited.clone());
        if pattern.reach() != Reach::Under {
            values.own = f(&values.own);
        }
        if reaches_under {
            values.beneath = f(&values.beneath);
            let mut pruned = Vec::new();
            let mut zones = vec![(key.clone(), values.beneath.clone())];
            for (below, values) in self.known.range_mut::<str, _>(under(&key).bounds()) {
                values.own = f(&values.own);
                values.beneath = f(&values.beneath);
                zones.truncate(depth_of(below, &zones, |zone| &zone.0));
                let inherits =
                    |(_, value): &(_, V)| values.own == *value && values.beneath == *value;
                if zones.last().is_some_and(inherits) {
                    pruned.push(below.clone());
                } else {
                    zones.push((below.clone(), values.beneath.clone()));
                }
            }
            for key in pruned {
                self.known.remove(&key);
            }
        }
        if self.known.get(&key) == Some(&inherited) {
            self.known.remove(&key);
        }
    }

    /// The function that is `f` of this one and another, name by name.
    pub fn zip_with<'v, W: Clone + Eq, X: Clone + Eq>(
        &'v self,
        other: &NameMap<W>,
        mut f: impl FnMut(&'v V, &W) -> X,
    ) -> NameMap<X> {
        let mut zipped = NameMap::by_shape(
            f(&self.unknown.own, &other.unknown.own),
            f(&self.unknown.beneath, &other.unknown.beneath),
        );
        let mut known = Vec::with_capacity(self.known.len().max(other.known.len()));
        let mut zones: Vec<Zipped<'v, '_, V, W, X>> = Vec::new();
        let (mut ours, mut theirs) = (self.known.iter().peekable(), other.known.iter().peekable());
        while let Some(key) = least(ours.peek(), theirs.peek()) {
            let one = ours.next_if(|(own, _)| *own == key);
            let two = theirs.next_if(|(own, _)| *own == key);
            zones.truncate(depth_of(key, &zones, |zone| zone.key));
            let zone = zones.last();
            let one = taken(one, || self.beneath(key, zone.map(|zone| zone.one)));
            let two = taken(two, || other.beneath(key, zone.map(|zone| zone.two)));
            let values = Values {
                own: f(one.own, two.own),
                beneath: f(one.beneath, two.beneath),
            };
            let inherited = zipped.beneath(key, zone.map(|zone| &zone.beneath));
            let is_new = *inherited.own != values.own || *inherited.beneath != values.beneath;
            zones.push(Zipped {
                key,
                one: one.beneath,
                two: two.beneath,
                beneath: values.beneath.clone(),
            });
            if is_new {
                known.push((key.clone(), values));
            }
        }
        zipped.known = known.into_iter().collect();
        zipped
    }

    /// The function that is `f` of this one, name by name.
    pub fn map<'v, X: Clone + Eq>(&'v self, mut f: impl FnMut(&'v V) -> X) -> NameMap<X> {
        self.zip_with(&NameMap::constant(()), |value, ()| f(value))
    }

    pub(super) fn unknown(&self) -> &Values<V> {
        &self.unknown
    }

    /// The known names, each before those under it.
    pub(super) fn known(&self) -> impl Iterator<Item = (&Reversed, &Values<V>)> {
        self.known.iter()
    }

    pub(super) fn knows(&self, name: &HostName) -> bool {
        self.known.contains_key(&Reversed::of(name))
    }
}

/// A known name of one of two maps, and what holds beneath it in both and in their result.
struct Zipped<'v, 'm, V, W, X> {
    key: &'m Reversed,
    one: &'v V,
    two: &'m W,
    beneath: X,
}

/// The values of an entry, or else those inherited.
fn taken<'v, V>(
    entry: Option<(&Reversed, &'v Values<V>)>,
    inherited: impl FnOnce() -> Values<&'v V>,
) -> Values<&'v V> {
    entry.map_or_else(inherited, |(_, values)| Values {
        own: &values.own,
        beneath: &values.beneath,
    })
}

type Entry<'m, V> = (&'m Reversed, &'m Values<V>);

fn least<'m, V, W>(one: Option<&Entry<'m, V>>, two: Option<&Entry<'m, W>>) -> Option<&'m Reversed> {
    let keys = one.map(|(key, _)| *key).into_iter();
    keys.chain(two.map(|(key, _)| *key)).min()
}

/// How many of `zones`, each of which lies under the one before, `key` lies under.
pub(super) fn depth_of<Z>(key: &Reversed, zones: &[Z], of: impl Fn(&Z) -> &Reversed) -> usize {
    let open = zones.iter().rposition(|zone| key.is_under(of(zone)));
    open.map_or(0, |at| at + 1)
}

/// The ends of the run of names under one.
struct Run {
    first: String,
    end: String,
}

fn under(key: &Reversed) -> Run {
    Run {
        first: format!("{}{PART}", key.0),
        end: format!("{}{AFTER_PART}", key.0),
    }
}

impl Run {
    fn bounds(&self) -> (Bound<&str>, Bound<&str>) {
        (Bound::Included(&self.first), Bound::Excluded(&self.end))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn name(text: &str) -> HostName {
        text.parse().unwrap()
    }

    /// Few names, so that they meet; some have room for one label beneath them, or for none.
    fn names() -> Vec<String> {
        let long = |first: &str, length: usize| {
            let tail = ["z".repeat(63), "z".repeat(63), "z".repeat(63)].join(".");
            let middle = length - tail.len() - first.len() - 2;
            format!("{first}.{}.{tail}", "y".repeat(middle))
        };
        let mut names = ["b", "a.b", "a-a.b", "a.a.b", "c.a-a.b", "c", "c.c"].map(str::to_owned);
        names.sort();
        let deep = [
            long("d", 251),
            format!("e.{}", long("d", 251)),
            long("d", 252),
            long("d", 253),
        ];
        names.into_iter().chain(deep).collect()
    }

    fn strokes() -> impl Strategy<Value = Vec<(HostPattern, u8)>> {
        let reach = select(vec![Reach::Exact, Reach::Within, Reach::Under]);
        let stroke = (reach, select(names()), 0u8..3);
        let stroke =
            stroke.prop_map(|(reach, text, value)| (HostPattern::new(reach, name(&text)), value));
        prop::collection::vec(stroke, 0..10)
    }

    fn painted(strokes: &[(HostPattern, u8)]) -> NameMap<u8> {
        let mut map = NameMap::by_shape(0, 1);
        for (pattern, value) in strokes {
            map.paint(pattern, |_| *value);
        }
        map
    }

    fn expected(strokes: &[(HostPattern, u8)], name: &HostName) -> u8 {
        let hit = strokes
            .iter()
            .rev()
            .find(|(pattern, _)| pattern.matches(name));
        hit.map_or(u8::from(name.as_str().contains('.')), |(_, value)| *value)
    }

    /// A name for each set of names that no pattern over [`names`] parts.
    fn atoms() -> Vec<HostName> {
        let own = names();
        let under = own.iter().map(|name| format!("q.{name}"));
        let strange = ["q".to_owned(), "q.q".to_owned()];
        let all = own.iter().cloned().chain(under).chain(strange);
        all.filter_map(|text| text.parse().ok()).collect()
    }

    proptest! {
        #[test]
        fn the_last_stroke_over_a_name_is_its_value(strokes in strokes()) {
            let map = painted(&strokes);
            for name in atoms() {
                prop_assert_eq!(*map.get(&name), expected(&strokes, &name), "{}", name);
            }
        }

        #[test]
        fn equal_functions_are_equal_values(one in strokes(), two in strokes()) {
            let (a, b) = (painted(&one), painted(&two));
            let same = atoms().iter().all(|name| a.get(name) == b.get(name));
            prop_assert_eq!(a == b, same);
            let difference = a.zip_with(&b, |a, b| a != b);
            prop_assert_eq!(difference == NameMap::constant(false), same);
            let differing = difference.regions().filter(|(_, differs)| **differs);
            prop_assert_eq!(differing.count() == 0, same);
            let both = a.zip_with(&b, |a, b| (*a, *b));
            prop_assert_eq!(both.map(|(a, _)| *a), a.clone());
            prop_assert_eq!(both.map(|(_, b)| *b), b.clone());
            for name in atoms() {
                prop_assert_eq!(*both.get(&name), (*a.get(&name), *b.get(&name)));
            }
            prop_assert_eq!(a.zip_with(&b, |a, b| a.max(b) / 2), b.zip_with(&a, |b, a| a.max(b) / 2));
        }

        #[test]
        fn each_name_lies_in_one_region_and_each_witness_in_its_own(strokes in strokes()) {
            let map = painted(&strokes);
            let regions: Vec<_> = map.regions().collect();
            for name in atoms() {
                let of = regions.iter().filter(|(region, _)| region.contains(&name));
                let values: Vec<u8> = of.map(|(_, value)| **value).collect();
                prop_assert_eq!(values, vec![*map.get(&name)], "{}", name);
            }
            for (region, value) in &regions {
                prop_assert!(region.contains(&region.witness), "{} {}", region, region.witness);
                prop_assert_eq!(map.get(&region.witness), *value);
                let again: Result<HostName, _> = region.witness.as_str().parse();
                prop_assert_eq!(again.as_ref(), Ok(&region.witness));
            }
        }
    }

    fn shown(strokes: &[(&str, u8)]) -> String {
        let strokes: Vec<_> = strokes
            .iter()
            .map(|(text, value)| (text.parse().unwrap(), *value))
            .collect();
        let map = painted(&strokes);
        let lines = map
            .regions()
            .map(|(region, value)| format!("{value}: {region} ({})", region.witness));
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn regions_read_as_people_write_them() {
        insta::assert_snapshot!(
            shown(&[(".github.com", 2), ("gist.github.com", 3), ("*.raw.github.com", 4), ("com", 5)]),
            @"
        0: every name without a dot except com (example)
        1: every public name except .github.com (www.example)
        5: com (com)
        2: .github.com except gist.github.com *.raw.github.com (github.com)
        3: gist.github.com (gist.github.com)
        4: *.raw.github.com (www.raw.github.com)
        "
        );
        insta::assert_snapshot!(shown(&[("q", 1), ("*.x.q", 0), ("www.example", 0), ("a", 0)]), @"
        0: every name without a dot except q (example)
        1: every public name except www.example *.x.q (a.example)
        0: www.example (www.example)
        1: q (q)
        0: *.x.q (www.x.q)
        ");
    }

    #[test]
    fn a_name_without_room_beneath_it_has_nothing_beneath_it() {
        let long = names().into_iter().find(|name| name.len() == 252).unwrap();
        assert_eq!(
            painted(&[(format!("*.{long}").parse().unwrap(), 2)]),
            painted(&[])
        );
        // With room for one more character, each of the names beneath may be taken.
        let zone = names().into_iter().find(|name| name.len() == 251).unwrap();
        let all = ('a'..='z').chain('0'..='9').chain(['_']);
        let mut strokes: Vec<(HostPattern, u8)> = all
            .map(|label| (format!("{label}.{zone}").parse().unwrap(), 3))
            .collect();
        strokes.insert(0, (format!("*.{zone}").parse().unwrap(), 2));
        let taken = painted(&strokes);
        assert!(taken.regions().all(|(_, value)| *value != 2));
        strokes.pop();
        let left = painted(&strokes);
        let (region, _) = left.regions().find(|(_, value)| **value == 2).unwrap();
        assert_eq!(region.witness.as_str(), format!("_.{zone}"));
    }
}
