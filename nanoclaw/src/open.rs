//! Opens a database to look at it, so that not one byte of it changes.
//!
//! A database in WAL mode has its newest rows in a second file. Where a program has it open, SQLite's
//! own locks give us one moment of it. Where nobody has, and it is a copy with that second file,
//! merging the two would write: that happens in a copy of ours. Without a second file nothing is
//! newer, and the file is read as it lies.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

use crate::error::{DatabaseError, doing};

/// How long a writer may keep us waiting.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);

/// Where the header says how the file is read (SQLite file format, section 1.3.3); 2 is WAL.
const READ_VERSION_OFFSET: usize = 19;
const WAL: u8 = 2;

/// A database that is only read, and the copy it may be read from.
#[derive(Debug)]
pub struct Opened {
    /// The connection.
    pub connection: Connection,
    // Removed when the connection is no more.
    _copy: Option<TempDir>,
}

/// Opens the database at `path`.
pub fn read_only(path: &Path) -> Result<Opened, DatabaseError> {
    let failed = |source| DatabaseError::File {
        path: path.to_owned(),
        source,
    };
    let header = header(path).map_err(failed)?;
    let is_wal = header.get(READ_VERSION_OFFSET) == Some(&WAL);
    let has = |suffix| fs::metadata(beside(path, suffix)).is_ok_and(|found| found.len() > 0);
    let (connection, copy) = match (is_wal && has("-wal"), has("-shm")) {
        (true, true) => (connect(path, "mode=ro"), None),
        (true, false) => {
            let copy = copy(path).map_err(failed)?;
            let inside = copy.path().join("copy.db");
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            (Connection::open_with_flags(inside, flags), Some(copy))
        }
        (false, _) if is_wal => (connect(path, "mode=ro&immutable=1"), None),
        // Without WAL a reader makes no files, and its lock keeps writers out.
        (false, _) => (connect(path, "mode=ro"), None),
    };
    let connection = connection.map_err(doing("opening the database"))?;
    guard(&connection).map_err(doing("opening the database"))?;
    Ok(Opened {
        connection,
        _copy: copy,
    })
}

/// What keeps a hostile schema from acting, and a writer from making us fail at once.
pub(crate) fn guard(connection: &Connection) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.pragma_update(None, "cell_size_check", true)
}

fn header(path: &Path) -> io::Result<Vec<u8>> {
    let mut header = Vec::new();
    File::open(path)?.take(100).read_to_end(&mut header)?;
    Ok(header)
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    PathBuf::from(name)
}

fn copy(path: &Path) -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("portreeve-").tempdir()?;
    fs::copy(path, folder.path().join("copy.db"))?;
    fs::copy(beside(path, "-wal"), folder.path().join("copy.db-wal"))?;
    Ok(folder)
}

/// Opens by URI, the path written so that no character of it means anything else.
fn connect(path: &Path, query: &str) -> Result<Connection, rusqlite::Error> {
    use std::os::unix::ffi::OsStrExt as _;
    let mut uri = String::from("file:");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            byte => uri.push_str(&format!("%{byte:02x}")),
        }
    }
    uri.push('?');
    uri.push_str(query);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_URI
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(uri, flags)
}
