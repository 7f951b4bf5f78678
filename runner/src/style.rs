//! The colours of what is printed; [`ui`](crate::ui) strips them where they are not wanted.

/// What is as it should be, or more than before.
pub const GREEN: &str = "\x1b[32m";
/// What is not, or less than before.
pub const RED: &str = "\x1b[31m";
/// What needs a second look.
pub const YELLOW: &str = "\x1b[33m";
/// A heading.
pub const BOLD: &str = "\x1b[1m";
/// What is read last.
pub const DIM: &str = "\x1b[2m";
/// The end of all of them.
pub const PLAIN: &str = "\x1b[0m";
