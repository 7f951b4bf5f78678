//! A CDP listen port belongs to one agent, and to nothing else in Squid's container.
//!
//! Each agent has its own socat on the shared address, so a second one on the same port would die
//! at start. The port *on the host* is another matter: agents may share it.

use std::collections::BTreeMap;

use crate::allocate::{LAST_LISTEN_PORT, is_reserved};
use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};

pub(super) const CHECK: Check = Check {
    code: Code::ListenPort,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    let mut owners = BTreeMap::new();
    for agent in &policy.agents {
        let Some(cdp) = &agent.cdp else { continue };
        if is_reserved(cdp.listen, &policy.network) {
            let message = format!("no listener can have port {}", cdp.listen);
            let help = format!(
                "take another port up to {LAST_LISTEN_PORT}, or write `cdp` alone for a computed one"
            );
            report.push(Diagnostic::error(CHECK.code, cdp.origin.span, message).help(help));
        }
        if let Some((name, span)) = owners.insert(cdp.listen, (&agent.name, cdp.origin.span)) {
            let message = format!("`{name}` already listens on port {}", cdp.listen);
            let found = Diagnostic::error(CHECK.code, cdp.origin.span, message)
                .help(
                    "the listen port is each agent's own, the host port may be shared: \
                       `cdp OTHER -> host:PORT`",
                )
                .related(span, "the other listener is here");
            report.push(found);
        }
    }
}
