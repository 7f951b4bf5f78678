//! Reads the files of a policy.
//!
//! Messages call a file by the path the user typed, or that path's folder with the include behind
//! it; whether two paths are one file is decided by the real path. So a file that is included
//! twice, or through a symlink, is read once and has one name.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use glob::{MatchOptions, Pattern};
use policy_core::diagnostic::Report;
use policy_core::sources::{MAX_INCLUDED_FILES, Reader, Sources};
use policy_core::span::MAX_FILE_LEN;

use crate::files::{self, FileError};

/// A policy's files, and what reading them has reported.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The files.
    pub sources: Sources,
    /// Syntax errors, and includes that lead nowhere.
    pub report: Report,
}

/// Reads the policy at `path` with everything it includes. Only the root itself can fail; what is
/// wrong with an included file is a finding at the `include`.
pub fn load(path: &Path) -> Result<Loaded, FileError> {
    let text = files::read_text(path, MAX_FILE_LEN)?;
    let mut reader = DiskReader::default();
    let name = reader.name(path);
    let (sources, report) = Sources::load(&name, text, &mut reader);
    Ok(Loaded { sources, report })
}

/// The files of this machine.
#[derive(Debug, Default)]
pub struct DiskReader {
    /// Name by real path.
    names: BTreeMap<PathBuf, String>,
    /// Path by name, as a path need not be text.
    paths: BTreeMap<String, PathBuf>,
}

impl DiskReader {
    /// The name of the file at `path`: the first path it was met under.
    pub fn name(&mut self, path: &Path) -> String {
        // A file that cannot be resolved cannot be read either, and reading says why.
        let real = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let shown = path.to_string_lossy().into_owned();
        let name = self.names.entry(real).or_insert(shown);
        self.paths
            .entry(name.clone())
            .or_insert_with(|| path.to_owned());
        name.clone()
    }
}

impl Reader for DiskReader {
    fn expand(&mut self, from: &str, pattern: &str) -> Result<Vec<String>, String> {
        let folder = self
            .paths
            .get(from)
            .and_then(|path| path.parent())
            .unwrap_or(Path::new(""));
        // The folder's own name is no pattern, whatever characters it has.
        let folder = Pattern::escape(&folder.to_string_lossy());
        let whole = Path::new(&folder).join(pattern);
        let options = MatchOptions {
            case_sensitive: true,
            require_literal_separator: true,
            require_literal_leading_dot: true,
        };
        let found = glob::glob_with(&whole.to_string_lossy(), options)
            .map_err(|error| error.msg.to_owned())?;
        let mut names = Vec::new();
        for path in found {
            let path = path.map_err(|error| error.to_string())?;
            if !path.is_dir() {
                names.push(self.name(&path));
            }
            if names.len() > MAX_INCLUDED_FILES {
                break;
            }
        }
        names.sort();
        names.dedup();
        Ok(names)
    }

    fn read(&mut self, name: &str) -> Result<String, String> {
        let path = self
            .paths
            .get(name)
            .map_or(Path::new(name), PathBuf::as_path);
        files::read_regular(path, MAX_FILE_LEN).map_err(|error| error.source.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            files::create_folder(path.parent().unwrap()).unwrap();
            files::write(&path, text.as_bytes()).unwrap();
        }
        folder
    }

    fn names(folder: &tempfile::TempDir, loaded: &Loaded) -> Vec<String> {
        let prefix = format!("{}/", folder.path().display());
        let short = |name: &str| name.strip_prefix(&prefix).unwrap_or(name).to_owned();
        let files = loaded.sources.files();
        files.iter().map(|file| short(&file.name)).collect()
    }

    #[test]
    fn includes_are_relative_to_the_file_that_has_them() {
        let folder = folder(&[
            ("root.reeve", "policy 1\ninclude \"team/*.reeve\"\n"),
            ("team/b.reeve", "policy 1\ninclude \"deep/x.reeve\"\n"),
            ("team/a.reeve", "policy 1\n"),
            ("team/.hidden.reeve", "policy 1\n"),
            ("team/note.txt", "no policy"),
            ("team/deep/x.reeve", "policy 1\n"),
        ]);
        let loaded = load(&folder.path().join("root.reeve")).unwrap();
        assert_eq!(loaded.report.diagnostics(), []);
        assert_eq!(
            names(&folder, &loaded),
            [
                "root.reeve",
                "team/a.reeve",
                "team/b.reeve",
                "team/deep/x.reeve"
            ]
        );
    }

    #[test]
    fn a_file_met_under_two_names_is_read_once_and_a_circle_is_found() {
        let folder = folder(&[
            (
                "root.reeve",
                "policy 1\ninclude \"a.reeve\"\ninclude \"link.reeve\"\n",
            ),
            ("a.reeve", "policy 1\ninclude \"./root.reeve\"\n"),
        ]);
        let link = folder.path().join("link.reeve");
        files::swap_symlink(&link, Path::new("a.reeve")).unwrap();
        let loaded = load(&folder.path().join("root.reeve")).unwrap();
        assert_eq!(names(&folder, &loaded), ["root.reeve", "a.reeve"]);
        let [found] = loaded.report.diagnostics() else {
            panic!("{:?}", loaded.report);
        };
        assert!(
            found.message.contains("includes itself"),
            "{}",
            found.message
        );
    }

    #[test]
    fn a_folder_whose_name_looks_like_a_pattern_is_no_pattern() {
        let folder = folder(&[
            ("[x]/root.reeve", "policy 1\ninclude \"a.reeve\"\n"),
            ("[x]/a.reeve", "policy 1\n"),
        ]);
        let loaded = load(&folder.path().join("[x]/root.reeve")).unwrap();
        assert_eq!(names(&folder, &loaded), ["[x]/root.reeve", "[x]/a.reeve"]);
    }

    #[test]
    fn a_pipe_or_a_device_is_not_read() {
        let folder = folder(&[("root.reeve", "policy 1\ninclude \"*.in\"\n")]);
        let pipe = folder.path().join("pipe.in");
        let mode = rustix::fs::Mode::RUSR;
        rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
        let device = folder.path().join("zero.in");
        files::swap_symlink(&device, Path::new("/dev/zero")).unwrap();
        let loaded = load(&folder.path().join("root.reeve")).unwrap();
        let [pipe, device] = loaded.report.diagnostics() else {
            panic!("{:?}", loaded.report);
        };
        for (found, name) in [(pipe, "pipe.in"), (device, "zero.in")] {
            let end = format!("{name}` cannot be read: it is no regular file");
            assert!(found.message.ends_with(&end), "{}", found.message);
        }
    }

    #[test]
    fn an_absolute_include_is_refused() {
        let folder = folder(&[("a.reeve", "policy 1\n")]);
        let root = folder.path().join("root.reeve");
        let text = format!(
            "policy 1\ninclude \"{}/a.reeve\"\n",
            folder.path().display()
        );
        files::write(&root, text.as_bytes()).unwrap();
        let loaded = load(&root).unwrap();
        let [found] = loaded.report.diagnostics() else {
            panic!("{:?}", loaded.report);
        };
        assert!(found.message.ends_with("is absolute"), "{}", found.message);
        assert_eq!(names(&folder, &loaded), ["root.reeve"]);
    }

    #[test]
    fn an_include_that_matches_only_a_folder_matches_no_file() {
        let folder = folder(&[
            ("root.reeve", "policy 1\ninclude \"team\"\n"),
            ("team/a.reeve", "policy 1\n"),
        ]);
        let loaded = load(&folder.path().join("root.reeve")).unwrap();
        assert!(loaded.report.has_errors());
        assert_eq!(names(&folder, &loaded), ["root.reeve"]);
    }
}
