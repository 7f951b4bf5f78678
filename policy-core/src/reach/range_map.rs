//! A function on all ports, or on all addresses of one version.
//!
//! It is constant on ranges, and kept in its one normal form, so that equal functions are equal
//! values.

use std::ops::RangeInclusive;

/// A finite, ordered set of points without gaps.
pub trait Point: Copy + Ord {
    /// The least point.
    const FIRST: Self;
    /// The greatest point.
    const LAST: Self;
    /// The next point, if there is one.
    fn after(self) -> Option<Self>;
    /// The point before, if there is one.
    fn before(self) -> Option<Self>;
}

macro_rules! points {
    ($($number:ty),*) => {
        $(impl Point for $number {
            const FIRST: Self = <$number>::MIN;
            const LAST: Self = <$number>::MAX;
            fn after(self) -> Option<Self> {
                self.checked_add(1)
            }
            fn before(self) -> Option<Self> {
                self.checked_sub(1)
            }
        })*
    };
}

points!(u16, u32, u128);

/// A total function that is constant on ranges.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangeMap<K, V> {
    // INVARIANT: where a range begins, and its value; the first begins at `K::FIRST`, they
    // ascend, and neighbours differ.
    starts: Vec<(K, V)>,
}

impl<K: Point, V: Clone + Eq> RangeMap<K, V> {
    /// The same value everywhere.
    pub fn constant(value: V) -> Self {
        Self {
            starts: vec![(K::FIRST, value)],
        }
    }

    /// The value at a point.
    #[expect(
        clippy::indexing_slicing,
        reason = "a range begins at the least point, so one begins at or before any"
    )]
    pub fn get(&self, key: K) -> &V {
        let n_before = self.starts.partition_point(|(start, _)| *start <= key);
        &self.starts[n_before.saturating_sub(1)].1
    }

    /// The ranges on which the function is constant, in order: first point, last point, value.
    pub fn ranges(&self) -> impl Iterator<Item = (K, K, &V)> {
        let ends = self.starts.iter().skip(1).map(|(next, _)| next.before());
        let ends = ends.map(|end| end.unwrap_or(K::LAST)).chain([K::LAST]);
        let starts = self.starts.iter().zip(ends);
        starts.map(|((first, value), last)| (*first, last, value))
    }

    /// Applies `f` to the values of a range.
    pub fn paint(&mut self, range: RangeInclusive<K>, mut f: impl FnMut(&V) -> V) {
        let (low, high) = range.into_inner();
        if low > high {
            return;
        }
        let mut painted = Builder::default();
        for (first, last, value) in self.ranges() {
            if last < low || high < first {
                painted.push(first, value.clone());
                continue;
            }
            if first < low {
                painted.push(first, value.clone());
            }
            painted.push(first.max(low), f(value));
            if let Some(rest) = high.after().filter(|_| high < last) {
                painted.push(rest, value.clone());
            }
        }
        *self = painted.finish();
    }

    /// The function that is `f` of this one and another, point by point.
    pub fn zip_with<W: Clone + Eq, X: Clone + Eq>(
        &self,
        other: &RangeMap<K, W>,
        mut f: impl FnMut(&V, &W) -> X,
    ) -> RangeMap<K, X> {
        let mut zipped = Builder::default();
        let (mut ours, mut theirs) = (self.ranges().peekable(), other.ranges().peekable());
        let mut start = K::FIRST;
        while let (Some((_, end, one)), Some((_, other_end, two))) = (ours.peek(), theirs.peek()) {
            zipped.push(start, f(one, two));
            let last = *end.min(other_end);
            let Some(next) = last.after() else { break };
            ours.next_if(|(_, end, _)| *end == last);
            theirs.next_if(|(_, end, _)| *end == last);
            start = next;
        }
        zipped.finish()
    }

    /// The function that is `f` of this one, point by point.
    pub fn map<'v, X: Clone + Eq>(&'v self, mut f: impl FnMut(&'v V) -> X) -> RangeMap<K, X> {
        let mut mapped = Builder::default();
        for (start, value) in &self.starts {
            mapped.push(*start, f(value));
        }
        mapped.finish()
    }
}

/// Ranges in ascending order; equal neighbours become one.
struct Builder<K, V> {
    starts: Vec<(K, V)>,
}

impl<K, V> Default for Builder<K, V> {
    fn default() -> Self {
        Self { starts: Vec::new() }
    }
}

impl<K, V: Eq> Builder<K, V> {
    fn push(&mut self, start: K, value: V) {
        if self.starts.last().is_none_or(|(_, last)| *last != value) {
            self.starts.push((start, value));
        }
    }

    fn finish(self) -> RangeMap<K, V> {
        RangeMap {
            starts: self.starts,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn painted(strokes: &[(u16, u16, u8)]) -> RangeMap<u16, u8> {
        let mut map = RangeMap::constant(0);
        for (one, two, value) in strokes {
            map.paint(*one.min(two)..=*one.max(two), |_| *value);
        }
        map
    }

    fn strokes() -> impl Strategy<Value = Vec<(u16, u16, u8)>> {
        let point = prop_oneof![0u16..6, Just(u16::MAX), Just(u16::MAX - 1)];
        prop::collection::vec((point.clone(), point, 0u8..3), 0..8)
    }

    proptest! {
        #[test]
        fn the_last_stroke_over_a_point_is_its_value(strokes in strokes()) {
            let map = painted(&strokes);
            for point in (0..8).chain(u16::MAX - 3..=u16::MAX) {
                let hit = |(one, two, _): &&(u16, u16, u8)| {
                    *one.min(two) <= point && point <= *one.max(two)
                };
                let expected = strokes.iter().rev().find(hit).map_or(0, |stroke| stroke.2);
                prop_assert_eq!(*map.get(point), expected);
            }
        }

        #[test]
        fn equal_functions_are_equal_values(one in strokes(), two in strokes()) {
            let (a, b) = (painted(&one), painted(&two));
            let same = (0..=u16::MAX).all(|point| a.get(point) == b.get(point));
            prop_assert_eq!(a == b, same);
            let difference = a.zip_with(&b, |a, b| a != b);
            prop_assert_eq!(difference == RangeMap::constant(false), same);
            prop_assert_eq!(a.zip_with(&b, |a, _| *a), a.clone());
            prop_assert_eq!(a.map(|value| value / 2), a.zip_with(&a, |value, _| value / 2));
        }

        #[test]
        fn the_ranges_are_the_whole_and_each_point_lies_in_one(strokes in strokes()) {
            let map = painted(&strokes);
            let mut next = Some(0);
            for (first, last, value) in map.ranges() {
                prop_assert_eq!(next, Some(first));
                prop_assert_eq!(map.get(first), value);
                prop_assert_eq!(map.get(last), value);
                next = last.after();
            }
            prop_assert_eq!(next, None);
        }
    }
}
