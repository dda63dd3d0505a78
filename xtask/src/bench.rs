//! `cargo xtask bench`: time per stage of a training step; `semsplat bench` does the work.

use crate::{Outcome, cargo, setup};
use clap::Args;
use std::path::PathBuf;
use std::process::Command;

/// Time every stage of a training step.
#[derive(Args, Debug)]
#[command(
    after_help = "By default N = 20k, 50k, 100k and C = 0, 16, 100. The figures are CPU and wall milliseconds per step \
and GPU milliseconds per stage, beside the bytes and operations that the stage cannot avoid."
)]
pub struct BenchArgs {
    /// Gaussians, joined by commas
    #[arg(long, value_name = "N")]
    n: Option<String>,
    /// Classes, joined by commas
    #[arg(long, value_name = "C")]
    classes: Option<String>,
    /// Timed steps
    #[arg(long, value_name = "K")]
    steps: Option<u32>,
    /// File for the figures: one object for one N and one C, else {"runs": [...]}
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Runs the task.
pub fn run(args: &BenchArgs) -> Outcome {
    setup::vulkan()?;
    let mut bench = Command::new(cargo::semsplat()?);
    bench.arg("bench");
    let mut pass = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            bench.arg(name).arg(value);
        }
    };
    pass("--n", args.n.clone());
    pass("--classes", args.classes.clone());
    pass("--steps", args.steps.map(|k| k.to_string()));
    // A relative path means where the user stands.
    pass("--json", args.json.as_ref().map(|p| p.display().to_string()));
    cargo::run(&mut bench)
}
