//! A database is read whole, whoever else has it open, and not one byte of it changes.

#![expect(clippy::unwrap_used, reason = "the databases are the tests' own")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use nanoclaw::{open, rows};

use crate::bed::Bed;

fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap());
    entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                fs::read(entry.path()).unwrap(),
            )
        })
        .collect()
}

fn n_groups(path: &Path) -> usize {
    let opened = open::read_only(path).unwrap();
    rows::read(&opened.connection).unwrap().groups.len()
}

const ROW: &str = "INSERT INTO agent_groups (id, name, folder) VALUES ('b', 'B', 'b');";

#[test]
fn the_newest_rows_of_a_live_database_and_of_a_copy_are_read() {
    let bed = Bed::new("INSERT INTO agent_groups (id, name, folder) VALUES ('a', 'A', 'a');");
    let live = bed.connection();
    live.execute_batch(&format!(
        "PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; {ROW}"
    ))
    .unwrap();
    let whole = files(bed.folder());
    assert!(whole.contains_key("v2.db-wal"));
    assert_eq!(n_groups(&bed.path()), 2);
    assert_eq!(files(bed.folder())["v2.db"], whole["v2.db"]);
    assert_eq!(files(bed.folder())["v2.db-wal"], whole["v2.db-wal"]);
    // A copy with its second file, and one without: what is in it is what is read.
    let copy = tempfile::tempdir().unwrap();
    fs::write(copy.path().join("c.db"), &whole["v2.db"]).unwrap();
    assert_eq!(n_groups(&copy.path().join("c.db")), 1);
    fs::write(copy.path().join("c.db-wal"), &whole["v2.db-wal"]).unwrap();
    let before = files(copy.path());
    assert_eq!(n_groups(&copy.path().join("c.db")), 2);
    assert_eq!(files(copy.path()), before);
}

#[test]
fn reading_makes_no_files_beside_the_database() {
    for mode in ["WAL", "DELETE"] {
        let bed = Bed::new(ROW);
        bed.run(&format!("PRAGMA journal_mode = {mode};"));
        let before = files(bed.folder());
        assert_eq!(before.len(), 1, "{mode}");
        assert_eq!(n_groups(&bed.path()), 1);
        assert_eq!(files(bed.folder()), before, "{mode}");
    }
}

#[test]
fn what_is_no_database_is_an_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("odd name?#%.db");
    let error = open::read_only(&path).unwrap_err().to_string();
    assert!(error.contains("odd name?#%.db"), "{error}");
    fs::write(
        &path,
        "no database at all, whatever it is called; long enough for a header".repeat(3),
    )
    .unwrap();
    let opened = open::read_only(&path).and_then(|opened| rows::read(&opened.connection));
    assert!(opened.is_err());
}
