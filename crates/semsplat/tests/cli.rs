//! The command line from outside: help, exit codes, messages about bad input, and one small run from room to pictures.

#[path = "support/rooms.rs"]
mod rooms;
mod support;

use rooms::{copied_room, room};
use serde_json::Value;
use std::path::Path;
use support::{has_gpu, semsplat, stderr, stdout, text};

#[test]
fn help_teaches() {
    let all = stdout(&semsplat(&["--help"]));
    let commands =
        ["info", "train", "eval", "render", "lift", "export", "labels", "reproduce", "plan", "synth", "demo", "bench"];
    for command in commands {
        assert!(all.contains(command), "{command} is not in --help");
        let help = semsplat(&[command, "--help"]);
        assert_eq!(help.status.code(), Some(0));
        // `labels` has commands of its own.
        assert!(stdout(&help).contains("Example") || command == "labels", "{command} --help has no example");
    }
    assert!(all.contains("Exit codes: 0 done, 2"));
    for command in ["project", "segment", "score"] {
        assert!(stdout(&semsplat(&["labels", command, "--help"])).contains("Example"), "labels {command}");
    }
}

#[test]
fn misuse_exits_with_2() {
    let cases: [&[&str]; 14] = [
        &["fly"],
        &["train"],
        &["train", "x", "--out", "y", "--iterations", "0"],
        &["train", "x", "--out", "y", "--downscale", "0.5"],
        &["train", "x", "--out", "y", "--downscale", "NaN"],
        &["train", "x", "--out", "y", "--geometry-gate", "2"],
        &["train", "x", "--out", "y", "--strategy", "luck"],
        &["train", "x", "--out", "y", "--memory-limit", "much"],
        &["render", "x", "--modes", "smell", "--out", "y"],
        &["eval", "no/such/run"],
        &["lift", "no/such/cloud.ply", "x", "--out", "y.ply"],
        &["synth", "--seed", "1", "--out", "y", "--width", "3"],
        &["reproduce", "table3", "--root", "x", "--scenes", "a", "--out", "y"],
        &["reproduce", "table1", "--root", "no/such/root", "--scenes", "a", "--out", "y"],
    ];
    for case in cases {
        let output = semsplat(case);
        assert_eq!(output.status.code(), Some(2), "{case:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("error"), "{case:?}");
    }
}

/// One way to break a scene: what it is called, the file that the message must name, extra arguments, and the deed.
type Breakage = (&'static str, &'static str, &'static [&'static str], fn(&Path));

const POSES: &str = "dslr/nerfstudio/transforms_undistorted_4x.json";
const PHOTOS: &str = "dslr/resized_undistorted_images_4x";

fn edit_json(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    change(&mut value);
    std::fs::write(path, value.to_string()).unwrap();
}

fn edit_text(path: &Path, change: impl FnOnce(String) -> String) {
    let before = std::fs::read_to_string(path).unwrap();
    let after = change(before.clone());
    assert_ne!(before, after, "{} is not broken", path.display());
    std::fs::write(path, after).unwrap();
}

fn cut(path: &Path, share: f64) {
    let bytes = std::fs::read(path).unwrap();
    std::fs::write(path, &bytes[..(bytes.len() as f64 * share) as usize]).unwrap();
}

fn masks(scene: &Path, id: u8, names: &str) {
    let folder = scene.join("dslr/own_masks");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("classes.txt"), names).unwrap();
    image::GrayImage::from_pixel(96, 64, image::Luma([id])).save(folder.join("DSC00001.JPG.png")).unwrap();
}

const BREAKAGES: [Breakage; 16] = [
    ("JSON that is not JSON", "transforms_undistorted_4x.json", &[], |s| {
        std::fs::write(s.join(POSES), "{ frames: oops").unwrap();
    }),
    ("NaN focal length", "transforms_undistorted_4x.json", &[], |s| {
        edit_text(&s.join(POSES), |t| t.replacen("\"fl_x\": ", "\"fl_x\": NaN, \"old\": ", 1));
    }),
    ("negative focal length", "transforms_undistorted_4x.json", &[], |s| {
        edit_json(&s.join(POSES), |j| j["fl_x"] = (-5.0).into());
    }),
    ("a pose without numbers", "transforms_undistorted_4x.json", &[], |s| {
        edit_json(&s.join(POSES), |j| j["frames"][0]["transform_matrix"][0][3] = Value::Null);
    }),
    ("an infinite pose", "transforms_undistorted_4x.json", &[], |s| {
        edit_text(&s.join(POSES), |t| t.replacen("\"transform_matrix\": [\n", "\"transform_matrix\": [ 1e999,\n", 1));
    }),
    ("no cameras", "", &[], |s| {
        edit_json(&s.join(POSES), |j| (j["frames"], j["test_frames"]) = (Value::Array(vec![]), Value::Array(vec![])));
        edit_json(&s.join("dslr/train_test_lists.json"), |j| {
            (j["train"], j["test"]) = (Value::Array(vec![]), Value::Array(vec![]));
        });
    }),
    ("a truncated photograph", "DSC00002.JPG", &[], |s| cut(&s.join(PHOTOS).join("DSC00002.JPG"), 0.6)),
    ("an empty photograph", "DSC00003.JPG", &[], |s| cut(&s.join(PHOTOS).join("DSC00003.JPG"), 0.0)),
    ("a photograph of another size", "DSC00002.JPG", &[], |s| {
        image::RgbImage::new(50, 90).save(s.join(PHOTOS).join("DSC00002.JPG")).unwrap();
    }),
    ("no photographs", "", &[], |s| std::fs::remove_dir_all(s.join(PHOTOS)).unwrap()),
    ("truncated points", "points3D.txt", &[], |s| {
        edit_text(&s.join("dslr/colmap/points3D.txt"), |t| format!("{}\n7 0.5 oops", &t[..t.len() / 2]));
    }),
    ("no points", "points", &[], |s| std::fs::write(s.join("dslr/colmap/points3D.txt"), "# none\n").unwrap()),
    ("a truncated mesh", "mesh_aligned_0.05.ply", &[], |s| cut(&s.join("scans/mesh_aligned_0.05.ply"), 0.7)),
    ("segments of another mesh", "segments.json", &[], |s| {
        edit_json(&s.join("scans/segments.json"), |j| drop(j["segIndices"].as_array_mut().unwrap().pop()));
    }),
    ("a label outside the list", "DSC00001.JPG.png", &["--labels", "own_masks"], |s| masks(s, 9, "wall\nfloor\n")),
    ("no masks where they should be", "no_such_masks", &["--labels", "no_such_masks"], |_| ()),
];

#[test]
fn bad_input_exits_with_2_and_names_the_file() {
    let mut wrong = Vec::new();
    for (what, file, extra, damage) in BREAKAGES {
        let dir = tempfile::tempdir().unwrap();
        let scene = copied_room(dir.path());
        damage(&scene);
        let out = dir.path().join("run");
        let arguments = [&["train", text(&scene), "--out", text(&out), "--iterations", "1"], extra].concat();
        let output = semsplat(&arguments);
        let message = stderr(&output);
        let last = message.lines().last().unwrap_or_default();
        if output.status.code() != Some(2) || !last.contains(file) || message.contains("panicked") {
            wrong.push(format!("{what}: exit code {:?}, should name `{file}`: {message}", output.status.code()));
        }
        if out.exists() {
            wrong.push(format!("{what}: a run folder was left behind"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn broken_clouds_and_missing_cameras_are_bad_input() {
    let dir = tempfile::tempdir().unwrap();
    let ply = dir.path().join("cloud.ply");
    std::fs::write(&ply, "ply\nformat binary_little_endian 1.0\nelement vertex 9\nproperty float x\nend_header\n")
        .unwrap();
    let out = text(dir.path()).to_owned() + "/out";
    let output = semsplat(&["render", text(&ply), "--capture", text(room()), "--out", &out]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("cloud.ply"), "{}", stderr(&output));
    assert_eq!(semsplat(&["info", text(dir.path())]).status.code(), Some(2));
}

#[test]
fn a_filled_folder_is_no_run_folder() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("diary.txt"), "dear diary").unwrap();
    for extra in [&[][..], &["--overwrite"]] {
        let arguments = [&["train", text(room()), "--out", text(dir.path()), "--iterations", "1"], extra].concat();
        let output = semsplat(&arguments);
        // Without a GPU, `--overwrite` gets as far as saying that.
        let stops_at_gpu = stderr(&output).contains("adapter");
        assert!(output.status.code() == Some(2) || stops_at_gpu, "{}", stderr(&output));
    }
    assert_eq!(std::fs::read_to_string(dir.path().join("diary.txt")).unwrap(), "dear diary");
}

#[test]
fn a_run_that_does_not_fit_into_memory_is_refused_before_it_begins() {
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let output = semsplat(&["train", text(room()), "--out", text(&run), "--iterations", "9", "--memory-limit", "1M"]);
    if !has_gpu(&output) {
        return;
    }
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{told}");
    assert!(told.contains("MiB") && told.contains("--downscale") && !run.exists(), "{told}");
}

#[test]
fn info_and_projected_labels() {
    let output = semsplat(&["info", text(room()), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let info: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(
        (info["format"].as_str(), &info["train_views"], &info["test_views"]),
        (Some("ScanNet++"), &8.into(), &2.into())
    );
    assert!(info["mesh"]["classes"].as_array().unwrap().len() >= 10);

    let dir = tempfile::tempdir().unwrap();
    let output = semsplat(&["labels", "project", text(room()), "--out", text(dir.path())]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let names = std::fs::read_to_string(dir.path().join("classes.txt")).unwrap();
    assert!(names.starts_with("wall\n"));
    let mask = image::open(dir.path().join("DSC00010.JPG.png")).unwrap();
    assert_eq!((mask.width(), mask.height(), mask.color()), (96, 64, image::ColorType::L8));
    assert!(mask.into_luma8().pixels().all(|p| (p.0[0] as usize) < names.lines().count() || p.0[0] == 255));
}

#[test]
fn from_a_room_to_pictures() {
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (run, pictures) = (dir.path().join("run"), dir.path().join("pictures"));
    let train = ["train", text(room()), "--out", text(&run), "--iterations", "60", "--max-gaussians", "1500"];
    let output = semsplat(&train);
    if !has_gpu(&output) {
        return;
    }
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    for file in ["settings.json", "cloud.ply", "classes.json", "remap.json", "metrics.jsonl", "summary.json"] {
        assert!(run.join(file).is_file(), "{file}");
    }
    let rows: Vec<Value> = std::fs::read_to_string(run.join("metrics.jsonl"))
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let loss = |row: &Value| row["loss"].as_f64().unwrap();
    assert!(rows.len() == 6 && loss(&rows[5]) < loss(&rows[0]), "{rows:?}");
    let again = semsplat(&train);
    assert_eq!(again.status.code(), Some(2));
    assert!(stderr(&again).contains("--overwrite"));

    let output = semsplat(&["eval", text(&run), "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let keys = ["psnr", "ssim", "miou_dataset", "miou_image", "accuracy", "per_class", "gaussians", "iterations"];
    for key in keys.iter().chain(&["its_per_s", "stage_ms", "boundary_iou", "ece"]) {
        assert!(!report[key].is_null(), "{key}");
    }
    assert_eq!(report["per_view"].as_array().map(Vec::len), Some(2));
    assert!(report["psnr"].as_f64().unwrap() > 8.0, "{}", report["psnr"]);
    // A moment's training already knows wall from floor, and balance does not sweep that away.
    assert!(report["accuracy"].as_f64().unwrap() > 0.4, "{}", report["accuracy"]);
    assert!(report["lpips"].is_null(), "without weights there is no LPIPS");
    let output = semsplat(&["eval", text(&run), "--lpips", text(&run.join("cloud.ply"))]);
    assert!(output.status.code() == Some(2) && stderr(&output).contains("cloud.ply"), "{}", stderr(&output));
    let panel = image::open(run.join("eval/panels/DSC00010.JPG.png")).unwrap();
    assert!(panel.width() >= 4 * 96 && panel.height() >= 64);
    assert!(
        ["report.json", "report.md", "curves.png", "legend.png", "confusion.png"]
            .iter()
            .all(|f| run.join("eval").join(f).is_file())
    );

    render_everything(&run, &pictures);
    lift_twice(&run.join("cloud.ply"), dir.path());
}

/// From the mesh, and from the same labels as masks, of which those of held-out views are no pictures: nobody reads them.
fn lift_twice(cloud: &Path, dir: &Path) {
    let masks = dir.join("masks");
    assert_eq!(semsplat(&["labels", "project", text(room()), "--out", text(&masks)]).status.code(), Some(0));
    for held_out in ["DSC00009.JPG.png", "DSC00010.JPG.png"] {
        std::fs::write(masks.join(held_out), "secret").unwrap();
    }
    let lift = |labels: &str, name: &str| {
        let out = dir.join(name);
        let output = semsplat(&["lift", text(cloud), text(room()), "--labels", labels, "--out", text(&out), "--json"]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let figures: Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert!(figures["views"] == 8 && figures["seen"].as_u64() > Some(100), "{figures}");
        assert!(figures["seconds"].as_f64() > Some(0.0));
        std::fs::read(out).unwrap()
    };
    assert!(lift("mesh", "a.ply") == lift(text(&masks), "b.ply"), "the same labels lift differently");
    let out = dir.join("c.ply");
    let arguments = ["lift", text(cloud), text(room()), "--labels", "none", "--out", text(&out)];
    let output = semsplat(&arguments);
    assert!(output.status.code() == Some(2) && stderr(&output).contains("--labels DIR"), "{}", stderr(&output));
}

fn render_everything(run: &Path, pictures: &Path) {
    let out = text(pictures);
    let output = semsplat(&["render", text(run), "--views", "test", "--modes", "rgb,labels,depth", "--out", out]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let kinds = [("rgb", image::ColorType::Rgb8), ("labels", image::ColorType::L8), ("depth", image::ColorType::L16)];
    for (mode, kind) in kinds {
        let picture = image::open(pictures.join(mode).join("DSC00009.JPG.png")).unwrap();
        assert_eq!((picture.width(), picture.height(), picture.color()), (96, 64, kind), "{mode}");
    }
    // Rendered labels are labels that can be trained on or compared with.
    let labels = pictures.join("labels");
    let output =
        semsplat(&["eval", text(run), "--labels", text(&labels), "--out", text(&pictures.join("eval")), "--json"]);
    let report: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(report["miou_dataset"], 1.0, "a rendering agrees with itself");

    let cloud = run.join("cloud.ply");
    let flight = ["render", text(&cloud), "--capture", text(room()), "--views", "path", "--frames", "3", "--out", out];
    assert_eq!(semsplat(&flight).status.code(), Some(0));
    assert!(pictures.join("rgb/frame_0003.png").is_file());
    let orbit = flight.map(|argument| if argument == "path" { "orbit" } else { argument });
    let orbit = orbit.map(|argument| if argument == "3" { "5" } else { argument });
    assert_eq!(semsplat(&orbit).status.code(), Some(0));
    assert!(pictures.join("rgb/frame_0005.png").is_file());
}
