//! Reading and writing: the one place that changes anything on disk, the lock file aside.
//!
//! A reader sees the old file or the new one, never a part: text goes to a temporary file in the
//! same folder, is synced, and takes its place by a rename; then the folder is synced too, so the
//! rename outlives a loss of power. Modes are set here whatever the umask, because Squid reads
//! its files as another user.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, fchown, symlink};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags};
use thiserror::Error;

/// The mode of every file we write.
const FILE_MODE: u32 = 0o644;
/// The mode of what may hold more than others may read.
const PRIVATE_MODE: u32 = 0o600;
/// The mode of every folder we make.
const DIR_MODE: u32 = 0o755;

/// An operation on a path that failed.
#[derive(Debug, Error)]
#[error("cannot {operation} `{}`: {source}", path.display())]
pub struct FileError {
    /// What was tried, as a verb.
    pub operation: &'static str,
    /// On what.
    pub path: PathBuf,
    /// The system's reason.
    pub source: io::Error,
}

impl FileError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self.source.kind() {
            io::ErrorKind::NotFound => "see that the path is spelled right".to_owned(),
            io::ErrorKind::PermissionDenied => {
                "run as a user who may, or choose another folder with `--state`".to_owned()
            }
            io::ErrorKind::StorageFull => "make room on that disk".to_owned(),
            _ => "see `ls -ld` of the path and of its folder".to_owned(),
        }
    }
}

/// Names the operation and the path of a failure.
pub fn failed(operation: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError + use<> {
    let path = path.to_owned();
    move |source| FileError {
        operation,
        path,
        source,
    }
}

/// The text of a file of at most `limit` bytes; a longer one is cut just behind the limit, so
/// that whoever asked can say so without reading a device for ever.
pub fn read_text(path: &Path, limit: usize) -> Result<String, FileError> {
    read_opened(File::open(path), path, limit)
}

/// Like [`read_text`], but of a regular file only: whoever names the path may not make us wait
/// for a pipe, or start what opening a device starts.
pub fn read_regular(path: &Path, limit: usize) -> Result<String, FileError> {
    let found = fs::metadata(path).map_err(failed("open", path))?;
    if !found.is_file() {
        let reason = io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file");
        return Err(failed("open", path)(reason));
    }
    // A pipe that takes the file's place just now must not make us wait either.
    let file = rustix::fs::open(path, OFlags::CLOEXEC | OFlags::NONBLOCK, Mode::empty());
    read_opened(file.map(File::from).map_err(io::Error::from), path, limit)
}

/// Like [`read_text`], but of standard input.
pub fn read_standard_input(limit: usize) -> Result<String, FileError> {
    read_opened(Ok(io::stdin().lock()), Path::new("<stdin>"), limit)
}

fn read_opened(
    file: io::Result<impl io::Read>,
    path: &Path,
    limit: usize,
) -> Result<String, FileError> {
    let mut bytes = Vec::new();
    let file = file.map_err(failed("open", path))?;
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(failed("read", path))?;
    if bytes.len() > limit {
        // The cut may be inside of a character.
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let reason = format!("byte {at} is not UTF-8 text");
        failed("read", path)(io::Error::new(io::ErrorKind::InvalidData, reason))
    })
}

/// The bytes of a file, or nothing when there is none.
pub fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}

/// Puts `bytes` at `path`, whole or not at all.
pub fn write(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let mode = Permissions::from_mode(FILE_MODE);
    put(path, bytes, |file| file.set_permissions(mode))
}

/// Like [`write()`], but nobody else may read it.
pub fn write_private(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    put(path, bytes, |file| {
        file.set_permissions(Permissions::from_mode(PRIVATE_MODE))
    })
}

/// Puts `bytes` in place of what a file of the user's holds. It stays what it was otherwise: its
/// mode, its owner, and the symlinks that lead to it.
pub fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let real = fs::canonicalize(path).map_err(failed("open", path))?;
    let before = fs::metadata(&real).map_err(failed("open", path))?;
    put(&real, bytes, |file| {
        let fresh = file.metadata()?;
        if (fresh.uid(), fresh.gid()) != (before.uid(), before.gid()) {
            fchown(file, Some(before.uid()), Some(before.gid()))?;
        }
        file.set_permissions(before.permissions())
    })
}

/// Writes a file beside `path`, prepares it, and gives it its place.
fn put(
    path: &Path,
    bytes: &[u8],
    prepare: impl FnOnce(&File) -> io::Result<()>,
) -> Result<(), FileError> {
    let fail = || failed("write", path);
    let folder = folder_of(path);
    let mut file = tempfile::Builder::new()
        .prefix(".portreeve-")
        .tempfile_in(folder)
        .map_err(fail())?;
    file.write_all(bytes).map_err(fail())?;
    prepare(file.as_file()).map_err(fail())?;
    file.as_file().sync_all().map_err(fail())?;
    file.persist(path).map_err(|error| fail()(error.error))?;
    sync_folder(folder)
}

/// Like [`write()`], but leaves a file alone that has these bytes; says whether it wrote.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<bool, FileError> {
    if read_if_there(path)?.is_some_and(|before| before == bytes) {
        return Ok(false);
    }
    write(path, bytes)?;
    Ok(true)
}

/// Makes a folder and those above it. One that is there keeps its mode.
pub fn create_folder(path: &Path) -> Result<(), FileError> {
    if path.is_dir() {
        return Ok(());
    }
    if let Some(above) = path.parent().filter(|above| !above.as_os_str().is_empty()) {
        create_folder(above)?;
    }
    match fs::create_dir(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => {
            return Ok(());
        }
        result => result.map_err(failed("create", path))?,
    }
    fs::set_permissions(path, Permissions::from_mode(DIR_MODE)).map_err(failed("chmod", path))?;
    sync_folder(folder_of(path))
}

/// Points the symlink `link` at `target` in one step, whatever it pointed at before.
pub fn swap_symlink(link: &Path, target: &Path) -> Result<(), FileError> {
    let fail = || failed("relink", link);
    let folder = folder_of(link);
    let fresh = tempfile::Builder::new()
        .prefix(".portreeve-")
        .make_in(folder, |path| symlink(target, path))
        .map_err(fail())?;
    fresh
        .into_temp_path()
        .persist(link)
        .map_err(|error| fail()(error.error))?;
    sync_folder(folder)
}

/// What a symlink points at, or nothing when it is not there.
pub fn symlink_target(link: &Path) -> Result<Option<PathBuf>, FileError> {
    match fs::read_link(link) {
        Ok(target) => Ok(Some(target)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read the link", link)(error)),
    }
}

/// The names in a folder, sorted; none when it is not there.
pub fn list(folder: &Path) -> Result<Vec<String>, FileError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed("list", folder)(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(failed("list", folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Removes a file or a symlink; one that is not there is as good as removed.
pub fn remove_file(path: &Path) -> Result<(), FileError> {
    gone(fs::remove_file(path), path)
}

/// Like [`remove_file`], so that not even a loss of power brings the file back.
pub fn remove_for_good(path: &Path) -> Result<(), FileError> {
    remove_file(path)?;
    sync_folder(folder_of(path))
}

/// Removes a folder and what is in it; one that is not there is as good as removed.
pub fn remove_folder(path: &Path) -> Result<(), FileError> {
    gone(fs::remove_dir_all(path), path)
}

/// Gives a finished folder its place, which must be free.
pub fn rename_folder(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::rename(from, to).map_err(failed("rename", from))?;
    sync_folder(folder_of(to))
}

/// A folder that is removed when its value is dropped.
pub fn temporary_folder(prefix: &str) -> Result<tempfile::TempDir, FileError> {
    let place = std::env::temp_dir();
    tempfile::Builder::new()
        .prefix(prefix)
        .tempdir_in(&place)
        .map_err(failed("create", &place))
}

fn gone(result: io::Result<()>, path: &Path) -> Result<(), FileError> {
    match result {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result.map_err(failed("remove", path)),
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

fn sync_folder(folder: &Path) -> Result<(), FileError> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(failed("sync", folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_and_nothing_is_left_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("squid.conf");
        write(&path, b"one").unwrap();
        write(&path, b"two").unwrap();
        assert_eq!(read_if_there(&path).unwrap().unwrap(), b"two");
        assert_eq!(list(folder.path()).unwrap(), ["squid.conf"]);
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, FILE_MODE);
        assert!(!write_if_changed(&path, b"two").unwrap());
        assert!(write_if_changed(&path, b"three").unwrap());
    }

    #[test]
    fn a_file_of_the_users_keeps_its_mode_and_its_links() {
        let folder = tempfile::tempdir().unwrap();
        let [path, link] = ["p.reeve", "link.reeve"].map(|name| folder.path().join(name));
        write(&path, b"one").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o640)).unwrap();
        swap_symlink(&link, Path::new("p.reeve")).unwrap();
        replace(&link, b"two").unwrap();
        assert_eq!(read_if_there(&path).unwrap().unwrap(), b"two");
        assert_eq!(
            symlink_target(&link).unwrap().unwrap(),
            Path::new("p.reeve")
        );
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640);
    }

    #[test]
    fn a_link_is_swapped_and_stays_relative() {
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("current");
        assert_eq!(symlink_target(&link).unwrap(), None);
        for target in ["generations/1", "generations/2"] {
            swap_symlink(&link, Path::new(target)).unwrap();
            assert_eq!(symlink_target(&link).unwrap().unwrap(), Path::new(target));
        }
        assert_eq!(list(folder.path()).unwrap(), ["current"]);
    }

    #[test]
    fn an_error_names_the_operation_and_the_path() {
        let missing = Path::new("/nonexistent/portreeve/x");
        let error = write(missing, b"").unwrap_err().to_string();
        assert!(
            error.starts_with("cannot write `/nonexistent/portreeve/x`"),
            "{error}"
        );
    }

    #[test]
    fn a_text_that_is_not_utf8_is_refused_at_its_byte() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("p.reeve");
        write(&path, b"ab\xff").unwrap();
        let error = read_text(&path, 100).unwrap_err().to_string();
        assert!(error.contains("byte 2 is not UTF-8"), "{error}");
        write(&path, b"abcdef").unwrap();
        assert_eq!(read_text(&path, 3).unwrap(), "abcd");
    }
}
