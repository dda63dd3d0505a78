//! `cargo xtask test`: what must hold before a change goes in.

use crate::{Outcome, cargo, setup, tidy};
use clap::Args;

/// Run every test and check of the repository.
#[derive(Args, Debug)]
#[command(after_help = "\
Sees to a Vulkan driver first (a software one will do), then: rustfmt, all tests of the workspace in one go, tidy.
Tests that need a GPU fail without one (SEMSPLAT_GPU=required) unless SEMSPLAT_GPU says otherwise; tests on captures that
do not belong to the repository run where SEMSPLAT_DATA names their folder.")]
pub struct TestArgs {
    /// Further words for `cargo test`, e.g. the name of a test
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Runs the task. Everything is tried, so that one run tells all that is wrong.
pub fn run(args: &TestArgs) -> Outcome {
    setup::vulkan()?;
    let mut failed = Vec::new();
    if cargo::output(&mut cargo::cargo(&["fmt", "--version"])).is_ok() {
        let check = cargo::run(&mut cargo::cargo(&["fmt", "--all", "--check"]));
        failed.extend(check.err().map(|_| "some files are not formatted: run `cargo fmt --all`".to_owned()));
    }
    let mut tests = cargo::cargo(&["test", "--workspace"]);
    tests.args(&args.rest);
    if std::env::var_os("SEMSPLAT_GPU").is_none() {
        tests.env("SEMSPLAT_GPU", "required");
    }
    failed.extend(cargo::run(&mut tests).err());
    failed.extend(tidy::check_all().err());
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}
