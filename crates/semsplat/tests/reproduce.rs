//! `reproduce` on a tiny room: tables, report and figures come out whole, and what is finished is kept.

#[path = "support/rooms.rs"]
mod rooms;
mod support;

use rooms::{copied_room, room};
use serde_json::Value;
use std::path::Path;
use std::time::SystemTime;
use support::{has_gpu, semsplat, stderr, text};

fn rows(path: &Path) -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// `reproduce WHAT` on the room, in steps too few to mean anything.
fn reproduce(what: &str, out: &Path) -> std::process::Output {
    let (root, scene) = (room().ancestors().nth(2).unwrap(), room().file_name().unwrap().to_str().unwrap());
    let place = ["--root", text(root), "--scenes", scene, "--masks", "semantic_noisy", "--out", text(out)];
    semsplat(&[&["reproduce", what, "--iterations", "12", "--quiet"], &place[..]].concat())
}

#[test]
fn tables_and_figures_of_a_room() {
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("paper");
    let output = reproduce("table1", &out);
    if !has_gpu(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let table = rows(&out.join("table1.json"));
    let methods = ["paper", "quality", "grouping", "lift", "colour", "input"];
    let expected: Vec<(&str, &str)> =
        ["exact", "noisy"].iter().flat_map(|masks| methods.map(|method| (*masks, method))).collect();
    let found: Vec<_> = table.iter().map(|r| (r["masks"].as_str().unwrap(), r["method"].as_str().unwrap())).collect();
    assert_eq!(found, expected);
    for row in &table {
        let method = row["method"].as_str().unwrap();
        assert_eq!(row["psnr"].is_null(), method == "input", "{row}");
        assert_eq!(row["miou_dataset"].is_null(), method == "colour", "{row}");
        assert_eq!(row["seconds"].is_null() && row["gaussians"].is_null(), method == "input", "{row}");
    }
    assert_eq!(table[5]["miou_dataset"], 1.0, "exact masks are exact");
    let noisy = table[11]["miou_dataset"].as_f64().unwrap();
    assert!(noisy > 0.2 && noisy < 1.0, "{noisy}");
    let scored = |i: usize| table[i]["classes"].as_u64().unwrap();
    assert_eq!(scored(7), scored(11), "what is trained and what goes in are scored on the same classes");

    let kept = || {
        let folders = out.join("runs").join(room().file_name().unwrap()).read_dir().unwrap().flatten();
        let mut times: Vec<(String, SystemTime)> = folders
            .map(|f| {
                (
                    f.file_name().into_string().unwrap(),
                    f.path().join("row.json").metadata().unwrap().modified().unwrap(),
                )
            })
            .collect();
        times.sort();
        times
    };
    let before = kept();
    assert_eq!(before.len(), 11, "{before:?}");
    let output = reproduce("figures", &out);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(kept(), before, "figures need no row that Table 1 does not have");
    let output = reproduce("table2", &out);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(kept().len(), 14);
    let methods: Vec<Value> = rows(&out.join("table2.json")).into_iter().map(|r| r["method"].clone()).collect();
    assert_eq!(methods, ["original", "softmax", "entropy_0.01", "entropy_0.05"]);

    let [markdown, html] = ["report.md", "report.html"].map(|f| std::fs::read_to_string(out.join(f)).unwrap());
    for part in ["Table 1", "Table 2", "OneFormer", "26.37", "What differs", "figures/figure1_", "figures/figure3.png"]
    {
        assert!(markdown.contains(part) && html.contains(part), "{part} is missing");
    }
    let figures: Vec<_> = out.join("figures").read_dir().unwrap().flatten().map(|f| f.path()).collect();
    assert!(figures.len() == 3 && figures.iter().all(|f| image::open(f).is_ok()), "{figures:?}");
}

/// `reproduce table1` of a few methods on a scene without a mesh.
fn reproduce_plain(root: &Path, scene: &str, out: &Path, more: &[&str]) -> std::process::Output {
    let place = ["--root", text(root), "--scenes", scene, "--out", text(out), "--quiet"];
    semsplat(&[&["reproduce", "table1", "--iterations", "12", "--methods", "quality,input"], &place[..], more].concat())
}

/// The report of a scene whose true classes nobody knows says so, and shows what there is.
fn check_plain(out: &Path, scene: &str) {
    let table = rows(&out.join("table1.json"));
    let found: Vec<_> = table.iter().map(|r| (r["masks"].as_str().unwrap(), r["method"].as_str().unwrap())).collect();
    assert_eq!(found, [("noisy", "quality"), ("noisy", "input")]);
    assert!(table[0]["psnr"].is_number() && table[0]["miou_dataset"].is_number(), "{:#}", table[0]);
    assert!(table[1]["miou_dataset"].is_null(), "{:#}", table[1]);
    let report = std::fs::read_to_string(out.join("report.md")).unwrap();
    for part in ["No annotated mesh", "agreement with the segmenter", "figures/figure1-masks_", "figures/figure2_"] {
        assert!(report.contains(part), "{part} is missing in\n{report}");
    }
    let picture = |kind: &str| image::open(out.join(format!("figures/{kind}_{scene}.png"))).unwrap();
    assert!(picture("figure1-masks").width() > 4 * 400 && picture("figure2").width() > 2 * 400);
}

#[test]
fn a_scene_without_a_mesh_has_rows_and_pictures_of_noisy_masks() {
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let scene = copied_room(dir.path());
    std::fs::remove_dir_all(scene.join("scans")).unwrap();
    let (out, name) = (dir.path().join("out"), scene.file_name().unwrap().to_str().unwrap());
    let output = reproduce_plain(&dir.path().join("root"), name, &out, &["--masks", "semantic_noisy"]);
    if !has_gpu(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    check_plain(&out, name);
    let other = ["--masks", "semantic_noisy", "--seed", "1"];
    let output = reproduce_plain(&dir.path().join("root"), name, &out, &other);
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
    assert!(stderr(&output).contains("other settings: choose another --out"), "{}", stderr(&output));
}

#[test]
fn photographs_alone_become_a_report() {
    let Some(data) = std::env::var_os("SEMSPLAT_DATA").map(std::path::PathBuf::from) else {
        eprintln!("SKIPPED: SEMSPLAT_DATA is not set");
        return;
    };
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("out");
    let model = data.join("models/deeplabv3_mnv2_ade20k32_qat_f32.onnx");
    // A folder that is not there: the network makes the masks.
    let more = ["--masks", "nowhere", "--model", text(&model), "--downscale", "8"];
    let output = reproduce_plain(&data.join("captures"), "room", &out, &more);
    if !has_gpu(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(out.join("masks/room/0001.jpg.png").is_file());
    check_plain(&out, "room");
}

#[test]
fn what_is_missing_is_told_before_anything_is_trained() {
    let dir = tempfile::tempdir().unwrap();
    let scene = copied_room(dir.path());
    let out = dir.path().join("out");
    let (root, name) = (scene.parent().unwrap(), scene.file_name().unwrap().to_str().unwrap());
    for (scenes, masks, part) in [(name, "no_such_masks", "--model"), ("elsewhere", "semantic_noisy", "elsewhere")] {
        let place = ["--root", text(root), "--scenes", scenes, "--masks", masks, "--out", text(&out)];
        let output = semsplat(&[&["reproduce", "table1"], &place[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));
        assert!(stderr(&output).contains(part), "{}", stderr(&output));
    }
}
