//! `semsplat train`: a capture and its labels to a labelled cloud in a run folder.

use crate::checkpoints::Cadence;
use crate::error::CliError;
use crate::memory::bytes;
use crate::progress::{Progress, duration, grouped, say};
use crate::request::{Request, Target};
use crate::tuning::TuningArgs;
use clap::Args;
use splat_labels::{LabelMapSource, LabelSource};
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
  semsplat train captures/kitchen --out runs/noisy --labels captures/kitchen/masks --robust gce --confidence 1
      a segmenter's masks: labels that contradict the rest pull less, and uncertain ones less still
  semsplat train scans/living_room --out runs/pseudo --labels semantic_ade20k --label-map ade20k-to-scannetpp
      an ADE20K segmenter's masks as ScanNet++ classes; runs/pseudo/label_map.md says what became what and what was lost
  semsplat train scans/living_room --out runs/softmax --objective softmax --entropy 0.01
      the paper's variant: softmax before blending, every Gaussian drawn towards one class
  semsplat train scans/living_room --out runs/living_room --resume
      goes on where a run was stopped, killed or lost its GPU; the result is the same to the last bit
  semsplat train scans/living_room --out runs/grouping --objective grouping
      the published baseline, Gaussian Grouping, with its own constants; also writes codes.npy and classifier.json

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
    /// Trains masks of one class list as classes of another, the scene's own or --vocabulary: the built-in table, or a CSV file
    /// (a header, then `source,target|target`; the first target is trained, an evaluation accepts all of them; `source,` leaves a
    /// class out). Classes that the table lacks go by whole words of their names, else they count as unlabelled
    #[arg(long, value_name = "ade20k-to-scannetpp|FILE.csv")]
    pub label_map: Option<LabelMapSource>,
    /// Photographs are scaled down by this factor (1 or more) before training
    #[arg(long, default_value_t = 1.0, value_name = "F", value_parser = downscale)]
    pub downscale: f64,
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
    /// Memory that the run may take, e.g. 2G or 512M: on the GPU, and on a software GPU, which has no other, on the host too.
    /// What does not fit is refused, or fewer Gaussians are allowed
    #[arg(long, value_name = "BYTES", value_parser = bytes)]
    pub memory_limit: Option<u64>,
    /// How it is tuned
    #[command(flatten)]
    pub tuning: TuningArgs,
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

/// Runs the command.
pub fn run(args: &TrainArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.quiet);
    let settings = args.tuning.train_settings()?;
    let request = Request {
        capture: &args.capture,
        out: &args.out,
        target: match (args.overwrite, args.resume) {
            (true, _) => Target::Overwrite,
            (_, true) => Target::Resume,
            _ => Target::New,
        },
        cadence: Cadence::of(args.checkpoint_every),
        memory_limit: args.memory_limit,
        options: PrepareOptions {
            labels: args.labels.clone(),
            vocabulary: args.vocabulary.clone(),
            label_map: args.label_map.clone(),
            downscale: args.downscale,
            settings,
        },
        gpu: None,
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
        summary.budget_note().iter().for_each(|note| say(note));
    }
    Ok(())
}
