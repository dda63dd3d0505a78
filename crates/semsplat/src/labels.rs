//! `semsplat labels`: label images without training.

use crate::error::CliError;
use crate::progress::{Progress, say};
use crate::score::{self, ScoreArgs};
use crate::segment::{self, SegmentArgs};
use crate::train::downscale;
use clap::{Args, Subcommand};
use splat_core::{Split, View};
use splat_io::masks::{UNDISTORTED_MARKER, write_mask};
use splat_io::{CaptureOptions, IoError, open_capture, write_atomic};
use splat_labels::{LabelRequest, LabelSource, gather};
use std::path::{Path, PathBuf};

/// Make label images.
#[derive(Args, Debug)]
pub struct LabelsArgs {
    #[command(subcommand)]
    command: LabelsCommand,
}

#[derive(Subcommand, Debug)]
enum LabelsCommand {
    Project(ProjectArgs),
    Segment(SegmentArgs),
    Score(ScoreArgs),
}

/// Project a scene's annotated mesh into all its views.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  semsplat labels project scans/living_room --out masks
      masks/DSC00001.JPG.png and so on: one id of the class list per pixel, 255 (65535 in 16-bit files) = no label;
      masks/classes.txt: the class list, so that `train --labels masks` understands the ids")]
struct ProjectArgs {
    /// ScanNet++ scene folder with scans/
    scene: PathBuf,
    /// Folder for the masks
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Class list, one name a line [default: the data root's top100.txt, else its semantic_classes.txt]
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// Masks for photographs scaled down by this factor
    #[arg(long, default_value_t = 1.0, value_name = "F", value_parser = downscale)]
    downscale: f64,
    /// Print a summary as JSON
    #[arg(long)]
    json: bool,
}

/// Runs the command.
pub fn run(args: &LabelsArgs) -> Result<(), CliError> {
    let args = match &args.command {
        LabelsCommand::Project(args) => args,
        LabelsCommand::Segment(args) => return segment::run(args),
        LabelsCommand::Score(args) => return score::run(args),
    };
    let progress = Progress::new(args.json);
    let outcome = project(args, &progress);
    progress.finish();
    outcome
}

fn project(args: &ProjectArgs, progress: &Progress) -> Result<(), CliError> {
    progress.stage("opening the scene", 0.0);
    let options = CaptureOptions { downscale: args.downscale, ..Default::default() };
    let capture = open_capture(&args.scene, &options)?;
    let views: Vec<&View> = capture.views.iter().collect();
    progress.stage("projecting the mesh", 0.0);
    let labelling = gather(
        &capture,
        &LabelRequest { source: &LabelSource::Mesh, vocabulary: args.vocabulary.as_deref(), map: None },
        &views,
    )?;
    progress.warn(&capture.warnings);
    progress.warn(&labelling.warnings);
    make_folder(&args.out)?;
    for (i, (view, image)) in views.iter().zip(&labelling.images).enumerate() {
        progress.stage("writing masks", i as f32 / views.len() as f32);
        if let Some(image) = image {
            write_mask(&args.out.join(format!("{}.png", view.name)), image)?;
        }
    }
    write_atomic(&args.out.join("classes.txt"), class_lines(&labelling.vocabulary.names).as_bytes())?;
    mark_undistorted(&args.out, &views)?;
    progress.finish();
    let classes = labelling.histogram().len();
    if args.json {
        let held_out = views.iter().filter(|v| v.split == Split::Test).count();
        let summary = serde_json::json!({
            "out": args.out, "masks": views.len(), "held_out": held_out, "classes": classes,
        });
        say(&format!("{summary:#}"));
    } else {
        say(&format!("{}: {} masks, {classes} classes", args.out.display(), views.len()));
    }
    Ok(())
}

/// Makes a folder, with those above it.
pub fn make_folder(path: &Path) -> Result<(), CliError> {
    Ok(std::fs::create_dir_all(path).map_err(|e| IoError::write(path, e))?)
}

/// A class list's file: the line index is the id.
pub fn class_lines(names: &[String]) -> String {
    names.iter().map(|name| format!("{name}\n")).collect()
}

/// Masks drawn in undistorted cameras say so, where the photographs on disk are distorted.
pub fn mark_undistorted(folder: &Path, views: &[&View]) -> Result<(), CliError> {
    if views.iter().any(|v| v.distortion.is_some()) {
        let text = "The masks in this folder are drawn in the undistorted cameras.\n";
        write_atomic(&folder.join(UNDISTORTED_MARKER), text.as_bytes())?;
    }
    Ok(())
}
