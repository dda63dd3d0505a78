//! Long runs from outside: killed at any moment, stopped, resumed, refused.

#[path = "support/rooms.rs"]
mod rooms;
mod support;

use rooms::{copied_room, room};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use support::{has_gpu, semsplat, stderr, stdout, text};

/// Steps of the runs here: densifies once, after 300.
const STEPS: &str = "660";

fn arguments<'a>(scene: &'a Path, run: &'a Path, extra: &[&'a str]) -> Vec<&'a str> {
    let all = ["train", text(scene), "--out", text(run), "--iterations", STEPS, "--max-gaussians", "1500"];
    [&all[..], extra].concat()
}

fn start(arguments: &[&str]) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_semsplat"));
    command.args(arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
}

/// False, loudly, where there is nothing to train on.
fn can_train() -> bool {
    if std::env::var("SEMSPLAT_GPU").is_ok_and(|v| v == "off") {
        eprintln!("SKIPPED: SEMSPLAT_GPU=off");
        return false;
    }
    let dir = tempfile::tempdir().unwrap();
    has_gpu(&semsplat(&["train", text(room()), "--out", text(&dir.path().join("run")), "--iterations", "1"]))
}

/// The diary without what depends on the clock.
fn diary(run: &Path) -> Vec<Value> {
    let lines = std::fs::read_to_string(run.join("metrics.jsonl")).unwrap();
    let row = |line: &str| {
        let mut row: Value = serde_json::from_str(line).unwrap();
        for key in ["seconds", "rss_bytes"] {
            row.as_object_mut().unwrap().remove(key);
        }
        row
    };
    lines.lines().map(row).collect()
}

fn names(run: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        run.read_dir().unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The step that a checkpoint is of.
fn kept_step(run: &Path) -> Option<u64> {
    let bytes = std::fs::read(run.join("checkpoint.bin")).ok()?;
    let at = bytes.windows(12).position(|w| w == b"\"iteration\":")? + 12;
    let digits = bytes[at..].iter().take_while(|b| b.is_ascii_digit());
    std::str::from_utf8(&digits.copied().collect::<Vec<_>>()).ok()?.parse().ok()
}

/// Kills a run again and again, at moments that nobody chose, and resumes it until it is done.
fn kill_and_resume(kills: u32) {
    if !can_train() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (whole, killed) = (dir.path().join("whole"), dir.path().join("killed"));
    let started = Instant::now();
    let output = semsplat(&arguments(room(), &whole, &["--checkpoint-every", "0", "--quiet"]));
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let seconds = started.elapsed().as_secs_f64();

    let resume = arguments(room(), &killed, &["--checkpoint-every", "20", "--resume", "--quiet"]);
    let mut at_work = 0;
    for kill in 0..kills {
        // Moments come from the clock: anywhere between the start and a good part of the run.
        let chance = started.elapsed().subsec_nanos() as f64 / 1e9;
        let mut child = start(&resume);
        std::thread::sleep(Duration::from_secs_f64(seconds * (0.05 + 1.6 * chance / (2 + kills) as f64)));
        child.kill().unwrap();
        child.wait().unwrap();
        at_work += (!killed.join("summary.json").exists()) as u32;
        eprintln!("kill {}: checkpoint of step {:?}", kill + 1, kept_step(&killed));
    }
    assert!(at_work >= kills / 2, "most runs were done before they were killed");
    let output = semsplat(&resume);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let cloud = |run: &Path| std::fs::read(run.join("cloud.ply")).unwrap();
    assert!(cloud(&whole) == cloud(&killed), "the cloud of a killed and resumed run differs");
    assert_eq!(diary(&whole), diary(&killed));
    assert_eq!(names(&whole), names(&killed), "something is left over");
}

#[test]
fn a_killed_run_resumes_to_the_same_bytes() {
    kill_and_resume(3);
}

#[test]
#[ignore = "takes minutes: the same with ten kills"]
fn a_run_that_was_killed_ten_times_resumes_to_the_same_bytes() {
    kill_and_resume(10);
}

/// Waits until a run has written a checkpoint of its own accord.
fn wait_for_checkpoint(run: &Path, child: &mut Child) {
    let started = Instant::now();
    while !run.join("checkpoint.bin").exists() {
        assert!(started.elapsed() < Duration::from_secs(120), "no checkpoint in two minutes");
        assert!(child.try_wait().unwrap().is_none(), "the run ended before its first checkpoint");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A run that was killed behind its first checkpoint.
fn interrupted(scene: &Path, dir: &Path) -> PathBuf {
    let run = dir.join("run");
    let mut child = start(&arguments(scene, &run, &["--checkpoint-every", "10", "--quiet"]));
    wait_for_checkpoint(&run, &mut child);
    child.kill().unwrap();
    child.wait().unwrap();
    run
}

/// Exit code 2 and a message that names this.
fn refused(arguments: &[&str], names: &[&str]) {
    let output = semsplat(arguments);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {message}");
    assert!(names.iter().all(|n| message.contains(n)) && !message.contains("panicked"), "{names:?}: {message}");
}

#[test]
fn what_is_not_the_same_run_is_refused_by_name() {
    if !can_train() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let scene = copied_room(dir.path());
    let run = interrupted(&scene, dir.path());
    let resume = |extra: &[&'static str]| -> Vec<&str> { arguments(&scene, &run, &[&["--resume"], extra].concat()) };
    refused(&resume(&["--seed", "3", "--downscale", "2"]), &["train.seed was 0 and is 3 now", "downscale was 1"]);
    refused(&arguments(room(), &run, &["--resume"]), &["capture was"]);
    let longer = ["train", text(&scene), "--out", text(&run), "--max-gaussians", "1500", "--resume"];
    refused(&longer, &["train.iterations was 660 and is 30000 now"]);
    refused(&resume(&["--overwrite"]), &["--overwrite", "--resume"]);
    refused(&arguments(&scene, &run, &[]), &["--resume", "--overwrite"]);
    refused(&arguments(&scene, &scene, &["--resume"]), &["no training run"]);

    let photo = scene.join("dslr/resized_undistorted_images_4x/DSC00002.JPG");
    let before = std::fs::read(&photo).unwrap();
    image::RgbImage::from_pixel(96, 64, image::Rgb([200, 10, 10])).save(&photo).unwrap();
    refused(&resume(&[]), &["checkpoint.bin", "photographs are not those"]);
    std::fs::write(&photo, before).unwrap();

    let checkpoint = run.join("checkpoint.bin");
    let bytes = std::fs::read(&checkpoint).unwrap();
    std::fs::write(&checkpoint, &bytes[..bytes.len() / 2]).unwrap();
    refused(&resume(&[]), &["checkpoint.bin", "cut short", "delete it"]);
    std::fs::write(&checkpoint, bytes).unwrap();
    assert_eq!(semsplat(&resume(&["--quiet"])).status.code(), Some(0), "what was put right goes on");
}

#[test]
#[cfg(unix)]
fn a_run_that_is_told_to_stop_writes_a_checkpoint() {
    if !can_train() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let run = dir.path().join("run");
    let mut child = start(&arguments(room(), &run, &["--checkpoint-every", "10"]));
    wait_for_checkpoint(&run, &mut child);
    let told = Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert!(told.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let message = stderr(&output);
    let step = kept_step(&run).unwrap();
    assert!(message.contains(&format!("stopped at step {step} of 660")) && message.contains("--resume"), "{message}");

    let output = semsplat(&arguments(room(), &run, &["--resume", "--json"]));
    assert!(stderr(&output).contains(&format!("going on after step {step} of 660")), "{}", stderr(&output));
    let summary: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(summary["resumed_after"], serde_json::json!([step]));
    assert!(!run.join("checkpoint.bin").exists(), "a finished run needs no checkpoint");
    let again = semsplat(&arguments(room(), &run, &["--resume"]));
    assert_eq!(again.status.code(), Some(0));
    assert!(stderr(&again).contains("done already"), "{}", stderr(&again));
    let anew =
        semsplat(&["train", text(room()), "--out", text(&dir.path().join("new")), "--iterations", "3", "--resume"]);
    assert_eq!(anew.status.code(), Some(0));
    assert!(stderr(&anew).contains("starts anew"), "{}", stderr(&anew));
}
