//! Labels in another script that pass for something else: scripts that no language mixes, or a
//! word of one script that reads as one in plain letters.

use std::borrow::Cow;
use std::collections::BTreeSet;

use unicode_security::{RestrictionLevel, RestrictionLevelDetection as _};

use crate::check::Subject;
use crate::check::look_alike::LookAlike;
use crate::diagnostic::Report;

use super::found;

/// How a label in ASCII begins that stands for other characters (RFC 5890).
const ENCODED: &str = "xn--";

pub(super) fn check(subject: &Subject<'_>, look_alike: &LookAlike, report: &mut Report) {
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for allowed in &subject.allowed {
        let name = allowed.pattern.name().as_str();
        if !name.contains(ENCODED) || !told.insert(name) {
            continue;
        }
        let labels = name.split('.').map(|label| (label, shown(label)));
        for (label, shown) in labels.filter(|(_, shown)| !shown.is_ascii()) {
            let mut skeleton = String::new();
            look_alike.skeleton(&shown, &mut skeleton);
            let message = if !shown.check_restriction_level(RestrictionLevel::HighlyRestrictive) {
                format!("`{label}` is `{shown}`, which mixes scripts")
            } else if skeleton.is_ascii() {
                format!("`{label}` is `{shown}`, which reads as `{skeleton}` and is not")
            } else {
                continue;
            };
            let help = "see whose name that is; one that is meant may stay, with `despite \
                        confusable-name \"REASON\"`";
            report.push(found(allowed.span, message, help, None));
        }
    }
}

/// A label as people see it.
pub(super) fn shown(label: &str) -> Cow<'_, str> {
    match label.starts_with(ENCODED) {
        true => Cow::Owned(idna::domain_to_unicode(label).0),
        false => Cow::Borrowed(label),
    }
}
