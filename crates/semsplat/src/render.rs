//! `semsplat render`: pictures, label images and depth of a cloud.

use crate::clouds::{LoadedCloud, colour_image, label_image};
use crate::error::CliError;
use crate::labels::{class_lines, make_folder, mark_undistorted};
use crate::progress::{Progress, say};
use crate::shots::{self, Shot, Views};
use crate::train::downscale;
use clap::{Args, ValueEnum};
use image::DynamicImage;
use splat_core::path::CameraPath;
use splat_core::{Capture, Cloud, View};
use splat_eval::report::save_dynamic_png;
use splat_eval::{depth_to_png16, save_png};
use splat_gpu::{Gpu, GpuOptions};
use splat_io::masks::write_mask;
use splat_io::video::Video;
use splat_io::{read_path, write_atomic};
use splat_train::Renderer;
use std::path::{Path, PathBuf};

/// Frames of a flight that nobody counted.
const FLIGHT_FRAMES: u32 = 120;
/// Most frames of anything.
const MOST_FRAMES: u32 = 100_000;

/// Render views of a cloud.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat render runs/kitchen --views test --modes rgb,labels,depth --out pictures
      pictures/rgb/DSC1.JPG.png, pictures/labels/DSC1.JPG.png, pictures/depth/DSC1.JPG.png, ...
  semsplat render cloud.ply --capture captures/kitchen --views path --frames 240 --modes rgb --out flight
      flight/rgb/frame_0001.png ...: a smooth flight over the training cameras
  semsplat render runs/kitchen --path path.json --out film --video film.mp4
      film/rgb/frame_0001.png ...: along key frames, e.g. those that the walkthrough saved; and as a video (.png needs nothing,
      .mp4 and others need ffmpeg)
  semsplat render cloud.ply --path path.json --size 1920x1080 --fov 50 --out film

labels: ids of the vocabulary, 8 bit (16 where ids need it), 255 (65535) = none, with classes.txt beside them.
depth: of the surface, where seven tenths of the light are spent; 16 bit, thousandths of a world unit (millimetres in a metric
capture), 0 = nothing there.")]
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
    /// Fly along the key frames of this file instead
    #[arg(long, value_name = "PATH.json", conflicts_with = "views")]
    path: Option<PathBuf>,
    /// What to draw, joined by commas
    #[arg(long, value_enum, value_delimiter = ',', default_value = "rgb")]
    modes: Vec<Mode>,
    /// Folder for the pictures: DIR/<mode>/<image file name>.png
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Colours also as a video: .png (animated), or with ffmpeg .mp4, .webm, .mkv, .mov, .avi, .gif
    #[arg(long, value_name = "FILE")]
    video: Option<PathBuf>,
    /// Pictures are smaller than the photographs by this factor [default: the run's own, else 1]
    #[arg(long, value_name = "F", value_parser = downscale)]
    downscale: Option<f64>,
    /// Frames of a flight, an orbit or a path [default: 120; with --path as many as its seconds ask for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=MOST_FRAMES as i64))]
    frames: Option<u32>,
    /// Frames a second of a path and of a video
    #[arg(long, default_value_t = 30, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=240))]
    fps: u32,
    /// Size of pictures along --path [default: the photographs', else 1280x720]
    #[arg(long, value_name = "WxH", value_parser = size, requires = "path")]
    size: Option<[u32; 2]>,
    /// Vertical field of view of pictures along --path, degrees [default: the photographs', else 60]
    #[arg(long, value_name = "DEG", value_parser = fov, requires = "path")]
    fov: Option<f64>,
    /// No progress
    #[arg(long)]
    quiet: bool,
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
    let path = args.path.as_deref().map(read_path).transpose()?;
    // A path needs no capture, though one that is there says what lens to take.
    let capture = match &path {
        Some(_) if args.capture.is_none() && loaded.settings.is_none() => None,
        _ => Some(loaded.capture(args.capture.as_deref(), args.downscale)?),
    };
    progress.warn(capture.as_ref().map_or(&[][..], |capture| &capture.warnings[..]));
    let shots = shots(capture.as_ref(), path.as_ref(), args)?;
    let gpu = Gpu::headless(GpuOptions::default())?;
    let mut renderer = Renderer::new(&gpu, &loaded.cloud, loaded.background())?;
    for mode in &args.modes {
        make_folder(&args.out.join(mode.folder()))?;
    }
    if args.modes.contains(&Mode::Labels) {
        describe_labels(&args.out.join(Mode::Labels.folder()), &loaded.cloud, capture.as_ref())?;
    }
    let mut video = args.video.as_deref().map(|file| start_video(file, &shots, args.fps)).transpose()?;
    for (i, (name, camera)) in shots.iter().enumerate() {
        progress.stage("rendering", i as f32 / shots.len() as f32);
        let seen = renderer.render(camera)?;
        for mode in &args.modes {
            let file = args.out.join(mode.folder()).join(format!("{name}.png"));
            match mode {
                Mode::Rgb => save_png(&file, &colour_image(&seen))?,
                Mode::Labels => write_mask(&file, &label_image(&seen, &loaded.cloud))?,
                Mode::Depth => {
                    let depth = depth_to_png16(seen.width, seen.height, &renderer.surface(camera)?);
                    save_dynamic_png(&file, &DynamicImage::ImageLuma16(depth))?;
                }
            }
        }
        if let Some(video) = &mut video {
            video.add(&colour_image(&seen))?;
        }
    }
    video.map(Video::finish).transpose()?;
    Ok(shots.len())
}

/// Names without `.png`, and cameras.
fn shots(capture: Option<&Capture>, path: Option<&CameraPath>, args: &RenderArgs) -> Result<Vec<Shot>, CliError> {
    if let Some(path) = path {
        let timed = ((path.duration() * args.fps as f64).round() as u32).saturating_add(1);
        let asked = args.frames.unwrap_or(timed);
        if asked > MOST_FRAMES {
            let message =
                format!("its {:.0} s are more than {MOST_FRAMES} frames: say how many with --frames", path.duration());
            return Err(CliError::BadInput(format!("--path: {message}")));
        }
        return Ok(shots::of_path(path, shots::lens(capture, args.size, args.fov), asked as usize));
    }
    let frames = args.frames.unwrap_or(FLIGHT_FRAMES) as usize;
    capture.map_or(Ok(Vec::new()), |capture| shots::of_capture(capture, args.views, frames))
}

fn start_video(file: &Path, shots: &[Shot], fps: u32) -> Result<Video, CliError> {
    let size = |shot: &Shot| [shot.1.intrinsics.width, shot.1.intrinsics.height];
    let first = shots.first().map(size).unwrap_or_default();
    if shots.iter().any(|shot| size(shot) != first) {
        let message = "the views have different sizes: take --views path, --views orbit or --path";
        return Err(CliError::BadInput(format!("--video {}: {message}", file.display())));
    }
    Ok(Video::start(file, first, shots.len() as u32, fps)?)
}

/// `1280x720`.
fn size(text: &str) -> Result<[u32; 2], String> {
    let number = |n: &str| n.parse::<u32>().ok().filter(|n| (16..=16_384).contains(n));
    text.split_once('x')
        .and_then(|(w, h)| Some([number(w)?, number(h)?]))
        .ok_or_else(|| "is not a size like 1280x720 (16 to 16384 pixels a side)".to_owned())
}

fn fov(text: &str) -> Result<f64, String> {
    let degrees = text.parse::<f64>().ok().filter(|degrees| (1.0..=170.0).contains(degrees));
    degrees.ok_or_else(|| "is not an angle between 1 and 170 degrees".to_owned())
}

/// Makes the folder of labels one that `--labels DIR` reads: a class list, and what its masks lie on.
fn describe_labels(folder: &Path, cloud: &Cloud, capture: Option<&Capture>) -> Result<(), CliError> {
    let last = cloud.classes.classes.last().map_or(0, |c| c.id as usize + 1);
    let mut names = vec![String::new(); last];
    for class in &cloud.classes.classes {
        names[class.id as usize] = class.name.clone();
    }
    write_atomic(&folder.join("classes.txt"), class_lines(&names).as_bytes())?;
    match capture {
        Some(capture) => mark_undistorted(folder, &capture.views.iter().collect::<Vec<&View>>()),
        None => Ok(()),
    }
}
