//! What must be said about one value of the database: where it stands, what it is, what to do.

use std::fmt;

use crate::text::quoted;

/// Something that the database says and that cannot be taken over as it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// Where the value stands.
    pub place: Place,
    /// What it is, and what becomes of it.
    pub message: String,
    /// What to do.
    pub help: String,
}

/// A value of a table, of a file, or the whole of either.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The table or the file.
    pub table: &'static str,
    /// The key of the row, as messages show it.
    pub row: Option<String>,
    /// The column, or a path inside of its JSON.
    pub field: Option<String>,
}

impl Place {
    /// A whole table or file.
    pub fn table(table: &'static str) -> Self {
        Self {
            table,
            row: None,
            field: None,
        }
    }

    /// A row, by its key.
    pub fn row(table: &'static str, key: &str) -> Self {
        Self {
            row: Some(quoted(key)),
            ..Self::table(table)
        }
    }

    /// A value of a row.
    pub fn value(table: &'static str, key: &str, field: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::row(table, key)
        }
    }

    /// Says something of it.
    pub fn says(self, message: impl Into<String>, help: impl Into<String>) -> Finding {
        Finding {
            place: self,
            message: message.into(),
            help: help.into(),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table)?;
        self.row.iter().try_for_each(|row| write!(f, " {row}"))?;
        self.field
            .iter()
            .try_for_each(|field| write!(f, ", {field}"))
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}
