//! `cargo xtask`: what one does with this repository. One file per task:
//!
//! * [`demo`]: trains the sample room and shows it
//! * [`test`]: everything that must hold before a change goes in
//! * [`tidy`]: the invariants of the architecture
//! * [`bench`]: time per stage of a training step
//!
//! and what they share: [`setup`] sees to a Vulkan driver and a display, [`cargo`] calls cargo.

mod bench;
mod cargo;
mod demo;
mod setup;
mod test;
mod tidy;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Tasks of this repository.
#[derive(Parser, Debug)]
#[command(bin_name = "cargo xtask", arg_required_else_help = true)]
struct Tasks {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand, Debug)]
enum Task {
    Demo(demo::DemoArgs),
    Test(test::TestArgs),
    Tidy(tidy::TidyArgs),
    Bench(bench::BenchArgs),
}

/// A task ends well, or with what to say about it.
type Outcome = Result<(), String>;

fn main() -> ExitCode {
    let outcome = match Tasks::parse().task {
        Task::Demo(args) => demo::run(&args),
        Task::Test(args) => test::run(&args),
        Task::Tidy(args) => tidy::run(&args),
        Task::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}
