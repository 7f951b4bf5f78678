//! The files of the repository, in memory.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use crate::step::cargo;

/// Folders that are made, not written. Paths are relative to the root.
const SKIPPED: &[&str] = &[
    ".git",
    "target",
    "fuzz/target",
    "fuzz/artifacts",
    "fuzz/coverage",
];

/// Every file by its path with `/`, and what cargo says about `policy-core`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
    /// The crates that `policy-core` is built from, one name each.
    pub(crate) core_crates: Vec<String>,
}

impl Tree {
    /// Reads the repository at `root`.
    pub(crate) fn read(root: &Path) -> Result<Self, String> {
        let mut tree = Self::default();
        tree.add(root, "")?;
        tree.core_crates = core_crates(root)?;
        Ok(tree)
    }

    fn add(&mut self, root: &Path, folder: &str) -> Result<(), String> {
        let here = root.join(folder);
        let failed = |error: std::io::Error| format!("cannot read {}: {error}", here.display());
        for entry in fs::read_dir(&here).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name();
            let name = name
                .to_str()
                .ok_or_else(|| format!("{name:?} in {folder:?} is no UTF-8 name"))?;
            let path = match folder {
                "" => name.to_owned(),
                _ => format!("{folder}/{name}"),
            };
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() {
                if !SKIPPED.contains(&path.as_str()) {
                    self.add(root, &path)?;
                }
            } else if kind.is_file() && path != ".git" {
                let bytes = fs::read(entry.path()).map_err(failed)?;
                // A corpus may hold any bytes; the rules look at text.
                let text = String::from_utf8_lossy(&bytes).into_owned();
                self.files.insert(path, text);
            }
        }
        Ok(())
    }

    /// All paths, in order.
    pub(crate) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    /// All files whose path ends like this.
    pub(crate) fn ending(&self, end: &str) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(end))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The text of a file, if there is one.
    pub(crate) fn get(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// The text of a file; nothing when there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.get(path).unwrap_or_default()
    }

    /// Whether a file or a folder of this path exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.paths().any(|other| other.starts_with(&folder))
    }

    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        let owned = |(path, text): &(&str, &str)| ((*path).to_owned(), (*text).to_owned());
        Self {
            files: files.iter().map(owned).collect(),
            core_crates: Vec::new(),
        }
    }
}

/// Asks cargo what `policy-core` is built from.
fn core_crates(root: &Path) -> Result<Vec<String>, String> {
    let command = "tree --quiet --package policy-core --edges normal --no-default-features \
        --target x86_64-unknown-linux-gnu --prefix none --format {p}";
    let output = Command::new(cargo())
        .args(command.split_whitespace())
        .current_dir(root)
        .output()
        .map_err(|error| format!("cannot start `cargo {command}`: {error}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`cargo {command}` failed:\n{said}"));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut names: Vec<String> = text
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .map(String::from)
        .collect();
    names.sort();
    names.dedup();
    Ok(names)
}
