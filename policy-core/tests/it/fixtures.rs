//! The cases under `fixtures/`, read from the disk.
#![expect(clippy::disallowed_methods, reason = "the tests read the fixtures")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use policy_core::testing::MemoryFiles;

/// The file that every case begins with.
pub(crate) const ROOT: &str = "policy.reeve";

/// One folder under `fixtures/`.
pub(crate) struct Case {
    pub(crate) name: String,
    pub(crate) folder: PathBuf,
    /// The policy and what it may include, by their paths in the folder.
    pub(crate) files: MemoryFiles,
}

impl Case {
    /// The text of the policy.
    pub(crate) fn text(&self) -> &str {
        &self.files.0[ROOT]
    }
}

/// The cases of `fixtures/<kind>/`, by name.
pub(crate) fn cases(kind: &str) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let mut cases: Vec<Case> = std::fs::read_dir(folder.join(kind))
        .unwrap()
        .map(|entry| {
            let entry = entry.unwrap();
            let mut files = BTreeMap::new();
            add(&entry.path(), "", &mut files);
            Case {
                name: entry.file_name().into_string().unwrap(),
                folder: entry.path(),
                files: MemoryFiles(files),
            }
        })
        .collect();
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// The policy that the README begins with, which lies beside the folders.
pub(crate) fn quickstart() -> Case {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures");
    let text = std::fs::read_to_string(folder.join("quickstart.reeve")).unwrap();
    Case {
        name: "quickstart".to_owned(),
        folder,
        files: MemoryFiles([(ROOT.to_owned(), text)].into()),
    }
}

/// A document of this crate.
pub(crate) fn document(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn add(folder: &Path, prefix: &str, files: &mut BTreeMap<String, String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            add(&path, &format!("{prefix}{name}/"), files);
        } else if name.ends_with(".reeve") {
            let text = std::fs::read_to_string(&path).unwrap();
            files.insert(format!("{prefix}{name}"), text);
        }
    }
}
