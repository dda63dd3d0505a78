//! What tests of the command line share: the program, a look at whether there is a GPU.

use std::path::Path;
use std::process::{Command, Output};

/// Runs the program to its end.
pub fn semsplat(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_semsplat")).args(arguments).output().expect("the program starts")
}

/// What it answered.
pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// What it told.
pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("paths of tests are UTF-8")
}

/// Copies a folder.
pub fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in from.read_dir().unwrap().flatten() {
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// False, loudly, where there is no GPU and none is required.
pub fn has_gpu(first_use: &Output) -> bool {
    let mode = std::env::var("SEMSPLAT_GPU").unwrap_or_else(|_| "auto".to_owned());
    let lacks = first_use.status.code() == Some(1) && stderr(first_use).contains("adapter");
    if lacks && mode != "required" {
        eprintln!("SKIPPED: no adapter: {}", stderr(first_use));
        return false;
    }
    true
}
