//! `semsplat train`: a capture and its labels to a labelled cloud in a run folder.

use crate::checkpoints::Cadence;
use crate::error::CliError;
use crate::progress::{Progress, duration, grouped, say};
use crate::request::{Request, Target};
use clap::Args;
use splat_core::{Objective, TrainSettings};
use splat_labels::LabelSource;
use splat_train::PrepareOptions;
use std::path::PathBuf;

/// Train a labelled cloud.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat train scans/living_room --out runs/living_room
      every step of the published schedule; classes from the scene's annotated mesh where it has one
  semsplat train scans/living_room --out runs/quick --iterations 1000 --downscale 2
      a look in minutes: the schedule shrinks with the number of steps
  semsplat train captures/kitchen --out runs/kitchen --labels captures/kitchen/masks
      classes from a folder of masks (<image file name>.png, classes.txt)
  semsplat train scans/living_room --out runs/softmax --objective softmax --entropy 0.01
      the paper's variant: softmax before blending, every Gaussian drawn towards one class
  semsplat train scans/living_room --out runs/living_room --resume
      goes on where a run was stopped, killed or lost its GPU; the result is the same to the last bit

RUN then holds settings.json, cloud.ply, classes.json, remap.json, metrics.jsonl and summary.json:
`semsplat eval RUN` scores it, `semsplat render RUN` draws it. Until the run is complete, checkpoint.bin is what --resume goes
on from; Ctrl-C writes one before it stops.")]
pub struct TrainArgs {
    /// Capture folder: ScanNet++, COLMAP, nerfstudio or instant-ngp
    pub capture: PathBuf,
    /// Run folder to write; must be new or empty
    #[arg(long, value_name = "RUN")]
    pub out: PathBuf,
    /// Labels: `mesh`, `none` or a folder of masks [default: mesh where the scene has annotations, else none]
    #[arg(long, value_name = "mesh|none|DIR")]
    pub labels: Option<LabelSource>,
    /// Class list, one name a line, instead of the scene's or the folder's own
    #[arg(long, value_name = "FILE")]
    pub vocabulary: Option<PathBuf>,
    /// Steps, one photograph each; schedules of shorter runs shrink with it
    #[arg(long, default_value_t = TrainSettings::default().iterations, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub iterations: u32,
    /// Seed of everything random; the same seed on the same adapter gives the same bytes
    #[arg(long, default_value_t = 0, value_name = "S")]
    pub seed: u64,
    /// Photographs are scaled down by this factor (1 or more) before training
    #[arg(long, default_value_t = 1.0, value_name = "F", value_parser = downscale)]
    pub downscale: f64,
    /// Most Gaussians; growth stops there
    #[arg(long, default_value_t = TrainSettings::default().max_gaussians, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_gaussians: u32,
    /// Replace an earlier run in RUN
    #[arg(long)]
    pub overwrite: bool,
    /// Go on from the last checkpoint of the run in RUN, which must be of the same capture and settings; without one it
    /// starts anew, and where all steps are done nothing is done
    #[arg(long, conflicts_with = "overwrite")]
    pub resume: bool,
    /// Write a checkpoint every N steps; 0: only when stopped by Ctrl-C [default: every two minutes, more seldom where that
    /// would cost over 1 % of the time]
    #[arg(long, value_name = "N")]
    pub checkpoint_every: Option<u32>,
    /// What is blended per class: `logits` (softmax after blending, the paper's baseline) or `softmax` (every Gaussian's
    /// probabilities, the paper's variant); the cloud keeps it
    #[arg(long, default_value_t = Objective::Logits, value_name = "logits|softmax")]
    pub objective: Objective,
    /// Weight of the entropy term, which makes every Gaussian decide for one class (the paper tries 0.01 and 0.05)
    #[arg(long, default_value_t = 0.0, value_name = "L", value_parser = weight)]
    pub entropy: f32,
    /// How much of the classes' gradient reaches geometry, 0 to 1
    #[arg(long, default_value_t = 1.0, value_name = "K", value_parser = share)]
    pub geometry_gate: f32,
    /// Faster sums with float atomics where the adapter has them; bytes then differ from run to run
    #[arg(long)]
    pub fast_atomics: bool,
    /// No progress, only warnings and errors
    #[arg(long)]
    pub quiet: bool,
    /// Print the summary as JSON
    #[arg(long)]
    pub json: bool,
}

/// A downscale factor: 1 or more.
pub fn downscale(text: &str) -> Result<f64, String> {
    let factor: f64 = text.parse().map_err(|_| "not a number".to_owned())?;
    if factor.is_finite() && factor >= 1.0 { Ok(factor) } else { Err("a factor of 1 or more is needed".to_owned()) }
}

fn weight(text: &str) -> Result<f32, String> {
    let weight: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if weight.is_finite() && weight >= 0.0 { Ok(weight) } else { Err("a weight of 0 or more is needed".to_owned()) }
}

fn share(text: &str) -> Result<f32, String> {
    weight(text).ok().filter(|s| *s <= 1.0).ok_or_else(|| "a number from 0 to 1 is needed".to_owned())
}

impl TrainArgs {
    fn settings(&self) -> TrainSettings {
        let mut settings = TrainSettings {
            iterations: self.iterations,
            seed: self.seed,
            max_gaussians: self.max_gaussians,
            fast_atomics: self.fast_atomics,
            ..TrainSettings::default()
        };
        settings.loss.objective = self.objective;
        settings.loss.entropy = self.entropy;
        settings.loss.geometry_gate = self.geometry_gate;
        settings
    }
}

/// Runs the command.
pub fn run(args: &TrainArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.quiet);
    let settings = args.settings();
    let request = Request {
        capture: &args.capture,
        out: &args.out,
        target: match (args.overwrite, args.resume) {
            (true, _) => Target::Overwrite,
            (_, true) => Target::Resume,
            _ => Target::New,
        },
        cadence: Cadence::of(args.checkpoint_every),
        options: PrepareOptions {
            labels: args.labels.clone(),
            vocabulary: args.vocabulary.clone(),
            downscale: args.downscale,
            settings,
        },
    };
    let outcome = request.run(&progress);
    progress.finish();
    let summary = outcome?.0;
    if args.json {
        say(&serde_json::to_string_pretty(&summary).unwrap_or_default());
    } else if !args.quiet {
        say(&format!(
            "{}: {} Gaussians after {} steps in {} ({:.2} it/s on {})",
            args.out.display(),
            grouped(summary.gaussians as u64),
            grouped(summary.iterations as u64),
            duration(summary.train_seconds),
            summary.its_per_s,
            summary.adapter,
        ));
    }
    Ok(())
}
