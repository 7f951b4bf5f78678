//! The proxy image: its sources are in this binary, its tag is their digest.
//!
//! A stale image cannot be used by mistake, since other sources have another tag.

use std::path::Path;
use std::time::Duration;

use policy_render::hex;
use sha2::{Digest as _, Sha256};

use crate::docker::{Docker, DockerCommand, Line, run_program};
use crate::error::Error;
use crate::files;
use crate::names;

/// The image that the proxy's stands on.
pub const BASE: &str = "debian:trixie-slim";

/// Makes [`BASE`] where no registry can be reached.
const BASE_SCRIPT: &str = "airgap-base.sh";

/// A source of the build context, and whether it must be executable.
macro_rules! sources {
    ($($path:literal)*) => {
        /// The build context, by path.
        pub const SOURCES: &[(&str, &str)] =
            &[$(($path, include_str!(concat!("../../squid/", $path))),)*];
    };
}

sources! {
    "Dockerfile"
    "airgap-base.sh"
    "entrypoint.sh"
    "errors/ERR_ACCESS_DENIED"
    "errors/ERR_PORTREEVE_JSON"
    "health.pl"
    "ignorable-warnings"
    "portreeve-ctl"
    "requests.pl"
    "rotate-logs.sh"
    "service-finish.sh"
    "service-run.sh"
    "services.sh"
    "steer.pl"
}

/// Debootstrap on a slow mirror takes minutes.
const BASE_TIMEOUT: Duration = Duration::from_secs(1200);
/// Installing three packages takes half a minute.
const BUILD_TIMEOUT: Duration = Duration::from_secs(900);

/// The name and tag of the image that this binary needs.
pub fn tag() -> String {
    let mut digest = Sha256::new();
    for (path, text) in SOURCES {
        digest.update(format!("{path} {}\n{text}", text.len()));
    }
    names::image(&hex(&digest.finalize()))
}

/// Whether the engine has an image of that name.
pub fn exists(docker: &dyn Docker, image: &str) -> Result<bool, Error> {
    let command = DockerCommand::new(["image", "inspect", "--format", "{{.Id}}", image]);
    Ok(docker.try_run(&command)?.success())
}

/// The command that builds the image out of a folder.
pub fn build_command(context: &Path) -> DockerCommand {
    DockerCommand::new(["build", "--tag", &tag()])
        .with(["--build-arg", &format!("BASE={BASE}")])
        .arg(context.display().to_string())
        .within(BUILD_TIMEOUT)
}

/// Builds the image, and its base where that can neither be found nor pulled. `say` is told each
/// line of what goes on.
pub fn build(docker: &dyn Docker, say: &mut dyn FnMut(&str)) -> Result<(), Error> {
    let context = files::temporary_folder("portreeve-image-")?;
    for (path, text) in SOURCES {
        let path = context.path().join(path);
        if let Some(folder) = path.parent() {
            files::create_folder(folder)?;
        }
        files::write(&path, text.as_bytes())?;
    }
    let mut on_line = |line: Line<'_>| match line {
        Line::Stdout(text) | Line::Stderr(text) => say(text),
    };
    if !exists(docker, BASE)? {
        on_line(Line::Stdout(&format!(
            "the base image {BASE} is not here: pulling it"
        )));
        let pull = DockerCommand::new(["pull", BASE]).within(BUILD_TIMEOUT);
        if !docker.stream(&pull, &mut on_line)?.success() {
            on_line(Line::Stdout(
                "no registry answers: making it from Debian's packages",
            ));
            let script = context.path().join(BASE_SCRIPT).display().to_string();
            run_program("sh", &[script, BASE.to_owned()], BASE_TIMEOUT, &mut on_line)?;
        }
    }
    let command = build_command(context.path());
    let output = docker.stream(&command, &mut on_line)?;
    if !output.success() {
        return Err(crate::docker::DockerError::failed(&command, &output).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_build_context_is_the_folder() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../squid");
        let mut there = BTreeSet::new();
        let mut folders = vec![folder.clone()];
        while let Some(next) = folders.pop() {
            for name in files::list(&next).unwrap() {
                let path = next.join(name);
                if path.is_dir() {
                    folders.push(path);
                } else {
                    there.insert(path.strip_prefix(&folder).unwrap().display().to_string());
                }
            }
        }
        // What describes and tests the image is no part of it.
        for other in ["README.md", "selftest.pl", "selftest.sh"] {
            there.remove(other);
        }
        let ours: BTreeSet<String> = SOURCES.iter().map(|(path, _)| (*path).to_owned()).collect();
        assert_eq!(ours, there);
    }
}
