//! `cargo xtask tidy`: the invariants of ARCHITECTURE.md, each with the check that proves it.
//!
//! * [`dependencies`]: who may depend on Bevy, who on wgpu
//! * [`sources`]: what Rust files must and must not say
//! * [`stages`]: every stage has its siblings
//! * [`files`]: the repository's files

mod dependencies;
mod files;
mod sources;
mod stages;

use crate::{Outcome, cargo};
use clap::Args;

/// Check the invariants of the architecture.
#[derive(Args, Debug)]
pub struct TidyArgs {}

/// Runs the task.
pub fn run(_: &TidyArgs) -> Outcome {
    check_all()
}

/// What a check found. Every line says what is wrong, where, and how to mend it.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Must be mended.
    pub errors: Vec<String>,
    /// Want a second look.
    pub warnings: Vec<String>,
}

impl Findings {
    /// A finding that fails the task.
    pub fn error(&mut self, text: impl Into<String>) {
        self.errors.push(text.into());
    }
}

/// Checks everything and tells everything.
pub fn check_all() -> Outcome {
    let root = cargo::root();
    let tree = files::Tree::read(&root)?;
    let checks: Vec<(&str, Findings)> = vec![
        ("only bevy_* crates and the facade know Bevy; wgpu has few homes", dependencies::check()?),
        ("wgpu is not public where data is described", sources::wgpu_stays_home(&tree)),
        ("the GPU is waited for in one function", sources::one_wait(&tree)),
        ("every stage has its siblings", stages::check(&tree)),
        ("every Rust file says what it is for", sources::purpose(&tree)),
        ("files and functions are short", sources::length(&tree)),
        ("no machine's own paths", files::machine_paths(&tree)),
    ];
    let mut errors = 0;
    for (what, findings) in &checks {
        eprintln!("tidy: {} {what}", if findings.errors.is_empty() { "ok  " } else { "FAIL" });
        findings.warnings.iter().for_each(|w| eprintln!("      second look: {w}"));
        findings.errors.iter().for_each(|e| eprintln!("      {e}"));
        errors += findings.errors.len();
    }
    if errors == 0 { Ok(()) } else { Err(format!("tidy found {errors} things to mend")) }
}
