//! A host that anyone can write to is a way out: what an agent reads can be left there for
//! somebody else, over a connection that the policy allows.
//!
//! The list is short on purpose: services whose use is to put something somewhere for others, or to
//! receive it. A host missing from it is not safe, and one in it may be just what is needed.

mod list;

use crate::check::public_suffix::whole_suffix;
use crate::check::{Allowed, Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::host::Reach;
use list::{Entry, Writable};

pub(super) const CHECK: Check = Check {
    code: Code::WritableHost,
    run: check,
};

fn check(subject: &Subject<'_>, report: &mut Report) {
    let writable = Writable::default();
    // A public suffix as a whole has its own warning, which says the same.
    let patterns = subject.allowed.iter();
    for allowed in patterns.filter(|allowed| whole_suffix(allowed.pattern).is_none()) {
        let mut entries = writable
            .touched_by(allowed.pattern)
            .filter(|entry| !is_denied_to_all(allowed, entry));
        let Some(first) = entries.next() else {
            continue;
        };
        let n_more = entries.count();
        let (pattern, entry, what) = (allowed.pattern, &first.pattern, first.what);
        let more = match n_more {
            0 => String::new(),
            _ => format!(" and {n_more} more of the kind"),
        };
        let (message, help) = if entry.covers(pattern) {
            let message = format!("anyone can write to `{pattern}` ({what}): a way out for data");
            let help = "delete it; if it is needed, write `despite writable-host \"REASON\"` behind \
                        the statement";
            (message, help.to_owned())
        } else {
            let message =
                format!("`{pattern}` includes `{entry}` ({what}){more}: a way out for data");
            let help = match n_more {
                0 => format!("allow the names that are meant, or write `deny {entry}` as well"),
                _ => "allow the names that are meant".to_owned(),
            };
            (message, help)
        };
        report.push(Diagnostic::warning(CHECK.code, allowed.span, message).help(help));
    }
}

/// Whether every agent that has the allow also has a deny that closes the host again.
fn is_denied_to_all(allowed: &Allowed<'_>, entry: &Entry) -> bool {
    // What both name: the smaller of the two.
    let common = match entry.pattern.covers(allowed.pattern) {
        true => allowed.pattern,
        false => &entry.pattern,
    };
    allowed.agents.iter().all(|agent| {
        let mut denied = agent.denies.iter().flat_map(|rule| &rule.hosts);
        denied.any(|host| {
            let same_port = host.value.port.is_none() || host.value.port == allowed.port;
            same_port && host.value.pattern.covers(common)
        })
    })
}

impl Entry {
    /// Whether the names under the entry belong to one customer each. A single one of them is then
    /// not everybody's.
    fn is_of_customers(&self) -> bool {
        self.pattern.reach() == Reach::Under
    }
}
