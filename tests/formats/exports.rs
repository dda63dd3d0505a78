//! What other programs get: standard PLYs read by an independent reader, arrays, SPZ, glTF, the most probable classes.

use super::clouds::{classes, cloud};
use splat_core::{Cloud, LabelSet};
use splat_io::cloud::{arrays, gltf, spz};
use splat_io::{PlyFlavour, read_cloud, write_cloud};
use std::collections::BTreeMap;
use std::path::Path;

/// A reader of nothing but binary little-endian float PLYs, written from the format's description: column name to values.
fn independent_ply(path: &Path) -> BTreeMap<String, Vec<f32>> {
    let bytes = std::fs::read(path).unwrap();
    let end = bytes.windows(11).position(|w| w == b"end_header\n").unwrap() + 11;
    let header = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = header.lines();
    assert_eq!((lines.next(), lines.next()), (Some("ply"), Some("format binary_little_endian 1.0")));
    let mut rows = 0;
    let mut names = Vec::new();
    for line in lines {
        match line.split(' ').collect::<Vec<_>>()[..] {
            ["element", "vertex", n] => rows = n.parse().unwrap(),
            ["property", "float", name] => names.push(name.to_owned()),
            ["comment", ..] | ["end_header"] => {}
            _ => panic!("not of the plain format: {line}"),
        }
    }
    let body = &bytes[end..];
    assert_eq!(body.len(), 4 * rows * names.len());
    let at = |row: usize, column: usize| {
        let i = 4 * (row * names.len() + column);
        f32::from_le_bytes(body[i..i + 4].try_into().unwrap())
    };
    names.iter().enumerate().map(|(c, name)| (name.clone(), (0..rows).map(|r| at(r, c)).collect())).collect()
}

fn usual_columns() -> Vec<String> {
    let numbered = |stem: &str, n: usize| (0..n).map(|i| format!("{stem}_{i}")).collect::<Vec<_>>();
    let mut names: Vec<String> = ["x", "y", "z", "nx", "ny", "nz"].map(String::from).to_vec();
    names.extend([numbered("f_dc", 3), numbered("f_rest", 45)].concat());
    names.push("opacity".into());
    names.extend([numbered("scale", 3), numbered("rot", 4)].concat());
    names.sort();
    names
}

#[test]
fn an_independent_reader_finds_the_plain_columns() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = cloud(7, 3, classes());
    let path = dir.path().join("plain.ply");
    write_cloud(&path, &cloud, PlyFlavour::Plain).unwrap();
    let columns = independent_ply(&path);
    assert_eq!(columns.keys().cloned().collect::<Vec<_>>(), usual_columns());
    for row in 0..cloud.len() {
        assert_eq!([columns["x"][row], columns["z"][row]], [cloud.means[row].x, cloud.means[row].z]);
        assert_eq!(columns["scale_1"][row], cloud.log_scales[row].y);
        assert_eq!([columns["rot_0"][row], columns["rot_3"][row]], [cloud.rotations[row][0], cloud.rotations[row][3]]);
        assert_eq!(columns["opacity"][row], cloud.opacity_logits[row]);
        assert_eq!(columns["f_dc_2"][row], cloud.sh[row * 16][2]);
        // Channel-major: 15 of red, 15 of green, 15 of blue.
        assert_eq!(columns["f_rest_16"][row], cloud.sh[row * 16 + 2][1]);
    }
}

#[test]
fn an_independent_reader_sees_class_colours() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = cloud(7, 1, classes());
    let path = dir.path().join("classes.ply");
    write_cloud(&path, &cloud, PlyFlavour::ColouredByClass).unwrap();
    let columns = independent_ply(&path);
    for row in 0..cloud.len() {
        let (column, _) = cloud.row_class(row).unwrap();
        let colour = cloud.classes.classes[column].colour;
        let shown = [0, 1, 2].map(|c| (columns[&format!("f_dc_{c}")][row] * 0.282_094_8 + 0.5) * 255.0);
        assert!(shown.iter().zip(colour).all(|(s, c)| (s - c as f32).abs() < 0.01), "{shown:?} {colour:?}");
        assert_eq!(columns["f_rest_4"][row], 0.0);
    }
}

#[test]
fn the_most_probable_classes_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("top.ply");
    let cloud = cloud(9, 0, classes());
    write_cloud(&path, &cloud, PlyFlavour::TopK(2)).unwrap();
    let back = read_cloud(&path).unwrap();
    assert_eq!((&back.classes.classes.len(), &back.means), (&3, &cloud.means));
    for row in 0..cloud.len() {
        // With two of three classes known the third follows.
        let (got, want) = (back.row_probabilities(row), cloud.row_probabilities(row));
        assert!(got.iter().zip(&want).all(|(g, w)| (g - w).abs() < 1e-4), "{got:?} {want:?}");
    }
    // More than there are is all there are.
    write_cloud(&path, &cloud, PlyFlavour::TopK(99)).unwrap();
    assert_eq!(read_cloud(&path).unwrap().class_count(), 3);
    assert!(write_cloud(&path, &super::clouds::cloud(2, 0, LabelSet::default()), PlyFlavour::TopK(2)).is_err());
}

#[test]
fn arrays_hold_one_value_per_gaussian() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = cloud(5, 0, classes());
    arrays::write_arrays(dir.path(), &cloud).unwrap();
    // Header of the format: magic, version, u16 length, a Python dictionary; then the values.
    let read = |name: &str| {
        let bytes = std::fs::read(dir.path().join(name)).unwrap();
        assert_eq!(&bytes[..6], b"\x93NUMPY");
        let end = 10 + u16::from_le_bytes([bytes[8], bytes[9]]) as usize;
        (String::from_utf8_lossy(&bytes[10..end]).replace(' ', ""), bytes[end..].to_vec())
    };
    let (header, labels) = read("labels.npy");
    assert!(header.contains("'<u2'") && header.contains("(5,)"), "{header}");
    let first = cloud.classes.id(cloud.row_class(0).unwrap().0);
    assert_eq!(labels[..2], first.to_le_bytes());
    let (header, probabilities) = read("probabilities.npy");
    assert!(header.contains("'<f4'") && header.contains("(5,3"), "{header}");
    assert_eq!(probabilities.len(), 4 * 15);
}

fn close(a: &Cloud, b: &Cloud, mean: f32, scale: f32, sh: f32, rotation: f32) {
    assert_eq!((a.len(), a.sh_degree), (b.len(), b.sh_degree));
    for row in 0..a.len() {
        assert!((a.means[row] - b.means[row]).abs().max_element() <= mean);
        assert!((a.log_scales[row] - b.log_scales[row]).abs().max_element() <= scale);
        assert!((a.opacity(row) - b.opacity(row)).abs() <= 1.0 / 255.0);
        assert!(a.rotation(row).dot(b.rotation(row)).abs() >= 1.0 - rotation, "row {row}");
    }
    let differ = a.sh.iter().flatten().zip(b.sh.iter().flatten()).map(|(x, y)| (x - y).abs());
    assert!(differ.fold(0.0, f32::max) <= sh);
}

#[test]
fn spz_and_gltf_come_back_within_their_precision() {
    let dir = tempfile::tempdir().unwrap();
    for degree in 0..=3 {
        let mut cloud = cloud(12, degree, classes());
        // Within what SPZ's bytes can hold.
        cloud.sh.iter_mut().flatten().for_each(|c| *c *= 0.3);
        let path = dir.path().join("cloud.spz");
        spz::write_spz(&path, &cloud).unwrap();
        close(&cloud, &read_cloud(&path).unwrap(), 1.0 / 4096.0, 1.0 / 32.0, 0.07, 1e-2);
        let path = dir.path().join("cloud.glb");
        gltf::write_glb(&path, &cloud).unwrap();
        close(&cloud, &read_cloud(&path).unwrap(), 0.0, 0.0, 0.0, 1e-5);
    }
}

#[test]
fn cut_files_are_refused_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = cloud(12, 3, classes());
    for name in ["cloud.spz", "cloud.glb"] {
        let path = dir.path().join(name);
        if name.ends_with("spz") {
            spz::write_spz(&path, &cloud).unwrap()
        } else {
            gltf::write_glb(&path, &cloud).unwrap()
        }
        let bytes = std::fs::read(&path).unwrap();
        for share in [5, 40, 90] {
            std::fs::write(&path, &bytes[..bytes.len() * share / 100]).unwrap();
            let error = read_cloud(&path).unwrap_err();
            assert!(error.is_bad_input() && error.to_string().contains(name), "{error}");
        }
    }
    let mut far = cloud;
    far.means[3].x = 1e9;
    let error = spz::write_spz(&dir.path().join("far.spz"), &far).unwrap_err().to_string();
    assert!(error.contains("row 3"), "{error}");
}
