//! The values of a [`NameMap`] with the names that have them, as people write sets of names: a
//! pattern, and the patterns that are taken out of it.

use std::fmt;

use crate::host::{HostName, HostPattern, MAX_HOST_LEN, MAX_LABEL_LEN, Reach};

use super::name_map::{NameMap, Reversed, depth_of};

/// A set of names; never empty.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NameRegion {
    /// The names.
    pub lead: Lead,
    /// Names that are none of them after all; each lies in `lead`, and no two overlap.
    pub except: Vec<HostPattern>,
    /// One of the names.
    pub witness: HostName,
}

/// A set of names before any are taken out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lead {
    /// Every name.
    Every,
    /// Every name of one label.
    OneLabel,
    /// Every name of two labels or more, which is what names on the internet are.
    Dotted,
    /// The names of a pattern.
    Pattern(HostPattern),
}

impl NameRegion {
    /// Whether a name is one of the set.
    pub fn contains(&self, name: &HostName) -> bool {
        let is_dotted = name.as_str().contains('.');
        let leads = match &self.lead {
            Lead::Every => true,
            Lead::OneLabel => !is_dotted,
            Lead::Dotted => is_dotted,
            Lead::Pattern(pattern) => pattern.matches(name),
        };
        leads && !self.except.iter().any(|pattern| pattern.matches(name))
    }
}

impl fmt::Display for NameRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.lead {
            Lead::Every => f.write_str("every name")?,
            Lead::OneLabel => f.write_str("every name without a dot")?,
            Lead::Dotted => f.write_str("every public name")?,
            Lead::Pattern(pattern) => pattern.fmt(f)?,
        }
        for (at, pattern) in self.except.iter().enumerate() {
            let lead = if at == 0 { "except " } else { "" };
            write!(f, " {lead}{pattern}")?;
        }
        Ok(())
    }
}

/// A region in the making.
struct Draft<'m, V> {
    lead: Option<Lead>,
    except: Vec<HostPattern>,
    value: &'m V,
    witness: Option<HostName>,
}

/// A known name, and the region of the names beneath it.
struct Zone<'m> {
    key: &'m Reversed,
    region: usize,
}

/// The drafts of one map, by number.
struct Drafts<'m, V> {
    map: &'m NameMap<V>,
    all: Vec<Draft<'m, V>>,
}

impl<V: Clone + Eq> NameMap<V> {
    /// The sets of names on which the function is constant: each connected one apart, together
    /// every name, no name twice.
    pub fn regions(&self) -> impl Iterator<Item = (NameRegion, &V)> {
        let mut drafts = Drafts {
            map: self,
            all: Vec::new(),
        };
        let (one_label, dotted) = drafts.of_unknown();
        let mut zones: Vec<Zone<'_>> = Vec::new();
        for (key, values) in self.known() {
            let Some(name) = key.name() else { continue };
            zones.truncate(depth_of(key, &zones, |zone| zone.key));
            let (around_own, around) = match zones.last() {
                Some(zone) => (zone.region, zone.region),
                None if key.has_one_label() => (one_label, dotted),
                None => (dotted, dotted),
            };
            let own_differs = drafts.differs(around_own, &values.own);
            let beneath_differs = drafts.differs(around, &values.beneath);
            let pattern = |reach| HostPattern::new(reach, name.clone());
            let mut region = around;
            if own_differs && beneath_differs && around_own == around {
                drafts.except(around, pattern(Reach::Within));
            } else {
                if own_differs {
                    drafts.except(around_own, pattern(Reach::Exact));
                }
                if beneath_differs {
                    drafts.except(around, pattern(Reach::Under));
                }
            }
            if own_differs && beneath_differs && values.own == values.beneath {
                region = drafts.begin(pattern(Reach::Within), &values.own);
            } else {
                if own_differs {
                    drafts.begin(pattern(Reach::Exact), &values.own);
                }
                if beneath_differs {
                    region = drafts.begin(pattern(Reach::Under), &values.beneath);
                }
            }
            drafts.find_beneath(region, &name);
            zones.push(Zone { key, region });
        }
        drafts.finish()
    }
}

impl<'m, V: Clone + Eq> Drafts<'m, V> {
    /// The regions of the names that nobody has named, by shape.
    fn of_unknown(&mut self) -> (usize, usize) {
        let unknown = self.map.unknown();
        let is_one = unknown.own == unknown.beneath;
        let fresh = |name: &HostName| !self.map.knows(name);
        let (one_label, dotted) = (top_level().find(fresh), {
            let top = top_level().find(fresh);
            top.and_then(|top| beneath(&top).find(fresh))
        });
        let mut add = |lead, value: &'m V, witness| {
            self.all.push(Draft {
                lead: Some(lead),
                except: Vec::new(),
                value,
                witness,
            });
            self.all.len() - 1
        };
        if is_one {
            let every = add(Lead::Every, &unknown.beneath, dotted);
            return (every, every);
        }
        (
            add(Lead::OneLabel, &unknown.own, one_label),
            add(Lead::Dotted, &unknown.beneath, dotted),
        )
    }

    fn begin(&mut self, pattern: HostPattern, value: &'m V) -> usize {
        let own = pattern.reach() != Reach::Under;
        self.all.push(Draft {
            witness: own.then(|| pattern.name().clone()),
            lead: Some(Lead::Pattern(pattern)),
            except: Vec::new(),
            value,
        });
        self.all.len() - 1
    }

    fn differs(&self, region: usize, value: &V) -> bool {
        self.all
            .get(region)
            .is_none_or(|draft| draft.value != value)
    }

    fn except(&mut self, region: usize, pattern: HostPattern) {
        if let Some(draft) = self.all.get_mut(region) {
            draft.except.push(pattern);
        }
    }

    /// A witness out of the names directly beneath one whose names beneath belong to a region.
    fn find_beneath(&mut self, region: usize, name: &HostName) {
        if let Some(draft) = self.all.get_mut(region)
            && draft.witness.is_none()
        {
            draft.witness = beneath(name).find(|name| !self.map.knows(name));
        }
    }

    /// The regions that have a name: beneath a very long one all may be taken.
    fn finish(self) -> impl Iterator<Item = (NameRegion, &'m V)> {
        self.all.into_iter().filter_map(|draft| {
            let region = NameRegion {
                lead: draft.lead?,
                except: draft.except,
                witness: draft.witness?,
            };
            Some((region, draft.value))
        })
    }
}

/// Names of one label, those first that people take for one at a glance.
fn top_level() -> impl Iterator<Item = HostName> {
    let labels = std::iter::once("example".to_owned()).chain(labels());
    labels.filter_map(|label| label.parse().ok())
}

/// Names directly beneath one, as far as it has room.
fn beneath(name: &HostName) -> impl Iterator<Item = HostName> {
    let room = MAX_HOST_LEN.saturating_sub(name.as_str().len() + ".".len());
    let fits = move |label: &String| label.len() <= room.min(MAX_LABEL_LEN);
    let usual = std::iter::once("www".to_owned()).filter(fits);
    let labels = usual.chain(labels().take_while(fits));
    labels.filter_map(move |label| format!("{label}.{name}").parse().ok())
}

/// Every text over the alphabet of labels, the short ones first, each once.
fn labels() -> impl Iterator<Item = String> {
    const ALPHABET: &[u8; 38] = b"abcdefghijklmnopqrstuvwxyz0123456789_-";
    (1usize..).map(|number| {
        let mut label = String::new();
        let mut rest = number;
        while let Some(above) = rest.checked_sub(1) {
            let character = ALPHABET.get(above % ALPHABET.len()).copied();
            label.extend(character.map(char::from));
            rest = above / ALPHABET.len();
        }
        label
    })
}
