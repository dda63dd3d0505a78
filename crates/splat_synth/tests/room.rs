//! What a tiny room must be: repeatable, openable, labelled, and seen from where it says.

use splat_core::{IGNORE_ID, Split};
use splat_io::masks::load_masks_in_vocabulary;
use splat_io::{CaptureOptions, open_capture, read_json, read_mesh};
use splat_labels::vocabulary::scannetpp_top100;
use splat_labels::{AnnotatedMesh, project_labels_and_depth};
use splat_synth::{HELD_OUT_DISTANCE, NOISY_MASKS, RoomOptions, RoomSummary, SynthError, write_room};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

struct Made {
    root: tempfile::TempDir,
    summary: RoomSummary,
}

/// One room for all tests that only look.
fn room() -> &'static Made {
    static ROOM: OnceLock<Made> = OnceLock::new();
    ROOM.get_or_init(|| {
        let root = tempfile::tempdir().unwrap();
        let summary = write_room(root.path(), &RoomOptions::tiny(7), &|_| {}).unwrap();
        Made { root, summary }
    })
}

fn capture() -> splat_core::Capture {
    let capture = open_capture(&room().summary.scene, &CaptureOptions::default()).unwrap();
    assert_eq!(capture.warnings, Vec::<String>::new());
    capture
}

/// Every file below a folder, by path.
fn contents(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    files
}

#[test]
fn the_same_seed_gives_the_same_bytes_on_any_number_of_threads() {
    let again = tempfile::tempdir().unwrap();
    let one_thread = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one_thread.install(|| write_room(again.path(), &RoomOptions::tiny(7), &|_| {})).unwrap();
    let (a, b) = (contents(room().root.path()), contents(again.path()));
    assert_eq!(a.keys().collect::<Vec<_>>(), b.keys().collect::<Vec<_>>());
    for (path, bytes) in &a {
        assert!(*bytes == b[path], "{} differs", path.display());
    }
}

#[test]
fn the_capture_opens_without_warnings() {
    let (capture, summary) = (capture(), &room().summary);
    assert_eq!(capture.format, "ScanNet++");
    assert_eq!(capture.split(Split::Train).count(), summary.train_views);
    assert_eq!(capture.split(Split::Test).count(), summary.test_views);
    assert_eq!(capture.points.len(), summary.points);
    assert!(summary.points >= 400, "{}", summary.points);
    assert!(summary.classes.len() >= 16, "{:?}", summary.classes);
    let photo = splat_io::load_photo(&capture.views[0]).unwrap();
    assert_eq!((photo.width, photo.height), (96, 64));
}

#[test]
fn held_out_cameras_keep_their_distance() {
    const { assert!(HELD_OUT_DISTANCE > 0.15) };
    let capture = capture();
    for test in capture.split(Split::Test) {
        for train in capture.split(Split::Train) {
            let distance = test.camera.position().distance(train.camera.position());
            assert!(distance >= HELD_OUT_DISTANCE - 1e-6, "{} {}", test.name, distance);
        }
    }
}

#[test]
fn the_path_is_smooth_and_at_eye_height() {
    let capture = capture();
    for view in &capture.views {
        let z = view.camera.position().z;
        assert!((1.2..1.75).contains(&z), "{}: {z}", view.name);
        assert!(view.camera.is_valid());
    }
}

#[test]
fn mesh_and_segments_belong_together() {
    let scans = room().summary.scene.join("scans");
    let mesh = read_mesh(&scans.join("mesh_aligned_0.05.ply")).unwrap();
    let segments: serde_json::Value = read_json(&scans.join("segments.json")).unwrap();
    let annotations: serde_json::Value = read_json(&scans.join("segments_anno.json")).unwrap();
    let of_vertex: Vec<u64> = segments["segIndices"].as_array().unwrap().iter().map(|v| v.as_u64().unwrap()).collect();
    assert_eq!(of_vertex.len(), mesh.vertices.len());
    let mut owner = BTreeMap::new();
    for group in annotations["segGroups"].as_array().unwrap() {
        assert!(scannetpp_top100().id(group["label"].as_str().unwrap()).is_some(), "{}", group["label"]);
        for segment in group["segments"].as_array().unwrap() {
            assert!(owner.insert(segment.as_u64().unwrap(), group["id"].as_u64().unwrap()).is_none());
        }
    }
    assert_eq!(of_vertex.iter().collect::<BTreeSet<_>>(), owner.keys().collect::<BTreeSet<_>>());
    for face in &mesh.faces {
        let owners = face.map(|v| owner[&of_vertex[v as usize]]);
        assert!(owners[0] == owners[1] && owners[1] == owners[2], "a face spans two objects");
    }
    boxes_hold_their_vertices(&mesh.vertices, &of_vertex, &owner, &annotations);
}

fn boxes_hold_their_vertices(
    vertices: &[glam::Vec3],
    segments: &[u64],
    owner: &BTreeMap<u64, u64>,
    annotations: &serde_json::Value,
) {
    for (vertex, segment) in vertices.iter().zip(segments) {
        let obb = &annotations["segGroups"][owner[segment] as usize - 1]["obb"];
        let list =
            |key: &str| -> Vec<f64> { obb[key].as_array().unwrap().iter().map(|v| v.as_f64().unwrap()).collect() };
        let (centroid, lengths, axes) = (list("centroid"), list("axesLengths"), list("normalizedAxes"));
        for k in 0..3 {
            let along: f64 = (0..3).map(|i| (vertex[i] as f64 - centroid[i]) * axes[3 * k + i]).sum();
            assert!(along.abs() <= 0.5 * lengths[k] + 1e-3, "a vertex lies outside its box");
        }
    }
}

#[test]
fn every_view_sees_the_room_and_not_a_surface_in_front_of_the_lens() {
    let (capture, vocabulary) = (capture(), scannetpp_top100());
    let mesh = AnnotatedMesh::load(capture.mesh.as_ref().unwrap(), &vocabulary).unwrap();
    for view in &capture.views {
        let (labels, depth) = project_labels_and_depth(&mesh, &view.camera);
        let unlabelled = labels.ids.iter().filter(|&&id| id == IGNORE_ID).count();
        assert!(unlabelled * 500 < labels.ids.len(), "{}: {unlabelled} pixels without label", view.name);
        assert!(labels.histogram().len() >= 4, "{}: {:?}", view.name, labels.histogram());
        let nearest = depth.iter().copied().filter(|d| *d > 0.0).fold(f32::INFINITY, f32::min);
        assert!(nearest > 0.2, "{}: something {nearest} m in front of the lens", view.name);
    }
}

#[test]
fn noisy_masks_are_wrong_but_not_hopeless() {
    let (capture, vocabulary) = (capture(), scannetpp_top100());
    let mesh = AnnotatedMesh::load(capture.mesh.as_ref().unwrap(), &vocabulary).unwrap();
    let views: Vec<_> = capture.views.iter().collect();
    let folder = room().summary.scene.join("dslr").join(NOISY_MASKS);
    let masks = load_masks_in_vocabulary(&views, &folder, &vocabulary).unwrap();
    let (mut right, mut all) = (0, 0);
    for (view, mask) in views.iter().zip(masks) {
        let mask = mask.expect("every view has a mask");
        let truth = project_labels_and_depth(&mesh, &view.camera).0;
        for (t, m) in truth.ids.iter().zip(&mask.ids) {
            all += 1;
            right += usize::from(t == m);
        }
    }
    let accuracy = right as f64 / all as f64;
    assert!((0.6..0.95).contains(&accuracy), "{accuracy}");
}

#[test]
fn sparse_points_lie_near_the_mesh_but_for_outliers() {
    let capture = capture();
    let mesh = read_mesh(&capture.mesh.as_ref().unwrap().mesh).unwrap();
    let (low, high) =
        mesh.vertices.iter().fold((glam::Vec3::INFINITY, glam::Vec3::NEG_INFINITY), |(l, h), v| (l.min(*v), h.max(*v)));
    let slack = glam::Vec3::splat(0.1);
    let outside =
        |p: &&splat_core::SparsePoint| p.position.cmplt(low - slack).any() || p.position.cmpgt(high + slack).any();
    // Outliers, and the garden behind the window.
    let share = capture.points.iter().filter(outside).count() as f64 / capture.points.len() as f64;
    assert!(share > 0.0 && share < 0.25, "{share}");
}

#[test]
fn folders_that_hold_something_are_refused() {
    let full = tempfile::tempdir().unwrap();
    std::fs::write(full.path().join("precious.txt"), "x").unwrap();
    let error = write_room(full.path(), &RoomOptions::tiny(1), &|_| {}).unwrap_err();
    assert!(matches!(error, SynthError::NotEmpty { .. }) && error.is_bad_input(), "{error}");
    assert_eq!(std::fs::read_dir(full.path()).unwrap().count(), 1);
}
