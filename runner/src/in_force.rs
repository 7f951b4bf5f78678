//! `policies/<id>.json`: the text and the facts that a generation was made of.
//!
//! Who gains and who loses by a change is a question about two policies, so the one in force is
//! kept as it was read: its files may be edited, moved or gone by now. One generation can come of
//! several texts, but all of them mean the same. The record only serves to explain a change, so
//! whatever is wrong with it stops nothing.

use std::path::Path;

use policy_core::facts::{Facts, Ledger};
use policy_core::sources::Sources;
use policy_core::understand;
use serde::{Deserialize, Serialize};

use crate::compile::Read;
use crate::error::Error;
use crate::facts_file::{self, FactsFile};
use crate::files;
use crate::state::State;

/// The format of the file.
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    version: u32,
    facts: FactsFile,
    ledger: Ledger,
    files: Vec<File>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    name: String,
    text: String,
}

/// The document for a policy and the ledger that it has been compiled with.
pub fn record(sources: &Sources, facts: &Facts, ledger: &Ledger) -> Result<String, Error> {
    let files = sources.files().iter().map(|file| File {
        name: file.name.clone(),
        text: file.text.clone(),
    });
    let record = Record {
        version: VERSION,
        facts: FactsFile::of(facts),
        ledger: ledger.clone(),
        files: files.collect(),
    };
    Ok(serde_json::to_string(&record)? + "\n")
}

/// What is in force, seen from a generation that is to be.
#[derive(Clone, Debug)]
pub enum Before {
    /// Nothing yet.
    Nothing,
    /// The very generation, so every request is decided alike.
    Same,
    /// Another policy, compiled again.
    Policy(Box<Read>),
    /// Another one, which this version cannot make out of what an earlier one has kept.
    Unknown,
}

/// What is in force now; it is only compiled where it is another generation than this one.
pub fn before(state: &State, generation: &str) -> Result<Before, Error> {
    let Some(id) = state.current_generation()? else {
        return Ok(Before::Nothing);
    };
    if id == generation {
        return Ok(Before::Same);
    }
    let policy = policy_of(state, &id)?;
    Ok(policy.map_or(Before::Unknown, |policy| Before::Policy(Box::new(policy))))
}

/// The policy of a generation, where this version can make it out of what has been kept.
pub fn policy_of(state: &State, generation: &str) -> Result<Option<Read>, Error> {
    let path = state.policy(generation);
    let bytes = files::read_if_there(&path)?;
    Ok(bytes.and_then(|bytes| read(&path, &bytes)))
}

fn read(path: &Path, bytes: &[u8]) -> Option<Read> {
    let record: Record = serde_json::from_slice(bytes).ok()?;
    let mut facts = Facts::on(facts_file::today());
    record.facts.replace(&mut facts, path).ok()?;
    facts.ledger = record.ledger;
    let files = record.files.into_iter().map(|file| (file.name, file.text));
    let (sources, report) = Sources::again(files);
    let (policy, _) = understand(&sources, report, &facts).policy?;
    Some(Read { sources, policy })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load;

    #[test]
    fn a_policy_of_several_files_comes_back_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("root.reeve");
        files::write(
            &root,
            b"policy 1\ninclude \"t.reeve\"\nprovider own { .m.example }\n",
        )
        .unwrap();
        let text = b"policy 1\nagent a {\n  access list\n  provider own\n  cdp\n  allow x.example until 2026-02-01\n}\n";
        files::write(&folder.path().join("t.reeve"), text).unwrap();
        let mut facts = Facts::on("2026-01-01".parse().unwrap());
        facts.host_address = [198, 51, 100, 1].into();
        let loaded = load::load(&root).unwrap();
        let compiled = understand(&loaded.sources, loaded.report, &facts);
        let (policy, ledger) = compiled.policy.unwrap();
        let kept = record(&loaded.sources, &facts, &ledger).unwrap();
        // The grant has ended since, and the other block is taken: neither changes what was.
        let Read {
            sources,
            policy: again,
        } = read(&root, kept.as_bytes()).unwrap();
        assert_eq!(again, policy);
        let names = |sources: &Sources| -> Vec<String> {
            let files = sources.files().iter();
            files.map(|file| file.name.clone()).collect()
        };
        assert_eq!(names(&sources), names(&loaded.sources));
        for cut in [0, kept.len() / 2, kept.len() - 2] {
            assert!(read(&root, kept.as_bytes().get(..cut).unwrap()).is_none());
        }
    }
}
