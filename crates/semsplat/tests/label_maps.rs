//! Masks of one class list trained, lifted and scored as classes of another, from outside.

#[path = "support/rooms.rs"]
mod rooms;
mod support;

use rooms::{copied_room, room};
use serde_json::Value;
use std::path::Path;
use support::{has_gpu, semsplat, stderr, stdout, text};

/// The room's true labels in another list: its names backwards, `sofa` as `armchair`, floors without a counterpart.
fn foreign_masks(dir: &Path) -> std::path::PathBuf {
    let masks = dir.join("masks");
    assert_eq!(semsplat(&["labels", "project", text(room()), "--out", text(&masks)]).status.code(), Some(0));
    let list = masks.join("classes.txt");
    let names = std::fs::read_to_string(&list).unwrap();
    let rename = |name: &str| match name {
        "sofa" => "armchair".to_owned(),
        "floor" => "abyss".to_owned(),
        other => other.to_owned(),
    };
    std::fs::write(&list, names.lines().map(|n| rename(n) + "\n").collect::<String>()).unwrap();
    masks
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

#[test]
fn masks_are_scored_through_a_map() {
    let dir = tempfile::tempdir().unwrap();
    let masks = foreign_masks(dir.path());
    let score = |extra: &[&str]| {
        let arguments = [&["labels", "score", text(&masks), text(room()), "--json"], extra].concat();
        let output = semsplat(&arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_str::<Value>(&stdout(&output)).unwrap()
    };
    // The built-in table knows armchairs; the abyss has no counterpart, so floors are not scored: all the rest is right.
    let built_in = score(&["--views", "all", "--label-map", "ade20k-to-scannetpp"]);
    assert_eq!((&built_in["miou_dataset"], &built_in["views"]), (&1.0.into(), &10.into()), "{built_in}");
    assert!(built_in["label_map"]["lost_pixels"].as_u64() > Some(0));
    assert!(built_in["warnings"].to_string().contains("abyss"), "{}", built_in["warnings"]);
    assert_eq!(score(&[])["views"], 2);

    let csv = dir.path().join("map.csv");
    std::fs::write(&csv, "masks,scene\nabyss,floor\nwall,ceiling|floor\n").unwrap();
    let wrong = score(&["--label-map", text(&csv)]);
    let iou = |name: &str| {
        let of = |c: &&Value| c["name"] == name;
        wrong["per_class"].as_array().unwrap().iter().find(of).map(|c| c["iou"].as_f64().unwrap())
    };
    assert_eq!((iou("floor"), iou("wall")), (Some(1.0), None), "nothing stands for walls: they are not scored");
}

#[test]
fn bad_maps_are_bad_input() {
    let dir = tempfile::tempdir().unwrap();
    let scene = copied_room(dir.path());
    let (csv, out) = (dir.path().join("map.csv"), dir.path().join("run"));
    std::fs::write(&csv, "a,b\nwall,wall,wall\n").unwrap();
    let masks = foreign_masks(dir.path());
    for (map, labels, part) in [
        (text(&csv), text(&masks), "map.csv"),
        ("no/such.csv", text(&masks), "no/such.csv"),
        ("ade20k-to-scannetpp", "mesh", "folder of masks"),
    ] {
        let run =
            ["train", text(&scene), "--out", text(&out), "--iterations", "1", "--labels", labels, "--label-map", map];
        let output = semsplat(&run);
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(part) && !out.exists(), "{part}: {}", stderr(&output));
    }
}

#[test]
fn a_map_goes_from_training_to_evaluation() {
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let masks = foreign_masks(dir.path());
    let run = dir.path().join("run");
    let map = ["--labels", text(&masks), "--label-map", "ade20k-to-scannetpp"];
    let small = ["--iterations", "40", "--max-gaussians", "1500", "--quiet"];
    let train = [&["train", text(room()), "--out", text(&run)], &map[..], &small[..]].concat();
    let output = semsplat(&train);
    if !has_gpu(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report = json(&run.join("label_map.json"));
    assert!(report["lost_pixels"].as_u64() > Some(0) && report["map"] == "ade20k-to-scannetpp", "{report}");
    let said = std::fs::read_to_string(run.join("label_map.md")).unwrap();
    assert!(said.contains("| armchair |") && said.contains("**lost**"), "{said}");
    let classes = json(&run.join("classes.json")).to_string();
    assert!(classes.contains("\"sofa\"") && !classes.contains("armchair") && !classes.contains("floor"), "{classes}");
    assert_eq!(json(&run.join("settings.json"))["label_map"], "ade20k-to-scannetpp");

    let output = semsplat(&["eval", text(&run), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let scores: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert!(!scores["per_class"].to_string().contains("floor"), "only what both sides know is scored");
    assert!(scores["miou_dataset"].as_f64() > Some(0.0) && !scores["flicker_input"].is_null());

    let lifted = dir.path().join("lifted.ply");
    let cloud = run.join("cloud.ply");
    let output = semsplat(&[&["lift", text(&cloud), text(room()), "--out", text(&lifted)], &map[..]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(json(&dir.path().join("lifted.label_map.json")), report, "lifting and training map alike");
}
