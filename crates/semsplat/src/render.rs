//! `semsplat render`: pictures, label images and depth of a cloud.

use crate::clouds::{LoadedCloud, colour_image, label_image};
use crate::error::CliError;
use crate::flight::fly_through;
use crate::labels::{class_lines, make_folder, mark_undistorted};
use crate::progress::{Progress, say};
use crate::train::downscale;
use clap::{Args, ValueEnum};
use image::DynamicImage;
use splat_core::{Camera, Capture, Cloud, Split, View};
use splat_eval::report::save_dynamic_png;
use splat_eval::{depth_to_png16, save_png};
use splat_gpu::{Gpu, GpuOptions};
use splat_io::masks::write_mask;
use splat_io::write_atomic;
use splat_train::{RenderedView, Renderer};
use std::path::{Path, PathBuf};

/// Render views of a cloud.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat render runs/kitchen --views test --modes rgb,labels,depth --out pictures
      pictures/rgb/DSC1.JPG.png, pictures/labels/DSC1.JPG.png, pictures/depth/DSC1.JPG.png, ...
  semsplat render cloud.ply --capture captures/kitchen --views path --frames 240 --modes rgb --out flight
      flight/rgb/frame_0001.png ...: a smooth flight over the training cameras

labels: ids of the vocabulary, 8 bit (16 where ids need it), 255 (65535) = none, with classes.txt beside them.
depth: 16 bit, thousandths of a world unit (millimetres in a metric capture), 0 = nothing there.")]
pub struct RenderArgs {
    /// Run folder, or a 3DGS cloud
    #[arg(value_name = "RUN|CLOUD.ply")]
    cloud: PathBuf,
    /// Capture whose cameras are used [default: the run's own]
    #[arg(long)]
    capture: Option<PathBuf>,
    /// Which cameras
    #[arg(long, value_enum, default_value_t = Views::Test)]
    views: Views,
    /// What to draw, joined by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rgb")]
    modes: Vec<Mode>,
    /// Folder for the pictures: DIR/<mode>/<image file name>.png
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Pictures are smaller than the photographs by this factor [default: the run's own, else 1]
    #[arg(long, value_name = "F", value_parser = downscale)]
    downscale: Option<f64>,
    /// Frames of a flight
    #[arg(long, default_value_t = 120, value_name = "N", value_parser = clap::value_parser!(u32).range(1..100_000))]
    frames: u32,
    /// No progress
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Views {
    /// Held-out views
    Test,
    /// Training views
    Train,
    /// A smooth flight over the training cameras
    Path,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Mode {
    /// Colours, 8 bit
    Rgb,
    /// Ids of the vocabulary
    Labels,
    /// View depth, 16 bit
    Depth,
}

impl Mode {
    fn folder(self) -> &'static str {
        match self {
            Self::Rgb => "rgb",
            Self::Labels => "labels",
            Self::Depth => "depth",
        }
    }
}

/// Runs the command.
pub fn run(args: &RenderArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.quiet);
    let outcome = render(args, &progress);
    progress.finish();
    let count = outcome?;
    if !args.quiet {
        say(&format!("{}: {count} views", args.out.display()));
    }
    Ok(())
}

fn render(args: &RenderArgs, progress: &Progress) -> Result<usize, CliError> {
    progress.stage("opening", 0.0);
    let loaded = LoadedCloud::open(&args.cloud)?;
    if args.modes.contains(&Mode::Labels) && loaded.cloud.classes.is_empty() {
        let message = "has no classes to draw: leave `labels` out of --modes, or train with --labels";
        return Err(CliError::BadInput(format!("{}: {message}", args.cloud.display())));
    }
    let capture = loaded.capture(args.capture.as_deref(), args.downscale)?;
    progress.warn(&capture.warnings);
    let shots = shots(&capture, args)?;
    let gpu = Gpu::headless(GpuOptions::default())?;
    let mut renderer = Renderer::new(&gpu, &loaded.cloud, loaded.background())?;
    for mode in &args.modes {
        make_folder(&args.out.join(mode.folder()))?;
    }
    if args.modes.contains(&Mode::Labels) {
        describe_labels(&args.out.join(Mode::Labels.folder()), &loaded.cloud, &capture)?;
    }
    for (i, (name, camera)) in shots.iter().enumerate() {
        progress.stage("rendering", i as f32 / shots.len() as f32);
        let seen = renderer.render(camera)?;
        for mode in &args.modes {
            write(*mode, &args.out.join(mode.folder()).join(format!("{name}.png")), &seen, &loaded.cloud)?;
        }
    }
    Ok(shots.len())
}

/// Names without `.png`, and cameras.
fn shots(capture: &Capture, args: &RenderArgs) -> Result<Vec<(String, Camera)>, CliError> {
    let of = |split| -> Vec<_> { capture.split(split).map(|v| (v.name.clone(), v.camera)).collect() };
    let shots = match args.views {
        Views::Test => of(Split::Test),
        Views::Train => of(Split::Train),
        Views::Path => {
            let cameras = fly_through(capture, args.frames as usize);
            cameras.into_iter().enumerate().map(|(i, camera)| (format!("frame_{:04}", i + 1), camera)).collect()
        }
    };
    if shots.is_empty() {
        let message = "has no such views: try --views test, train or path";
        return Err(CliError::BadInput(format!("{}: {message}", capture.root.display())));
    }
    Ok(shots)
}

/// Makes the folder of labels one that `--labels DIR` reads: a class list, and what its masks lie on.
fn describe_labels(folder: &Path, cloud: &Cloud, capture: &Capture) -> Result<(), CliError> {
    let last = cloud.classes.classes.last().map_or(0, |c| c.id as usize + 1);
    let mut names = vec![String::new(); last];
    for class in &cloud.classes.classes {
        names[class.id as usize] = class.name.clone();
    }
    write_atomic(&folder.join("classes.txt"), class_lines(&names).as_bytes())?;
    mark_undistorted(folder, &capture.views.iter().collect::<Vec<&View>>())
}

fn write(mode: Mode, path: &Path, seen: &RenderedView, cloud: &Cloud) -> Result<(), CliError> {
    match mode {
        Mode::Rgb => Ok(save_png(path, &colour_image(seen))?),
        Mode::Labels => Ok(write_mask(path, &label_image(seen, cloud))?),
        Mode::Depth => {
            let picture = DynamicImage::ImageLuma16(depth_to_png16(seen.width, seen.height, &seen.depth));
            Ok(save_dynamic_png(path, &picture)?)
        }
    }
}
