//! What tests of the command line share: the program, a tiny room, a look at whether there is a GPU.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

/// Runs the program to its end.
pub fn semsplat(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_semsplat")).args(arguments).output().expect("the program starts")
}

/// What it answered.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it told.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// Where the tiny room lies: made once, never changed; tests that break it work on copies.
pub fn room() -> &'static Path {
    static ROOM: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let (_, scene) = ROOM.get_or_init(|| {
        let dir = tempfile::tempdir().expect("a folder for the room");
        let root = dir.path().join("root");
        let small = ["--width", "96", "--height", "64", "--train-views", "8", "--test-views", "2", "--samples", "2"];
        let made = semsplat(&[&["synth", "--seed", "5", "--out", text(&root), "--json"], &small[..]].concat());
        assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
        let summary: Value = serde_json::from_str(&stdout(&made)).expect("synth --json prints JSON");
        let scene = PathBuf::from(summary["scene"].as_str().expect("a path"));
        (dir, scene)
    });
    scene
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// A copy of the room's data root; returns the scene in it.
pub fn copied_room(dir: &Path) -> PathBuf {
    let root = room().parent().and_then(Path::parent).unwrap();
    copy(root, &dir.join("root"));
    dir.join("root/data").join(room().file_name().unwrap())
}

/// False, loudly, where there is no GPU and none is required.
pub fn has_gpu(first_use: &Output) -> bool {
    let mode = std::env::var("SEMSPLAT_GPU").unwrap_or_else(|_| "auto".to_owned());
    let lacks = first_use.status.code() == Some(1) && stderr(first_use).contains("adapter");
    if lacks && mode != "required" {
        eprintln!("SKIPPED: no adapter: {}", stderr(first_use));
        return false;
    }
    true
}
