//! What holds for one destination: a value for each port and each way to ask for it.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::decide::Kind;

use super::range_map::RangeMap;

/// A value for CONNECT and one for every other method. Another scheme than `http:` is refused
/// wherever it leads, so it has none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PerKind<T> {
    /// For CONNECT.
    pub connect: T,
    /// For any other method, `http:`.
    pub plain: T,
}

impl<T> PerKind<T> {
    /// The value for a kind of request; `None` for another scheme.
    pub fn get(&self, kind: Kind) -> Option<&T> {
        match kind {
            Kind::Connect => Some(&self.connect),
            Kind::Plain => Some(&self.plain),
            Kind::OtherScheme => None,
        }
    }

    /// The same value for both.
    pub fn same(value: T) -> Self
    where
        T: Clone,
    {
        Self {
            connect: value.clone(),
            plain: value,
        }
    }

    /// Applies `f` to both.
    pub fn map<U>(&self, mut f: impl FnMut(&T) -> U) -> PerKind<U> {
        PerKind {
            connect: f(&self.connect),
            plain: f(&self.plain),
        }
    }

    /// Both, with their kinds.
    pub fn iter(&self) -> impl Iterator<Item = (Kind, &T)> {
        [(Kind::Plain, &self.plain), (Kind::Connect, &self.connect)].into_iter()
    }
}

/// A value for each port and kind. Most destinations of an agent share one, so copies are cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T: Clone + Eq>(Arc<RangeMap<u16, PerKind<T>>>);

impl<T: Clone + Eq> Row<T> {
    /// The same value for each port and kind.
    pub fn constant(value: T) -> Self {
        Self::from(RangeMap::constant(PerKind::same(value)))
    }

    /// The values by port.
    pub fn by_port(&self) -> &RangeMap<u16, PerKind<T>> {
        &self.0
    }

    /// Each value with the ports, first and last, and the kind that have it.
    pub fn cells(&self) -> impl Iterator<Item = (u16, u16, Kind, &T)> {
        self.0.ranges().flat_map(|(first, last, values)| {
            values
                .iter()
                .map(move |(kind, value)| (first, last, kind, value))
        })
    }

    /// The row that is `f` of this one.
    pub fn map<U: Clone + Eq>(&self, mut f: impl FnMut(&T) -> U) -> Row<U> {
        Row::from(self.0.map(|values| values.map(&mut f)))
    }

    /// A function that gives for each row the row that is `f` of it, and remembers.
    pub fn mapping<'r, U: Clone + Eq>(
        mut f: impl FnMut(&T) -> U,
    ) -> impl FnMut(&'r Row<T>) -> Row<U>
    where
        T: 'r,
    {
        // The rows are borrowed, so none goes away and leaves its place to another.
        let mut mapped: BTreeMap<*const RangeMap<u16, PerKind<T>>, Row<U>> = BTreeMap::new();
        move |row| {
            let place = Arc::as_ptr(&row.0);
            mapped
                .entry(place)
                .or_insert_with(|| row.map(&mut f))
                .clone()
        }
    }

    /// The row that is `f` of this one and another.
    pub fn zip_with<U: Clone + Eq, W: Clone + Eq>(
        &self,
        other: &Row<U>,
        mut f: impl FnMut(&T, &U) -> W,
    ) -> Row<W> {
        Row::from(self.0.zip_with(&other.0, |one, two| PerKind {
            connect: f(&one.connect, &two.connect),
            plain: f(&one.plain, &two.plain),
        }))
    }
}

impl<T: Clone + Eq> From<RangeMap<u16, PerKind<T>>> for Row<T> {
    fn from(by_port: RangeMap<u16, PerKind<T>>) -> Self {
        Self(Arc::new(by_port))
    }
}
