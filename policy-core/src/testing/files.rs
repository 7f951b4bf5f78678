//! A policy of several files without a file system.

use std::collections::BTreeMap;

use crate::sources::Reader;

/// Texts by name; folders are parted by `/`.
#[derive(Clone, Debug, Default)]
pub struct MemoryFiles(pub BTreeMap<String, String>);

impl Reader for MemoryFiles {
    fn expand(&mut self, from: &str, pattern: &str) -> Result<Vec<String>, String> {
        let folder = from.rsplit_once('/').map(|(folder, _)| folder);
        let pattern = match folder {
            Some(folder) => format!("{folder}/{pattern}"),
            None => pattern.to_owned(),
        };
        let names = self.0.keys().filter(|name| is_match(&pattern, name));
        Ok(names.cloned().collect())
    }

    fn read(&mut self, name: &str) -> Result<String, String> {
        let text = self.0.get(name).cloned();
        text.ok_or_else(|| "there is no such file".to_owned())
    }
}

/// Whether `name` is what `pattern` says, in which each part of the path may have one `*`.
fn is_match(pattern: &str, name: &str) -> bool {
    let (parts, names) = (pattern.split('/'), name.split('/'));
    parts.clone().count() == names.clone().count()
        && parts
            .zip(names)
            .all(|(part, name)| match part.split_once('*') {
                Some((start, end)) => name
                    .strip_prefix(start)
                    .is_some_and(|rest| rest.ends_with(end)),
                None => part == name,
            })
}
