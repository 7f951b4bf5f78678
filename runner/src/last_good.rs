//! The last good state: what `current` points to, put in force again as it was.
//!
//! Nothing of it is taken on trust: its files must be those that its own manifest names. No
//! policy is read, no address is dealt, and no name is asked for, so nothing that spoils a policy
//! can spoil this.

use thiserror::Error;

use crate::apply::matches_its_manifest;
use crate::converge::{Event, make_missing};
use crate::deployed;
use crate::docker::DockerCommand;
use crate::error::Error;
use crate::image;
use crate::observe::{Observed, Owner, observe};
use crate::up::Installation;
use crate::wanted::LABEL_IMAGE;

/// The last good state, in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastGood {
    /// Its generation.
    pub generation: String,
    /// How many agents it has.
    pub n_agents: usize,
    /// Whether anything had to be done for it.
    pub was_mended: bool,
}

/// Why it is not in force.
#[derive(Debug, Error)]
pub enum LastGoodError {
    /// Nothing was ever put in force.
    #[error("nothing was in force before")]
    Nothing,
    /// Its files are not those that its manifest names.
    #[error("the files of generation {generation} are not what was put in force")]
    Spoilt {
        /// Its id.
        generation: String,
    },
    /// What happened on the way.
    #[error(transparent)]
    Failed(#[from] Error),
}

/// Puts it in force. The lock must be held.
pub fn restore(
    installation: &Installation<'_>,
    tell: &mut dyn FnMut(Event<'_>),
) -> Result<LastGood, LastGoodError> {
    let state = installation.state;
    let current = state.current_generation().map_err(Error::from)?;
    let generation = current.ok_or(LastGoodError::Nothing)?;
    if !matches_its_manifest(&state.generation(&generation))? {
        return Err(LastGoodError::Spoilt { generation });
    }
    let deployment = deployed::required(state).map_err(Error::from)?;
    let mut observed = observe(installation.docker, state)?;
    let kept = kept_image(installation, &observed)?;
    let image = match kept {
        Some(image) => image,
        None => {
            make_missing(installation, Some(deployment.subnet), tell)?;
            observed = observe(installation.docker, state)?;
            image::tag()
        }
    };
    let actions = installation.drift_on(&observed, image)?;
    let of = actions.len();
    installation.mend(&actions, &mut |at, action| {
        let number = at + 1;
        tell(Event::Step { number, of, action });
    })?;
    Ok(LastGood {
        generation,
        n_agents: deployment.agents.len(),
        was_mended: !actions.is_empty(),
    })
}

/// The image of the container that is there, if that will do: after an update of this program the
/// new image may be impossible to build, and the old one has served until now.
fn kept_image(
    installation: &Installation<'_>,
    observed: &Observed,
) -> Result<Option<String>, Error> {
    let ours = observed.container.as_ref();
    if ours.is_none_or(|container| container.owner != Owner::Us)
        || image::exists(installation.docker, &image::tag())?
    {
        return Ok(None);
    }
    let name = installation.state.instance().container();
    let format = format!("{{{{index .Config.Labels \"{LABEL_IMAGE}\"}}}}");
    let inspect = DockerCommand::new(["container", "inspect", "--format", &format, &name]);
    let image = installation.docker.run(&inspect)?.stdout.trim().to_owned();
    let is_there = !image.is_empty() && image::exists(installation.docker, &image)?;
    Ok(is_there.then_some(image))
}
