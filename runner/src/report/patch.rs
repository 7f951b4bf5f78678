//! Two texts as `patch` understands their difference, in colour.

use clap::builder::styling::{AnsiColor, Style};
use similar::TextDiff;

/// The lines that differ, each with so many of its neighbours.
pub fn of(name: &str, before: &str, after: &str, n_neighbours: usize) -> String {
    let plain = plain(name, before, after, n_neighbours);
    plain.split_inclusive('\n').map(coloured).collect()
}

/// The same without colour, for programs.
pub fn plain(name: &str, before: &str, after: &str, n_neighbours: usize) -> String {
    let diff = TextDiff::from_lines(before, after);
    let mut unified = diff.unified_diff();
    let unified = unified.context_radius(n_neighbours).header(name, name);
    unified.to_string()
}

fn coloured(line: &str) -> String {
    let style = match line.as_bytes().first() {
        Some(b'+') => AnsiColor::Green.on_default(),
        Some(b'-') => AnsiColor::Red.on_default(),
        Some(b'@') => AnsiColor::Cyan.on_default(),
        _ => Style::new(),
    };
    let (text, end) = match line.strip_suffix('\n') {
        Some(text) => (text, "\n"),
        None => (line, ""),
    };
    format!("{style}{text}{style:#}{end}")
}
