//! `semsplat`, the command line. One file per command:
//!
//! * [`train`]: a capture to a labelled cloud
//!
//! and what they share: [`training`] (the loop), [`diary`] (`metrics.jsonl`), [`progress`], [`error`].

mod diary;
mod error;
mod progress;
mod train;
mod training;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Train, evaluate, render and label semantic Gaussian splats.
#[derive(Parser, Debug)]
#[command(version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Train(train::TrainArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Train(args) => train::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::say_err(&format!("error: {}", error.chain()));
            ExitCode::from(error.exit_code())
        }
    }
}
