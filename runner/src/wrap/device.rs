//! Devices that are the host's disks or its memory.
//!
//! Docker follows symlinks, and takes every device below a folder. A graphics card, `/dev/kvm`
//! and the like pass: they are asked for on purpose and lead to no file of the host. So does
//! `/dev/fuse`, which is of no use without `SYS_ADMIN`.

use std::path::Path;

use super::host_path::Host;
use super::refusals::Refusal;

/// Beginnings of names that go on with a letter: `sda`, `xvda1`.
const LETTERED: [&str; 5] = ["dasd", "hd", "sd", "vd", "xvd"];

/// Beginnings of names that go on with a digit: `dm-0`, `nvme0n1`, `sg1`.
const NUMBERED: [&str; 16] = [
    "bcache", "dm-", "drbd", "loop", "md", "mmcblk", "nbd", "ng", "nvme", "pmem", "ram", "rbd",
    "sg", "sr", "zd", "zram",
];

/// Folders of disks under other names.
const FOLDERS: [&str; 8] = [
    "block", "bsg", "disk", "drbd", "mapper", "md", "raw", "zvol",
];

/// Memory and the processor's ports.
const MEMORY: [&str; 3] = ["kmem", "mem", "port"];

/// Finds fault with `HOST[:CONTAINER[:PERMISSIONS]]`.
pub(super) fn refusal(value: &str, host: Host<'_>) -> Option<Refusal> {
    let path = value.split(':').next().unwrap_or(value);
    // The daemon, which takes a relative path as its own, runs in the root folder.
    let forms = host.forms(&Path::new("/").join(path));
    forms.iter().any(|path| gives_host_away(path)).then_some((
        "gives the container a disk or the memory of the host, and with it every file",
        "leave it out, and mount the folder that is needed",
    ))
}

fn gives_host_away(path: &Path) -> bool {
    let dev = Path::new("/dev");
    if dev.starts_with(path) {
        return true;
    }
    let Ok(below) = path.strip_prefix(dev) else {
        return false;
    };
    if FOLDERS.iter().any(|folder| below.starts_with(folder)) {
        return true;
    }
    let name = below.to_string_lossy();
    let goes_on = |list: &[&str], test: fn(&char) -> bool| {
        let mut rests = list.iter().filter_map(|start| name.strip_prefix(start));
        rests.any(|rest| rest.chars().next().as_ref().is_some_and(test))
    };
    MEMORY.contains(&name.as_ref())
        || goes_on(&LETTERED, char::is_ascii_lowercase)
        || goes_on(&NUMBERED, char::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;
    use crate::wrap::Guarded;

    fn refused(value: &str) -> bool {
        let guarded = Guarded {
            folder: Path::new("/srv"),
            sockets: &[],
            state: Path::new("/var/lib/portreeve"),
        };
        let canonical = |path: &Path| (path == "/dev/group/root").then(|| "/dev/dm-1".into());
        let canonical: &dyn Fn(&Path) -> Option<PathBuf> = &canonical;
        refusal(value, Host { guarded, canonical }).is_some()
    }

    #[test]
    fn disks_and_memory_are_refused() {
        for value in [
            "/dev/sda",
            "/dev/sda1:/dev/x:r",
            "/dev/vdb",
            "/dev/nvme0n1p2",
            "/dev/dm-0",
            "/dev/mapper/root",
            "/dev/mapper",
            "/dev/disk/by-id/x",
            "/dev/group/root",
            "/dev/sg0",
            "/dev/mem",
            "/dev/kmem:/dev/null",
            "/dev/../dev//sda",
            "dev/sda:/dev/x",
            "/dev",
            "/",
        ] {
            assert!(refused(value), "{value}");
        }
    }

    #[test]
    fn other_devices_pass() {
        for value in [
            "/dev/kvm",
            "/dev/dri",
            "/dev/dri/renderD128",
            "/dev/fuse",
            "/dev/net/tun",
            "/dev/snd",
            "/dev/nvidia0",
            "/dev/ttyUSB0:/dev/ttyUSB0:rw",
            "/dev/random",
            "vendor.example/gpu=all",
        ] {
            assert!(!refused(value), "{value}");
        }
    }
}
