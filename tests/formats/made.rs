//! Tiny captures made by hand: ten cameras around the origin, in every layout that is read.

use glam::{DMat4, DQuat, DVec3};
use serde_json::{Value, json};
use splat_core::{Camera, Intrinsics};
use std::path::Path;
use tempfile::TempDir;

pub const SIZE: (u32, u32) = (48, 32);
pub const VIEWS: usize = 10;

/// The camera that every made capture uses unless told otherwise.
pub fn intrinsics() -> Intrinsics {
    Intrinsics { width: SIZE.0, height: SIZE.1, fx: 40.0, fy: 41.0, cx: 24.5, cy: 15.25 }
}

/// Cameras on a rising circle, looking at the origin.
pub fn cameras() -> Vec<Camera> {
    let camera = |i: usize| {
        let angle = i as f64 / VIEWS as f64 * std::f64::consts::TAU;
        let eye = DVec3::new(3.0 * angle.cos(), 3.0 * angle.sin(), 0.5 + 0.1 * i as f64);
        Camera::looking_at(intrinsics(), eye, DVec3::ZERO, DVec3::Z)
    };
    (0..VIEWS).map(camera).collect()
}

pub fn names() -> Vec<String> {
    (0..VIEWS).map(|i| format!("frame_{i:03}.png")).collect()
}

/// Sparse points near the origin: position and colour.
pub fn points() -> Vec<([f64; 3], [u8; 3])> {
    (0..30u8).map(|i| ([i as f64 / 64.0 - 0.25, i as f64 / 128.0, 0.125], [i, 2 * i, 255 - i])).collect()
}

pub fn write_images(folder: &Path, names: &[String], (w, h): (u32, u32)) {
    for (i, name) in names.iter().enumerate() {
        let image = image::RgbImage::from_fn(w, h, |x, y| image::Rgb([(5 * x) as u8, (7 * y) as u8, 20 * i as u8]));
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        image.save(path).unwrap();
    }
}

pub fn write(path: &Path, content: impl AsRef<[u8]>) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

/// World-to-camera quaternion (w x y z) and translation, as COLMAP stores them.
fn colmap_pose(camera: &Camera) -> ([f64; 4], [f64; 3]) {
    let view_from_world = camera.view_from_world();
    let q = DQuat::from_mat3(&view_from_world.matrix3);
    ([q.w, q.x, q.y, q.z], view_from_world.translation.to_array())
}

/// Parameters of PINHOLE for [`intrinsics`].
pub fn pinhole_params() -> Vec<f64> {
    let k = intrinsics();
    vec![k.fx, k.fy, k.cx, k.cy]
}

/// The three binary files of a reconstruction.
pub fn colmap_binary(model: &Path, model_id: u32, params: &[f64]) {
    let mut cameras_bin = 1u64.to_le_bytes().to_vec();
    cameras_bin.extend([7u32.to_le_bytes(), model_id.to_le_bytes()].concat());
    cameras_bin.extend([(SIZE.0 as u64).to_le_bytes(), (SIZE.1 as u64).to_le_bytes()].concat());
    params.iter().for_each(|p| cameras_bin.extend(p.to_le_bytes()));
    write(&model.join("cameras.bin"), cameras_bin);

    let mut images_bin = (VIEWS as u64).to_le_bytes().to_vec();
    for (i, (camera, name)) in cameras().iter().zip(names()).enumerate() {
        let (q, t) = colmap_pose(camera);
        images_bin.extend((i as u32).to_le_bytes());
        q.iter().chain(&t).for_each(|v| images_bin.extend(v.to_le_bytes()));
        images_bin.extend(7u32.to_le_bytes());
        images_bin.extend(name.as_bytes());
        images_bin.push(0);
        images_bin.extend(1u64.to_le_bytes());
        images_bin.extend([1.5f64.to_le_bytes(), 2.5f64.to_le_bytes(), 3i64.to_le_bytes()].concat());
    }
    write(&model.join("images.bin"), images_bin);

    let mut points_bin = (points().len() as u64).to_le_bytes().to_vec();
    for (i, (xyz, rgb)) in points().iter().enumerate() {
        points_bin.extend((i as u64).to_le_bytes());
        xyz.iter().for_each(|v| points_bin.extend(v.to_le_bytes()));
        points_bin.extend(rgb);
        points_bin.extend(0.4f64.to_le_bytes());
        points_bin.extend(1u64.to_le_bytes());
        points_bin.extend([0u32.to_le_bytes(), 0u32.to_le_bytes()].concat());
    }
    write(&model.join("points3D.bin"), points_bin);
}

/// The three text files of a reconstruction.
pub fn colmap_text(model: &Path, model_name: &str, params: &[f64], names: &[String]) {
    let params: String = params.iter().map(|p| format!(" {p}")).collect();
    write(&model.join("cameras.txt"), format!("# one camera\n7 {model_name} {} {}{params}\n", SIZE.0, SIZE.1));
    let image = |(i, (camera, name)): (usize, (&Camera, &String))| {
        let (q, t) = colmap_pose(camera);
        let numbers: String = q.iter().chain(&t).map(|v| format!(" {v}")).collect();
        // The first image saw nothing: its line of observations is blank.
        let seen = if i == 0 { "" } else { "1.5 2.5 3" };
        format!("{i}{numbers} 7 {name}\n{seen}\n")
    };
    let images: String = cameras().iter().zip(names).enumerate().map(image).collect();
    write(&model.join("images.txt"), format!("# images\n{images}"));
    let point =
        |(i, ([x, y, z], [r, g, b])): (usize, &([f64; 3], [u8; 3]))| format!("{i} {x} {y} {z} {r} {g} {b} 0.4 0 0\n");
    let points: String = points().iter().enumerate().map(point).collect();
    write(&model.join("points3D.txt"), format!("# points\n{points}"));
}

/// A `transform_matrix` from a camera-to-world matrix.
fn rows(m: DMat4) -> Value {
    let row = |r: usize| m.row(r).to_array();
    json!([row(0), row(1), row(2), row(3)])
}

/// OpenGL axes: y up, z back.
pub fn opengl_matrix(camera: &Camera) -> Value {
    rows(DMat4::from(camera.world_from_view) * DMat4::from_scale(DVec3::new(1.0, -1.0, -1.0)))
}

/// ScanNet++'s: columns 1 and 2 negated, rows reordered [1, 0, 2, 3], row 2 negated.
pub fn scannetpp_matrix(camera: &Camera) -> Value {
    let m = DMat4::from(camera.world_from_view) * DMat4::from_scale(DVec3::new(1.0, -1.0, -1.0));
    let (r0, r1, r2, r3) = (m.row(1), m.row(0), -m.row(2), m.row(3));
    rows(DMat4::from_cols(r0, r1, r2, r3).transpose())
}

/// The camera part of a `transforms.json`.
pub fn lens_json() -> Value {
    let k = intrinsics();
    json!({"fl_x": k.fx, "fl_y": k.fy, "cx": k.cx, "cy": k.cy, "w": k.width, "h": k.height})
}

pub fn colmap_capture() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    colmap_binary(&dir.path().join("sparse/0"), 1, &pinhole_params());
    write_images(&dir.path().join("images"), &names(), SIZE);
    dir
}

pub fn nerfstudio_json() -> Value {
    let frame = |(camera, name): (&Camera, String)| json!({"file_path": format!("images/{name}"), "transform_matrix": opengl_matrix(camera)});
    let mut whole = lens_json();
    whole["frames"] = cameras().iter().zip(names()).map(frame).collect();
    whole
}

pub fn nerfstudio_capture() -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    write(&dir.path().join("transforms.json"), nerfstudio_json().to_string());
    write_images(&dir.path().join("images"), &names(), SIZE);
    dir
}

pub fn scannetpp_json() -> Value {
    let frame = |(camera, name): (&Camera, String)| {
        let mask = name.clone();
        json!({"file_path": name, "mask_path": mask, "transform_matrix": scannetpp_matrix(camera), "is_bad": false})
    };
    let frames: Vec<Value> = cameras().iter().zip(names()).map(frame).collect();
    let mut whole = lens_json();
    whole["camera_model"] = json!("PINHOLE");
    whole["has_mask"] = json!(true);
    whole["frames"] = json!(frames[..8]);
    whole["test_frames"] = json!(frames[8..]);
    whole
}

/// A root with one scene, `data/scene`; returns the root.
pub fn scannetpp_root() -> TempDir {
    let root = tempfile::tempdir().unwrap();
    let scene = root.path().join("data/scene");
    let dslr = scene.join("dslr");
    write(&dslr.join("nerfstudio/transforms_undistorted.json"), scannetpp_json().to_string());
    colmap_text(&dslr.join("colmap"), "PINHOLE", &pinhole_params(), &names());
    write_images(&dslr.join("resized_undistorted_images"), &names(), SIZE);
    let mask = image::GrayImage::from_fn(SIZE.0, SIZE.1, |x, _| image::Luma([if x < 10 { 0 } else { 255 }]));
    let folder = dslr.join("resized_undistorted_masks");
    std::fs::create_dir_all(&folder).unwrap();
    names().iter().for_each(|n| mask.save(folder.join(n)).unwrap());
    ["mesh_aligned_0.05.ply", "segments.json", "segments_anno.json"]
        .iter()
        .for_each(|f| write(&scene.join("scans").join(f), "-"));
    write(&root.path().join("metadata/semantic_classes.txt"), "wall\nfloor\n");
    root
}
