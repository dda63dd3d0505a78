//! Labels are brought to views, in the right vocabulary, and mistakes are named.

use glam::{DAffine3, Vec3};
use splat_core::capture::MeshPaths;
use splat_core::{Camera, Capture, IGNORE_ID, Intrinsics, LabelImage, Split, View};
use splat_io::masks::write_mask;
use splat_io::mesh::{Mesh, write_mesh};
use splat_labels::{LabelMapSource, LabelRequest, LabelSource, gather, gather_confidence, scene_classes};
use std::fs;
use std::path::Path;

/// Two 8 x 4 views that look along +z from the origin.
fn capture(root: &Path) -> Capture {
    let intrinsics = Intrinsics { width: 8, height: 4, fx: 4.0, fy: 4.0, cx: 4.0, cy: 2.0 };
    let view = |name: &str, split| View {
        name: name.into(),
        camera: Camera { intrinsics, world_from_view: DAffine3::IDENTITY },
        split,
        image_path: root.join(name),
        valid_mask_path: None,
        distortion: None,
    };
    Capture {
        name: "two".into(),
        root: root.to_owned(),
        format: "ScanNet++",
        views: vec![view("a.JPG", Split::Train), view("b.JPG", Split::Test)],
        points: Vec::new(),
        mesh: None,
        warnings: Vec::new(),
    }
}

/// A wall at z = 2 that fills the image's left half and a carpet (no word of the list) in its right half.
fn add_mesh(capture: &mut Capture) {
    let root = capture.root.clone();
    let corner = |x: f32, y: f32| Vec3::new(x, y, 2.0);
    let vertices = vec![
        corner(-4.0, -4.0),
        corner(0.0, -4.0),
        corner(0.0, 4.0),
        corner(-4.0, 4.0),
        corner(0.0, -4.0),
        corner(4.0, -4.0),
        corner(4.0, 4.0),
        corner(0.0, 4.0),
    ];
    let faces = vec![[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]];
    let paths = MeshPaths {
        mesh: root.join("mesh.ply"),
        segments: root.join("segments.json"),
        annotations: root.join("segments_anno.json"),
        ignored_vertices: None,
        vocabulary: None,
        benchmark_map: None,
    };
    write_mesh(&paths.mesh, &Mesh { vertices, faces, colours: None }).unwrap();
    fs::write(&paths.segments, r#"{"segIndices": [5, 5, 5, 5, 6, 6, 6, 6]}"#).unwrap();
    let groups =
        r#"{"segGroups": [{"id": 1, "segments": [5], "label": "wall"}, {"segments": [6], "label": "carpet"}]}"#;
    fs::write(&paths.annotations, groups).unwrap();
    capture.mesh = Some(paths);
}

fn views(capture: &Capture) -> Vec<&View> {
    capture.views.iter().collect()
}

#[test]
fn a_mesh_is_projected_in_the_built_in_list_where_there_is_no_other() {
    let dir = tempfile::tempdir().unwrap();
    let mut capture = capture(dir.path());
    assert_eq!(LabelSource::default_for(&capture), LabelSource::None);
    let error = gather(&capture, &LabelRequest::of(&LabelSource::Mesh), &views(&capture)).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains(&dir.path().display().to_string()), "{error}");

    add_mesh(&mut capture);
    assert_eq!(LabelSource::default_for(&capture), LabelSource::Mesh);
    let labelling = gather(&capture, &LabelRequest::of(&LabelSource::Mesh), &views(&capture)).unwrap();
    let row = [0, 0, 0, 0, IGNORE_ID, IGNORE_ID, IGNORE_ID, IGNORE_ID];
    assert_eq!(labelling.images[1].as_ref().unwrap().ids, row.repeat(4));
    assert!(labelling.warnings[0].contains("carpet"), "{:?}", labelling.warnings);
    let classes = scene_classes(&labelling);
    assert_eq!((classes.len(), classes.classes[0].name.as_str(), classes.classes[0].pixel_count), (1, "wall", 32));
}

#[test]
fn mesh_files_that_contradict_each_other_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut capture = capture(dir.path());
    add_mesh(&mut capture);
    let paths = capture.mesh.clone().unwrap();
    let refused = |file: &Path, text: &str, part: &str| {
        let before = fs::read(file).unwrap_or_default();
        fs::write(file, text).unwrap();
        let error = gather(&capture, &LabelRequest::of(&LabelSource::Mesh), &views(&capture)).unwrap_err();
        let message = error.to_string();
        assert!(error.is_bad_input() && message.contains(&file.display().to_string()), "{message}");
        assert!(message.contains(part), "{message}");
        fs::write(file, before).unwrap();
    };
    refused(&paths.segments, r#"{"segIndices": [5, 5]}"#, "8 vertices");
    refused(&paths.segments, "{", "JSON");
    refused(&paths.annotations, r#"{"segGroups": [{"segments": [5]}]}"#, "label");
    refused(&paths.annotations, r#"{"segGroups": []}"#, "no object carries a label");
    refused(&paths.mesh, "ply\nformat binary_little_endian 1.0\nelement vertex 8\n", "");
}

#[test]
fn masks_of_other_views_are_never_opened() {
    let dir = tempfile::tempdir().unwrap();
    let capture = capture(dir.path());
    let masks = dir.path().join("masks");
    fs::create_dir(&masks).unwrap();
    write_mask(&masks.join("a.JPG.png"), &LabelImage { width: 8, height: 4, ids: vec![1; 32] }).unwrap();
    fs::write(masks.join("b.JPG.png"), "not a picture").unwrap();
    let source: LabelSource = "masks".parse().unwrap(); // found inside the capture
    let training: Vec<&View> = capture.split(Split::Train).collect();
    let labelling = gather(&capture, &LabelRequest::of(&source), &training).unwrap();
    assert_eq!((labelling.images.len(), labelling.vocabulary.name(1)), (1, "class 1".into()));
    let error = gather(&capture, &LabelRequest::of(&source), &views(&capture)).unwrap_err();
    assert!(error.to_string().contains("b.JPG.png"), "{error}");
}

#[test]
fn a_folder_is_mapped_to_another_vocabulary_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let capture = capture(dir.path());
    let masks = dir.path().join("dslr/semantic");
    fs::create_dir_all(&masks).unwrap();
    fs::write(masks.join("classes.txt"), "armchair\nwall\nsky\n").unwrap();
    let ids: Vec<u16> = [0, 0, 1, 1, 2, 2, IGNORE_ID, IGNORE_ID].repeat(4);
    write_mask(&masks.join("a.png"), &LabelImage { width: 8, height: 4, ids: ids.clone() }).unwrap();
    let source = LabelSource::Folder("semantic".into());

    let own = gather(&capture, &LabelRequest::of(&source), &views(&capture)).unwrap();
    assert_eq!(own.images[0].as_ref().unwrap().ids, ids);
    assert!(own.images[1].is_none() && own.warnings[0].contains("1 of 2 views have no mask"), "{:?}", own.warnings);

    let list = dir.path().join("list.txt");
    fs::write(&list, "wall\nsofa\n").unwrap();
    let mapped =
        gather(&capture, &LabelRequest { vocabulary: Some(&list), ..LabelRequest::of(&source) }, &views(&capture))
            .unwrap();
    let row = [1, 1, 0, 0, IGNORE_ID, IGNORE_ID, IGNORE_ID, IGNORE_ID];
    assert_eq!(mapped.images[0].as_ref().unwrap().ids, row.repeat(4));
    assert!(mapped.warnings[1].contains("33.3 %") && mapped.warnings[1].contains("sky"), "{:?}", mapped.warnings);
    let classes = scene_classes(&mapped);
    assert_eq!(classes.classes.iter().map(|c| (c.id, c.name.as_str())).collect::<Vec<_>>(), [(0, "wall"), (1, "sofa")]);
}

#[test]
fn a_label_map_goes_to_the_scenes_list_and_only_for_masks() {
    let dir = tempfile::tempdir().unwrap();
    let mut capture = capture(dir.path());
    add_mesh(&mut capture);
    let masks = dir.path().join("masks");
    fs::create_dir_all(&masks).unwrap();
    let ids: Vec<u16> = [0, 0, 2, 2, 3, 3, IGNORE_ID, IGNORE_ID].repeat(4);
    write_mask(&masks.join("a.png"), &LabelImage { width: 8, height: 4, ids }).unwrap();
    let (source, map) = (LabelSource::Folder(masks.clone()), LabelMapSource::Ade20kToScannetpp);
    let request = LabelRequest { map: Some(&map), ..LabelRequest::of(&source) };
    let training: Vec<&View> = capture.split(Split::Train).collect();

    // Without a class list the built-in map takes ids as ADE20K's: wall, sky, floor.
    let labelling = gather(&capture, &request, &training).unwrap();
    let row = [0, 0, IGNORE_ID, IGNORE_ID, 2, 2, IGNORE_ID, IGNORE_ID];
    assert_eq!(labelling.images[0].as_ref().unwrap().ids, row.repeat(4));
    assert_eq!((labelling.vocabulary.name(2).as_str(), labelling.vocabulary.names.len()), ("floor", 100));
    let report = labelling.mapped.unwrap();
    assert_eq!((report.labelled_pixels, report.lost_pixels, report.classes[3].pixels), (24, 8, 8));

    // The scene's own list, where it has one.
    let list = dir.path().join("top100.txt");
    fs::write(&list, "floor\nwall\n").unwrap();
    capture.mesh.as_mut().unwrap().vocabulary = Some(list);
    let training: Vec<&View> = capture.split(Split::Train).collect();
    assert_eq!(gather(&capture, &request, &training).unwrap().images[0].as_ref().unwrap().ids[..2], [1, 1]);

    let csv = dir.path().join("my.csv");
    fs::write(&csv, "from,to\nwall,floor\n").unwrap();
    let map = LabelMapSource::File(csv);
    let error = gather(&capture, &LabelRequest { map: Some(&map), ..request }, &training).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("classes.txt"), "{error}");
    let error = gather(&capture, &LabelRequest { source: &LabelSource::Mesh, ..request }, &training).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("ade20k-to-scannetpp"), "{error}");
}

#[test]
fn the_benchmarks_renaming_goes_for_a_meshs_labels() {
    let dir = tempfile::tempdir().unwrap();
    let mut capture = capture(dir.path());
    add_mesh(&mut capture);
    let map = dir.path().join("map_benchmark.csv");
    let paths = capture.mesh.as_mut().unwrap();
    paths.benchmark_map = Some(map.clone());
    let ids = |wall: &str, carpet: &str| {
        let text = format!("class,count,semantic_map_to,instance_map_to\nwall,1,{wall},\ncarpet,1,{carpet},\n");
        fs::write(&map, text).unwrap();
        let labelling = gather(&capture, &LabelRequest::of(&LabelSource::Mesh), &views(&capture)).unwrap();
        let ids = &labelling.images[0].as_ref().unwrap().ids;
        ([ids[0], ids[7]], labelling.warnings.len())
    };
    assert_eq!(ids("", "floor"), ([0, 2], 0));
    assert_eq!(ids("floor", "None"), ([2, IGNORE_ID], 0));
    assert_eq!(ids("", "rug of wool"), ([0, IGNORE_ID], 1), "a name outside the list is told");
}

#[test]
fn an_id_outside_the_class_list_is_an_error_that_names_the_mask() {
    let dir = tempfile::tempdir().unwrap();
    let capture = capture(dir.path());
    let masks = dir.path().join("masks");
    fs::create_dir(&masks).unwrap();
    fs::write(masks.join("classes.txt"), "wall\nfloor\n").unwrap();
    write_mask(&masks.join("a.JPG.png"), &LabelImage { width: 8, height: 4, ids: vec![2; 32] }).unwrap();
    let error = gather(&capture, &LabelRequest::of(&LabelSource::Folder(masks)), &views(&capture)).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("a.JPG.png"), "{error}");
    let error =
        gather(&capture, &LabelRequest::of(&LabelSource::Folder("nowhere".into())), &views(&capture)).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("nowhere"), "{error}");
}

#[test]
fn no_labels_are_no_labels() {
    let dir = tempfile::tempdir().unwrap();
    let capture = capture(dir.path());
    let labelling = gather(&capture, &LabelRequest::of(&LabelSource::None), &views(&capture)).unwrap();
    assert_eq!(labelling.images, [None, None]);
    assert!(scene_classes(&labelling).is_empty());
}

#[test]
fn a_folders_confidence_comes_at_the_views_size_and_gaps_are_told() {
    let dir = tempfile::tempdir().unwrap();
    let capture = capture(dir.path());
    let source: LabelSource = "masks".parse().unwrap();
    fs::create_dir_all(dir.path().join("masks")).unwrap();
    fs::create_dir_all(dir.path().join("masks_confidence")).unwrap();
    let file = dir.path().join("masks_confidence/a.JPG.png");
    write_mask(&file, &LabelImage { width: 4, height: 2, ids: vec![9, 8, 7, 6, 5, 4, 3, 2] }).unwrap();
    let (found, warnings) = gather_confidence(&capture, &source, &views(&capture)).unwrap();
    assert_eq!(found[0].as_ref().unwrap().values[..8], [9, 9, 8, 8, 7, 7, 6, 6]);
    assert!(found[1].is_none() && warnings[0].contains("1 of 2 views"), "{warnings:?}");
    write_mask(&file, &LabelImage { width: 4, height: 4, ids: vec![9; 16] }).unwrap();
    let error = gather_confidence(&capture, &source, &views(&capture)).unwrap_err();
    assert!(error.is_bad_input() && error.to_string().contains("masks_confidence"), "{error}");
    let none = gather_confidence(&capture, &LabelSource::None, &views(&capture)).unwrap();
    assert_eq!(none, (vec![None, None], vec![]));
}
