//! Bad input of every kind is an error that names the file; nothing panics, whatever the bytes.

use crate::{clouds, made};
use serde_json::json;
use splat_core::View;
use splat_io::{CaptureOptions, IoError, PlyFlavour, load_photo, open_capture, read_cloud, read_mesh, write_cloud};
use std::path::{Path, PathBuf};

/// Opens and loads everything.
fn use_capture(dir: &Path) -> Result<(), IoError> {
    let capture = open_capture(dir, &CaptureOptions::default())?;
    capture.views.iter().try_for_each(|v: &View| load_photo(v).map(|_| ()))
}

fn assert_bad(dir: &Path, file: &str) -> String {
    let error = use_capture(dir).expect_err(file);
    let message = error.to_string();
    assert!(error.is_bad_input() && message.contains(file), "should name {file}: {message}");
    message
}

fn transforms(dir: &Path) -> PathBuf {
    dir.join("transforms.json")
}

#[test]
fn folders_that_are_no_captures() {
    let dir = tempfile::tempdir().unwrap();
    assert_bad(&dir.path().join("nowhere"), "nowhere");
    std::fs::create_dir(dir.path().join("empty")).unwrap();
    assert!(assert_bad(&dir.path().join("empty"), "empty").contains("transforms.json"));
    std::fs::write(dir.path().join("a_file"), "x").unwrap();
    assert_bad(&dir.path().join("a_file"), "a_file");
    let error = open_capture(dir.path(), &CaptureOptions { downscale: 0.5, seed: 0 }).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("downscale"));
}

#[test]
fn json_that_is_not_json() {
    let dir = made::nerfstudio_capture();
    let text = made::nerfstudio_json().to_string();
    for broken in ["not json", "", "[]", "{\"frames\": 3}", &text[..text.len() / 2], "\u{0}\u{1}"] {
        made::write(&transforms(dir.path()), broken);
        assert!(assert_bad(dir.path(), "transforms.json").contains("line "));
    }
    made::write(&transforms(dir.path()), [0xff, 0xfe, b'{']);
    assert_bad(dir.path(), "transforms.json");
    let root = made::scannetpp_root();
    let scene = root.path().join("data/scene");
    made::write(&scene.join("dslr/train_test_lists.json"), "{");
    assert_bad(&scene, "train_test_lists.json");
}

#[test]
fn numbers_that_are_no_numbers() {
    let dir = made::nerfstudio_capture();
    let text = made::nerfstudio_json().to_string();
    for bad in ["NaN", "Infinity", "1e999", "null", "-40.0", "0", "\"40\""] {
        made::write(&transforms(dir.path()), text.replace("\"fl_x\":40.0", &format!("\"fl_x\":{bad}")));
        assert_bad(dir.path(), "transforms.json");
    }
    let mut pose = made::nerfstudio_json();
    pose["frames"][1]["transform_matrix"][0][3] = json!(12345.5);
    made::write(&transforms(dir.path()), pose.to_string().replace("12345.5", "NaN"));
    assert_bad(dir.path(), "transforms.json");
    pose["frames"][1]["transform_matrix"] = json!([[0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 1]]);
    made::write(&transforms(dir.path()), pose.to_string());
    assert!(assert_bad(dir.path(), "transforms.json").contains("frame_001.png"));
    pose["frames"][1]["transform_matrix"] = json!([[1, 0], [0, 1]]);
    made::write(&transforms(dir.path()), pose.to_string());
    assert_bad(dir.path(), "transforms.json");

    for (file, model, params) in [
        ("cameras.bin", 1, vec![f64::NAN, 41.0, 24.0, 16.0]),
        ("cameras.bin", 1, vec![40.0, -1.0, 24.0, 16.0]),
        ("cameras.bin", 4, vec![40.0, 41.0, 24.0, 16.0, f64::INFINITY, 0.0, 0.0, 0.0]),
        ("cameras.bin", 6, vec![1.0; 12]),
        ("cameras.bin", 99, vec![1.0; 4]),
    ] {
        let dir = made::colmap_capture();
        made::colmap_binary(&dir.path().join("sparse/0"), model, &params);
        assert_bad(dir.path(), file);
    }
    let dir = made::colmap_capture();
    let images = dir.path().join("sparse/0/images.bin");
    let mut bytes = std::fs::read(&images).unwrap();
    bytes[12..20].copy_from_slice(&f64::NAN.to_le_bytes());
    made::write(&images, bytes);
    assert!(assert_bad(dir.path(), "images.bin").contains("frame_000.png"));
}

#[test]
fn nan_in_colmap_text() {
    let dir = made::colmap_capture();
    std::fs::remove_dir_all(dir.path().join("sparse")).unwrap();
    let model = dir.path().join("sparse/0");
    for (file, from, to) in [
        ("cameras.txt", "PINHOLE 48 32 40", "PINHOLE 48 32 nan"),
        ("cameras.txt", "PINHOLE", "PERSPECTIVE"),
        ("images.txt", " 7 frame_003.png", " 8 frame_003.png"),
        ("points3D.txt", "\n5 -0.171875", "\n5 inf"),
        ("points3D.txt", "\n5 -0.171875", "\n5 oops"),
    ] {
        made::colmap_text(&model, "PINHOLE", &made::pinhole_params(), &made::names());
        let text = std::fs::read_to_string(model.join(file)).unwrap();
        assert!(text.contains(from));
        made::write(&model.join(file), text.replace(from, to));
        assert_bad(dir.path(), file);
    }
}

#[test]
fn images_missing_truncated_or_of_the_wrong_size() {
    let dir = made::colmap_capture();
    let image = dir.path().join("images/frame_004.png");
    let good = std::fs::read(&image).unwrap();
    for n in [0, 10, 40, good.len() / 2, good.len() - 20] {
        made::write(&image, &good[..n]);
        assert_bad(dir.path(), "frame_004.png");
    }
    for size in [(47, 32), (48, 33), (32, 48), (24, 16), (100, 100)] {
        made::write_images(&dir.path().join("images"), &["frame_004.png".into()], size);
        assert_bad(dir.path(), "frame_004.png");
    }
    std::fs::remove_dir_all(dir.path().join("images")).unwrap();
    assert!(assert_bad(dir.path(), "frame_000.png").contains("none of the 10"));
}

/// JPEG decoders paint what is missing grey and say nothing.
#[test]
fn truncated_jpegs_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<String> = (0..made::VIEWS).map(|i| format!("{i}.JPG")).collect();
    made::colmap_text(&dir.path().join("sparse"), "PINHOLE", &made::pinhole_params(), &names);
    made::write_images(&dir.path().join("images"), &names, made::SIZE);
    use_capture(dir.path()).unwrap();
    let image = dir.path().join("images/7.JPG");
    let good = std::fs::read(&image).unwrap();
    for n in (0..good.len()).step_by(7).chain([good.len() - 1, good.len() - 2]) {
        made::write(&image, &good[..n]);
        assert_bad(dir.path(), "7.JPG");
    }
}

#[test]
fn no_cameras_and_no_points() {
    let zero = 0u64.to_le_bytes();
    for file in ["cameras.bin", "images.bin", "points3D.bin"] {
        let dir = made::colmap_capture();
        made::write(&dir.path().join("sparse/0").join(file), zero);
        assert_bad(dir.path(), file);
        std::fs::remove_file(dir.path().join("sparse/0").join(file)).unwrap();
        assert_bad(dir.path(), file);
    }
    let dir = made::nerfstudio_capture();
    let mut json = made::nerfstudio_json();
    json["frames"] = json!([]);
    made::write(&transforms(dir.path()), json.to_string());
    assert_bad(dir.path(), "transforms.json");
    let mut json = made::nerfstudio_json();
    json["ply_file_path"] = json!("gone.ply");
    made::write(&transforms(dir.path()), json.to_string());
    assert_bad(dir.path(), "gone.ply");
    let root = made::scannetpp_root();
    let scene = root.path().join("data/scene");
    made::write(&scene.join("dslr/colmap/points3D.txt"), "# nothing\n");
    assert_bad(&scene, "points3D.txt");
    std::fs::remove_file(scene.join("dslr/colmap/points3D.txt")).unwrap();
    assert_bad(&scene, "points3D");
    std::fs::remove_dir_all(scene.join("dslr/nerfstudio")).unwrap();
    assert_bad(&scene, "nerfstudio");
}

#[test]
fn colmap_binaries_cut_anywhere_are_errors() {
    let dir = made::colmap_capture();
    for file in ["cameras.bin", "images.bin", "points3D.bin"] {
        let path = dir.path().join("sparse/0").join(file);
        let good = std::fs::read(&path).unwrap();
        for n in 0..good.len() {
            made::write(&path, &good[..n]);
            let error = open_capture(dir.path(), &CaptureOptions::default()).expect_err(file);
            assert!(error.is_bad_input() && error.to_string().contains(file), "{error}");
        }
        let mut lying = good.clone();
        lying[..8].copy_from_slice(&u64::MAX.to_le_bytes());
        made::write(&path, lying);
        assert_bad(dir.path(), file);
        // Any byte may be wrong: an error or not, never a panic.
        for n in 0..good.len() {
            let mut flipped = good.clone();
            flipped[n] ^= 0xff;
            made::write(&path, flipped);
            let _ = open_capture(dir.path(), &CaptureOptions::default());
        }
        made::write(&path, good);
    }
}

#[test]
fn clouds_cut_anywhere_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cloud.ply");
    write_cloud(&path, &clouds::cloud(3, 1, clouds::classes()), PlyFlavour::Labelled).unwrap();
    let good = std::fs::read(&path).unwrap();
    for n in 0..good.len() {
        made::write(&path, &good[..n]);
        let error = read_cloud(&path).expect_err("a cut file");
        assert!(error.is_bad_input() && error.to_string().contains("cloud.ply"), "{error}");
        assert!(read_mesh(&path).is_err());
    }
    for n in 0..good.len() {
        let mut flipped = good.clone();
        flipped[n] ^= 0x15;
        made::write(&path, flipped);
        let _ = read_cloud(&path);
    }
}

#[test]
fn cloud_headers_that_lie() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("cloud.ply");
    write_cloud(&path, &clouds::cloud(3, 1, clouds::classes()), PlyFlavour::Labelled).unwrap();
    let good = std::fs::read(&path).unwrap();
    let replaced = |from: &str, to: &str| {
        let at = good.windows(from.len()).position(|w| w == from.as_bytes()).expect(from);
        [&good[..at], to.as_bytes(), &good[at + from.len()..]].concat()
    };
    for (from, to, hint) in [
        ("element vertex 3", "element vertex 4", "promises"),
        ("element vertex 3", "element vertex 18446744073709551615", "promises"),
        ("element vertex 3", "element vertex many", "row count"),
        ("element vertex 3", "element points 3", "vertex"),
        ("property float opacity", "property float opaqueness", "opacity"),
        ("property float opacity", "property half opacity", "line"),
        ("property float rot_3", "property float rot_4", "rot_3"),
        ("property float f_rest_8", "property float g_rest_8", "f_rest_"),
        ("property float f_rest_4", "property float f_rest_9", "f_rest_4"),
        ("property float semantic_1", "property float semantic_5", "semantic_1"),
        ("semantic_class 1 7", "semantic_class 9 7", "column 9"),
        ("semantic_class 1 7", "semantic_class 1 300", "300"),
        ("semantic_class 1 7", "semantic_class 1 x", "semantic_class 1 x"),
        ("binary_little_endian", "binary_middle_endian", "middle"),
        ("ply\n", "plx\n", "not a PLY"),
    ] {
        made::write(&path, replaced(from, to));
        let message = read_cloud(&path).expect_err(to).to_string();
        assert!(message.contains("cloud.ply") && message.contains(hint), "{to}: {message}");
    }
    let text = "ply\nformat ascii 1.0\nelement vertex 2\nproperty list uchar int a\nproperty float x\nend_header\n1 2 3\n1 2\n";
    made::write(&path, text);
    assert!(read_cloud(&path).is_err() && read_mesh(&path).is_err());
}
