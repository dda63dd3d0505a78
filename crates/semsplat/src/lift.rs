//! `semsplat lift`: classes for a cloud that was trained without, from labels of its capture, in one pass.

use crate::clouds::LoadedCloud;
use crate::error::CliError;
use crate::progress::{Progress, duration, grouped, say};
use crate::train::downscale;
use clap::Args;
use cpu_time::ProcessTime;
use serde::Serialize;
use splat_gpu::passes::lift::LiftOptions;
use splat_gpu::{Gpu, GpuOptions};
use splat_io::cloud::{PlyFlavour, write_cloud};
use splat_labels::{LabelMapSource, LabelSource};
use splat_train::lift::forward_epoch_seconds;
use splat_train::{LiftPlan, LiftReport, LiftSource, lift, prepare_lift};
use std::path::{Path, PathBuf};

/// Label a cloud in one pass over its capture, without training.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat lift scan.ply scans/living_room --labels mesh --out labelled.ply
      any 3DGS cloud of the capture, whoever trained it: classes from the annotated mesh
  semsplat lift runs/colour/cloud.ply captures/kitchen --labels masks --out kitchen.ply --json
      classes from a folder of masks (<image file name>.png, classes.txt); seconds and counts as JSON
  semsplat render kitchen.ply --capture captures/kitchen --modes labels --out pictures

Every Gaussian is told how much of which class it shows: H[i, c] = sum of its blending weights over the pixels of class c
in the training views (held-out masks are never read). Its logits become log(H[i, c] / sum H + smoothing), normalised. That
is done with every other view. The rest are compared with what the cloud shows by then, where classes meet, and correct it: small
things come out of the walls that they vanished in. The more the labels contradict each other, the less they are followed.
Gaussians that no labelled pixel sees get equal logits and so abstain. Everything else in the cloud stays as it is; classes
that it had are replaced.")]
pub struct LiftArgs {
    /// Run folder, or a 3DGS cloud in the frame of the capture
    #[arg(value_name = "RUN|CLOUD.ply")]
    cloud: PathBuf,
    /// Capture folder: ScanNet++, COLMAP, nerfstudio or instant-ngp
    capture: PathBuf,
    /// Labels: `mesh` or a folder of masks [default: mesh where the scene has annotations]
    #[arg(long, value_name = "mesh|DIR")]
    labels: Option<LabelSource>,
    /// Labelled cloud to write
    #[arg(long, value_name = "FILE.ply")]
    out: PathBuf,
    /// Class list, one name a line, instead of the scene's or the folder's own
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// Masks of one class list as classes of another, as in `train`; FILE.label_map.md beside the cloud says what became what
    #[arg(long, value_name = "ade20k-to-scannetpp|FILE.csv")]
    label_map: Option<LabelMapSource>,
    /// Label images are scaled down by this factor (1 or more): faster, a little coarser
    #[arg(long, default_value_t = 1.0, value_name = "F", value_parser = downscale)]
    downscale: f64,
    /// Every Gaussian goes to its heaviest class alone
    #[arg(long)]
    hard: bool,
    /// Added to every class's share before the logarithm; smaller: surer
    #[arg(long, default_value_t = LiftPlan::default().logits.smoothing, value_name = "S", value_parser = smoothing)]
    smoothing: f32,
    /// Sums of all views, nothing corrected; so with --hard
    #[arg(long)]
    no_correction: bool,
    /// Also time one epoch of forward passes over the same views
    #[arg(long)]
    time_forward: bool,
    /// No progress, only warnings and errors
    #[arg(long)]
    quiet: bool,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

fn smoothing(text: &str) -> Result<f32, String> {
    let value: f32 = text.parse().map_err(|_| "not a number".to_owned())?;
    if (1e-6..=1e3).contains(&value) { Ok(value) } else { Err("a number from 0.000001 to 1000 is needed".to_owned()) }
}

/// What `--json` prints.
#[derive(Serialize)]
struct Figures {
    #[serde(flatten)]
    report: LiftReport,
    /// CPU seconds of the process meanwhile; includes a software GPU's work.
    cpu_seconds: f64,
    /// One epoch of forward passes over the same views, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    forward_cpu_seconds: Option<f64>,
    adapter: String,
}

/// Runs the command.
pub fn run(args: &LiftArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.quiet);
    let figures = label(args, &progress);
    progress.finish();
    let figures = figures?;
    let r = &figures.report;
    if args.json {
        say(&serde_json::to_string_pretty(&figures).unwrap_or_default());
    } else if !args.quiet {
        let seen = format!("{} of {} Gaussians", grouped(r.seen as u64), grouped(r.gaussians as u64));
        let time = duration(r.seconds);
        say(&format!("{}: {seen} in {} classes from {} views in {time}", args.out.display(), r.classes, r.views));
        if let Some(seconds) = figures.forward_seconds {
            say(&format!("one epoch of forward passes: {}", duration(seconds)));
        }
    }
    Ok(())
}

fn label(args: &LiftArgs, progress: &Progress) -> Result<Figures, CliError> {
    progress.stage("reading the cloud", 0.0);
    let cloud = LoadedCloud::open(&args.cloud)?.cloud;
    if cloud.is_empty() {
        return Err(CliError::BadInput(format!("{}: holds no Gaussian to label", args.cloud.display())));
    }
    progress.stage("gathering labels", 0.0);
    let source = LiftSource {
        labels: args.labels.clone(),
        vocabulary: args.vocabulary.clone(),
        label_map: args.label_map.clone(),
        downscale: args.downscale,
    };
    let input = prepare_lift(&args.capture, &source)?;
    progress.warn(&input.warnings);
    let gpu = Gpu::headless(GpuOptions::default())?;
    let logits = LiftOptions { smoothing: args.smoothing, hard: args.hard };
    let plan = LiftPlan { logits, corrected: !args.hard && !args.no_correction };
    let cpu = ProcessTime::now();
    let (cloud, report) = lift(&gpu, cloud, &input, plan, &|share| progress.stage("lifting", share))?;
    let cpu_seconds = cpu.elapsed().as_secs_f64();
    if report.seen == 0 {
        let cure = "no labelled pixel shows a Gaussian: is the cloud in the frame of this capture?";
        return Err(CliError::BadInput(format!("{}: {cure}", args.cloud.display())));
    }
    let (mut forward_seconds, mut forward_cpu_seconds) = (None, None);
    if args.time_forward {
        let cpu = ProcessTime::now();
        forward_seconds = Some(forward_epoch_seconds(&gpu, &cloud, &input)?);
        forward_cpu_seconds = Some(cpu.elapsed().as_secs_f64());
    }
    write_cloud(&args.out, &cloud, PlyFlavour::Labelled)?;
    if let Some(report) = &input.mapped {
        let stem = args.out.file_stem().unwrap_or_default().to_string_lossy();
        report.write(args.out.parent().unwrap_or(Path::new("")), &format!("{stem}.label_map"))?;
    }
    let adapter = gpu.adapter.name.clone();
    Ok(Figures { report, cpu_seconds, forward_seconds, forward_cpu_seconds, adapter })
}
