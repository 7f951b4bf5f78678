//! What the whole installation promises, measured on a real engine from inside of real agents.
//!
//! All tests look at one measurement. The expected words stand here, written by hand: the demo
//! takes its own from the specification, and this is what holds the specification to its meaning.

#![expect(
    clippy::panic,
    reason = "a helper of tests that finds nothing to compare has no better answer"
)]

use std::sync::OnceLock;

use portreeve::demo::QUICKSTART;
use portreeve::demo::bed::{self, Bed};
use portreeve::demo::measure::{Measured, measure};
use portreeve::demo::progress::Progress;
use portreeve::docker::DockerCli;
use portreeve::error::Error;

use crate::docker::engine;

const MODEL: &str = "The model";
const PACKAGES: &str = "Packages and repositories";
const WEB: &str = "The rest of the web";
const LAN: &str = "The LAN: a label printer, the gateway, the host";
const BROWSER: &str = "The browser on the host";
const PAST: &str = "Past the proxy";
const NAMES: &str = "Names";

const REFUSED: [&str; 3] = ["refused"; 3];
const NO_ANSWER: [&str; 3] = ["no answer"; 3];

/// The one measurement; nothing where tests with an engine are left out.
fn measured(test: &str) -> Option<&'static Measured> {
    static MEASURED: OnceLock<Result<Measured, String>> = OnceLock::new();
    if !engine(test) {
        return None;
    }
    let measured = MEASURED.get_or_init(|| set_up_and_measure().map_err(|error| error.to_string()));
    match measured {
        Ok(measured) => Some(measured),
        Err(error) => panic!("the bed could not be set up: {error}"),
    }
}

fn set_up_and_measure() -> Result<Measured, Error> {
    let docker = DockerCli::default();
    let mut progress = Progress::silent();
    let bed = Bed::make_room(&docker, bed::state(None, None)?, &mut progress)?;
    let enforced = bed.set_up(QUICKSTART, QUICKSTART, &mut progress)?;
    let measured = measure(&bed, &enforced)?;
    bed.remove()?;
    Ok(measured)
}

/// Compares one line of the table with the words for archivist, coder and researcher.
fn expect(measured: &Measured, group: &str, label: &str, words: [&str; 3]) {
    let is_it = |row: &(&str, String)| row.0 == group && row.1 == label;
    let row = measured.rows.iter().position(is_it);
    let row = row.unwrap_or_else(|| panic!("no row `{label}` in `{group}`"));
    let cells = measured.cells.iter().filter(|cell| cell.row == row);
    let found: Vec<String> = cells.map(|cell| cell.measured.to_string()).collect();
    assert_eq!(found, words, "{group}: {label}");
}

/// The claim about a log that begins with a number and then says `about`, and holds.
fn claim(measured: &Measured, about: &str, at_least: usize) {
    let found = measured
        .findings
        .iter()
        .find(|finding| finding.claim.contains(about));
    let found = found.unwrap_or_else(|| panic!("no claim about `{about}`"));
    assert_eq!(found.failures, Vec::<String>::new(), "{}", found.claim);
    let count = found
        .claim
        .split(' ')
        .next()
        .unwrap_or_default()
        .parse::<usize>();
    assert!(
        count.as_ref().is_ok_and(|count| *count >= at_least),
        "{}",
        found.claim
    );
}

#[test]
fn what_access_allows_arrives_at_the_gateway_under_the_agents_own_name_and_the_rest_is_refused() {
    let Some(measured) = measured(
        "what_access_allows_arrives_at_the_gateway_under_the_agents_own_name_and_the_rest_is_refused",
    ) else {
        return;
    };
    assert_eq!(measured.agents, ["archivist", "coder", "researcher"]);
    expect(measured, MODEL, "api.anthropic.com:443", ["gateway"; 3]);
    // Plain requests and tunnels, under `model-only`, `list` and `full`.
    expect(
        measured,
        PACKAGES,
        "pypi.org:80",
        ["refused", "gateway", "gateway"],
    );
    expect(
        measured,
        PACKAGES,
        "static.crates.io:443",
        ["refused", "gateway", "gateway"],
    );
    expect(
        measured,
        PACKAGES,
        "crates.io:443",
        ["refused", "refused", "gateway"],
    );
    expect(
        measured,
        PACKAGES,
        "github.com:443",
        ["refused", "gateway", "gateway"],
    );
    expect(
        measured,
        PACKAGES,
        "github.com:80",
        ["refused", "refused", "gateway"],
    );
    expect(
        measured,
        PACKAGES,
        "gist.github.com:443",
        ["refused", "refused", "gateway"],
    );
    expect(
        measured,
        WEB,
        "news.example:80",
        ["refused", "refused", "gateway"],
    );
    expect(measured, WEB, "drop.paste.example:443", REFUSED);
    expect(measured, WEB, "a name that leads to 10.18.0.9", REFUSED);
    expect(measured, WEB, "169.254.169.254:80", REFUSED);
    claim(
        measured,
        "came to the gateway, each with its own agent's token",
        10,
    );
    claim(
        measured,
        "are logged with the agent and the statement behind them",
        50,
    );
}

#[test]
fn a_connection_past_the_proxy_leads_nowhere() {
    let Some(measured) = measured("a_connection_past_the_proxy_leads_nowhere") else {
        return;
    };
    for label in [
        "198.18.0.20:8838",
        "198.18.0.40:443",
        "198.18.0.10:10255",
        "198.18.0.30:9222",
        "another agent's proxy",
        "another agent's browser port",
    ] {
        expect(measured, PAST, label, NO_ANSWER);
    }
}

#[test]
fn no_name_means_anything_to_an_agent_and_its_questions_are_logged() {
    let Some(measured) =
        measured("no_name_means_anything_to_an_agent_and_its_questions_are_logged")
    else {
        return;
    };
    let unknown = ["NXDOMAIN"; 3];
    expect(measured, NAMES, "api.anthropic.com", unknown);
    expect(measured, NAMES, "secret-1234.news.example", unknown);
    expect(measured, NAMES, "github.com by the C library", unknown);
    expect(measured, NAMES, "news.example, past the proxy", NO_ANSWER);
    claim(
        measured,
        "questions about names are logged with who asked",
        9,
    );
}

#[test]
fn a_lan_grant_is_direct_and_only_for_its_agent_address_and_port() {
    let Some(measured) = measured("a_lan_grant_is_direct_and_only_for_its_agent_address_and_port")
    else {
        return;
    };
    let only_coder = ["refused", "direct", "refused"];
    expect(measured, LAN, "198.18.0.20:8838", only_coder);
    expect(measured, LAN, "198.18.0.20:8838 by CONNECT", only_coder);
    expect(measured, LAN, "198.18.0.20:8839", REFUSED);
    expect(measured, LAN, "198.18.0.10:10255", REFUSED);
    // The grant's port is open for the grant's address and for no name.
    expect(measured, WEB, "news.example:8838", REFUSED);
    claim(
        measured,
        "came to the label printer from Squid, without a token",
        2,
    );
}

#[test]
fn two_agents_reach_one_browser_each_by_its_own_port() {
    let Some(measured) = measured("two_agents_reach_one_browser_each_by_its_own_port") else {
        return;
    };
    let (coder, researcher) = (
        ["refused", "forward", "refused"],
        ["refused", "refused", "forward"],
    );
    expect(measured, BROWSER, "coder's own port", coder);
    expect(measured, BROWSER, "coder's, through the proxy", coder);
    expect(measured, BROWSER, "researcher's own port", researcher);
    expect(
        measured,
        BROWSER,
        "researcher's, through the proxy",
        researcher,
    );
    expect(measured, LAN, "198.18.0.30:9222", REFUSED);
}
