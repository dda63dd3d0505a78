//! A plan through a real Slurm: four scenes as a job array, processes that are killed, one report of all.
//!
//! Runs where `sbatch` and `sinfo` answer for a cluster of this machine alone; elsewhere it says loudly that it did not.

#![cfg(target_os = "linux")]

#[path = "support/rooms.rs"]
mod rooms;
mod support;

use rooms::copied_room;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};
use support::{copy, has_gpu, semsplat, stderr, stdout, text};

const SCENES: [&str; 4] = ["attic", "bath", "cellar", "den"];
/// Long enough for a machine that is busy with something else.
const PATIENCE: Duration = Duration::from_secs(900);

fn answer(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| stdout(&output))
}

/// Whether there is a Slurm whose only node can run jobs.
fn has_slurm() -> bool {
    let nodes = answer("sinfo", &["--noheader", "--Node", "--format=%T"]);
    let is_usable = nodes.is_some_and(|n| matches!(n.trim(), "idle" | "mixed" | "allocated"));
    is_usable && answer("sbatch", &["--version"]).is_some()
}

/// Waits for what `look` finds.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "{what} never came");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The process whose arguments end like this.
fn process(arguments: &[&str]) -> Option<String> {
    let wanted: Vec<u8> = arguments.iter().flat_map(|a| [a.as_bytes(), b"\0"].concat()).collect();
    std::fs::read_dir("/proc").ok()?.flatten().find_map(|entry| {
        let line = std::fs::read(entry.path().join("cmdline")).ok()?;
        line.ends_with(&wanted).then(|| entry.file_name().into_string().ok())?
    })
}

fn kill(process: &str) {
    assert!(Command::new("kill").args(["-9", process]).status().unwrap().success());
}

/// Number after `name` in what the script said.
fn job<'a>(said: &'a str, name: &str) -> &'a str {
    said.split(&format!("{name}: job ")).nth(1).and_then(|rest| rest.split([',', '\n']).next()).expect(said)
}

fn make(dir: &Path, out: &Path) {
    let scene = copied_room(dir);
    for name in SCENES {
        copy(&scene, &scene.with_file_name(name));
    }
    let root = scene.ancestors().nth(2).unwrap();
    let what = ["table2", "--methods", "softmax", "--iterations", "12", "--masks", "semantic_noisy"];
    let place = ["--root", text(root), "--scenes", &SCENES.join(","), "--parallel", "2", "--out", text(out)];
    let made = semsplat(&[&["plan", "make"], &what[..], &place[..]].concat());
    assert_eq!(made.status.code(), Some(0), "{}", stderr(&made));
}

#[test]
fn killed_tasks_of_a_job_array_are_tried_again() {
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        return eprintln!("SKIPPED: SEMSPLAT_GPU=off");
    }
    if !has_slurm() {
        return eprintln!("SKIPPED: no Slurm of one node answers `sinfo` and `sbatch`");
    }
    // A folder whose name is hard on scripts.
    let dir = tempfile::Builder::new().prefix("semsplat it's ").tempdir().unwrap();
    let out = dir.path().join("the plan");
    make(dir.path(), &out);
    if !has_gpu(&semsplat(&["plan", "task", text(&out), "3"])) {
        return;
    }
    let submitted = Command::new("bash").arg(out.join("slurm.sh")).arg("--time=60").output().unwrap();
    assert!(submitted.status.success(), "{}", stderr(&submitted));
    let said = stdout(&submitted);

    // Of the first task the process that works; of the second the one above it, which the job starts again.
    kill(&wait_for("the first task", || process(&["task", "--leashed", text(&out), "0"])));
    wait_for("the second task", || process(&["task", "--leashed", text(&out), "1"]));
    kill(&process(&["run", text(&out), "--task", "1"]).expect("a task runs below its job"));

    let report = job(&said, "report");
    let is_queued = || answer("squeue", &["--noheader", "--jobs", report]).is_some_and(|q| !q.trim().is_empty());
    wait_for("the end of the report", || (!is_queued()).then_some(()));
    let log = |name: &str| std::fs::read_to_string(out.join("logs").join(name)).unwrap_or_default();
    let table: Vec<Value> = serde_json::from_slice(&std::fs::read(out.join("table2.json")).unwrap()).unwrap();
    let scenes: Vec<&str> = table.iter().map(|row| row["scene"].as_str().unwrap()).collect();
    assert_eq!(scenes, SCENES, "{}", log("report.log"));
    assert!(
        log("0.log").contains("signal: 9") && log("1.log").contains("task 1 was killed, attempt 1"),
        "{}",
        log("1.log")
    );

    let states = semsplat(&["plan", "report", text(&out), "--json"]);
    assert_eq!(states.status.code(), Some(0), "{}", stderr(&states));
    let states: Vec<Value> = serde_json::from_str(&stdout(&states)).unwrap();
    let attempts: Vec<u64> = states.iter().map(|s| s["attempts"].as_u64().unwrap()).collect();
    assert_eq!(attempts, [2, 2, 1, 1], "{states:?}");
    for name in SCENES {
        assert!(log("report.log").contains(&format!("{name} exact softmax  done")), "{}", log("report.log"));
    }
}
