//! `semsplat bench`: time per stage of a training step on a fixed scene, beside the work that the step cannot avoid.
//!
//! * [`scene`]: the scene; [`count`]: what it asks of a rasteriser, counted on the CPU
//! * [`work`]: bytes and operations per stage
//! * [`measure`]: steps on the GPU, and their medians

mod count;
mod measure;
mod scene;
mod work;

use crate::error::CliError;
use crate::progress::{Progress, grouped, say};
use clap::Args;
use serde::Serialize;
use splat_core::Stage;
use splat_gpu::{Gpu, GpuOptions};
use splat_io::write_json;
use std::collections::BTreeMap;
use std::path::PathBuf;
use work::Work;

/// Time every stage of a training step.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat bench
      N = 20k, 50k, 100k Gaussians x C = 0, 16, 100 classes
  semsplat bench --n 50000 --classes 16 --json bench.json
      one object with step_cpu_ms, step_wall_ms, stage_ms, tile_entries, blended_pairs, bytes_moved, flops

The scene is fixed: 438 x 292 pixels, SH degree 3, at least 4 tile entries a Gaussian and 30 blended pairs a pixel, no
densification, learning rates so small that nothing moves.")]
pub struct BenchArgs {
    /// Gaussians
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [20_000, 50_000, 100_000], value_parser = clap::value_parser!(u32).range(100..=4_000_000))]
    n: Vec<u32>,
    /// Classes
    #[arg(long, value_name = "C", value_delimiter = ',', default_values_t = [0, 16, 100], value_parser = clap::value_parser!(u32).range(0..=4_000))]
    classes: Vec<u32>,
    /// Timed steps; medians are shown
    #[arg(long, default_value_t = 10, value_name = "K", value_parser = clap::value_parser!(u32).range(1..=1_000))]
    steps: u32,
    /// File for the figures
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

/// Figures of one scene size.
#[derive(Clone, Debug, Serialize)]
struct BenchRun {
    n: u32,
    classes: u32,
    /// Share of the image whose classes a step compares.
    class_share: f32,
    /// Bytes of a Gaussian's columns, gradients and moments, a software GPU's copies left out.
    bytes_per_gaussian: u64,
    adapter: String,
    /// CPU milliseconds of the whole process per step, a software GPU's included; median.
    step_cpu_ms: f64,
    /// Milliseconds between the ends of two steps; median.
    step_wall_ms: f64,
    /// Milliseconds by the GPU's clock per stage; medians. Empty where it has no timestamps.
    stage_ms: BTreeMap<String, f64>,
    /// Entries of all tile lists.
    tile_entries: u64,
    /// (pixel, Gaussian) pairs that are blended in one image.
    blended_pairs: u64,
    tile_entries_per_visible: f64,
    blended_pairs_per_pixel: f64,
    visible: u32,
    width: u32,
    height: u32,
    sh_degree: u8,
    steps: u32,
    /// Bytes that each stage must move at least.
    bytes_moved: BTreeMap<String, u64>,
    /// Floating-point operations that each stage must do.
    flops: BTreeMap<String, u64>,
}

/// Runs the command.
pub fn run(args: &BenchArgs) -> Result<(), CliError> {
    let progress = Progress::new(false);
    let runs = bench(args, &progress);
    progress.finish();
    let runs = runs?;
    if let Some(path) = &args.json {
        match runs.as_slice() {
            [one] => write_json(path, one)?,
            many => write_json(path, &serde_json::json!({ "runs": many }))?,
        }
    }
    Ok(())
}

fn bench(args: &BenchArgs, progress: &Progress) -> Result<Vec<BenchRun>, CliError> {
    let gpu = Gpu::headless(GpuOptions::default())?;
    progress.note(&format!("{} ({}, {} lanes)", gpu.adapter.name, gpu.adapter.backend, gpu.adapter.lanes));
    let mut runs = Vec::new();
    for &n in &args.n {
        progress.stage(&format!("making {} Gaussians", grouped(n as u64)), 0.0);
        let scene = scene::Scene::new(n);
        for &classes in &args.classes {
            let run = one(&gpu, &scene, classes, args.steps, progress)?;
            progress.finish();
            print(&run);
            runs.push(run);
        }
    }
    Ok(runs)
}

fn one(gpu: &Gpu, scene: &scene::Scene, classes: u32, steps: u32, progress: &Progress) -> Result<BenchRun, CliError> {
    let prepared = scene.prepared(classes);
    let measured = measure::measure(gpu, &prepared, steps, progress)?;
    let (n, counts) = (scene.cloud.len() as u32, &scene.counts);
    let pixels = scene::WIDTH as u64 * scene::HEIGHT as u64;
    let work = work::per_stage(&work::Size {
        rows: n as u64,
        visible: counts.visible as u64,
        classes: classes as u64,
        class_share: measured.class_share.into(),
        pixels,
        entries: measured.tile_entries as u64,
        pairs: counts.blended_pairs,
    });
    let by_stage = |value: fn(&Work) -> u64| work.iter().map(|(s, w)| (s.stem().to_owned(), value(w))).collect();
    Ok(BenchRun {
        n,
        classes,
        class_share: measured.class_share,
        bytes_per_gaussian: measured.bytes_per_gaussian,
        adapter: gpu.adapter.name.clone(),
        step_cpu_ms: measured.cpu_ms,
        step_wall_ms: measured.wall_ms,
        stage_ms: measured.stage_ms,
        tile_entries: measured.tile_entries as u64,
        blended_pairs: counts.blended_pairs,
        tile_entries_per_visible: measured.tile_entries as f64 / counts.visible.max(1) as f64,
        blended_pairs_per_pixel: counts.blended_pairs as f64 / pixels as f64,
        visible: counts.visible,
        width: scene::WIDTH,
        height: scene::HEIGHT,
        sh_degree: scene.cloud.sh_degree,
        steps,
        bytes_moved: by_stage(|w| w.bytes),
        flops: by_stage(|w| w.flops),
    })
}

fn print(run: &BenchRun) {
    say(&format!(
        "\nN = {}, C = {} (compared in {:.0} % of the image), {} bytes a Gaussian: {:.0} ms CPU, {:.0} ms wall a step; {:.1} tile \
         entries a Gaussian, {:.1} blended pairs a pixel",
        grouped(run.n as u64),
        run.classes,
        100.0 * run.class_share,
        grouped(run.bytes_per_gaussian),
        run.step_cpu_ms,
        run.step_wall_ms,
        run.tile_entries_per_visible,
        run.blended_pairs_per_pixel,
    ));
    say("  stage           ms      MB moved   M operations      GB/s    GFLOP/s");
    for stage in Stage::ALL.map(Stage::stem) {
        let Some(bytes) = run.bytes_moved.get(stage) else { continue };
        let (mb, mops) = (*bytes as f64 * 1e-6, run.flops[stage] as f64 * 1e-6);
        let (time, rates) = match run.stage_ms.get(stage) {
            Some(ms) if *ms > 0.0 => (format!("{ms:8.2}"), format!("{:9.2}  {:9.2}", mb / ms, mops / ms)),
            _ => ("       -".to_owned(), String::new()),
        };
        say(&format!("  {stage:<10}{time}  {mb:12.1}  {mops:13.1} {rates}"));
    }
}
