//! A tiny room, for tests that need a scene.

use crate::support::{copy, semsplat, stderr, stdout, text};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

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

/// A copy of the room's data root; returns the scene in it.
pub fn copied_room(dir: &Path) -> PathBuf {
    let root = room().parent().and_then(Path::parent).unwrap();
    copy(root, &dir.join("root"));
    dir.join("root/data").join(room().file_name().unwrap())
}
