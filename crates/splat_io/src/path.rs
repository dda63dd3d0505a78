//! Camera paths as JSON files that people can write by hand.
//!
//! ```json
//! {
//!   "format": "splat camera path 1",
//!   "keys": [
//!     { "seconds": 0.0, "position": [1.2, 0.4, 1.6], "rotation_wxyz": [0.5, -0.5, 0.5, -0.5] },
//!     { "seconds": 2.5, "position": [0.1, 1.4, 1.6], "rotation_wxyz": [0.7, -0.7, 0.0, 0.0] }
//!   ]
//! }
//! ```
//!
//! Positions are in the capture's world space; rotations are world from view with OpenCV axes (+z forward, +y down).

use crate::{IoError, read_json, write_json};
use glam::{DQuat, DVec3};
use serde::{Deserialize, Serialize};
use splat_core::path::{CameraPath, PathKey, Pose};
use std::path::Path;

const FORMAT: &str = "splat camera path 1";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: String,
    keys: Vec<Key>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    seconds: f64,
    position: [f64; 3],
    rotation_wxyz: [f64; 4],
}

/// Reads a camera path. Errors: no such file, another format, no key frame, times that do not ascend, numbers that are not
/// finite.
pub fn read_path(path: &Path) -> Result<CameraPath, IoError> {
    let file: File = read_json(path)?;
    if file.format != FORMAT {
        let message = format!("`format` is `{}`, but this program reads `{FORMAT}`", file.format);
        return Err(IoError::bad(path, message));
    }
    let pose = |key: &Key| {
        let [w, x, y, z] = key.rotation_wxyz;
        Pose { position: DVec3::from(key.position), rotation: DQuat::from_xyzw(x, y, z, w) }
    };
    let keys = file.keys.iter().map(|key| PathKey { seconds: key.seconds, pose: pose(key) }).collect();
    let found = CameraPath::new(keys).map_err(|e| IoError::bad(path, e.to_string()))?;
    if found.is_empty() {
        return Err(IoError::bad(path, "has no key frame: `keys` must hold at least one"));
    }
    Ok(found)
}

/// Writes a camera path.
pub fn write_path(path: &Path, way: &CameraPath) -> Result<(), IoError> {
    let key = |key: &PathKey| {
        let q = key.pose.rotation;
        Key { seconds: key.seconds, position: key.pose.position.to_array(), rotation_wxyz: [q.w, q.x, q.y, q.z] }
    };
    write_json(path, &File { format: FORMAT.to_owned(), keys: way.keys().iter().map(key).collect() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_round_trip() {
        let pose = |x: f64| Pose { position: DVec3::new(x, 0.5, -1.0), rotation: DQuat::from_rotation_z(0.3 * x) };
        let way = CameraPath::through([pose(0.0), pose(1.0), pose(2.5)]);
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("path.json");
        write_path(&file, &way).unwrap();
        let back = read_path(&file).unwrap();
        assert_eq!(back.keys().len(), 3);
        for (a, b) in back.keys().iter().zip(way.keys()) {
            assert!((a.seconds - b.seconds).abs() < 1e-12 && a.pose.position == b.pose.position);
            assert!(a.pose.rotation.angle_between(b.pose.rotation) < 1e-7);
        }
    }

    #[test]
    fn bad_files_say_what_is_wrong() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("path.json");
        let key = r#"{ "seconds": 1.0, "position": [0, 0, 0], "rotation_wxyz": [1, 0, 0, 0] }"#;
        let cases = [
            (r#"{ "format": "splat camera path 1", "keys": [] }"#.to_owned(), "at least one"),
            (r#"{ "format": "nerf", "keys": [] }"#.to_owned(), "reads `splat camera path 1`"),
            (format!(r#"{{ "format": "splat camera path 1", "keys": [{key}, {key}] }}"#), "key 2 is not later"),
            (r#"{ "format": "splat camera path 1", "keys": [{ "seconds": 0 }] }"#.to_owned(), "line 1"),
            ("{".to_owned(), "not valid JSON"),
        ];
        for (text, words) in cases {
            std::fs::write(&file, &text).unwrap();
            let error = read_path(&file).unwrap_err();
            assert!(error.to_string().contains(words) && error.to_string().contains("path.json"), "{error}");
            assert!(error.is_bad_input());
        }
        assert!(read_path(&folder.path().join("none.json")).unwrap_err().is_bad_input());
    }
}
