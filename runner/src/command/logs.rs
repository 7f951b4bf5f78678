//! `logs`: what agents asked for and what was decided, with the statement behind each decision.

use std::ops::ControlFlow;

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};
use serde::Serialize;

use crate::cli::{Format, LogsArgs};
use crate::deployed;
use crate::docker::{DockerCommand, Line};
use crate::error::Error;
use crate::exit::Exit;
use crate::image;
use crate::logs::{ACCESS_LOG, DNS_LOG, Entry, Place, Places, What, entry};
use crate::style::{DIM, GREEN, PLAIN, RED};
use crate::ui;
use crate::up::Installation;

/// The format of the JSON output.
const VERSION: u32 = 1;

/// Prints both logs and ends. A log that is not there yet has no line.
const READ: &str = "cat \"$@\" 2>/dev/null; true";
/// Prints both logs and what is added to them. `tail -F` loses what is written between a rename and
/// the reopening, and stays for ever when its client has gone.
const FOLLOW: &str = include_str!("../logs/follow.pl");

#[derive(Serialize)]
struct Shown<'e> {
    version: u32,
    time: String,
    kind: &'static str,
    agent: Option<&'e str>,
    source: Option<String>,
    verdict: Option<&'e str>,
    method: Option<&'e str>,
    destination: &'e str,
    query_type: Option<&'e str>,
    status: Option<u16>,
    rule: Option<&'e str>,
    statement: Option<&'e Place>,
}

/// The entries that are asked for, and how they are printed.
struct Printer<'a> {
    args: &'a LogsArgs,
    places: Places<'a>,
}

/// Prints what is logged, and with `--follow` what will be.
pub fn run(installation: &Installation<'_>, args: &LogsArgs) -> Result<Exit, Error> {
    if let Some(name) = &args.agent {
        let deployment = deployed::required(installation.state)?;
        deployed::agent(&deployment, name)?;
    }
    let mut printer = Printer {
        args,
        places: Places::new(installation.state)?,
    };
    let now = Timestamp::now();
    if args.follow {
        return follow(installation, &mut printer);
    }
    let text = installation.docker.run(&read(installation)?)?.stdout;
    let mut entries: Vec<Entry> = text.lines().filter_map(|line| entry(line, now)).collect();
    // Two logs, the resolver's in whole seconds; what was written at one time keeps its order.
    entries.sort_by_key(|entry| entry.time);
    for entry in &entries {
        printer.print(entry)?;
    }
    Ok(Exit::Fine)
}

/// Reads the logs in the proxy's container, else in a throw-away one with its volume.
fn read(installation: &Installation<'_>) -> Result<DockerCommand, Error> {
    let instance = installation.state.instance();
    let name = instance.container();
    let script = ["sh", "-c", READ, "sh", ACCESS_LOG, DNS_LOG];
    if is_running(installation)? {
        return Ok(DockerCommand::new(["exec", &name]).with(script));
    }
    let volume = format!("--volume={}:/var/log/portreeve:ro", instance.logs_volume());
    let label = format!("--label={}", instance.label());
    let confined = [
        "--network=none",
        "--read-only",
        "--cap-drop=ALL",
        "--no-healthcheck",
    ];
    let command = DockerCommand::new(["run", "--rm", &volume, &label]).with(confined);
    Ok(command.arg(image::tag()).with(script))
}

fn is_running(installation: &Installation<'_>) -> Result<bool, Error> {
    let name = installation.state.instance().container();
    let command = DockerCommand::new(["container", "inspect", "--format", "{{.State.Running}}"]);
    let output = installation.docker.try_run(&command.arg(name))?;
    Ok(output.stdout.trim() == "true")
}

fn follow(installation: &Installation<'_>, printer: &mut Printer<'_>) -> Result<Exit, Error> {
    let name = installation.state.instance().container();
    let command = DockerCommand::new(["exec", "--interactive", &name, "perl", "-e", FOLLOW]);
    let command = command.with([ACCESS_LOG, DNS_LOG]);
    let mut failed = None;
    installation.docker.follow(&command, &mut |line| {
        let Line::Stdout(line) = line else {
            return ControlFlow::Continue(());
        };
        match entry(line, Timestamp::now()).map_or(Ok(()), |entry| printer.print(&entry)) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        }
    })?;
    failed.map_or(Ok(Exit::Fine), Err)
}

impl Printer<'_> {
    fn print(&mut self, entry: &Entry) -> Result<(), Error> {
        if self.args.since.is_some_and(|since| entry.time < since) {
            return Ok(());
        }
        let (agent, rule) = match &entry.what {
            What::Request { agent, rule, .. } => (agent.as_deref(), rule.as_deref()),
            What::Name { .. } => (None, None),
        };
        let place = match (agent, rule) {
            (Some(agent), Some(rule)) => self.places.of(agent, rule)?,
            _ => None,
        };
        let at_source = entry.source.and_then(|source| self.places.agent_at(source));
        let mut shown = Shown {
            version: VERSION,
            time: entry.time.to_string(),
            kind: "request",
            agent: at_source,
            source: entry.source.map(|source| source.to_string()),
            verdict: None,
            method: None,
            destination: "",
            query_type: None,
            status: None,
            rule: rule.filter(|_| place.is_none()),
            statement: place.as_ref(),
        };
        match &entry.what {
            What::Request {
                agent,
                verdict,
                method,
                destination,
                status,
                ..
            } => {
                shown.agent = agent.as_deref().or(at_source);
                shown.verdict = verdict.as_deref();
                shown.method = Some(method);
                shown.destination = destination;
                shown.status = *status;
            }
            What::Name { kind, name } => {
                shown.kind = "name";
                shown.query_type = Some(kind);
                shown.destination = name;
            }
        }
        let is_asked_for = self.args.agent.as_deref().is_none_or(|wanted| {
            shown
                .agent
                .is_some_and(|agent| agent.eq_ignore_ascii_case(wanted))
        });
        // What Squid could not read is refused too, before any rule.
        let is_denied = shown.kind == "request" && shown.verdict != Some("allow");
        if is_asked_for && (is_denied || !self.args.denied) {
            match self.args.format {
                Format::Human => ui::result(human(&shown)),
                Format::Json => ui::result(serde_json::to_string(&shown)?),
            }
        }
        Ok(())
    }
}

fn human(shown: &Shown<'_>) -> String {
    let who = shown.agent.or(shown.source.as_deref()).unwrap_or("-");
    let (colour, verdict) = match (shown.kind, shown.verdict) {
        ("name", _) => (DIM, "name"),
        (_, Some("allow")) => (GREEN, "allow"),
        (_, Some(_)) => (RED, "deny"),
        (_, None) => (RED, "unread"),
    };
    let asked = shown.method.or(shown.query_type).unwrap_or("-");
    let mut line = format!(
        "{}  {who:<16} {colour}{verdict:<6}{PLAIN} {asked} {}",
        shown.time, shown.destination
    );
    match (shown.statement, shown.rule) {
        (
            Some(Place {
                file,
                line: at,
                because,
                ..
            }),
            _,
        ) => {
            line.push_str(&format!("  {DIM}{}:{at}", crate::logs::printable(file)));
            if let Some(because) = because {
                line.push_str(&format!(" ({})", crate::logs::printable(because)));
            }
            line.push_str(PLAIN);
        }
        (None, Some(rule)) => line.push_str(&format!("  {DIM}{rule}{PLAIN}")),
        (None, None) => {}
    }
    line
}

/// A point in time, or how long ago.
pub fn since(text: &str) -> Result<Timestamp, String> {
    if let Ok(time) = text.parse::<Timestamp>() {
        return Ok(time);
    }
    let ago = text.parse::<Span>().ok().filter(|span| !span.is_negative());
    let time = ago.and_then(|span| {
        Timestamp::now()
            .to_zoned(TimeZone::UTC)
            .checked_sub(span)
            .ok()
    });
    time.map(|time| time.timestamp()).ok_or_else(|| {
        "not a duration such as `10m`, `2h` or `3d`, nor a time such as `2026-11-23T22:00:00Z`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_given_as_one_or_as_how_long_ago() {
        assert_eq!(
            since("2026-11-23T22:00:00Z").unwrap().to_string(),
            "2026-11-23T22:00:00Z"
        );
        let hour = since("90m").unwrap();
        let ago = Timestamp::now().duration_since(hour);
        assert!((5400..5500).contains(&ago.as_secs()), "{ago}");
        assert!(since("3d").unwrap() < since("2h").unwrap());
        for bad in ["", "yesterday", "-5m", "10", "2026-11-23"] {
            assert!(since(bad).is_err(), "{bad}");
        }
    }
}
