//! Clouds, meshes and class tables survive the way to disk and back.

use glam::Vec3;
use splat_core::{ClassInfo, Cloud, LabelSet, Objective, sh};
use splat_io::{
    Mesh, PlyFlavour, read_classes, read_cloud, read_mesh, write_classes, write_cloud, write_mesh, write_remap,
};
use std::path::Path;

pub fn classes() -> LabelSet {
    let class = |(id, name, colour)| ClassInfo { id, name: String::from(name), colour, pixel_count: 0 };
    let list = [(0, "wall", [200, 10, 10]), (7, "office chair", [1, 2, 3]), (300, "book shelf, tall", [0, 255, 9])];
    LabelSet { classes: list.map(class).to_vec() }
}

/// A cloud whose every value is different.
pub fn cloud(rows: usize, sh_degree: u8, classes: LabelSet) -> Cloud {
    let mut next = 0.0f32;
    let mut value = || {
        next += 0.37;
        next.sin() * 3.0
    };
    let k = sh::coefficients(sh_degree);
    let mut triples = |n: usize| (0..n).map(|_| [value(), value(), value()]).collect::<Vec<_>>();
    let means = triples(rows).into_iter().map(Vec3::from_array).collect();
    let log_scales = triples(rows).into_iter().map(Vec3::from_array).collect();
    let sh = triples(rows * k);
    let rotations = triples(rows).iter().map(|t| [t[0], t[1], t[2], 0.5]).collect();
    let opacity_logits = triples(rows).iter().map(|t| t[0]).collect();
    let logits = triples(rows * classes.len()).iter().map(|t| t[1]).collect();
    Cloud { sh_degree, means, log_scales, rotations, opacity_logits, sh, logits, classes, ..Cloud::default() }
}

fn round_trip(path: &Path, cloud: &Cloud, flavour: PlyFlavour) -> Cloud {
    write_cloud(path, cloud, flavour).unwrap();
    read_cloud(path).unwrap()
}

#[test]
fn labelled_clouds_of_every_degree_come_back() {
    let dir = tempfile::tempdir().unwrap();
    for degree in 0..=3 {
        for set in [LabelSet::default(), classes()] {
            let cloud = cloud(5, degree, set);
            assert_eq!(round_trip(&dir.path().join("cloud.ply"), &cloud, PlyFlavour::Labelled), cloud);
        }
    }
    let empty = cloud(0, 3, classes());
    assert_eq!(round_trip(&dir.path().join("empty.ply"), &empty, PlyFlavour::Labelled), empty);
}

#[test]
fn how_logits_are_blended_travels_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("softmax.ply");
    let cloud = Cloud { objective: Objective::Softmax, ..cloud(5, 1, classes()) };
    assert_eq!(round_trip(&path, &cloud, PlyFlavour::Labelled), cloud);
    let bytes = std::fs::read(&path).unwrap();
    let at = bytes.windows(7).position(|w| w == b"softmax").unwrap();
    let other = [&bytes[..at], b"sofsofa", &bytes[at + 7..]].concat();
    std::fs::write(&path, other).unwrap();
    let message = read_cloud(&path).unwrap_err().to_string();
    assert!(message.contains("sofsofa") && message.contains("logits, softmax"), "{message}");
}

#[test]
fn how_splats_are_rendered_travels_in_every_format() {
    let dir = tempfile::tempdir().unwrap();
    for antialiased in [false, true] {
        let cloud = Cloud { antialiased, ..cloud(5, 1, classes()) };
        for flavour in [PlyFlavour::Labelled, PlyFlavour::Plain, PlyFlavour::ColouredByClass, PlyFlavour::TopK(2)] {
            assert_eq!(round_trip(&dir.path().join("a.ply"), &cloud, flavour).antialiased, antialiased, "{flavour:?}");
        }
        let (spz, glb) = (dir.path().join("a.spz"), dir.path().join("a.glb"));
        splat_io::cloud::spz::write_spz(&spz, &cloud).unwrap();
        splat_io::cloud::gltf::write_glb(&glb, &cloud).unwrap();
        for path in [spz, glb] {
            assert_eq!(read_cloud(&path).unwrap().antialiased, antialiased, "{}", path.display());
        }
    }
}

#[test]
fn plain_clouds_have_the_standard_columns_only() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("plain.ply");
    let cloud = cloud(4, 3, classes());
    let back = round_trip(&path, &cloud, PlyFlavour::Plain);
    assert_eq!(back, Cloud { logits: vec![], classes: LabelSet::default(), ..cloud });
    let header = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
    let header = header.split("end_header").next().unwrap().to_owned();
    assert!(!header.contains("semantic") && !header.contains("comment"));
    assert_eq!(header.matches("property float").count(), 62);
    assert_eq!(std::fs::metadata(&path).unwrap().len() as usize, header.len() + "end_header\n".len() + 4 * 62 * 4);
}

#[test]
fn coloured_clouds_show_their_class() {
    let dir = tempfile::tempdir().unwrap();
    let cloud = cloud(6, 2, classes());
    let back = round_trip(&dir.path().join("coloured.ply"), &cloud, PlyFlavour::ColouredByClass);
    for row in 0..6 {
        let (column, _) = cloud.row_class(row).unwrap();
        let shown = back.sh[row * 9].map(|dc| (sh::colour_from_dc(dc) * 255.0).round() as u8);
        assert_eq!(shown, cloud.classes.classes[column].colour);
        assert!(back.sh[row * 9 + 1..(row + 1) * 9].iter().all(|c| *c == [0.0; 3]));
    }
    let plain = Cloud { logits: vec![], classes: LabelSet::default(), ..cloud };
    assert!(write_cloud(&dir.path().join("none.ply"), &plain, PlyFlavour::ColouredByClass).is_err());
}

#[test]
fn other_programs_clouds_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("other.ply");
    // Ascii, another order, a double, an extra column, an extra element, unsorted classes.
    let names = "opacity x z rot_0 rot_1 rot_2 rot_3 scale_0 scale_1 scale_2 f_dc_0 f_dc_1 f_dc_2 confidence semantic_1 semantic_0";
    let properties: String = names.split(' ').map(|n| format!("property float {n}\n")).collect();
    let text = format!(
        "ply\r\nformat ascii 1.0\ncomment semantic_class 0 9 big table\ncomment semantic_class 1 4 chair\nelement sensor 1\n\
         property list uchar float numbers\nelement vertex 1\n{properties}property double y\nend_header\n\
         3 1 2 3\n0.5 1 3 1 0 0 0 -1 -2 -3 0.1 0.2 0.3 77 11 10 2\n"
    );
    std::fs::write(&path, text).unwrap();
    let cloud = read_cloud(&path).unwrap();
    assert_eq!(cloud.means, [Vec3::new(1.0, 2.0, 3.0)]);
    assert_eq!((cloud.sh_degree, cloud.sh.clone()), (0, vec![[0.1, 0.2, 0.3]]));
    assert_eq!(cloud.log_scales, [Vec3::new(-1.0, -2.0, -3.0)]);
    let named: Vec<(u16, &str)> = cloud.classes.classes.iter().map(|c| (c.id, c.name.as_str())).collect();
    assert_eq!(named, [(4, "chair"), (9, "big table")]);
    assert_eq!(cloud.logits, [11.0, 10.0], "logits move with their classes");
}

#[test]
fn meshes_come_back_and_polygons_become_fans() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("mesh.ply");
    let vertices = vec![Vec3::ZERO, Vec3::X, Vec3::Y, Vec3::Z];
    let faces = vec![[0, 1, 2], [3, 2, 1]];
    for colours in [None, Some(vec![[1, 2, 3], [4, 5, 6], [7, 8, 9], [255, 0, 1]])] {
        let mesh = Mesh { vertices: vertices.clone(), faces: faces.clone(), colours };
        write_mesh(&path, &mesh).unwrap();
        assert_eq!(read_mesh(&path).unwrap(), mesh);
    }
    let header = "ply\nformat ascii 1.0\nelement vertex 4\nproperty float x\nproperty float y\nproperty float z\n";
    let text = format!(
        "{header}element face 1\nproperty list uchar int vertex_index\nend_header\n0 0 0\n1 0 0\n1 1 0\n0 1 0\n4 0 1 2 3\n"
    );
    std::fs::write(&path, &text).unwrap();
    assert_eq!(read_mesh(&path).unwrap().faces, [[0, 1, 2], [0, 2, 3]]);
    std::fs::write(&path, text.replace("4 0 1 2 3", "4 0 1 2 4")).unwrap();
    let message = read_mesh(&path).unwrap_err().to_string();
    assert!(message.contains("mesh.ply") && message.contains("face 0") && message.contains("vertex 4"), "{message}");
}

#[test]
fn class_tables_come_back() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("classes.json");
    let mut set = classes();
    set.classes[1].pixel_count = 12;
    write_classes(&path, &set).unwrap();
    assert_eq!(read_classes(&path).unwrap(), set);
    let remap = dir.path().join("remap.json");
    write_remap(&remap, &set).unwrap();
    let json: serde_json::Value = splat_io::read_json(&remap).unwrap();
    assert_eq!(json["num_classes"], 3);
    assert_eq!((&json["global_to_local"]["300"], &json["local_to_global"]["2"]), (&2.into(), &300.into()));
    let info = &json["class_info"][1];
    assert_eq!((&info["local_index"], &info["global_index"], &info["pixel_count"]), (&1.into(), &7.into(), &12.into()));
    set.classes.swap(0, 1);
    write_classes(&path, &set).unwrap();
    assert!(read_classes(&path).unwrap_err().to_string().contains("classes.json"));
}

#[test]
fn a_failed_write_leaves_the_earlier_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("kept.txt");
    splat_io::write_atomic(&path, b"earlier").unwrap();
    let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
    let error = splat_io::files::write_atomic_with(&path, |out| {
        out.write_all(b"half")?;
        Err(full)
    });
    let error = error.unwrap_err();
    assert!(matches!(error, splat_io::IoError::DiskFull { .. }) && !error.is_bad_input());
    assert!(error.to_string().contains("kept.txt"));
    assert_eq!(std::fs::read(&path).unwrap(), b"earlier");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file stays behind");
}
