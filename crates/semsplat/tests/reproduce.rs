//! `reproduce` on a tiny room: tables, report and figures come out whole, and what is finished is kept.

mod support;

use serde_json::Value;
use std::path::Path;
use std::time::SystemTime;
use support::{copied_room, has_gpu, room, semsplat, stderr, text};

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
