//! A restricted agent with a browser of the operator's is no restricted agent.
//!
//! CDP has no rights: whoever reaches the port opens any site, reads every open page, and is
//! signed in wherever that browser is. The browser's traffic does not pass the proxy.

use crate::check::{Check, Subject};
use crate::diagnostic::{Code, Diagnostic, Report};
use crate::ir::Access;

pub(super) const CHECK: Check = Check {
    code: Code::CdpBrowser,
    run: check,
};

fn check(Subject { policy, .. }: &Subject<'_>, report: &mut Report) {
    for agent in &policy.agents {
        let Some(cdp) = agent.cdp.as_ref().filter(|_| agent.access != Access::Full) else {
            continue;
        };
        let message = format!(
            "`{}` is `{}`, but through this browser it opens any site, with every login it has",
            agent.name, agent.access
        );
        let help = "start a browser for it alone, with a profile of its own that is signed in \
                    nowhere (`--user-data-dir`), name its port, and write `despite cdp-browser \
                    \"REASON\"` behind the statement";
        let found = Diagnostic::warning(CHECK.code, cdp.origin.span, message)
            .help(help)
            .related(agent.access_origin.span, "its access is decided here");
        report.push(found);
    }
}
