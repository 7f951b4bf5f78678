//! One line of a log, as what it says.

use std::net::IpAddr;

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::fmt::strtime;
use jiff::tz::TimeZone;

/// Squid writes `-` for what there is none of.
const NOTHING: &str = "-";
/// How far ahead of us the container's clock may be before a line is taken for last year's.
const AHEAD: jiff::SignedDuration = jiff::SignedDuration::from_hours(24);

/// A request or a question that was logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When it was written.
    pub time: Timestamp,
    /// Who asked.
    pub source: Option<IpAddr>,
    /// What.
    pub what: What,
}

/// What was asked. Every text is printable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A request to the proxy.
    Request {
        /// The agent, as Squid knows it.
        agent: Option<String>,
        /// `allow` or `deny`; nothing for what Squid could not read.
        verdict: Option<String>,
        /// The key of the statement or the name of the built-in rule.
        rule: Option<String>,
        /// The method.
        method: String,
        /// `HOST:PORT` or a URL, encoded as the log has it.
        destination: String,
        /// The HTTP status that the agent got.
        status: Option<u16>,
    },
    /// A question to the resolver, which is always answered with NXDOMAIN.
    Name {
        /// The type, such as `A`.
        kind: String,
        /// The name.
        name: String,
    },
}

/// Reads a line of either log; nothing for what is neither a request nor a question. `now` gives
/// the year that the resolver does not write.
pub fn entry(line: &str, now: Timestamp) -> Option<Entry> {
    request(line).or_else(|| question(line, now))
}

/// `SECONDS.MILLIS SOURCE AGENT VERDICT RULE RESULT/STATUS METHOD URL …`
fn request(line: &str) -> Option<Entry> {
    let fields: Vec<&str> = line.split(' ').collect();
    let [
        time,
        source,
        agent,
        verdict,
        rule,
        result,
        method,
        destination,
        ..,
    ] = fields.as_slice()
    else {
        return None;
    };
    let (seconds, millis) = time.split_once('.')?;
    let seconds: i64 = seconds.parse().ok()?;
    let millis: i64 = millis
        .parse()
        .ok()
        .filter(|millis| (0..1000).contains(millis))?;
    let time = Timestamp::from_millisecond(seconds.checked_mul(1000)?.checked_add(millis)?).ok()?;
    let some = |text: &str| (text != NOTHING).then(|| printable(text));
    Some(Entry {
        time,
        source: source.parse().ok(),
        what: What::Request {
            agent: some(agent),
            verdict: some(verdict),
            rule: some(rule),
            method: printable(method),
            destination: printable(destination),
            status: result
                .rsplit('/')
                .next()
                .and_then(|status| status.parse().ok()),
        },
    })
}

/// `Nov 23 22:16:45 dnsmasq[7]: 5 172.30.0.11/40123 query[A] example.org from 172.30.0.11`
fn question(line: &str, now: Timestamp) -> Option<Entry> {
    let (date, rest) = line.split_at_checked(15)?;
    let rest = rest.strip_prefix(" dnsmasq[")?;
    let (_, rest) = rest.split_once("]: ")?;
    let (_, rest) = rest.split_once(" query[")?;
    let (kind, rest) = rest.split_once("] ")?;
    let (name, source) = rest.rsplit_once(" from ")?;
    let source: Option<IpAddr> = source.trim_end().parse().ok();
    if source.is_some_and(|source| source.is_loopback()) {
        // The supervisor's own, which sees by it that the resolver answers.
        return None;
    }
    Some(Entry {
        time: dated(date, now)?,
        source,
        what: What::Name {
            kind: printable(kind),
            name: printable(name),
        },
    })
}

/// A time without a year: the last one that is not ahead of now. The container's clock is in UTC.
fn dated(date: &str, now: Timestamp) -> Option<Timestamp> {
    let this_year = now.to_zoned(TimeZone::UTC).year();
    let in_year = |year: i16| -> Option<Timestamp> {
        let parsed = strtime::parse("%Y %b %e %H:%M:%S", format!("{year} {date}")).ok()?;
        let time: DateTime = parsed.to_datetime().ok()?;
        Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
    };
    let latest = now.checked_add(AHEAD).ok()?;
    let found = in_year(this_year).filter(|time| *time <= latest);
    found.or_else(|| in_year(this_year.checked_sub(1)?))
}

/// Hostile text, with everything that a terminal could take for a command written out.
pub fn printable(text: &str) -> String {
    let shown = |c: char| -> String {
        if c.is_ascii_graphic() || c == ' ' {
            c.to_string()
        } else {
            c.escape_default().to_string()
        }
    };
    text.chars().map(shown).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        "2027-01-01T00:10:00Z".parse().unwrap()
    }

    #[test]
    fn a_decision_says_who_asked_for_what_and_what_decided() {
        let line = "1795472714.591 172.30.0.11 coder deny 94c7f512afd5 TCP_DENIED/403 CONNECT \
                    gist.github.com:443 HIER_NONE/- 358";
        let Entry { time, source, what } = entry(line, now()).unwrap();
        assert_eq!(time.to_string(), "2026-11-23T22:25:14.591Z");
        assert_eq!(source.unwrap().to_string(), "172.30.0.11");
        let What::Request {
            agent,
            verdict,
            rule,
            method,
            destination,
            status,
        } = what
        else {
            panic!("{what:?}");
        };
        let words = [
            agent.unwrap(),
            verdict.unwrap(),
            rule.unwrap(),
            method,
            destination,
        ];
        assert_eq!(
            words,
            [
                "coder",
                "deny",
                "94c7f512afd5",
                "CONNECT",
                "gist.github.com:443"
            ]
        );
        assert_eq!(status, Some(403));
        let unread =
            "1795472714.591 172.30.0.11 - - - NONE_NONE/400 - error:invalid-request HIER_NONE/- 5";
        let What::Request {
            agent,
            verdict,
            rule,
            ..
        } = entry(unread, now()).unwrap().what
        else {
            panic!("a request");
        };
        assert_eq!((agent, verdict, rule), (None, None, None));
    }

    #[test]
    fn a_question_gets_the_year_that_its_line_does_not_have() {
        for (date, year) in [
            ("Jan  1 00:09:59", "2027-01-01T00:09:59Z"),
            ("Dec 31 23:59:59", "2026-12-31T23:59:59Z"),
        ] {
            let line = format!(
                "{date} dnsmasq[7]: 5 172.30.0.11/40123 query[AAAA] a.example from 172.30.0.11"
            );
            let found = entry(&line, now()).unwrap();
            assert_eq!(found.time.to_string(), year);
            let (kind, name) = ("AAAA".to_owned(), "a.example".to_owned());
            assert_eq!(found.what, What::Name { kind, name });
        }
        let answer = "Jan  1 00:09:59 dnsmasq[7]: 5 172.30.0.11/40123 config a.example is NXDOMAIN";
        assert_eq!(entry(answer, now()), None);
        let own = "Jan  1 00:09:59 dnsmasq[7]: 5 127.0.0.1/4 query[A] health from 127.0.0.1";
        assert_eq!(entry(own, now()), None);
    }

    #[test]
    fn no_text_of_an_agents_reaches_the_terminal_as_a_command() {
        let hostile = "\u{1b}[2J\u{7}\u{9b}31m\u{202e}\u{85}";
        for line in [
            format!("1.000 - {hostile} {hostile} {hostile} X/403 {hostile} {hostile} -"),
            format!(
                "Jan  1 00:00:00 dnsmasq[7]: 5 - query[{hostile}] a from {hostile} from 1.2.3.4"
            ),
        ] {
            let shown = format!("{:?}", entry(&line, now()).unwrap().what);
            assert!(
                shown.bytes().all(|byte| (b' '..0x7f).contains(&byte)),
                "{shown}"
            );
        }
        for line in [
            "",
            "x",
            "1.000 a b",
            "1.5x a b c d e f g h",
            "99999999999999999999.000 a b c d e f g",
            "é",
        ] {
            assert_eq!(entry(line, now()), None, "{line}");
        }
    }
}
