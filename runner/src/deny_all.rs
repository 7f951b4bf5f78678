//! The last resort: nobody reaches anything.
//!
//! An agent's network is internal, and the proxy's container is the only thing on it that leads
//! anywhere. So deny-all is that container gone, and that can be proved: the engine is asked again
//! afterwards. It takes no image, no file and no policy. The container is removed and not only
//! stopped, so that nothing can start it again with files that were found to be spoilt; it holds
//! nothing of its own. The ledger stays as it is: who owns which addresses outlives this.

use crate::apply::remove_own;
use crate::error::Error;
use crate::observe::observe;
use crate::up::Installation;

/// Removes the proxy's container, and one that was set aside for it, and sees that they are gone.
/// The lock must be held.
pub fn establish(installation: &Installation<'_>) -> Result<(), Error> {
    let (docker, state) = (installation.docker, installation.state);
    let name = state.instance().container();
    let observed = observe(docker, state)?;
    if let Some(container) = &observed.container {
        // Somebody else's is not on our networks, and one of another state folder is in its care.
        container.refuse_foreign(&name)?;
    }
    for own in [&name, &state.instance().set_aside()] {
        remove_own(docker, state, "container", own)?;
    }
    let left = observe(docker, state)?;
    if left.container.is_some() || left.set_aside {
        return Err(Error::StillThere { name });
    }
    Ok(())
}
