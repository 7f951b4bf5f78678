//! Why a database cannot be read or written.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::text::one_line;

/// Why a database was not read, or not changed.
#[derive(Debug, Error)]
pub enum DatabaseError {
    /// The file or its neighbours cannot be read.
    #[error("cannot read `{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite refused.
    // A damaged schema is quoted, whatever characters it has.
    #[error("SQLite: {doing}: {}", one_line(&source.to_string()))]
    Sqlite {
        /// What was being done.
        doing: &'static str,
        /// What it says.
        source: rusqlite::Error,
    },
    /// The file is a database, and damaged.
    #[error("the database is damaged: {}", one_line(what))]
    Damaged {
        /// What SQLite's own check says first.
        what: String,
    },
    /// A table or a column is not what NanoClaw makes it.
    #[error("this is no schema of NanoClaw that is known here: {what}")]
    Schema {
        /// What differs.
        what: String,
    },
    /// There are more agents than addresses.
    #[error("the database has {n_agents} agent groups, and there is room for {most}")]
    TooMany {
        /// How many it has.
        n_agents: usize,
        /// How many an egress network can hold.
        most: usize,
    },
    /// An imported text that does not compile: a bug of ours.
    #[error("this is a bug of portreeve: the imported policy has a mistake: {what}")]
    Text {
        /// The first mistake.
        what: String,
    },
    /// Rows that cannot be written without taking something from someone else.
    #[error("nothing was written: {}", what.join("; "))]
    Conflict {
        /// Each of them.
        what: Vec<String>,
    },
}

impl DatabaseError {
    /// What to do.
    pub fn remedy(&self) -> String {
        match self {
            Self::File { .. } => "name NanoClaw's central database, `data/v2.db`, and look at its \
                 permissions and those of its folder"
                .to_owned(),
            Self::Sqlite { .. } => "check that the file is NanoClaw's central database, \
                 `data/v2.db`, and that nobody holds it locked; it is as it was"
                .to_owned(),
            Self::Damaged { .. } => "take a backup; `sqlite3 DB .recover` gets out what is \
                 still there"
                .to_owned(),
            Self::Schema { .. } => "nothing was changed; NanoClaw's own migrations must have run, \
                 and a fork with other tables is not supported"
                .to_owned(),
            Self::TooMany { .. } => "remove agent groups that are no longer used".to_owned(),
            Self::Text { .. } => {
                "report it, with the database if you can; nothing was written".to_owned()
            }
            Self::Conflict { .. } => "give the edge another name, `edge A -> B as NAME`".to_owned(),
        }
    }

    /// Whether it is our own mistake.
    pub fn is_bug(&self) -> bool {
        matches!(self, Self::Text { .. })
    }
}

/// Names what was being done when SQLite refused.
pub(crate) fn doing(doing: &'static str) -> impl FnOnce(rusqlite::Error) -> DatabaseError {
    move |source| DatabaseError::Sqlite { doing, source }
}
