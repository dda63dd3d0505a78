//! Sees to what a machine needs besides cargo: a Vulkan driver, and for a window a display. Installs it where that is
//! allowed, else says what to install.

use crate::Outcome;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// A Vulkan driver for machines with and without a GPU, and the loader that it pulls in.
const VULKAN: &[&str] = &["mesa-vulkan-drivers"];
/// What a window asks of X11, beside a server.
const WINDOW: &[&str] = &["libxkbcommon-x11-0", "libxcursor1", "libxi6"];
const WINDOW_LIBRARIES: &[&str] = &["libxkbcommon-x11.so.0", "libxcursor.so.1", "libXi.so.6"];
/// A display where there is none.
const VIRTUAL_DISPLAY: &[&str] = &["xvfb"];

/// Makes sure that there is a Vulkan adapter. Other systems than Linux bring their own way to the GPU.
pub fn vulkan() -> Outcome {
    if !cfg!(target_os = "linux") || Vulkan::of_this_machine().is_usable() {
        return Ok(());
    }
    eprintln!("No Vulkan adapter was found.");
    install(VULKAN)
}

/// True where a window can be opened.
pub fn has_display() -> bool {
    if !cfg!(target_os = "linux") {
        return true;
    }
    let Some(display) = std::env::var("DISPLAY").ok().filter(|d| !d.is_empty()) else { return false };
    match local_socket(&display) {
        Some(socket) => socket.exists(),
        None => true,
    }
}

/// Makes sure that a window finds its libraries and, with `virtual_display`, that `xvfb-run` is there.
pub fn window(virtual_display: bool) -> Outcome {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let folders = library_folders();
    // Names of libraries differ in case between distributions' files and memories.
    let has = |library: &&str| folders.iter().any(|f| has_library(f, library));
    let mut packages = Vec::new();
    if !WINDOW_LIBRARIES.iter().all(|l| has(&l)) {
        packages.extend_from_slice(WINDOW);
    }
    if virtual_display && !is_program("xvfb-run") {
        packages.extend_from_slice(VIRTUAL_DISPLAY);
    }
    if packages.is_empty() { Ok(()) } else { install(&packages) }
}

fn has_library(folder: &Path, library: &str) -> bool {
    let is_it = |name: &std::ffi::OsStr| name.to_string_lossy().eq_ignore_ascii_case(library);
    folder.read_dir().is_ok_and(|entries| entries.flatten().any(|e| is_it(&e.file_name())))
}

/// The socket of a display on this machine, `:7.0` -> `/tmp/.X11-unix/X7`; `None` for a display elsewhere.
fn local_socket(display: &str) -> Option<PathBuf> {
    let number = display.strip_prefix(':')?.split('.').next()?;
    Some(Path::new("/tmp/.X11-unix").join(format!("X{number}")))
}

/// What a Vulkan loader would find. Looked up in files: this program does not link Vulkan.
#[derive(Clone, Debug, Default)]
struct Vulkan {
    has_loader: bool,
    /// Drivers' manifests.
    drivers: Vec<PathBuf>,
    has_gpu_device: bool,
}

impl Vulkan {
    fn of_this_machine() -> Self {
        let devices = ["/dev/nvidiactl", "/dev/dxg"].iter().any(|d| Path::new(d).exists());
        let render_nodes = Path::new("/dev/dri")
            .read_dir()
            .is_ok_and(|nodes| nodes.flatten().any(|n| n.file_name().to_string_lossy().starts_with("renderD")));
        Self {
            has_loader: library_folders().iter().any(|f| f.join("libvulkan.so.1").exists()),
            drivers: drivers(),
            has_gpu_device: devices || render_nodes,
        }
    }

    /// A loader, and a driver that has something to drive: a GPU's wants its device, a software one nothing.
    fn is_usable(&self) -> bool {
        let is_software = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
            ["lvp", "llvmpipe", "swiftshader"].iter().any(|s| name.contains(s))
        };
        self.has_loader && self.drivers.iter().any(|d| self.has_gpu_device || is_software(d))
    }
}

fn drivers() -> Vec<PathBuf> {
    for variable in ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"] {
        if let Some(files) = std::env::var_os(variable).filter(|v| !v.is_empty()) {
            return std::env::split_paths(&files).filter(|f| f.is_file()).collect();
        }
    }
    let folders = ["/usr/share/vulkan/icd.d", "/usr/local/share/vulkan/icd.d", "/etc/vulkan/icd.d"];
    let entries = folders.iter().filter_map(|f| Path::new(f).read_dir().ok()).flatten().flatten();
    entries.map(|e| e.path()).filter(|p| p.extension().is_some_and(|e| e == "json")).collect()
}

/// Folders that the dynamic linker looks in, as far as they can be guessed: the usual ones and one level below.
fn library_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        std::env::var_os("LD_LIBRARY_PATH").map(|v| std::env::split_paths(&v).collect()).unwrap_or_default();
    for base in ["/usr/lib", "/usr/lib64", "/lib", "/lib64", "/usr/local/lib"] {
        folders.push(base.into());
        let below = Path::new(base).read_dir().into_iter().flatten().flatten().map(|e| e.path());
        // Debian keeps libraries below the machine's triple.
        folders.extend(below.filter(|p| p.is_dir() && p.to_string_lossy().contains("-linux-")));
    }
    folders
}

/// Installs Debian packages, or says which.
fn install(packages: &[&str]) -> Outcome {
    let list = packages.join(" ");
    let advice = format!("install these packages and run again: {list}\n    sudo apt-get install {list}");
    let Some(prefix) = installer() else { return Err(advice) };
    eprintln!("Installing {list} ...");
    let apt = |arguments: &[&str]| -> bool {
        let mut words = prefix.iter().copied().chain(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        let program = words.next().unwrap_or("env");
        Command::new(program).args(words).args(arguments).status().is_ok_and(|s| s.success())
    };
    // A fresh machine has no package lists; old ones may name versions that are gone.
    if !apt(&["update"]) {
        eprintln!("apt-get update failed; trying with the lists that are there");
    }
    let arguments: Vec<&str> = ["install", "-y", "--no-install-recommends"].iter().chain(packages).copied().collect();
    if apt(&arguments) { Ok(()) } else { Err(advice) }
}

/// How packages may be installed: directly as root, through a sudo that asks nothing, or not at all.
fn installer() -> Option<Vec<&'static str>> {
    let quiet = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.output().ok().filter(|o| o.status.success())
    };
    if !is_program("apt-get") {
        return None;
    }
    let is_root = quiet("id", &["-u"]).is_some_and(|o| o.stdout.trim_ascii() == b"0");
    if is_root {
        return Some(Vec::new());
    }
    quiet("sudo", &["-n", "true"]).map(|_| vec!["sudo", "-n"])
}

/// True where a program of this name is in the path.
pub fn is_program(name: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(name).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drivers_need_a_loader_and_something_to_drive() {
        let with = |loader, driver: &str, device| Vulkan {
            has_loader: loader,
            drivers: vec![Path::new("/usr/share/vulkan/icd.d").join(driver)],
            has_gpu_device: device,
        };
        assert!(with(true, "lvp_icd.x86_64.json", false).is_usable());
        assert!(with(true, "nvidia_icd.json", true).is_usable());
        assert!(!with(true, "nvidia_icd.json", false).is_usable());
        assert!(!with(false, "lvp_icd.x86_64.json", true).is_usable());
        assert!(!Vulkan { has_loader: true, ..Vulkan::default() }.is_usable());
    }

    #[test]
    fn displays_of_this_machine_have_a_socket() {
        assert_eq!(local_socket(":7.0"), Some(PathBuf::from("/tmp/.X11-unix/X7")));
        assert_eq!(local_socket(":99"), Some(PathBuf::from("/tmp/.X11-unix/X99")));
        assert_eq!(local_socket("desk:0"), None);
    }
}
