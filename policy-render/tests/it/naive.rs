//! Squid in the plainest form: one request, every line, from the top.
//!
//! It knows nothing of partitions, of specialised files or of the proof's reader, runs the
//! expressions as expressions, and is far too slow for a build. It says what a changed file does, so
//! that a change which the proof lets pass can be shown to change nothing.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

use ipnet::IpNet;
use regex::bytes::Regex;

/// A request for a host in the form in which Squid hands it to its lists.
#[derive(Clone, Debug)]
pub(crate) struct Asked {
    pub(crate) source: IpAddr,
    pub(crate) host: String,
    pub(crate) address: Option<IpAddr>,
    pub(crate) resolved: Vec<IpAddr>,
    pub(crate) port: u16,
    pub(crate) connect: bool,
    pub(crate) http: bool,
    pub(crate) manager: bool,
}

/// Everything that can be seen of what the file does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Done {
    pub(crate) allowed: bool,
    pub(crate) notes: BTreeMap<String, String>,
    /// The peers that may be asked, and `direct`.
    pub(crate) ways: Vec<String>,
    pub(crate) looked_up: bool,
}

enum Values {
    Nets(Vec<(IpAddr, IpAddr)>),
    Names(Vec<String>),
    Expressions(Vec<Regex>),
    Ports(Vec<(u16, u16)>),
    Words(Vec<String>),
    Lines(Vec<Vec<String>>),
}

struct Acl {
    kind: String,
    looks_up: bool,
    values: Values,
}

/// A file as it stands.
pub(crate) struct Squid {
    acls: BTreeMap<String, Acl>,
    /// `http_access`, `never_direct`, and `cache_peer_access` with the name of the peer.
    rules: BTreeMap<String, Vec<Vec<String>>>,
    peers: Vec<(String, String)>,
}

fn ends(value: &str) -> (IpAddr, IpAddr) {
    if value == "all" {
        return (
            Ipv6Addr::UNSPECIFIED.into(),
            Ipv6Addr::from([255; 16]).into(),
        );
    }
    if let Some((first, last)) = value.split_once('-') {
        return (first.parse().unwrap(), last.parse().unwrap());
    }
    match value.parse::<IpNet>() {
        Ok(net) => (net.network(), net.broadcast()),
        Err(_) => (value.parse().unwrap(), value.parse().unwrap()),
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped().to_bits(),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn holds((first, last): &(IpAddr, IpAddr), address: IpAddr) -> bool {
    let (first, last, address) = (mapped(*first), mapped(*last), mapped(address));
    first <= address && address <= last
}

impl Squid {
    /// Reads a file that the proof has read before.
    pub(crate) fn read(text: &str) -> Self {
        let mut squid = Squid {
            acls: BTreeMap::new(),
            rules: BTreeMap::new(),
            peers: Vec::new(),
        };
        let fixed = |kind: &str, word: &str| Acl {
            kind: kind.to_owned(),
            looks_up: false,
            values: Values::Words(vec![word.to_owned()]),
        };
        squid.acls.insert("all".to_owned(), fixed("all", ""));
        squid
            .acls
            .insert("manager".to_owned(), fixed("manager", ""));
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            match words.first().map(String::as_str) {
                Some("acl") => squid.acl(&words[1..]),
                Some(name @ ("http_access" | "never_direct")) => {
                    let rules = squid.rules.entry(name.to_owned()).or_default();
                    rules.push(words[1..].to_vec());
                }
                Some("cache_peer_access") => {
                    let rules = squid.rules.entry(format!("peer {}", words[1])).or_default();
                    rules.push(words[2..].to_vec());
                }
                Some("cache_peer") => {
                    let name = words.last().unwrap().trim_start_matches("name=");
                    let shown = format!("{name} {} {}", words[1], words[3]);
                    squid.peers.push((name.to_owned(), shown));
                }
                _ => {}
            }
        }
        squid
    }

    fn acl(&mut self, words: &[String]) {
        let name = words[0].to_ascii_lowercase();
        let values: Vec<String> = words[2..]
            .iter()
            .filter(|word| !word.starts_with('-'))
            .cloned()
            .collect();
        let kind = words[1].clone();
        let acl = self.acls.entry(name).or_insert_with(|| Acl {
            looks_up: kind.starts_with("dst") && !words.contains(&"-n".to_owned()),
            values: match kind.as_str() {
                "src" | "dst" => Values::Nets(Vec::new()),
                "dstdomain" => Values::Names(Vec::new()),
                "dstdom_regex" => Values::Expressions(Vec::new()),
                "port" => Values::Ports(Vec::new()),
                "any-of" | "all-of" => Values::Lines(Vec::new()),
                _ => Values::Words(Vec::new()),
            },
            kind,
        });
        match &mut acl.values {
            Values::Nets(nets) => nets.extend(values.iter().map(|value| ends(value))),
            Values::Names(names) => names.extend(values),
            Values::Words(words) => words.extend(values),
            Values::Expressions(of) => of.extend(values.iter().map(|text| {
                let text = format!("(?i-u){text}");
                Regex::new(&text).unwrap()
            })),
            Values::Ports(ports) => ports.extend(values.iter().map(|value| {
                let (first, last) = value.split_once('-').unwrap_or((value, value));
                (first.parse().unwrap(), last.parse().unwrap())
            })),
            Values::Lines(lines) if acl.kind == "any-of" => {
                lines.extend(values.into_iter().map(|value| vec![value]));
            }
            Values::Lines(lines) => lines.push(values),
        }
    }

    /// What the file does with a request.
    pub(crate) fn ask(&self, asked: &Asked) -> Done {
        let mut done = Done::default();
        done.allowed = self.first("http_access", asked, &mut done, false);
        if !done.allowed {
            return done;
        }
        if !self.first("never_direct", asked, &mut done, false) {
            done.ways.push("direct".to_owned());
        }
        for (name, shown) in &self.peers {
            if self.first(&format!("peer {name}"), asked, &mut done, true) {
                done.ways.push(shown.clone());
            }
        }
        done
    }

    fn first(&self, list: &str, asked: &Asked, done: &mut Done, empty: bool) -> bool {
        let Some(rules) = self.rules.get(list) else {
            return empty;
        };
        for rule in rules {
            if self.all(&rule[1..], asked, done) {
                return rule[0] == "allow";
            }
        }
        rules.last().is_some_and(|rule| rule[0] == "deny")
    }

    fn all(&self, terms: &[String], asked: &Asked, done: &mut Done) -> bool {
        terms.iter().all(|term| match term.strip_prefix('!') {
            Some(name) => !self.matches(name, asked, done),
            None => self.matches(term, asked, done),
        })
    }

    fn matches(&self, name: &str, asked: &Asked, done: &mut Done) -> bool {
        let acl = &self.acls[&name.to_ascii_lowercase()];
        match (&acl.values, acl.kind.as_str()) {
            (Values::Nets(nets), "src") => nets.iter().any(|net| holds(net, asked.source)),
            (Values::Nets(nets), _) => {
                let inside = |address: &IpAddr| nets.iter().any(|net| holds(net, *address));
                match &asked.address {
                    Some(address) => inside(address),
                    None if acl.looks_up => {
                        done.looked_up = true;
                        asked.resolved.iter().any(inside)
                    }
                    None => false,
                }
            }
            (Values::Names(names), _) => names.iter().any(|name| match name.strip_prefix('.') {
                Some(zone) => asked.host == zone || asked.host.ends_with(name.as_str()),
                None => asked.host == *name,
            }),
            (Values::Expressions(of), _) => {
                of.iter().any(|one| one.is_match(asked.host.as_bytes()))
            }
            (Values::Ports(ports), _) => ports
                .iter()
                .any(|(first, last)| *first <= asked.port && asked.port <= *last),
            (Values::Lines(lines), _) => lines.iter().any(|line| self.all(line, asked, done)),
            (Values::Words(_), "all") => true,
            (Values::Words(_), "manager") => asked.manager,
            (Values::Words(_), "method") => asked.connect,
            (Values::Words(_), "proto") => asked.http,
            (Values::Words(_), "myportname") => false,
            // Whether JSON is accepted; only a line that decides nothing asks.
            (Values::Words(_), "req_header") => true,
            (Values::Words(words), "annotate_transaction") => {
                // What a refusal says stands in quotes, and decides nothing.
                let plain = words.iter().take_while(|word| !word.contains('"'));
                for word in plain {
                    let (key, value) = word.split_once('=').unwrap();
                    done.notes.insert(key.to_owned(), value.to_owned());
                }
                true
            }
            (_, kind) => {
                assert_eq!(kind, "", "a type that is none of ours");
                false
            }
        }
    }
}
