//! One name for each class of names that no list and no statement tells apart.
//!
//! Every test of a name asks whether it is a certain name or lies under one. So what counts is how
//! far a name can be followed, label by label from its end, along the names that occur at all:
//! each of these is a class, and all that leave the tree at one place are another.

use std::collections::HashMap;

/// The names that occur, each with all that it lies under.
pub(super) struct Names<'n> {
    nodes: Vec<Node<'n>>,
    // Most names of a policy begin alike, so a sorted map compares long texts; only `nodes` has an
    // order that matters.
    by_name: HashMap<&'n str, usize>,
    words: usize,
}

struct Node<'n> {
    name: &'n str,
    parent: usize,
    /// The lists that hold this name alone, and those that hold all under it and itself.
    exact: Vec<usize>,
    within: Vec<usize>,
}

/// A place of the tree with the lists that hold the name, and those that hold what leaves there.
pub(super) struct Place<'n> {
    /// Empty for the root.
    pub(super) name: &'n str,
    pub(super) here: Vec<u64>,
    pub(super) below: Vec<u64>,
}

impl<'n> Names<'n> {
    /// An empty tree; `n_lists` is how many lists there are.
    pub(super) fn new(n_lists: usize) -> Self {
        Names {
            nodes: vec![Node {
                name: "",
                parent: 0,
                exact: Vec::new(),
                within: Vec::new(),
            }],
            by_name: HashMap::new(),
            words: n_lists.div_ceil(64),
        }
    }

    /// Adds a name, and everything it lies under.
    pub(super) fn add(&mut self, name: &'n str) -> usize {
        if let Some(at) = self.by_name.get(name) {
            return *at;
        }
        let parent = match name.split_once('.') {
            Some((_, rest)) => self.add(rest),
            None => 0,
        };
        let at = self.nodes.len();
        self.nodes.push(Node {
            name,
            parent,
            exact: Vec::new(),
            within: Vec::new(),
        });
        self.by_name.insert(name, at);
        at
    }

    /// Adds the value of a list.
    pub(super) fn add_value(&mut self, name: &'n str, within: bool, list: usize) {
        let at = self.add(name);
        if let Some(node) = self.nodes.get_mut(at) {
            let lists = if within {
                &mut node.within
            } else {
                &mut node.exact
            };
            lists.push(list);
        }
    }

    /// Every place, each behind those it lies under.
    pub(super) fn places(&self) -> Vec<Place<'n>> {
        let mut places: Vec<Place<'n>> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let mut below = match places.get(node.parent) {
                Some(parent) => parent.below.clone(),
                None => vec![0; self.words],
            };
            put(&mut below, &node.within);
            let mut here = below.clone();
            put(&mut here, &node.exact);
            places.push(Place {
                name: node.name,
                here,
                below,
            });
        }
        places
    }
}

/// Puts members into a set.
pub(super) fn put(bits: &mut [u64], members: &[usize]) {
    for at in members {
        if let Some(word) = bits.get_mut(at / 64) {
            *word |= 1 << (at % 64);
        }
    }
}

/// A label that stands in none of the texts.
pub(super) fn fresh_label(used: &dyn Fn(&str) -> bool) -> String {
    let mut label = "zq".to_owned();
    let mut letters = ('a'..='z').cycle();
    while used(&label) {
        label.extend(letters.next());
    }
    label
}

/// What stands before a name, with a dot behind it, to make a host that is no name of DNS: each of
/// the mistakes that an expression tells apart, and each combination of them.
pub(super) fn odd_prefixes(fresh: &str) -> Vec<String> {
    let mut found = Vec::new();
    for bad in ["", "-", "!"] {
        for long_label in [false, true] {
            for long in [false, true] {
                let mut text = format!("{bad}{fresh}.");
                if long_label {
                    text.push_str(&format!("{}.", "x".repeat(64)));
                }
                if long {
                    text.push_str(&format!("{}.", "x".repeat(60)).repeat(5));
                }
                if !bad.is_empty() || long_label || long {
                    found.push(text);
                }
            }
        }
    }
    found.push(format!("{fresh}-."));
    found
}

/// Hosts with nothing of any list in them: names, what is none, and every kind of spelling of an
/// address.
pub(super) fn odd_hosts(fresh: &str) -> Vec<String> {
    let ends = [fresh, "1", "0x1f", "0x", "256", "1.2.3.4.5"];
    let prefixes = odd_prefixes(fresh);
    let mut found: Vec<String> = SPELLINGS.iter().map(|text| (*text).to_owned()).collect();
    for end in ends {
        found.push(format!("{fresh}.{end}"));
        found.extend(prefixes.iter().map(|prefix| format!("{prefix}{end}")));
    }
    for bad in ["-", "!"] {
        found.push(format!("{bad}{fresh}"));
        found.push(format!("{bad}1"));
    }
    found.push("x".repeat(64));
    found.push("x".repeat(254));
    found.extend(respelled(fresh));
    found
}

/// Other spellings of a name, which Squid hands to its lists as the name itself: it drops every dot
/// behind it and brackets around it, and folds case.
pub(super) fn respelled(name: &str) -> [String; 4] {
    [
        format!("{name}."),
        format!("{name}.."),
        format!("[{name}]"),
        name.to_ascii_uppercase(),
    ]
}

/// Texts that some reader takes for an address, or for none.
const SPELLINGS: [&str; 35] = [
    "0",
    "0x0",
    "00",
    "0.0",
    "0.0.0.0",
    "0x0.00.0",
    "[::]",
    "[0:0:0:0:0:0:0:0]",
    "127.1",
    "0x7f.1",
    "0177.0.0.1",
    "2130706433",
    "10.1.515",
    "012.1.2.3",
    "0xa000001",
    "3232235796",
    "127.0.0.1.",
    "8.8.8.8.",
    "134744072",
    "0x08080808",
    "4294967296",
    "[::ffff:10.0.0.1]",
    "[::ffff:8.8.8.8]",
    "[0:0::1]",
    "0x",
    "0.0x",
    "0X0.0",
    "[1.2.3.4]",
    "[2600::1%1]",
    "[2600::1%4294967296]",
    "[::%1]",
    "[::%4294967296]",
    "[::ffff:0.0.0.0]",
    "[::ffff:0:0]",
    "[0:0:0:ffff::]",
];
