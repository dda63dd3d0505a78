//! Undistorted photographs show what a pinhole camera would have seen.
//!
//! A smooth pattern painted on the plane of rays is photographed through a lens (by inverting the lens equation
//! numerically, here, on its own), loaded, and compared with the pattern as the view's pinhole camera sees it.

use crate::made;
use image::{Rgb, RgbImage};
use serde_json::json;
use splat_core::{Capture, IGNORE_ID, Intrinsics, LabelImage};
use splat_io::masks::{UNDISTORTED_MARKER, load_masks_for, write_mask};
use splat_io::{CaptureOptions, load_photo, open_capture};
use std::path::Path;

/// Where a ray lands on the distorted plane.
type LensEquation = fn([f64; 2]) -> [f64; 2];

fn brown([x, y]: [f64; 2]) -> [f64; 2] {
    let (k1, k2, p1, p2) = (-0.12, 0.03, 0.004, -0.006);
    let r2 = x * x + y * y;
    let radial = 1.0 + k1 * r2 + k2 * r2 * r2;
    [x * radial + 2.0 * p1 * x * y + p2 * (r2 + 2.0 * x * x), y * radial + p1 * (r2 + 2.0 * y * y) + 2.0 * p2 * x * y]
}

fn pincushion([x, y]: [f64; 2]) -> [f64; 2] {
    let radial = 1.0 + 0.08 * (x * x + y * y);
    [x * radial, y * radial]
}

fn fisheye([x, y]: [f64; 2]) -> [f64; 2] {
    let r = (x * x + y * y).sqrt().max(1e-12);
    let t = r.atan();
    let d = t * (1.0 - 0.02 * t.powi(2) + 0.01 * t.powi(4) - 0.003 * t.powi(6) + 0.001 * t.powi(8));
    [x * d / r, y * d / r]
}

fn pattern([x, y]: [f64; 2]) -> [f64; 3] {
    [128.0 + 100.0 * (6.0 * x).sin(), 128.0 + 100.0 * (5.0 * y + 1.0).sin(), 128.0 + 80.0 * (4.0 * (x + y)).cos()]
}

/// Newton's method with a numeric Jacobian.
fn invert(lens: LensEquation, target: [f64; 2]) -> [f64; 2] {
    let mut p = target;
    for _ in 0..60 {
        let e = 1e-6;
        let f = lens(p);
        let (fx, fy) = (lens([p[0] + e, p[1]]), lens([p[0], p[1] + e]));
        let j = [(fx[0] - f[0]) / e, (fy[0] - f[0]) / e, (fx[1] - f[1]) / e, (fy[1] - f[1]) / e];
        let det = j[0] * j[3] - j[1] * j[2];
        let d = [f[0] - target[0], f[1] - target[1]];
        p[0] -= (j[3] * d[0] - j[1] * d[1]) / det;
        p[1] -= (j[0] * d[1] - j[2] * d[0]) / det;
    }
    p
}

const K: Intrinsics = Intrinsics { width: 240, height: 180, fx: 200.0, fy: 205.0, cx: 123.0, cy: 88.0 };

fn photograph(lens: LensEquation, path: &Path) {
    let image = RgbImage::from_fn(K.width, K.height, |x, y| {
        let plane = [(x as f64 + 0.5 - K.cx) / K.fx, (y as f64 + 0.5 - K.cy) / K.fy];
        Rgb(pattern(invert(lens, plane)).map(|c| c.round() as u8))
    });
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    image.save(path).unwrap();
}

/// Share of valid pixels and their root mean square error.
fn compare(capture: &Capture) -> (f64, f64) {
    let view = &capture.views[0];
    let photo = load_photo(view).unwrap();
    let k = view.camera.intrinsics;
    assert_eq!((photo.width, photo.height), (k.width, k.height));
    let (mut valid, mut sum) = (0usize, 0.0);
    for (i, pixel) in photo.rgba.chunks_exact(4).enumerate() {
        if pixel[3] == 0 {
            continue;
        }
        let (x, y) = (i as u32 % k.width, i as u32 / k.width);
        let want = pattern([(x as f64 + 0.5 - k.cx) / k.fx, (y as f64 + 0.5 - k.cy) / k.fy]);
        valid += 1;
        sum += (0..3).map(|c| (pixel[c] as f64 - want[c]).powi(2)).sum::<f64>() / 3.0;
    }
    (valid as f64 / k.pixels() as f64, (sum / valid as f64).sqrt())
}

fn colmap(model: &str, coefficients: &str, lens: LensEquation) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let sparse = dir.path().join("sparse/0");
    let focal = if model.contains("RADIAL") { "200 123 88" } else { "200 205 123 88" };
    made::write(&sparse.join("cameras.txt"), format!("1 {model} 240 180 {focal} {coefficients}\n"));
    made::write(&sparse.join("images.txt"), "1 1 0 0 0 0 0 0 1 a.png\n\n");
    made::write(&sparse.join("points3D.txt"), "1 0 0 2 1 2 3 0.1\n");
    photograph(lens, &dir.path().join("images/a.png"));
    dir
}

fn open(dir: &Path, downscale: f64) -> Capture {
    open_capture(dir, &CaptureOptions { downscale, seed: 0 }).unwrap()
}

#[test]
fn opencv_distortion_is_undone() {
    let dir = colmap("OPENCV", "-0.12 0.03 0.004 -0.006", brown);
    for (downscale, tolerance) in [(1.0, 0.6), (2.0, 0.8), (3.0, 1.2)] {
        let (valid, rms) = compare(&open(dir.path(), downscale));
        assert!(valid > 0.99 && rms < tolerance, "downscale {downscale}: {valid} valid, rms {rms}");
    }
}

#[test]
fn nerfstudio_distortion_is_undone_the_same_way() {
    let dir = tempfile::tempdir().unwrap();
    let identity = json!([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
    let json = json!({"fl_x": 200.0, "fl_y": 205.0, "cx": 123.0, "cy": 88.0, "w": 240, "h": 180,
        "k1": -0.12, "k2": 0.03, "p1": 0.004, "p2": -0.006, "frames": [{"file_path": "a.png", "transform_matrix": identity}]});
    made::write(&dir.path().join("transforms.json"), json.to_string());
    photograph(brown, &dir.path().join("a.png"));
    let (valid, rms) = compare(&open(dir.path(), 1.0));
    assert!(valid > 0.99 && rms < 0.6, "{valid} valid, rms {rms}");
}

#[test]
fn pincushion_lenses_leave_no_blank_border() {
    // The model has one focal length, the photograph two: rows differ by 2.5 %, so compare where y is small only.
    let dir = colmap("OPENCV", "0.08 0 0 0", pincushion);
    let capture = open(dir.path(), 1.0);
    let (valid, rms) = compare(&capture);
    assert!(valid > 0.999 && rms < 0.6, "{valid} valid, rms {rms}");
    let k = capture.views[0].camera.intrinsics;
    assert!(k.fx > 200.0 && k.fx < 220.0 && (k.cx, k.cy) == (123.0, 88.0), "{k:?}");
}

#[test]
fn fisheye_distortion_is_undone() {
    let dir = colmap("OPENCV_FISHEYE", "-0.02 0.01 -0.003 0.001", fisheye);
    let capture = open(dir.path(), 1.0);
    let (valid, rms) = compare(&capture);
    assert!(valid > 0.97 && rms < 0.6, "{valid} valid, rms {rms}");
    let k = capture.views[0].camera.intrinsics;
    assert_eq!((k.cx, k.cy), (120.0, 90.0));
    assert!((k.fx / k.fy - 200.0 / 205.0).abs() < 1e-9);
}

/// A centred equidistant lens has a closed form: the larger of (w/2) / tan(w/2f) and (h/2) / tan(h/2f).
#[test]
fn fisheye_focal_length_is_opencvs_estimate() {
    let dir = colmap("OPENCV_FISHEYE", "0 0 0 0", fisheye);
    made::write(&dir.path().join("sparse/0/cameras.txt"), "1 OPENCV_FISHEYE 240 180 200 200 120 90 0 0 0 0\n");
    let k = open(dir.path(), 1.0).views[0].camera.intrinsics;
    let along = |half: f64| half / (half / 200.0).tan();
    let want = along(120.0).max(along(90.0));
    assert!((k.fx - want).abs() < 1e-6 && (k.fy - want).abs() < 1e-6, "{k:?}, wanted {want}");
}

/// Rays right of this are of class 1, the others of class 0.
const EDGE: f64 = 0.3;

/// The classes as a lens sees them.
fn seen_classes(lens: LensEquation) -> LabelImage {
    let id = |i: u32| {
        let (x, y) = (i % K.width, i / K.width);
        let plane = [(x as f64 + 0.5 - K.cx) / K.fx, (y as f64 + 0.5 - K.cy) / K.fy];
        u16::from(invert(lens, plane)[0] > EDGE)
    };
    LabelImage { width: K.width, height: K.height, ids: (0..K.width * K.height).map(id).collect() }
}

/// Labelled pixels more than a pixel from the edge that are of the wrong class, and the share of pixels without a label.
fn errors(mask: &LabelImage, k: &Intrinsics) -> (usize, f64) {
    let wrong = |&(i, &id): &(usize, &u16)| {
        let ray_x = ((i as u32 % k.width) as f64 + 0.5 - k.cx) / k.fx;
        id != IGNORE_ID && id != u16::from(ray_x > EDGE) && (ray_x - EDGE).abs() > 1.0 / k.fx
    };
    let unlabelled = mask.ids.iter().filter(|&&id| id == IGNORE_ID).count();
    (mask.ids.iter().enumerate().filter(wrong).count(), unlabelled as f64 / k.pixels() as f64)
}

#[test]
fn masks_are_undistorted_with_their_photographs() {
    let dir = colmap("OPENCV", "-0.12 0.03 0.004 -0.006", brown);
    let folder = dir.path().join("semantic");
    std::fs::create_dir(&folder).unwrap();
    let mask = seen_classes(brown);
    write_mask(&folder.join("a.png.png"), &mask).unwrap();
    let capture = open(dir.path(), 1.0);
    let views: Vec<_> = capture.views.iter().collect();
    let undone = load_masks_for(&views, &folder).unwrap();
    assert_eq!(errors(undone[0].as_ref().unwrap(), &views[0].camera.intrinsics).0, 0);
    std::fs::write(folder.join(UNDISTORTED_MARKER), "").unwrap();
    let as_is = load_masks_for(&views, &folder).unwrap();
    assert_eq!(as_is[0].as_ref().unwrap(), &mask);
}

/// Rays below this are hidden by the anonymisation mask.
const HIDDEN: f64 = 0.2;

/// A raw ScanNet++ scene, photographs and anonymisation masks as the fisheye took them: nothing undistorted beside.
fn raw_scannetpp() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let dslr = dir.path().join("dslr");
    let colmap = dslr.join("colmap");
    made::write(&colmap.join("cameras.txt"), "1 OPENCV_FISHEYE 240 180 200 205 123 88 -0.02 0.01 -0.003 0.001\n");
    made::write(&colmap.join("images.txt"), "1 1 0 0 0 0 0 0 1 a.png\n\n");
    made::write(&colmap.join("points3D.txt"), "1 0 0 2 1 2 3 0.1\n");
    // ScanNet++'s matrix of a camera that stands in the world's axes.
    let pose = json!([[0, -1, 0, 0], [1, 0, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]);
    let json = json!({"fl_x": 200.0, "fl_y": 205.0, "cx": 123.0, "cy": 88.0, "w": 240, "h": 180,
        "k1": -0.02, "k2": 0.01, "k3": -0.003, "k4": 0.001, "camera_model": "OPENCV_FISHEYE", "has_mask": true,
        "frames": [{"file_path": "a.png", "mask_path": "a.png", "transform_matrix": pose, "is_bad": false}],
        "test_frames": []});
    made::write(&dslr.join("nerfstudio/transforms.json"), json.to_string());
    photograph(fisheye, &dslr.join("resized_images/a.png"));
    let hidden = image::GrayImage::from_fn(K.width, K.height, |x, y| {
        let plane = [(x as f64 + 0.5 - K.cx) / K.fx, (y as f64 + 0.5 - K.cy) / K.fy];
        image::Luma([if invert(fisheye, plane)[1] > HIDDEN { 0 } else { 255 }])
    });
    std::fs::create_dir_all(dslr.join("resized_anon_masks")).unwrap();
    hidden.save(dslr.join("resized_anon_masks/a.png")).unwrap();
    std::fs::create_dir_all(dslr.join("semantic")).unwrap();
    write_mask(&dslr.join("semantic/a.png.png"), &seen_classes(fisheye)).unwrap();
    dir
}

#[test]
fn raw_scannetpp_photographs_and_masks_are_undistorted_alike() {
    let dir = raw_scannetpp();
    for (downscale, tolerance) in [(1.0, 0.6), (2.0, 0.8)] {
        let capture = open(dir.path(), downscale);
        assert!(capture.format == "ScanNet++" && capture.warnings.is_empty(), "{:?}", capture.warnings);
        let view = &capture.views[0];
        assert!(view.camera.world_from_view.abs_diff_eq(glam::DAffine3::IDENTITY, 1e-12), "{:?}", view.camera);
        let k = view.camera.intrinsics;
        assert_eq!((k.cx, k.cy), (120.0 / downscale, 90.0 / downscale));
        let photo = load_photo(view).unwrap();
        let (valid, rms) = compare(&capture);
        assert!(valid > 0.6 && rms < tolerance, "downscale {downscale}: {valid} valid, rms {rms}");
        // The anonymisation mask lies where its photograph does: what it hides is hidden, to the pixel, and little else.
        for (i, pixel) in photo.rgba.chunks_exact(4).enumerate() {
            let (x, y) = (i as u32 % k.width, i as u32 / k.width);
            let ray_y = (y as f64 + 0.5 - k.cy) / k.fy;
            let is_border = x < 3 || y < 3 || x + 3 >= k.width || y + 3 >= k.height;
            if (ray_y - HIDDEN).abs() > 2.0 / k.fy && !is_border {
                assert_eq!(pixel[3] == 0, ray_y > HIDDEN, "downscale {downscale}: pixel {x}, {y}");
            }
        }
        let masks = load_masks_for(&[view], &dir.path().join("dslr/semantic")).unwrap();
        let (wrong, unlabelled) = errors(masks[0].as_ref().unwrap(), &k);
        assert!(wrong == 0 && unlabelled < 0.03, "downscale {downscale}: {wrong} wrong, {unlabelled} unlabelled");
    }
}

#[test]
fn other_models_are_refused_by_name() {
    let dir = colmap("THIN_PRISM_FISHEYE", "0 0 0 0 0 0 0 0", fisheye);
    let error = open_capture(dir.path(), &CaptureOptions::default()).unwrap_err();
    let message = error.to_string();
    assert!(
        error.is_bad_input() && message.contains("cameras.txt") && message.contains("THIN_PRISM_FISHEYE"),
        "{message}"
    );
}
