//! What the compiler has to say about a policy: plain data, drawn elsewhere.
//!
//! Messages are lower case, one line, without a full stop, in the words of the language; text of
//! the user stands in backticks. `message` says what is wrong, `help` what to write instead. Whatever
//! a terminal obeys in such text, or a reader cannot see, is written as an escape: a message is shown
//! in terminals, pull requests and editors, and each of them can be told to hide something.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;

use crate::parse::is_hidden;
use crate::silence::Silences;
use crate::span::Span;

/// How many findings a report tells; a policy with more is hardly a policy.
pub const MAX_FINDINGS: usize = 1000;

/// Declares the codes once: the variant, its kebab-case name, and `(warning)` where a finding of
/// that code may be one.
macro_rules! codes {
    (@may_warn warning) => { true };
    (@may_warn) => { false };
    ($($(#[$doc:meta])* $variant:ident = $name:literal $(($warning:ident))?,)*) => {
        /// The stable name of a kind of finding; one section each in `CHECKS.md`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code, in the order of declaration.
            pub const ALL: &[Code] = &[$(Code::$variant,)*];

            /// The kebab-case name, which never changes once released.
            pub fn name(self) -> &'static str {
                match self { $(Code::$variant => $name,)* }
            }

            /// Whether a finding of this code may be a warning about a statement, which that
            /// statement can silence.
            pub fn may_warn(self) -> bool {
                match self { $(Code::$variant => codes!(@may_warn $($warning)?),)* }
            }
        }
    };
}

codes! {
    // Reading the text.
    /// The text does not follow the grammar.
    Syntax = "syntax",
    /// A statement that no version of the language has, or has not here.
    UnknownStatement = "unknown-statement",
    /// `policy 1` is missing, not first, or names a version we do not know.
    PolicyVersion = "policy-version",
    /// A statement that may stand once stands twice.
    Repeated = "repeated",
    /// A host that cannot be read.
    BadHost = "bad-host",
    /// A port that is no port.
    BadPort = "bad-port",
    /// An address or a network that cannot be read.
    BadAddress = "bad-address",
    /// A name outside of the alphabet.
    BadName = "bad-name",
    /// A date that does not exist.
    BadDate = "bad-date",
    /// A file is too large, or there are too many files, includes or findings.
    Limit = "limit",
    /// A character that makes the text look other than it is.
    HiddenCharacter = "hidden-character",
    // Joining files.
    /// An include that cannot be read, matches nothing, or runs in a circle.
    Include = "include",
    // Meaning.
    /// Two things share a name.
    DuplicateName = "duplicate-name",
    /// A name that nothing has.
    UnknownName = "unknown-name",
    /// An address where only names may stand, or the other way round.
    WrongKind = "wrong-kind",
    /// `allow` or `deny` for an agent that is `model-only`.
    AccessConflict = "access-conflict",
    /// `allow` for an agent that is `full`.
    RedundantAllow = "redundant-allow" (warning),
    /// `deny` of a host of the agent's own model provider.
    DenyOfProvider = "deny-of-provider",
    /// A statement reaches into the floor.
    Floor = "floor" (warning),
    /// A LAN range wider than /8, or IPv6.
    LanRange = "lan-range",
    /// A LAN grant on a public address.
    LanPublic = "lan-public" (warning),
    /// A LAN grant without a port.
    LanEveryPort = "lan-every-port" (warning),
    /// A port that is not a safe port on an internet grant.
    UnsafePort = "unsafe-port",
    /// `until` on a `deny`.
    UntilOnDeny = "until-on-deny",
    /// A grant whose last day is over.
    Expired = "expired" (warning),
    /// A CDP listen port that is taken or reserved.
    ListenPort = "listen-port",
    /// The egress subnet cannot hold the agents, or is no subnet.
    Subnet = "subnet",
    /// An edge that repeats or contradicts another.
    Edge = "edge",
    /// The gateway cannot be addressed.
    Gateway = "gateway",
    /// An agent whose model provider has no hosts, or none that is open.
    ProviderUnreachable = "provider-unreachable" (warning),
    // Judgement: all of these are warnings.
    /// A restricted agent has a browser on the host.
    CdpBrowser = "cdp-browser" (warning),
    /// A public suffix is allowed as a whole.
    PublicSuffix = "public-suffix" (warning),
    /// An allow leads to a host that anyone can write to.
    WritableHost = "writable-host" (warning),
    /// A LAN grant of a /16 or more.
    LanWide = "lan-wide" (warning),
    /// The policy grants something and tests nothing.
    NoTests = "no-tests" (warning),
    /// The last day of a grant is near.
    ExpiresSoon = "expires-soon" (warning),
    /// A name that reads as another one.
    ConfusableName = "confusable-name" (warning),
    /// All agents share one network.
    SharedIsolation = "shared-isolation" (warning),
    // Text without effect.
    /// An `allow` that a `deny` takes back.
    DeniedAllow = "denied-allow" (warning),
    /// A `deny` of what is not reached anyway.
    IdleDeny = "idle-deny" (warning),
    /// A host that a wider entry covers.
    CoveredEntry = "covered-entry" (warning),
    /// A set that no statement names.
    UnusedSet = "unused-set" (warning),
    /// A question that is asked twice.
    RepeatedQuestion = "repeated-question" (warning),
    // What the policy says of itself.
    /// A request of the policy's own tests is not answered as it says.
    TestFailed = "test-failed",
    /// An agent reaches what an invariant of the policy guards.
    InvariantFailed = "invariant-failed",
    // Silencing.
    /// A `despite` that names no warning.
    BadDespite = "bad-despite",
    /// A `despite` that silences nothing.
    NeedlessDespite = "needless-despite",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// An error stops the compile, a warning does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Nothing is rendered.
    Error,
    /// Rendered, but probably not what was meant.
    Warning,
}

impl Severity {
    /// As messages call it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// The edits that mend a finding. There is one only where nothing else can reasonably be meant, so
/// that an editor may offer it in one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What stands where now, and the text in its place; in the order of the text, disjoint, at
    /// least one.
    pub edits: Vec<(Span, String)>,
}

/// One finding at one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Its kind.
    pub code: Code,
    /// Whether it stops the compile.
    pub severity: Severity,
    /// The text it speaks of.
    pub span: Span,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
    /// The same as edits of the text, where it is certain.
    pub fix: Option<Fix>,
    /// Other places that matter, each with what it shows.
    pub related: Vec<(Span, String)>,
}

impl Diagnostic {
    /// A finding that stops the compile.
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Self {
        let message = owned(message.into());
        Self {
            code,
            severity: Severity::Error,
            span,
            message,
            help: None,
            fix: None,
            related: Vec::new(),
        }
    }

    /// A finding that does not.
    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::error(code, span, message)
        }
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(owned(help.into()));
        self
    }

    /// Adds the word that was probably meant in place of the one at the finding.
    #[must_use]
    pub fn did_you_mean(self, meant: &str) -> Self {
        self.help(format!("did you mean `{meant}`?"))
            .replace_with(meant)
    }

    /// Mends the finding with another text in its place.
    #[must_use]
    pub fn replace_with(self, text: impl Into<String>) -> Self {
        let span = self.span;
        self.edit(span, text)
    }

    /// Mends the finding with another text in place of `span`, which must lie behind all edits
    /// that it has already.
    #[must_use]
    pub fn edit(mut self, span: Span, text: impl Into<String>) -> Self {
        let fix = self.fix.get_or_insert(Fix { edits: Vec::new() });
        fix.edits.push((span, text.into()));
        self
    }

    /// Points at another place.
    #[must_use]
    pub fn related(mut self, span: Span, what: impl Into<String>) -> Self {
        self.related.push((span, owned(what.into())));
        self
    }
}

/// Text of the user's, with an escape for each character that is obeyed or cannot be seen, so that
/// it cannot draw on a terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match is_hidden(character) {
            true => shown.extend(character.escape_unicode()),
            false => shown.push(character),
        }
    }
    Cow::Owned(shown)
}

/// The same for text that is nobody else's.
fn owned(text: String) -> String {
    match visible(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(shown) => shown,
    }
}

/// Everything found, in the order of the text.
///
/// Text can be made to hold any number of mistakes, and each must cost little. So the first
/// [`MAX_FINDINGS`] are kept, and one more at the end says how many are left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    // INVARIANT: at most MAX_FINDINGS, and one more at the end when `left_out` has a number.
    diagnostics: Vec<Diagnostic>,
    left_out: usize,
    silences: Silences,
}

impl Report {
    /// From now on leaves out the warnings that their statements silence. They do not count either:
    /// a thousand silenced ones hide no other.
    pub fn heed(&mut self, silences: Silences) {
        self.silences = silences;
    }

    /// Heeds no `despite` any more; returns those that there were.
    pub fn take_silences(&mut self) -> Silences {
        std::mem::take(&mut self.silences)
    }

    /// Adds a finding, or counts it when the report is full.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        if self.silences.silence(&diagnostic) {
            return;
        }
        if self.is_full() {
            self.leave_out(1, diagnostic.severity, diagnostic.span);
        } else {
            self.diagnostics.push(diagnostic);
        }
    }

    /// Adds the findings of another report.
    pub fn extend(&mut self, mut other: Report) {
        let closing = other.take_closing();
        for diagnostic in other.diagnostics {
            self.push(diagnostic);
        }
        if let Some(closing) = closing {
            self.leave_out(other.left_out, closing.severity, closing.span);
        }
    }

    /// Sorts by place, then by code, so that the order of the checks does not show.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        let closing = self.take_closing();
        let key = |d: &Diagnostic| (d.span.file, d.span.start, d.span.end, d.code);
        self.diagnostics
            .sort_by(|a, b| key(a).cmp(&key(b)).then(a.message.cmp(&b.message)));
        self.diagnostics.dedup();
        self.diagnostics.extend(closing);
        self
    }

    /// The findings.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Whether any finding is an error, one that is left out among them.
    pub fn has_errors(&self) -> bool {
        self.diagnostics
            .iter()
            .any(|d| d.severity == Severity::Error)
    }

    /// Whether another finding would only be counted: what makes a message better is then wasted.
    pub fn is_full(&self) -> bool {
        self.left_out > 0 || self.diagnostics.len() >= MAX_FINDINGS
    }

    /// Counts findings that are not told; `severity` is the worst of them, `span` the first.
    fn leave_out(&mut self, n_findings: usize, severity: Severity, span: Span) {
        let closing = self.take_closing();
        let (severity, span) = closing.map_or((severity, span), |closing| {
            (closing.severity.min(severity), closing.span)
        });
        self.left_out = self.left_out.saturating_add(n_findings);
        let message = match self.left_out {
            1 => "1 more finding is left out".to_owned(),
            n_findings => format!("{n_findings} more findings are left out"),
        };
        self.diagnostics.push(Diagnostic {
            severity,
            ..Diagnostic::error(Code::Limit, span, message)
                .help("mend those above first, and check again")
        });
    }

    /// The finding that says how many are left out, removed; it must stay the last one.
    fn take_closing(&mut self) -> Option<Diagnostic> {
        if self.left_out == 0 {
            return None;
        }
        self.diagnostics.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::span::FileId;

    fn warnings(n_findings: usize) -> Report {
        let mut report = Report::default();
        for at in (0..n_findings).rev() {
            let span = Span::new(FileId(0), at, at + 1);
            report.push(Diagnostic::warning(Code::LanPublic, span, "w"));
        }
        report
    }

    fn last(report: &Report) -> &Diagnostic {
        report.diagnostics.last().unwrap()
    }

    #[test]
    fn a_full_report_counts_what_it_leaves_out() {
        assert_eq!(last(&warnings(MAX_FINDINGS)).message, "w");
        let mut report = warnings(MAX_FINDINGS + 1);
        assert_eq!(last(&report).message, "1 more finding is left out");
        report.extend(warnings(MAX_FINDINGS + 3));
        let report = report.sorted();
        assert_eq!(report.diagnostics().len(), MAX_FINDINGS + 1);
        assert_eq!(last(&report).message, "1004 more findings are left out");
        assert_eq!(last(&report.clone().sorted()), last(&report));
    }

    #[test]
    fn no_part_of_a_finding_holds_what_is_obeyed_or_cannot_be_seen() {
        let place = Span::default();
        let found = Diagnostic::error(Code::Floor, place, "`a\u{1b}[2K\0\n`")
            .help("`\u{202e}`")
            .related(place, "`\u{200b}\u{feff}`");
        assert_eq!(found.message, "`a\\u{1b}[2K\\u{0}\\u{a}`");
        assert_eq!(found.help.as_deref(), Some("`\\u{202e}`"));
        assert_eq!(found.related, [(place, "`\\u{200b}\\u{feff}`".to_owned())]);
        assert_eq!(visible("`\u{e4}` \u{20ac}"), "`\u{e4}` \u{20ac}");
    }

    #[test]
    fn an_error_that_is_left_out_is_still_an_error() {
        let mut report = warnings(2 * MAX_FINDINGS);
        assert!(!report.has_errors());
        report.push(Diagnostic::error(Code::Floor, Span::default(), "e"));
        report.extend(warnings(1));
        assert!(report.has_errors());
        let mut other = warnings(1);
        other.extend(report);
        assert!(other.sorted().has_errors());
    }
}
