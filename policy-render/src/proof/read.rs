//! The reader of `squid.conf`: of its text, into lists, rules and peers.
//!
//! It shares no code with what printed the text. It passes only what it understands in full: an
//! unknown directive, argument, option or value ends the proof, since a reader that skips what it
//! does not know proves nothing.

use std::borrow::Cow;
use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};

use super::directives::FIXED;
use super::list::{self, List, ListId, Term, Test, decimal};

/// Squid cuts a longer line in two and reads the rest as a new directive.
const LINE_LIMIT: usize = 8191;

/// Squid's limit for the name of a list, its end included.
const NAME_LIMIT: usize = 64;

/// A line that the reader does not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// From 1; 0 for the file as a whole.
    pub(super) line: usize,
    pub(super) found: String,
    pub(super) why: &'static str,
}

/// One line of an access list.
#[derive(Clone, Debug)]
pub(super) struct Rule {
    pub(super) line: usize,
    pub(super) allow: bool,
    pub(super) terms: Vec<Term>,
}

/// What a peer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PeerKind {
    /// A proxy that is given the agent's credentials.
    Proxy,
    /// An origin server.
    Origin,
}

/// A `cache_peer`.
#[derive(Clone, Debug)]
pub(super) struct Peer<'t> {
    pub(super) name: &'t str,
    pub(super) address: Ipv4Addr,
    pub(super) port: u16,
    pub(super) kind: PeerKind,
    pub(super) access: Vec<Rule>,
}

/// The whole file.
#[derive(Clone, Debug, Default)]
pub(super) struct Config<'t> {
    pub(super) lists: Vec<List<'t>>,
    /// By their names in lower case. A large file has a hundred thousand, and each rule asks for
    /// several; nothing depends on their order.
    names: HashMap<Cow<'t, str>, ListId>,
    peer_names: HashMap<Cow<'t, str>, usize>,
    pub(super) access: Vec<Rule>,
    pub(super) peers: Vec<Peer<'t>>,
    pub(super) never_direct: Vec<Rule>,
    pub(super) always_direct: Vec<Rule>,
    pub(super) resolvers: Option<Vec<IpAddr>>,
    pub(super) proxy_port: Option<u16>,
    /// How many of [`FIXED`] have been read.
    fixed: usize,
}

type Read = Result<(), &'static str>;

/// Reads the text.
pub(super) fn read(text: &str) -> Result<Config<'_>, Unread> {
    let mut config = Config::default();
    for (list, test) in [("all", Test::All), ("manager", Test::Manager)] {
        config.names.insert(list.into(), config.lists.len());
        config.lists.push(List { kind: "", test });
    }
    let Some(text) = text.strip_suffix('\n') else {
        return Err(unread(0, "", "the last line has no end"));
    };
    for (line, text) in (1..).zip(text.split('\n')) {
        let plain = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
        if text.len() > LINE_LIMIT || !text.bytes().fold(true, |all, byte| all & plain(byte)) {
            return Err(unread(
                line,
                text,
                "a line that Squid reads as something else",
            ));
        }
        if text.ends_with('\\') {
            return Err(unread(line, text, "a line that goes on in the next one"));
        }
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        config
            .directive(line, text)
            .map_err(|why| unread(line, text, why))?;
    }
    config.complete().map_err(|why| unread(0, "", why))?;
    Ok(config)
}

/// In lower case, without a copy where it is so already.
fn folded(name: &str) -> Cow<'_, str> {
    match name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => name.to_ascii_lowercase().into(),
        false => name.into(),
    }
}

fn unread(line: usize, found: &str, why: &'static str) -> Unread {
    Unread {
        line,
        found: found.escape_default().to_string(),
        why,
    }
}

impl<'t> Config<'t> {
    fn directive(&mut self, line: usize, text: &'t str) -> Read {
        if self.proxy_port.is_some() {
            return Err("the agents' port is the last directive");
        }
        let wanted = FIXED.get(self.fixed).map(|fixed| fixed.text);
        if Some(text) == wanted {
            return self.fixed(text);
        }
        if self.fixed == FIXED.len() {
            return self.agents_port(text);
        }
        let words: Vec<&'t str> = text.split(' ').collect();
        if words.contains(&"") {
            return Err("two blanks, or one at an end");
        }
        match words.as_slice() {
            ["acl", name, rest @ ..] => self.list(name, rest),
            ["http_access", rest @ ..] => {
                if self.fixed + 1 < FIXED.len() {
                    return Err("a rule before the refusal of the control port");
                }
                let rule = self.rule(line, rest)?;
                self.access.push(rule);
                Ok(())
            }
            ["never_direct", rest @ ..] => {
                let rule = self.rule(line, rest)?;
                self.never_direct.push(rule);
                Ok(())
            }
            ["always_direct", rest @ ..] => {
                let rule = self.rule(line, rest)?;
                self.always_direct.push(rule);
                Ok(())
            }
            ["cache_peer_access", peer, rest @ ..] => {
                let rule = self.rule(line, rest)?;
                let at = self.peer_names.get(*peer);
                let peer = at.and_then(|at| self.peers.get_mut(*at));
                peer.ok_or("no such peer stands above")?.access.push(rule);
                Ok(())
            }
            ["cache_peer", rest @ ..] => self.peer(rest),
            ["dns_nameservers", rest @ ..] => {
                let addresses: Option<Vec<IpAddr>> =
                    rest.iter().map(|word| word.parse().ok()).collect();
                let addresses = addresses.filter(|_| self.resolvers.is_none());
                self.resolvers = Some(addresses.ok_or("not one list of addresses")?);
                Ok(())
            }
            _ if FIXED.iter().any(|fixed| fixed.text == text) => {
                Err("a second time, or not in its place")
            }
            _ => Err("a directive that the proof does not know, or one that is missing above"),
        }
    }

    /// A line of the table; a list that it names stands above.
    fn fixed(&mut self, text: &'t str) -> Read {
        for word in text.split(' ') {
            if word.trim_start_matches('!') == "ctl" {
                let term = self.term(word)?;
                let list = self.lists.get(term.list).map(|list| &list.test);
                if !matches!(list, Some(Test::Control)) {
                    return Err("`ctl` is not the control port");
                }
            }
        }
        if let Some(rest) = text.strip_prefix("acl ") {
            let name = rest.split(' ').next().unwrap_or_default();
            let list = List {
                kind: "",
                test: Test::Page,
            };
            if self.names.insert(folded(name), self.lists.len()).is_some() {
                return Err("a second list of that name");
            }
            self.lists.push(list);
        }
        self.fixed += 1;
        Ok(())
    }

    fn agents_port(&mut self, text: &str) -> Read {
        let port = text
            .strip_prefix("http_port 0.0.0.0:")
            .and_then(|rest| rest.strip_suffix(" worker-queues"));
        let port = port.and_then(decimal).and_then(|port| port.try_into().ok());
        self.proxy_port = Some(port.ok_or("not the agents' port")?);
        Ok(())
    }

    fn complete(&self) -> Read {
        if self.fixed < FIXED.len() {
            return Err(FIXED.get(self.fixed).map_or("", |fixed| fixed.why));
        }
        match (&self.resolvers, self.proxy_port) {
            (Some(_), Some(_)) => Ok(()),
            (None, _) => Err("no `dns_nameservers`: Squid asks the resolver of its container"),
            (_, None) => Err("no port for the agents"),
        }
    }

    fn list(&mut self, name: &'t str, rest: &[&'t str]) -> Read {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        if name.is_empty() || name.len() >= NAME_LIMIT || !name.bytes().all(plain) {
            return Err("not the name of a list");
        }
        let (kind, values, mut test) =
            list::kind(rest).ok_or("a type or an option that the proof does not know")?;
        let folded = folded(name);
        // Squid has lists of its own under these names, and values would be added to them.
        let is_connect = matches!(test, Test::Connect);
        match folded.as_ref() {
            "localhost" | "to_localhost" | "to_linklocal" => return Err("a list that Squid has"),
            "connect" if !is_connect => return Err("a list that Squid has"),
            _ => {}
        }
        let known = self.names.get(&folded).copied();
        if let Some(list) = known.and_then(|list| self.lists.get_mut(list)) {
            if list.kind != kind || matches!(list.test, Test::Notes(_)) {
                return Err("a second list of that name");
            }
            std::mem::swap(&mut test, &mut list.test);
        }
        let own = known.unwrap_or(self.lists.len());
        // One that names itself, or a later one, would never end.
        test.add(values, &|word| match self.term(word)? {
            term if term.list < own => Ok(term),
            _ => Err("no such list stands above"),
        })?;
        match known.and_then(|list| self.lists.get_mut(list)) {
            Some(list) => list.test = test,
            None => {
                self.names.insert(folded, self.lists.len());
                self.lists.push(List { kind, test });
            }
        }
        Ok(())
    }

    /// A list that stands above, negated or not.
    fn term(&self, word: &str) -> Result<Term, &'static str> {
        let name = word.strip_prefix('!').unwrap_or(word);
        let list = match self.names.get(name) {
            Some(list) => *list,
            None => *self
                .names
                .get(name.to_ascii_lowercase().as_str())
                .ok_or("no such list stands above")?,
        };
        if let Some(Test::Page) = self.lists.get(list).map(|list| &list.test) {
            return Err("a list that is for the form of a refusal alone");
        }
        Ok(Term {
            list,
            negated: name.len() < word.len(),
        })
    }

    fn rule(&self, line: usize, words: &[&str]) -> Result<Rule, &'static str> {
        let (allow, terms) = match words {
            ["allow", terms @ ..] => (true, terms),
            ["deny", terms @ ..] => (false, terms),
            _ => return Err("neither `allow` nor `deny`"),
        };
        if terms.is_empty() {
            return Err("Squid skips a rule without lists");
        }
        let terms: Result<Vec<Term>, _> = terms.iter().map(|word| self.term(word)).collect();
        Ok(Rule {
            line,
            allow,
            terms: terms?,
        })
    }

    fn peer(&mut self, words: &[&'t str]) -> Read {
        let (address, port, options) = match words {
            [address, "parent", port, "0", options @ ..] => (address, port, options),
            _ => return Err("a peer that the proof does not know"),
        };
        let (name, options) = options.split_last().ok_or("a peer without a name")?;
        let name = name.strip_prefix("name=").ok_or("a peer without a name")?;
        let kind = match options {
            [
                "no-query",
                "no-digest",
                "default",
                "login=PASSTHRU",
                "connect-timeout=5",
            ] => PeerKind::Proxy,
            ["no-query", "no-digest", "originserver"] => PeerKind::Origin,
            _ => return Err("options of a peer that the proof does not know"),
        };
        let at = self.peers.len();
        if self.peer_names.insert(folded(name), at).is_some() {
            return Err("a second peer of that name");
        }
        let port = decimal(port).and_then(|port| u16::try_from(port).ok());
        self.peers.push(Peer {
            name,
            address: address.parse().map_err(|_| "not an address")?,
            port: port.ok_or("not a port")?,
            kind,
            access: Vec::new(),
        });
        Ok(())
    }
}
