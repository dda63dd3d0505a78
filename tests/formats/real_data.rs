//! Captures of real programs, where `SEMSPLAT_DATA` says they are.

use glam::{DAffine3, DQuat, DVec3, Vec3};
use splat_core::{Capture, Photo, Split, View};
use splat_io::{CaptureOptions, load_photo, masks, open_capture, read_mesh};
use std::path::PathBuf;

/// The data folder; says loudly that a test was skipped.
fn data(test: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SEMSPLAT_DATA").map(PathBuf::from);
    if folder.is_none() {
        eprintln!("SKIPPED {test}: SEMSPLAT_DATA is not set");
    }
    folder
}

fn open(dir: PathBuf) -> Capture {
    open_capture(&dir, &CaptureOptions::default()).unwrap()
}

/// Mean absolute difference between the points' colours and the pixels on which they fall, over some views; and the
/// same for pixels mirrored about the image centre, which is what a wrong pose would look like.
fn colour_errors(capture: &Capture, views: &[&View]) -> (f64, f64) {
    let (mut right, mut mirrored, mut n) = (0.0, 0.0, 0usize);
    for view in views {
        let photo = load_photo(view).unwrap();
        for point in capture.points.iter().step_by(7) {
            let Some((pixel, _)) = view.camera.project(point.position) else { continue };
            let inside =
                |p: glam::Vec2| p.x >= 0.0 && p.y >= 0.0 && p.x < photo.width as f32 && p.y < photo.height as f32;
            if !inside(pixel) {
                continue;
            }
            let size = glam::Vec2::new(photo.width as f32 - 0.01, photo.height as f32 - 0.01);
            right += difference(&photo, pixel, point.rgb);
            mirrored += difference(&photo, size - pixel, point.rgb);
            n += 1;
        }
    }
    assert!(n > 1000, "only {n} points fall into {} views", views.len());
    (right / n as f64, mirrored / n as f64)
}

fn difference(photo: &Photo, pixel: glam::Vec2, rgb: [u8; 3]) -> f64 {
    let at = 4 * (pixel.y as usize * photo.width as usize + pixel.x as usize);
    (0..3).map(|c| (photo.rgba[at + c] as f64 - rgb[c] as f64).abs()).sum::<f64>() / 3.0
}

/// Poses from `transforms*.json` against the quaternions and translations of `colmap/images.txt`.
fn assert_poses_are_colmaps(capture: &Capture) {
    let text = std::fs::read_to_string(capture.root.join("dslr/colmap/images.txt")).unwrap();
    let mut compared = 0;
    for line in text.lines().filter(|l| l.ends_with(".JPG") && !l.starts_with('#')) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let n: Vec<f64> = words[1..8].iter().map(|w| w.parse().unwrap()).collect();
        let rotation = DQuat::from_xyzw(n[1], n[2], n[3], n[0]);
        let view_from_world = DAffine3::from_rotation_translation(rotation, DVec3::new(n[4], n[5], n[6]));
        let view = capture.views.iter().find(|v| v.name == words[9]).unwrap();
        assert!(view.camera.view_from_world().abs_diff_eq(view_from_world, 1e-6), "pose of {}", view.name);
        compared += 1;
    }
    assert_eq!(compared, capture.views.len());
}

#[test]
fn scannetpp_scene() {
    let Some(data) = data("scannetpp_scene") else { return };
    let capture = open(data.join("scannetpp/data/a1c0de5eed"));
    assert!(capture.warnings.is_empty(), "{:?}", capture.warnings);
    let counts = [Split::Train, Split::Test].map(|s| capture.split(s).count());
    assert_eq!((counts, capture.points.len()), ([110, 20], 22_000));
    let k = capture.views[0].camera.intrinsics;
    assert_eq!((k.width, k.height, k.cx), (438, 292, 219.0));
    assert!(capture.views.iter().all(|v| v.valid_mask_path.is_some()));
    let views: Vec<&View> = capture.views.iter().step_by(11).collect();
    let (right, mirrored) = colour_errors(&capture, &views);
    println!("a1c0de5eed: point colours differ by {right:.1}, mirrored by {mirrored:.1}");
    assert!(right < 0.65 * mirrored, "{right} {mirrored}");
    assert_poses_are_colmaps(&capture);
    // The mesh is in the same frame: most sparse points lie in its bounds, and its vertices have their pixels' colours.
    let paths = capture.mesh.as_ref().unwrap();
    let mesh = read_mesh(&paths.mesh).unwrap();
    assert_eq!((mesh.vertices.len(), mesh.faces.len()), (89_566, 172_119));
    let low = mesh.vertices.iter().copied().fold(Vec3::INFINITY, Vec3::min);
    let high = mesh.vertices.iter().copied().fold(Vec3::NEG_INFINITY, Vec3::max);
    let inside = |p: Vec3| p.cmpge(low - 0.1).all() && p.cmple(high + 0.1).all();
    let share = capture.points.iter().filter(|p| inside(p.position)).count() as f64 / capture.points.len() as f64;
    assert!(share > 0.95, "{share} of the points lie in the mesh's bounds");
    assert!(capture.views.iter().all(|v| inside(v.camera.position().as_vec3())), "cameras stand in the room");
    assert!(paths.vocabulary.as_ref().unwrap().ends_with("top100.txt"));
    let dir = capture.root.join("dslr/semantic_ade20k");
    let loaded = masks::load_masks_for(&views, &dir).unwrap();
    assert!(loaded.iter().all(Option::is_some));
    assert!(masks::load_confidence(&dir, &views[0].name).unwrap().is_some());
}

#[test]
fn colmap_room() {
    let Some(data) = data("colmap_room") else { return };
    let capture = open(data.join("captures/room"));
    assert!(capture.warnings.is_empty(), "{:?}", capture.warnings);
    assert_eq!((capture.views.len(), capture.points.len()), (35, 5_740));
    let test: Vec<usize> = (0..35).filter(|&i| capture.views[i].split == Split::Test).collect();
    assert_eq!(test, [0, 8, 16, 24, 32]);
    let k = capture.views[0].camera.intrinsics;
    assert_eq!((k.width, k.height), (640, 359));
    let views: Vec<&View> = capture.views.iter().step_by(3).collect();
    let (right, mirrored) = colour_errors(&capture, &views);
    println!("room: point colours differ by {right:.1}, mirrored by {mirrored:.1}");
    assert!(right < 0.65 * mirrored, "{right} {mirrored}");
    let dir = capture.root.join("semantic_ade20k");
    let vocabulary = masks::folder_vocabulary(&dir).unwrap().unwrap();
    assert_eq!(vocabulary.names.len(), 150);
    let views: Vec<&View> = capture.views.iter().collect();
    let loaded = masks::load_masks_in_vocabulary(&views, &dir, &vocabulary).unwrap();
    assert_eq!(loaded.iter().flatten().count(), 35);
}

#[test]
fn instant_ngp_fox() {
    let Some(data) = data("instant_ngp_fox") else { return };
    let capture = open(data.join("captures/fox"));
    assert_eq!((capture.views.len(), capture.format), (50, "instant-ngp"));
    let missing: Vec<&String> = capture.warnings.iter().filter(|w| w.contains("missing")).collect();
    assert_eq!(missing.len(), 1);
    assert!(missing[0].starts_with("17 of 67"), "{}", missing[0]);
    assert_eq!(capture.points.len(), 10_000);
    let photo = load_photo(&capture.views[0]).unwrap();
    assert_eq!((photo.width, photo.height), (360, 640));
    let valid = photo.rgba.chunks_exact(4).filter(|p| p[3] == 255).count();
    println!("{:?}", capture.warnings);
    println!("fox: {} of {} pixels valid; {:?}", valid, 360 * 640, capture.views[0].camera.intrinsics);
    assert_eq!(valid, 360 * 640, "no blank border");
    // The fox stands where the optical axes meet: points there project near the middle of most views.
    let centre = capture.points.iter().map(|p| p.position).sum::<Vec3>() / capture.points.len() as f32;
    let seen = |v: &&View| {
        let pixel = v.camera.project(centre).map(|(p, _)| p / glam::Vec2::new(360.0, 640.0));
        pixel.is_some_and(|p| p.cmpge(glam::Vec2::ZERO).all() && p.cmple(glam::Vec2::ONE).all())
    };
    let share = capture.views.iter().filter(seen).count();
    assert!(share > 40, "{share} of 50 views see the middle of the random points");
}
