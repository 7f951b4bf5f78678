//! The lists that statements become: each printed once, however many agents say the same.

use std::collections::BTreeMap;

use policy_core::host::HostPattern;

use crate::RenderError;
use crate::acl::Acl;

/// All lists so far, in the order in which they came.
#[derive(Default)]
pub(super) struct Lists<'p> {
    acls: Vec<Entry>,
    by_name: BTreeMap<String, usize>,
    /// By its hosts, what the lists of a host set are called behind their prefixes.
    stems: BTreeMap<Vec<&'p HostPattern>, String>,
}

struct Entry {
    acl: Acl,
    /// Whose it is; `None` where it is no single agent's.
    owner: Option<usize>,
}

/// The lists of no single agent, and those of each.
type Parted<'l> = (Vec<&'l Acl>, BTreeMap<usize, Vec<&'l Acl>>);

impl<'p> Lists<'p> {
    /// Adds a list that `owner` asks for, where there is none of that name.
    pub(super) fn add(&mut self, owner: Option<usize>, acl: Acl) {
        match self
            .by_name
            .get(&acl.name)
            .and_then(|at| self.acls.get_mut(*at))
        {
            // Two lists under one name are found when the file is put together.
            Some(known) if known.acl == acl => {
                if known.owner != owner {
                    known.owner = None;
                }
            }
            _ => {
                self.by_name.insert(acl.name.clone(), self.acls.len());
                self.acls.push(Entry { acl, owner });
            }
        }
    }

    /// What the lists of these hosts are called: `stem`, or what equal hosts have been called before.
    pub(super) fn stem(&mut self, hosts: &[&'p HostPattern], stem: String) -> String {
        self.stems.entry(hosts.to_vec()).or_insert(stem).clone()
    }

    /// The lists, ready to be printed.
    pub(super) fn parted(&self) -> Result<Parted<'_>, RenderError> {
        let mut parted = Parted::default();
        for Entry { acl, owner } in &self.acls {
            match owner {
                Some(agent) => parted.1.entry(*agent).or_default().push(acl),
                None => parted.0.push(acl),
            }
        }
        Ok(parted)
    }
}
