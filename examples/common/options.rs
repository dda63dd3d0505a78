//! The command line, and what it comes to once files have been looked at.

use bevy::prelude::*;
use bevy_semantic_splats::prelude::DisplayMode;
use bevy_semantic_splats::splat_core::settings::Preset;
use bevy_semantic_splats::splat_core::{Camera as CaptureCamera, Split, TrainSettings};
use bevy_semantic_splats::splat_io::{CaptureOptions, IoError, open_capture};
use bevy_semantic_splats::train::{LabelMapSource, LabelSource, TrainingRun};
use bevy_semantic_splats::ui::{OpenOptions, SceneCapture};
use clap::Parser;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Steps of a live training in a window.
const ITERATIONS: u32 = 3_000;
/// Steps of a headless run, and by how much its photographs are scaled down: two or three minutes on two cores without a
/// GPU, and a scene that one recognises.
const ITERATIONS_HEADLESS: u32 = 1_000;
const DOWNSCALE_HEADLESS: f64 = 2.0;
/// Longest training of a headless run that was not told how many steps, seconds.
const HEADLESS_TRAIN_S: f32 = 180.0;

/// Walk through a capture while it trains, or through a trained cloud.
#[derive(Parser, Debug)]
#[command(name = "scannet_walkthrough")]
pub struct Options {
    /// Capture folder: ScanNet++ scene, COLMAP or nerfstudio [default: the sample room]
    scene: Option<PathBuf>,
    /// Show this trained 3DGS .ply instead of training
    #[arg(long, value_name = "FILE")]
    cloud: Option<PathBuf>,
    /// Where labels come from: mesh, none, or a folder of masks [default: mesh where the scene has one]
    #[arg(long, value_name = "mesh|DIR|none")]
    labels: Option<String>,
    /// Train masks of one class list as the scene's own classes: ade20k-to-scannetpp, or a CSV table
    #[arg(long, value_name = "ade20k-to-scannetpp|FILE.csv", requires = "labels")]
    label_map: Option<LabelMapSource>,
    /// Open no window: train a little, write pictures of every mode to --out, and end
    #[arg(long, requires = "out")]
    headless: bool,
    /// Folder for the pictures of --headless
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Training steps [default: 3000; headless: 1000, or three minutes]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    iterations: Option<u32>,
    /// Scale photographs down by this factor, 1 or more [default: 1; headless: 2]
    #[arg(long, value_name = "F")]
    downscale: Option<f64>,
    /// Milliseconds of GPU time that training may take per frame
    #[arg(long, value_name = "MS")]
    budget: Option<f64>,
    /// What is shown at first; with --headless: the only mode that is photographed
    #[arg(long, value_name = "MODE", value_parser = mode)]
    mode: Option<DisplayMode>,
    /// Size of the window or of the pictures
    #[arg(long, value_name = "WxH", value_parser = size)]
    size: Option<UVec2>,
    /// Answer questions from other programs over HTTP [default address: 127.0.0.1:15702]
    #[arg(long, value_name = "ADDR", num_args = 0..=1, require_equals = true, default_missing_value = "127.0.0.1:15702")]
    remote: Option<SocketAddr>,
    /// Neither read nor keep settings between runs (--headless never does)
    #[arg(long)]
    no_settings: bool,
    /// End by itself after so many seconds
    #[arg(long, value_name = "SECONDS")]
    quit_after: Option<f32>,
}

/// What is to be done, files found and looked at.
#[derive(Resource, Clone, Debug)]
pub struct Plan {
    /// Training views by name, in walking order.
    pub views: Vec<(String, CaptureCamera)>,
    /// The capture that they are of.
    pub scene: SceneCapture,
    /// How captures are trained that are opened later.
    pub opening: OpenOptions,
    /// Settings are kept between runs.
    pub keeps_settings: bool,
    /// What is shown.
    pub show: Show,
    /// Folder for pictures: no window then.
    pub out: Option<PathBuf>,
    /// GPU milliseconds per frame for training, where they were chosen.
    pub budget_ms: Option<f64>,
    /// What is shown, where it was chosen.
    pub mode: Option<DisplayMode>,
    /// Size of the window or of the pictures, pixels.
    pub size: UVec2,
    /// Seconds after which a headless training is held and photographed as it is.
    pub train_s: f32,
    /// Where questions from outside are answered.
    pub remote: Option<SocketAddr>,
    /// Seconds after which the app ends.
    pub quit_after: Option<f32>,
    /// Name of the scene.
    pub name: String,
}

/// What is shown.
#[derive(Clone, Debug)]
pub enum Show {
    /// A live training.
    Training(Box<TrainingRun>),
    /// A trained cloud.
    Cloud(PathBuf),
}

/// Why it cannot be done.
pub struct Trouble {
    message: String,
    exit_code: u8,
}

impl Trouble {
    fn bad_input(message: impl Into<String>) -> Self {
        Self { message: message.into(), exit_code: 2 }
    }

    /// Says it and names the exit code: 2 for bad input, 1 for anything else.
    pub fn report(&self) -> AppExit {
        eprintln!("error: {}", self.message);
        AppExit::from_code(self.exit_code)
    }
}

impl From<IoError> for Trouble {
    fn from(e: IoError) -> Self {
        Self { exit_code: if e.is_bad_input() { 2 } else { 1 }, message: e.to_string() }
    }
}

impl Options {
    /// Reads the command line; a wrong one ends the program with exit code 2.
    pub fn from_command_line() -> Self {
        Self::parse()
    }

    /// Looks at the files.
    pub fn plan(self) -> Result<Plan, Trouble> {
        let is_headless = self.headless;
        if !is_headless && !has_display() {
            return Err(Trouble::bad_input(
                "there is no display (DISPLAY and WAYLAND_DISPLAY are unset): use --headless --out DIR, or a virtual \
                 display (xvfb-run)",
            ));
        }
        if self.budget.is_some_and(|ms| !(ms.is_finite() && ms > 0.0)) {
            return Err(Trouble::bad_input("--budget: milliseconds per frame must be above 0"));
        }
        let scene = match &self.scene {
            Some(scene) => scene.clone(),
            None => sample_room()?,
        };
        let downscale = self.downscale.unwrap_or(if is_headless { DOWNSCALE_HEADLESS } else { 1.0 });
        let capture = open_capture(&scene, &CaptureOptions { downscale, seed: 0 })?;
        let labels = self.labels.as_deref().map(|text| text.parse::<LabelSource>().unwrap_or_else(|e| match e {}));
        check_labels(labels.as_ref(), &capture.root, capture.mesh.is_some())?;
        let views: Vec<_> = capture.split(Split::Train).map(|view| (view.name.clone(), view.camera)).collect();
        let default = if is_headless { ITERATIONS_HEADLESS } else { ITERATIONS };
        let settings = TrainSettings { iterations: self.iterations.unwrap_or(default), ..Preset::Quality.settings() };
        let opening = OpenOptions { settings: settings.clone(), downscale: self.downscale };
        let name = capture.name.clone();
        let show = match &self.cloud {
            Some(cloud) if cloud.is_file() => Show::Cloud(cloud.clone()),
            Some(cloud) => return Err(Trouble::bad_input(format!("{}: no such cloud file", cloud.display()))),
            None => {
                let (labels, label_map) = (labels.clone(), self.label_map.clone());
                let run = TrainingRun { settings, labels, label_map, downscale, ..TrainingRun::from_capture(&scene) };
                Show::Training(Box::new(run))
            }
        };
        // Masks that must be mapped are a segmenter's: truth is what the scene itself has.
        let labels = labels.filter(|_| self.label_map.is_none());
        Ok(Plan {
            views,
            scene: SceneCapture { labels, ..SceneCapture::new(Arc::new(capture), downscale) },
            opening,
            keeps_settings: !(is_headless || self.no_settings),
            show,
            budget_ms: self.budget,
            mode: self.mode,
            size: self.size.unwrap_or(if is_headless { UVec2::new(768, 512) } else { UVec2::new(1280, 800) }),
            out: self.out.filter(|_| is_headless),
            train_s: if self.iterations.is_some() { f32::INFINITY } else { HEADLESS_TRAIN_S },
            remote: self.remote,
            quit_after: self.quit_after,
            name,
        })
    }
}

fn mode(text: &str) -> Result<DisplayMode, String> {
    let names = || DisplayMode::ALL.map(DisplayMode::name).join(", ");
    DisplayMode::from_name(text).ok_or_else(|| format!("`{text}` is no mode; there are {}", names()))
}

fn size(text: &str) -> Result<UVec2, String> {
    let number = |n: &str| n.parse::<u32>().ok().filter(|n| (64..=8192).contains(n));
    text.split_once('x')
        .and_then(|(w, h)| Some(UVec2::new(number(w)?, number(h)?)))
        .ok_or_else(|| format!("`{text}` is not a size like 1280x800 (64 to 8192 pixels a side)"))
}

fn has_display() -> bool {
    cfg!(not(target_os = "linux")) || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|v| std::env::var_os(v).is_some())
}

/// The one scene of the sample room.
fn sample_room() -> Result<PathBuf, Trouble> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/sample_room/data");
    let scenes = std::fs::read_dir(&data).ok().into_iter().flatten().flatten();
    let found = scenes.map(|entry| entry.path()).filter(|path| path.is_dir()).min();
    found.ok_or_else(|| Trouble::bad_input(format!("{}: the sample room is not there; name a scene", data.display())))
}

/// What can be said about labels before anything is read.
fn check_labels(labels: Option<&LabelSource>, root: &Path, has_mesh: bool) -> Result<(), Trouble> {
    match labels {
        Some(LabelSource::Mesh) if !has_mesh => Err(Trouble::bad_input(format!(
            "{}: --labels mesh, but the capture has no annotated mesh (scans/); give a folder of masks, or none",
            root.display()
        ))),
        Some(LabelSource::Folder(folder)) => {
            let places = [folder.clone(), root.join(folder), root.join("dslr").join(folder)];
            let is_there = places.iter().any(|place| place.is_dir());
            let message = format!("--labels {}: no such folder of masks (or say mesh, or none)", folder.display());
            if is_there { Ok(()) } else { Err(Trouble::bad_input(message)) }
        }
        _ => Ok(()),
    }
}
