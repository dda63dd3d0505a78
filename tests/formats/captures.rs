//! The same ten cameras in every layout open to the same capture.

use crate::made;
use serde_json::json;
use splat_core::{Capture, Split};
use splat_io::{CaptureOptions, load_photo, load_photos, open_capture};
use std::path::Path;

fn open(dir: &Path) -> Capture {
    open_capture(dir, &CaptureOptions::default()).unwrap()
}

fn assert_cameras(capture: &Capture) {
    assert_eq!(capture.views.len(), made::VIEWS);
    for (view, (want, name)) in capture.views.iter().zip(made::cameras().iter().zip(made::names())) {
        assert_eq!(view.name, name);
        assert_eq!(view.camera.intrinsics, want.intrinsics);
        assert!(view.camera.world_from_view.abs_diff_eq(want.world_from_view, 1e-9), "pose of {name}");
    }
}

fn assert_points(capture: &Capture) {
    assert_eq!(capture.points.len(), made::points().len());
    for (got, (xyz, rgb)) in capture.points.iter().zip(made::points()) {
        assert_eq!(got.position.to_array(), xyz.map(|v| v as f32));
        assert_eq!(got.rgb, rgb);
    }
}

fn test_names(capture: &Capture) -> Vec<&str> {
    capture.split(Split::Test).map(|v| v.name.as_str()).collect()
}

#[test]
fn colmap_binary_and_text_are_equal() {
    let binary = made::colmap_capture();
    let text = made::colmap_capture();
    std::fs::remove_dir_all(text.path().join("sparse/0")).unwrap();
    made::colmap_text(&text.path().join("colmap/sparse/0"), "PINHOLE", &made::pinhole_params(), &made::names());
    for dir in [binary.path(), text.path()] {
        let capture = open(dir);
        assert_cameras(&capture);
        assert_points(&capture);
        assert_eq!(capture.format, "COLMAP");
        assert_eq!(test_names(&capture), ["frame_000.png", "frame_008.png"]);
        assert!(capture.warnings.is_empty(), "{:?}", capture.warnings);
    }
}

#[test]
fn colmap_names_its_own_test_views() {
    let dir = made::colmap_capture();
    made::write(&dir.path().join("sparse/0/test.txt"), "frame_003.png\nframe_004.png\nnowhere.png\n");
    let capture = open(dir.path());
    assert_eq!(test_names(&capture), ["frame_003.png", "frame_004.png"]);
    assert_eq!(capture.warnings.len(), 1);
    assert!(capture.warnings[0].contains("test.txt"));
}

#[test]
fn colmap_takes_the_image_folder_that_fits() {
    let dir = made::colmap_capture();
    made::write_images(&dir.path().join("images"), &made::names(), (2 * made::SIZE.0, 2 * made::SIZE.1));
    made::write_images(&dir.path().join("images_2"), &made::names(), made::SIZE);
    assert_cameras(&open(dir.path()));
    assert!(open(dir.path()).views[0].image_path.to_string_lossy().contains("images_2"));
    std::fs::remove_dir_all(dir.path().join("images_2")).unwrap();
    let doubled = open(dir.path()).views[0].camera.intrinsics;
    assert_eq!((doubled.width, doubled.fx, doubled.cx), (2 * made::SIZE.0, 80.0, 49.0));
}

#[test]
fn images_in_several_folders_keep_distinct_names() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..made::VIEWS).map(|i| format!("cam{}/{}.png", i % 2, i / 2)).collect();
    made::colmap_text(&dir.path().join("sparse"), "PINHOLE", &made::pinhole_params(), &names);
    made::write_images(&dir.path().join("images"), &names, made::SIZE);
    let capture = open(dir.path());
    assert_eq!(capture.views[0].name, "cam0_0.png");
    assert_eq!(capture.views[9].name, "cam1_4.png");
}

#[test]
fn nerfstudio_opens_with_random_points() {
    let dir = made::nerfstudio_capture();
    let capture = open(dir.path());
    assert_cameras(&capture);
    assert_eq!(capture.format, "nerfstudio");
    assert_eq!(test_names(&capture), ["frame_000.png", "frame_008.png"]);
    assert_eq!(capture.points.len(), 10_000);
    assert_eq!(capture.warnings.len(), 1);
    assert_eq!(open(dir.path()).points, capture.points, "the same seed, the same points");
    let other = open_capture(dir.path(), &CaptureOptions { seed: 1, ..Default::default() }).unwrap();
    assert_ne!(other.points, capture.points);
    let nearest = |p: &splat_core::SparsePoint| {
        capture
            .split(Split::Train)
            .map(|v| v.camera.position().distance(p.position.as_dvec3()))
            .fold(f64::MAX, f64::min)
    };
    assert!(capture.points.iter().all(|p| nearest(p) > 1.0), "no point right in front of a camera");
}

#[test]
fn nerfstudio_reads_points_and_explicit_splits() {
    let dir = made::nerfstudio_capture();
    let mut json = made::nerfstudio_json();
    json["ply_file_path"] = json!("points.ply");
    json["test_filenames"] = json!(["images/frame_005.png"]);
    made::write(&dir.path().join("transforms.json"), json.to_string());
    let header = "ply\nformat ascii 1.0\nelement vertex 1\nproperty float x\nproperty float y\nproperty float z\n";
    let colour = "property uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n";
    made::write(&dir.path().join("points.ply"), format!("{header}{colour}0.5 0.25 0 1 2 3\n"));
    let capture = open(dir.path());
    assert_eq!(test_names(&capture), ["frame_005.png"]);
    assert_eq!((capture.points[0].position.x, capture.points[0].rgb), (0.5, [1, 2, 3]));
}

#[test]
fn blender_folders_open() {
    let dir = tempfile::tempdir().unwrap();
    let angle = 2.0 * (0.5 * made::SIZE.0 as f64 / 40.0).atan();
    for (split, range) in [("train", 0..7), ("test", 7..10), ("val", 7..10)] {
        let frame = |i: usize| json!({"file_path": format!("./{split}/r_{i}"), "transform_matrix": made::opengl_matrix(&made::cameras()[i])});
        let json = json!({"camera_angle_x": angle, "frames": range.clone().map(frame).collect::<Vec<_>>()});
        made::write(&dir.path().join(format!("transforms_{split}.json")), json.to_string());
        let names: Vec<String> = range.map(|i| format!("r_{i}.png")).collect();
        made::write_images(&dir.path().join(split), &names, made::SIZE);
    }
    let capture = open(dir.path());
    assert_eq!((capture.views.len(), capture.split(Split::Test).count()), (10, 3));
    let k = capture.views[0].camera.intrinsics;
    assert!((k.fx - 40.0).abs() < 1e-9 && k.cx == 24.0 && k.cy == 16.0);
}

#[test]
fn scannetpp_opens_with_masks_splits_and_vocabulary() {
    let root = made::scannetpp_root();
    let scene = root.path().join("data/scene");
    let capture = open(&scene);
    assert_cameras(&capture);
    assert_points(&capture);
    assert_eq!((capture.format, capture.name.as_str()), ("ScanNet++", "scene"));
    assert_eq!(test_names(&capture), ["frame_008.png", "frame_009.png"]);
    assert!(capture.warnings.is_empty(), "{:?}", capture.warnings);
    let vocabulary = |c: &Capture| c.mesh.as_ref().unwrap().vocabulary.clone().unwrap();
    assert!(vocabulary(&capture).ends_with("metadata/semantic_classes.txt"));
    made::write(&root.path().join("metadata/semantic_benchmark/top100.txt"), "wall\n");
    assert!(vocabulary(&open(&scene)).ends_with("metadata/semantic_benchmark/top100.txt"));
    let photo = load_photo(&capture.views[0]).unwrap();
    let valid = |x: usize| photo.rgba[4 * x + 3];
    assert_eq!((valid(9), valid(10)), (0, 255));
}

#[test]
fn scannetpp_prefers_the_4x_file_and_drops_bad_frames() {
    let root = made::scannetpp_root();
    let dslr = root.path().join("data/scene/dslr");
    let mut json = made::scannetpp_json();
    json["frames"][2]["is_bad"] = json!(true);
    made::write(&dslr.join("nerfstudio/transforms_undistorted_4x.json"), json.to_string());
    made::write_images(&dslr.join("resized_undistorted_images_4x"), &made::names(), made::SIZE);
    let capture = open(&root.path().join("data/scene"));
    assert_eq!(capture.views.len(), 9);
    assert!(capture.views[0].image_path.to_string_lossy().contains("images_4x"));
    // The masks of the 4x set are missing: one line for all of them; one line for the bad frame.
    assert_eq!(capture.warnings.len(), 2, "{:?}", capture.warnings);
}

#[test]
fn wrong_pose_conventions_are_noticed() {
    let root = made::scannetpp_root();
    let dslr = root.path().join("data/scene/dslr");
    let mut json = made::scannetpp_json();
    for (i, camera) in made::cameras().iter().enumerate().take(8) {
        json["frames"][i]["transform_matrix"] = made::opengl_matrix(camera);
    }
    made::write(&dslr.join("nerfstudio/transforms_undistorted.json"), json.to_string());
    let warnings = open(&root.path().join("data/scene")).warnings;
    assert!(warnings.iter().any(|w| w.contains("convention")), "{warnings:?}");

    let dir = made::colmap_capture();
    let backwards = made::pinhole_params();
    made::colmap_text(&dir.path().join("sparse/0"), "PINHOLE", &backwards, &made::names());
    ["cameras", "images", "points3D"]
        .iter()
        .for_each(|f| std::fs::remove_file(dir.path().join(format!("sparse/0/{f}.bin"))).unwrap());
    let points = dir.path().join("sparse/0/points3D.txt");
    made::write(&points, "1 0 0 500 9 9 9 0.1\n");
    let warnings = open(dir.path()).warnings;
    assert!(warnings.iter().any(|w| w.contains("see any sparse point")), "{warnings:?}");
}

#[test]
fn missing_images_are_one_warning() {
    let dir = made::colmap_capture();
    for i in 1..8 {
        std::fs::remove_file(dir.path().join(format!("images/frame_00{i}.png"))).unwrap();
    }
    let capture = open(dir.path());
    assert_eq!((capture.views.len(), capture.warnings.len()), (3, 1));
    assert!(capture.warnings[0].starts_with("7 of 10") && capture.warnings[0].contains("frame_001.png"));
}

#[test]
fn photos_are_downscaled_with_their_cameras() {
    let dir = made::colmap_capture();
    let capture = open_capture(dir.path(), &CaptureOptions { downscale: 2.0, seed: 0 }).unwrap();
    let k = capture.views[0].camera.intrinsics;
    assert_eq!((k.width, k.height, k.fx, k.cx), (24, 16, 20.0, 12.25));
    let views: Vec<_> = capture.views.iter().collect();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let photos = load_photos(&views, &|_| {
        done.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    let photos = photos.unwrap();
    assert_eq!(done.into_inner(), made::VIEWS);
    // The made image is linear in x and y, which a resize about pixel centres keeps: x' = 2 x + 0.5.
    let pixel = &photos[3].rgba[4 * (8 * 24 + 10)..][..4];
    let want = [5.0 * 20.5, 7.0 * 16.5, 60.0, 255.0];
    assert!(pixel.iter().zip(want).all(|(&p, w): (&u8, f64)| (p as f64 - w).abs() <= 1.0), "{pixel:?} {want:?}");
}

#[test]
fn transparent_photos_are_loaded_over_black_with_their_alpha() {
    let dir = made::colmap_capture();
    let capture = open(dir.path());
    let load = |alpha: fn(u32) -> u8| {
        let view = &capture.views[0];
        let k = view.camera.intrinsics;
        let image = image::RgbaImage::from_fn(k.width, k.height, |x, _| image::Rgba([200, 100, 50, alpha(x)]));
        image.save(&view.image_path).unwrap();
        splat_io::load_photo(view).unwrap()
    };
    assert_eq!(load(|_| 255).alpha, None);
    let photo = load(|x| (5 * x) as u8);
    let alpha = photo.alpha.unwrap();
    assert_eq!((alpha[10], alpha[photo.width as usize + 20]), (50, 100));
    assert_eq!(photo.rgba[40..44], [39, 20, 10, 255]);
}
