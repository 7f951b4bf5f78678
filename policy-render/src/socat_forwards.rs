//! `socat-forwards.conf`: one line for each CDP grant, in the seed's format.

use askama::Template;
use policy_core::ir::Policy;

use crate::RenderError;

#[derive(Template)]
#[template(path = "socat-forwards.conf")]
struct SocatForwards {
    forwards: Vec<Forward>,
}

struct Forward {
    listen: u16,
    block: String,
    host: String,
    host_port: u16,
}

/// The text of the file, by agent.
pub(crate) fn render(policy: &Policy) -> Result<String, RenderError> {
    let forward = |agent: &policy_core::ir::Agent| {
        agent.cdp.as_ref().map(|cdp| Forward {
            listen: cdp.listen.get(),
            block: agent.block.to_string(),
            host: policy.host_address.to_string(),
            host_port: cdp.host_port.get(),
        })
    };
    let forwards = policy.agents.iter().filter_map(forward).collect();
    Ok(SocatForwards { forwards }.render()? + "\n")
}
