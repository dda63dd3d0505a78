//! `semsplat`, the command line. One file per command:
//!
//! * [`info`]: what a capture holds; [`cloud_info`]: what a cloud holds
//! * [`train`]: a capture to a labelled cloud; [`tuning`] its settings, [`request`] says new or resumed, [`training`] is the
//!   loop, [`diary`] writes `metrics.jsonl`, [`checkpoints`] what a stopped run goes on from, [`probe`] looks at held-out
//!   views, [`stop`] hears Ctrl-C
//! * [`eval`]: how good a run is; [`evaluation`] scores and draws, [`consistency`] over frames and in 3D, [`truth`] gathers true labels
//! * [`render`]: pictures, label images, depth; [`flight`] is the way of a fly-through
//! * [`lift`](mod@lift): classes for a cloud without training
//! * [`export`]: a cloud in the formats of other programs
//! * [`labels`]: label images without training: from an annotated mesh, or by a network ([`segment`]); [`score`] says how right masks are
//! * [`reproduce`]: the paper's tables and figures; [`plan`]: the same as independent tasks
//! * [`synth`]: labelled rooms from a seed
//! * [`demo`]: all of it on the sample room
//! * [`bench`]: time per stage of a training step
//!
//! and what they share: [`clouds`], [`progress`], [`error`].

mod bench;
mod checkpoints;
mod cloud_info;
mod clouds;
mod consistency;
mod demo;
mod diary;
mod error;
mod eval;
mod evaluation;
mod export;
mod info;
mod labels;
mod lift;
mod memory;
mod plan;
mod probe;
mod progress;
mod render;
mod reproduce;
mod request;
mod score;
mod segment;
mod shots;
mod stop;
mod synth;
mod train;
mod training;
mod truth;
mod tuning;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Train, evaluate, render and label semantic Gaussian splats.
#[derive(Parser, Debug)]
#[command(
    version,
    arg_required_else_help = true,
    after_help = "\
From photographs to a labelled scene:
  semsplat info CAPTURE                   what is in it, and can it be read?
  semsplat train CAPTURE --out RUN        train colours and classes together
  semsplat eval RUN                       scores and pictures of held-out views
  semsplat render RUN --views path --out DIR
  semsplat export RUN --format ply,classes --out DIR

No photographs at hand? `semsplat synth --seed 1 --out room` makes a furnished room, `semsplat demo --out demo` shows
everything on the sample room.

Exit codes: 0 done, 2 the input or the request is at fault (the message names the file), 1 anything else."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Info(info::InfoArgs),
    Train(train::TrainArgs),
    Eval(eval::EvalArgs),
    Render(render::RenderArgs),
    Lift(lift::LiftArgs),
    Export(export::ExportArgs),
    Labels(labels::LabelsArgs),
    Plan(plan::PlanArgs),
    Reproduce(reproduce::ReproduceArgs),
    Synth(synth::SynthArgs),
    Demo(demo::DemoArgs),
    Bench(bench::BenchArgs),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Info(args) => info::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Eval(args) => eval::run(&args),
        Command::Render(args) => render::run(&args),
        Command::Lift(args) => lift::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Labels(args) => labels::run(&args),
        Command::Plan(args) => plan::run(&args),
        Command::Reproduce(args) => reproduce::run(&args),
        Command::Synth(args) => synth::run(&args),
        Command::Demo(args) => demo::run(&args),
        Command::Bench(args) => bench::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            progress::say_err(&format!("error: {}", error.chain()));
            ExitCode::from(error.exit_code())
        }
    }
}
