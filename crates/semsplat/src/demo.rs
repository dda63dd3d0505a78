//! `semsplat demo`: the whole way on the sample room, headless: train, score, fly through, export.

use crate::checkpoints::Cadence;
use crate::clouds::{colour_image, label_image};
use crate::error::CliError;
use crate::eval::print;
use crate::evaluation::{Evaluated, Evaluation};
use crate::progress::{Progress, duration, say};
use crate::request::{Request, Target};
use crate::shots::fly_through;
use clap::Args;
use image::RgbImage;
use splat_core::TrainSettings;
use splat_core::settings::Preset;
use splat_eval::{class_picture, save_png};
use splat_gpu::{Gpu, GpuOptions};
use splat_io::{IoError, PlyFlavour, write_cloud};
use splat_labels::LabelSource;
use splat_train::{PrepareOptions, Renderer, RunFolder};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Steps that fit into ten minutes on two cores without a GPU.
const ITERATIONS: u32 = 1_200;
/// Frames of the flight.
const FRAMES: usize = 60;

/// Train the sample room, score it and fly through it.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  semsplat demo --out target/demo
      report.md, report.json, panels/, curves.png, flythrough/frame_0001.png ..., cloud.ply, cloud_by_class.ply, run/")]
pub struct DemoArgs {
    /// Folder for everything; an earlier demo in it is replaced
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Steps of the training
    #[arg(long, default_value_t = ITERATIONS, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub iterations: u32,
    /// The sample room's data root, or any scene with an annotated mesh
    #[arg(long, default_value = "assets/sample_room", value_name = "DIR")]
    pub scene: PathBuf,
}

/// Runs the command.
pub fn run(args: &DemoArgs) -> Result<(), CliError> {
    let started = Instant::now();
    let progress = Progress::new(false);
    let evaluated = demo(args, started, &progress);
    progress.finish();
    let evaluated = evaluated?;
    print(&evaluated.report);
    let seconds = |s: Option<f64>| duration(s.unwrap_or(0.0));
    say(&format!(
        "time          {} of training, {} in all",
        seconds(evaluated.report.train_seconds),
        seconds(evaluated.report.total_seconds)
    ));
    say(&format!("report        {}", args.out.join("report.md").display()));
    Ok(())
}

fn demo(args: &DemoArgs, started: Instant, progress: &Progress) -> Result<Evaluated, CliError> {
    let scene = find_scene(&args.scene)?;
    let settings = TrainSettings { iterations: args.iterations, ..Preset::Quality.settings() };
    let folder = args.out.join("run");
    let labels = Some(LabelSource::Mesh);
    let options = PrepareOptions { labels, downscale: 1.0, settings, ..Default::default() };
    let (target, cadence) = (Target::Overwrite, Cadence::of(None));
    let request = Request { capture: &scene, out: &folder, target, cadence, memory_limit: None, options, gpu: None };
    let (_, gpu) = request.run(progress)?;
    let gpu = &gpu.map_or_else(|| Gpu::headless(GpuOptions::default()), Ok)?;
    let run = &RunFolder::open(&folder)?;
    let request = Evaluation { run, labels: None, capture: None, lpips: None, out: &args.out };
    let mut evaluated = request.run(gpu, progress)?;
    fly(gpu, &evaluated, &args.out.join("flythrough"), progress)?;
    progress.stage("exporting", 1.0);
    export(&evaluated, &args.out)?;
    evaluated.pictures.links = links(run, &args.out);
    evaluated.report.total_seconds = Some(started.elapsed().as_secs_f64());
    evaluated.write(&args.out)?;
    Ok(evaluated)
}

/// A scene, or the one scene of a data root.
fn find_scene(path: &Path) -> Result<PathBuf, CliError> {
    if path.join("dslr").is_dir() {
        return Ok(path.to_owned());
    }
    let entries = path.join("data").read_dir().map_err(|_| {
        let cure = "the sample room is not here: run in the repository's folder, or name a scene with --scene \
                    (`semsplat synth` makes one)";
        IoError::not_found(path, cure)
    })?;
    let mut scenes: Vec<PathBuf> = entries.flatten().map(|e| e.path()).filter(|p| p.join("dslr").is_dir()).collect();
    scenes.sort();
    let first = scenes.into_iter().next();
    Ok(first.ok_or_else(|| IoError::not_found(&path.join("data"), "there is no scene in this folder"))?)
}

/// Renders the flight: colours on the left, classes on the right.
fn fly(gpu: &Gpu, evaluated: &Evaluated, folder: &Path, progress: &Progress) -> Result<(), CliError> {
    let cameras = fly_through(&evaluated.capture, FRAMES);
    let mut renderer = Renderer::new(gpu, &evaluated.cloud, TrainSettings::default().background.shown())?;
    for (i, camera) in cameras.iter().enumerate() {
        progress.stage("flying through", i as f32 / cameras.len() as f32);
        let seen = renderer.render(camera)?;
        let classes = class_picture(&label_image(&seen, &evaluated.cloud), &evaluated.classes);
        let frame = side_by_side(&colour_image(&seen), &classes);
        save_png(&folder.join(format!("frame_{:04}.png", i + 1)), &frame)?;
    }
    Ok(())
}

fn side_by_side(left: &RgbImage, right: &RgbImage) -> RgbImage {
    let mut out = RgbImage::new(left.width() + right.width(), left.height().max(right.height()));
    image::imageops::replace(&mut out, left, 0, 0);
    image::imageops::replace(&mut out, right, left.width() as i64, 0);
    out
}

fn export(evaluated: &Evaluated, out: &Path) -> Result<(), CliError> {
    write_cloud(&out.join("cloud.ply"), &evaluated.cloud, PlyFlavour::Labelled)?;
    Ok(write_cloud(&out.join("cloud_by_class.ply"), &evaluated.cloud, PlyFlavour::ColouredByClass)?)
}

fn links(run: &RunFolder, out: &Path) -> Vec<(String, String)> {
    let run = run.path.strip_prefix(out).unwrap_or(&run.path).display().to_string();
    let link = |what: &str, path: String| (what.to_owned(), path);
    vec![
        link("the trained cloud: 3DGS with semantic_*", "cloud.ply".to_owned()),
        link("the cloud coloured by class, for any viewer", "cloud_by_class.ply".to_owned()),
        link("fly-through, colours and classes", "flythrough/frame_0001.png".to_owned()),
        link("the run's settings", format!("{run}/settings.json")),
        link("figures along the training", format!("{run}/metrics.jsonl")),
    ]
}
