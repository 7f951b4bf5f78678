//! Two agents that share the host's browser, one that may not, and the image that all of it runs from.

use std::process::Command;

use policy_render::hex;
use portreeve::docker::DockerCli;
use sha2::{Digest as _, Sha256};

use crate::engine::{Live, eventually};

const DOCKERFILE: &str = include_str!("Dockerfile");
const HOST: &str = include_str!("host.sh");

/// Playwright and what it needs, each at one version, so that the image is the same tomorrow.
const PACKAGES: [&str; 4] = [
    "playwright==1.55.0",
    "greenlet==3.5.6",
    "pyee==13.0.0",
    "typing_extensions==4.16.0",
];

pub(super) struct Shared {
    pub(super) live: Live,
    /// The address that plays the Docker host's.
    pub(super) host: String,
    /// The container at that address.
    pub(super) browser: String,
    pub(super) reader: Seat,
    pub(super) writer: Seat,
    pub(super) stranger: Seat,
}

/// An agent's container, and where it finds the proxy.
pub(super) struct Seat {
    pub(super) container: String,
    pub(super) proxy: String,
}

impl Shared {
    /// `None` when tests with an engine are left out.
    pub(super) fn new(test: &str) -> Option<Self> {
        let (live, number) = Live::new(test)?.with_free_uplink();
        live.make_image();
        let image = image(&live);
        let host = format!("198.18.{number}.30");
        let facts = format!(
            r#"{{"version":1,"host_address":"{host}","resolvers":["198.18.{number}.53"]}}"#
        );
        live.bed.file("facts.json", &facts);
        live.bed.file(
            "p.reeve",
            &format!(
                "policy 1\ngateway onecli {{ address 198.18.{number}.10:10255 }}\n\
                 network {{ subnet 172.30.{number}.0/24 }}\n\
                 agent reader {{ cdp 9301 }}\nagent writer {{ cdp 9302 }}\nagent stranger {{ }}\n"
            ),
        );
        live.run(&["up", "p.reeve", "--facts", "facts.json"])
            .exits(0);
        let command = ["sh", "-c", HOST, "host", &host];
        let browser = live.neighbour_of(&image, "browser", live.uplink(), &host, &command);
        let seat = |agent: &str| Seat {
            container: live.agent_of(&image, agent, agent),
            proxy: live.proxy_of(agent),
        };
        let (reader, writer, stranger) = (seat("reader"), seat("writer"), seat("stranger"));
        eventually("the browser answers", || {
            let ask = format!("http://{host}:9222/json/version");
            let exec = ["exec", &browser, "curl", "--silent", "--fail", &ask];
            live.try_docker(&exec).status.success()
        });
        Some(Self {
            live,
            host,
            browser,
            reader,
            writer,
            stranger,
        })
    }
}

/// The image's name; it is made unless there is one of the same content.
fn image(live: &Live) -> String {
    let content = [&PACKAGES.concat(), DOCKERFILE, portreeve::image::BASE].concat();
    let digest = hex(&Sha256::digest(content));
    let image = format!("portreeve-test-browser:{}", digest.get(..12).unwrap());
    if portreeve::image::exists(&DockerCli::default(), &image).unwrap() {
        return image;
    }
    let context = tempfile::tempdir().unwrap();
    std::fs::write(context.path().join("Dockerfile"), DOCKERFILE).unwrap();
    let mut pip = Command::new("pip3");
    pip.args(["install", "--quiet", "--only-binary", ":all:", "--target"])
        .arg(context.path().join("site"))
        .args(["--implementation", "cp", "--python-version", "3.13"]);
    for glibc in ["1", "2014", "_2_24", "_2_28"] {
        let platform = format!("manylinux{glibc}_{}", std::env::consts::ARCH);
        pip.args(["--platform", &platform]);
    }
    let output = pip.args(PACKAGES).output().expect("pip3 starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{pip:?}: {stderr}");
    let base = format!("BASE={}", portreeve::image::BASE);
    let folder = context.path().display().to_string();
    live.docker(&[
        "build",
        "--quiet",
        "--build-arg",
        &base,
        "--tag",
        &image,
        &folder,
    ]);
    image
}
