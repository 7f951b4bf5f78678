//! A given `docker run` command line, put under an agent's policy.
//!
//! Nothing is removed from the line. Proxy variables are rewritten where they stand, what is
//! missing is added directly before the image, and a line under which the policy would not hold
//! is refused with the flag's name. This module decides only; it runs nothing, and all it reads
//! is where symlinks lead.

mod device;
mod error;
mod flags;
mod host_path;
mod mount;
mod mounts;
mod refusals;
mod run_line;

pub use self::error::WrapError;
pub use self::host_path::Guarded;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use self::host_path::Host;
use self::run_line::RunLine;
use crate::files::FileError;
use crate::proxy_env::{self, Variables};
use crate::session::Session;

/// Reads a file of `--env-file`.
type ReadFile<'a> = &'a dyn Fn(&Path) -> Result<String, FileError>;

/// What `docker run` would see besides its arguments.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// What must not be mounted.
    pub guarded: Guarded<'a>,
    /// A variable of our own environment, which is what `-e NAME` alone hands on.
    pub variable: &'a dyn Fn(&str) -> Option<String>,
    /// Reads a file of `--env-file`.
    pub read: ReadFile<'a>,
}

/// A command line that may be run, and what to tell the user about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrapped {
    /// The words, `docker` first.
    pub words: Vec<String>,
    /// Whole sentences without the full stop, each with what to do.
    pub warnings: Vec<(String, String)>,
}

/// A command line that has been read and found harmless.
///
/// It is a step of its own because it needs no address: a line that is refused leases none.
#[derive(Clone, Debug)]
pub struct Checked {
    line: RunLine,
    given: BTreeMap<String, String>,
}

/// Reads a command line and refuses it if the policy would not hold under it.
pub fn check(words: &[String], surroundings: Surroundings<'_>) -> Result<Checked, WrapError> {
    check_on(words, surroundings, &|path| path.canonicalize().ok())
}

/// [`check`], on a host whose symlinks lead where `canonical` says.
///
/// It is asked for paths that may not exist, and for those it says nothing.
pub fn check_on(
    words: &[String],
    surroundings: Surroundings<'_>,
    canonical: &dyn Fn(&Path) -> Option<PathBuf>,
) -> Result<Checked, WrapError> {
    let line = RunLine::parse(words)?;
    let guarded = surroundings.guarded;
    refusals::check(line.given(), Host { guarded, canonical })?;
    let mut given = BTreeMap::new();
    // Docker reads the files first, so a variable on the line wins.
    for path in line.values("env-file") {
        let text = (surroundings.read)(Path::new(path))?;
        for entry in text.lines().map(str::trim_start) {
            if !entry.starts_with('#') {
                collect(&mut given, entry, surroundings);
            }
        }
    }
    for entry in line.values("env") {
        collect(&mut given, entry, surroundings);
    }
    Ok(Checked { line, given })
}

/// Notes one `NAME=VALUE` or `NAME`, if the name matters.
fn collect(given: &mut BTreeMap<String, String>, entry: &str, surroundings: Surroundings<'_>) {
    let (name, value) = match entry.split_once('=') {
        Some((name, value)) => (name, Some(value.to_owned())),
        None => (entry, (surroundings.variable)(entry)),
    };
    if let Some(value) = value.filter(|_| proxy_env::is_known(name)) {
        given.insert(name.to_owned(), value);
    }
}

/// Whether a flag of `docker run` takes a value; nothing for an unknown one.
pub fn takes_value(long_name: &str) -> Option<bool> {
    flags::long(long_name).map(|flag| flag.takes_value)
}

/// The long names of all flags of `docker run`, without their dashes.
pub fn flag_names() -> impl Iterator<Item = &'static str> {
    flags::names()
}

impl Checked {
    /// Finds fault with the proxy variables before an address is leased.
    pub fn variables(&self, endpoints: proxy_env::Endpoints) -> Result<Variables, WrapError> {
        Ok(proxy_env::variables(endpoints, &self.given, None)?)
    }

    /// The command line for one container.
    pub fn wrap(self, session: &Session, variables: Variables) -> Wrapped {
        let mut line = self.line;
        let Variables {
            mut set,
            mut warnings,
        } = variables;
        let mut in_place = Vec::new();
        for (index, given) in line.given().iter().enumerate() {
            let name = given.value.split('=').next().unwrap_or("");
            if given.name == "env"
                && let Some((name, value)) = set.get_key_value(name)
            {
                in_place.push((index, *name, format!("{name}={value}")));
            }
        }
        for (index, name, value) in in_place {
            line.rewrite(index, &value);
            set.remove(name);
        }
        if line.values("publish").next().is_some() {
            warnings.push((
                "`--publish` has no effect: no port of an internal network is published".to_owned(),
                "leave it out, or reach the container through its address".to_owned(),
            ));
        }
        let rest = Variables {
            set,
            warnings: Vec::new(),
        };
        Wrapped {
            words: line.finish(session.args(&rest)),
            warnings,
        }
    }
}
