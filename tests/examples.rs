//! The examples as a newcomer runs them where there is no display: each leaves its pictures and ends well.
//!
//! The first one trains the sample room for all of them, where `target/sample_room` does not hold it yet.

use std::path::{Path, PathBuf};
use std::process::Command;

/// An example, more words for it, and the files that it leaves.
const EXAMPLES: [(&str, &[&str], &[&str]); 7] = [
    ("headless_train", &[], &["trained.png", "classes.png", "cloud_250.ply"]),
    ("custom_strategy", &[], &["grown.png", "cloud_200.ply"]),
    ("view_ply", &[], &["near.png", "far.png"]),
    ("semantic_picking", &[], &["hover.png", "click.png"]),
    ("highlight_class", &[], &["first.png", "second.png", "third.png"]),
    ("robot_fetch", &[], &["start.png", "half_way.png", "there.png"]),
    (
        "scannet_walkthrough",
        &["--mode", "classes", "--cloud", ROOM],
        &["place1_classes.png", "place3_classes.png", "highlight.png", "pick.png", "pick.txt"],
    ),
];
/// What the small examples train once for all.
const ROOM: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/sample_room/cloud_700.ply");

/// Examples lie beside the folder of this test's own program.
fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().expect("a test has a program");
    let folder = own.parent().and_then(Path::parent).expect("target/debug/deps/examples-...");
    folder.join("examples").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

#[test]
fn examples_leave_their_pictures() {
    if std::env::var("SEMSPLAT_GPU").as_deref() != Ok("required") {
        eprintln!("SKIPPED: the examples need a GPU (SEMSPLAT_GPU=required)");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, words, files) in EXAMPLES {
        let out = folder.path().join(name);
        let mut run = Command::new(program(name));
        let run = run.args(words).arg("--headless").arg("--out").arg(&out).output().expect("it is built");
        let words = String::from_utf8_lossy(&run.stderr).into_owned() + &String::from_utf8_lossy(&run.stdout);
        assert!(run.status.success(), "{name}: {:?}\n{words}", run.status);
        for file in files {
            let path = out.join(file);
            assert!(path.is_file(), "{name} left no {file}\n{words}");
            if path.extension().is_some_and(|e| e == "png") {
                assert!(spread(&path) > 10.0, "{name}: {file} shows nothing");
            }
        }
    }
}

/// Standard deviation of a picture's grey values: a room has light and dark.
fn spread(path: &Path) -> f64 {
    let grey = image::open(path).expect("a picture").to_luma8();
    let n = grey.len() as f64;
    let mean = grey.iter().map(|&v| v as f64).sum::<f64>() / n;
    (grey.iter().map(|&v| (v as f64 - mean).powi(2)).sum::<f64>() / n).sqrt()
}
