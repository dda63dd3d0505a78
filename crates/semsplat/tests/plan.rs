//! `plan`: tasks run on their own, a task that is killed is tried again, and one report comes of all.

#[path = "support/rooms.rs"]
mod rooms;
mod support;

use rooms::{copied_room, room};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};
use support::{has_gpu, semsplat, stderr, stdout, text};

fn make(room: &Path, out: &Path, what: &str) -> std::process::Output {
    make_with(room, out, what, &["--scenes", room.file_name().unwrap().to_str().unwrap()])
}

fn make_with(room: &Path, out: &Path, what: &str, more: &[&str]) -> std::process::Output {
    let root = room.ancestors().nth(2).unwrap();
    let place = ["--root", text(root), "--masks", "semantic_noisy", "--out", text(out)];
    semsplat(&[&["plan", "make", what, "--iterations", "12"], &place[..], more].concat())
}

#[test]
fn a_plan_names_its_tasks_and_brings_scripts() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("plan");
    assert_eq!(make(room(), &out, "table1").status.code(), Some(0));
    let plan: Value = serde_json::from_slice(&std::fs::read(out.join("plan.json")).unwrap()).unwrap();
    // Exact and noisy: paper, quality, grouping, input, and one task with colours and both lifts.
    assert_eq!(plan["tasks"].as_array().unwrap().len(), 9);
    let [slurm, kubernetes] = ["slurm.sh", "kubernetes.yaml"].map(|f| std::fs::read_to_string(out.join(f)).unwrap());
    assert!(slurm.contains("--array=0-8%8") && slurm.contains("--dependency=afterany"), "{slurm}");
    let checked = Command::new("bash").arg("-n").arg(out.join("slurm.sh")).output().unwrap();
    assert!(checked.status.success(), "{}", stderr(&checked));
    assert!(kubernetes.contains("completions: 9") && kubernetes.contains("$(JOB_COMPLETION_INDEX)"), "{kubernetes}");
    let scene = room().file_name().unwrap().to_str().unwrap();
    assert_eq!(make_with(room(), &out, "table1", &["--scenes", scene, "--methods", "softmax"]).status.code(), Some(2));
    let missing = semsplat(&["plan", "report", text(&out)]);
    assert_eq!(missing.status.code(), Some(1), "nothing was run: {}", stdout(&missing));
    assert_eq!(semsplat(&["plan", "run", text(&out), "--task", "9"]).status.code(), Some(2));
    assert_eq!(make(room(), &dir.path().join("other"), "figures").status.code(), Some(2));
}

/// The process that works on a task, once there is one.
fn worker(parent: u32) -> Option<u32> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).ok()?;
    children.split_whitespace().next()?.parse().ok()
}

#[cfg(target_os = "linux")]
#[test]
fn a_killed_task_is_tried_again() {
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let out: PathBuf = dir.path().join("plan");
    assert_eq!(make(&copied_room(dir.path()), &out, "table2").status.code(), Some(0));
    let first = semsplat(&["plan", "task", text(&out), "1"]);
    if !has_gpu(&first) {
        return;
    }
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let mut run = Command::new(env!("CARGO_BIN_EXE_semsplat"))
        .args(["plan", "run", text(&out)])
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while worker(run.id()).is_none() && started.elapsed() < Duration::from_secs(20) {
        std::thread::sleep(Duration::from_millis(1));
    }
    let victim = worker(run.id()).expect("a task is under way");
    assert!(Command::new("kill").args(["-9", &victim.to_string()]).status().unwrap().success());
    assert!(run.wait().unwrap().success());
    let report = semsplat(&["plan", "report", text(&out), "--json"]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let states: Vec<Value> = serde_json::from_str(&stdout(&report)).unwrap();
    let attempts: Vec<u64> = states.iter().map(|s| s["attempts"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [2, 1, 1, 1], "{states:?}");
    let table: Vec<Value> = serde_json::from_slice(&std::fs::read(out.join("table2.json")).unwrap()).unwrap();
    assert_eq!(table.len(), 4);
}
