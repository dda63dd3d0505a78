//! `semsplat labels segment`: label images from photographs, by a segmentation network.

use crate::error::CliError;
use crate::labels::{class_lines, make_folder};
use crate::progress::{Progress, say};
use clap::Args;
use splat_core::{IGNORE_ID, View};
use splat_io::masks::{confidence_folder, load_mask, write_confidence, write_mask};
use splat_io::{CaptureOptions, IoError, load_photo_file, open_capture, write_atomic};
use splat_labels::vocabulary;
use splat_segment::{Averaging, Segmenter, Sidecar};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Segment a capture's photographs with a network in ONNX format.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  semsplat labels segment captures/kitchen --model deeplab.onnx --out captures/kitchen/masks
      masks/IMG_0001.JPG.png and so on: one id per pixel, 255 = no label; masks/classes.txt: the ids' names;
      masks_confidence/: how certain the network was, 255 = certain
  semsplat train captures/kitchen --out runs/kitchen --labels captures/kitchen/masks

Any semantic segmentation network will do. What it wants is said by a JSON file beside it, deeplab.onnx.json:
  {
    \"input\":  { \"name\": \"image\", \"dtype\": \"float32\", \"layout\": \"NCHW\", \"channels\": \"RGB\", \"size\": [512, 512],
                \"scale\": 0.00392157, \"mean\": [0.485, 0.456, 0.406], \"std\": [0.229, 0.224, 0.225] },
    \"fit\":    { \"mode\": \"longest side, top left, rest filled\", \"fill\": 128 },
    \"output\": { \"name\": \"logits\", \"layout\": \"NCHW\", \"stride\": 4 },
    \"classes\": { \"0\": 255, \"k\": \"k - 1\" },
    \"class_names\": [\"wall\", \"building\"]
  }
size is height, width; the network sees (value x scale - mean) / std; fit.mode is `longest side` or `stretch`; classes maps
output channels to ids (255 = no label); without class_names the ids are ADE20K's 150.

Photographs that have a mask in DIR already are passed over, so an interrupted run goes on where it stopped.")]
pub struct SegmentArgs {
    /// Capture folder: ScanNet++, COLMAP, nerfstudio or instant-ngp
    capture: PathBuf,
    /// Segmentation network
    #[arg(long, value_name = "FILE.onnx")]
    model: PathBuf,
    /// Description of the network [default: FILE.onnx.json]
    #[arg(long, value_name = "FILE")]
    sidecar: Option<PathBuf>,
    /// Folder for the masks; confidences go to DIR_confidence
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Tiles along the longest side: finer detail for photographs larger than the network's input, slower
    #[arg(long, default_value_t = 1, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=8))]
    tiles: u8,
    /// Average with the mirrored photograph: steadier, twice as slow
    #[arg(long)]
    flip: bool,
    /// Segment photographs that have a mask already once more
    #[arg(long)]
    overwrite: bool,
    /// Print a summary as JSON
    #[arg(long)]
    json: bool,
}

impl SegmentArgs {
    /// A capture's photographs by a network, as it is used by default.
    pub fn of(capture: &Path, model: &Path, out: &Path) -> Self {
        let [capture, model, out] = [capture, model, out].map(Path::to_owned);
        Self { capture, model, sidecar: None, out, tiles: 1, flip: false, overwrite: false, json: false }
    }
}

/// Runs the command.
pub fn run(args: &SegmentArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.json);
    let outcome = segment(args, &progress);
    progress.finish();
    say(&outcome?);
    Ok(())
}

/// How the network is used: part of what makes masks the same.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Recipe {
    model: PathBuf,
    tiles: u8,
    flip: bool,
}

/// Makes the masks that are not there yet; returns what to say of it.
pub fn segment(args: &SegmentArgs, progress: &Progress) -> Result<String, CliError> {
    let started = Instant::now();
    progress.stage("opening the capture", 0.0);
    let sidecar_path = args.sidecar.clone().unwrap_or_else(|| Sidecar::path_for(&args.model));
    let sidecar = Sidecar::load(&sidecar_path)?;
    let names = sidecar.vocabulary(&vocabulary::ade20k());
    let capture = open_capture(&args.capture, &CaptureOptions::default())?;
    progress.warn(&capture.warnings);
    let segmenter = Segmenter::load(&args.model, sidecar)?;
    let confidences = confidence_folder(&args.out)
        .ok_or_else(|| CliError::BadInput(format!("{}: is no name for a folder", args.out.display())))?;
    make_folder(&args.out)?;
    make_folder(&confidences)?;
    check_recipe(args)?;
    write_atomic(&args.out.join("classes.txt"), class_lines(&names.names).as_bytes())?;

    let views: Vec<&View> = capture.views.iter().collect();
    let averaging = Averaging { tiles: args.tiles.into(), flip: args.flip };
    let mut counts: BTreeMap<u16, u64> = BTreeMap::new();
    let mut made = 0;
    for (i, view) in views.iter().enumerate() {
        progress.stage("segmenting photographs", i as f32 / views.len() as f32);
        let (mask, confidence) = [&args.out, &confidences].map(|d| d.join(format!("{}.png", view.name))).into();
        let labels = if !args.overwrite && mask.is_file() && confidence.is_file() {
            load_mask(&mask)?
        } else {
            let photo = load_photo_file(&view.image_path)?;
            let said = segmenter.segment(&photo, averaging)?;
            // The mask last: where it is, its confidence is too.
            write_confidence(&confidence, &said.confidence)?;
            write_mask(&mask, &said.labels)?;
            made += 1;
            said.labels
        };
        labels.histogram().into_iter().for_each(|(id, n)| *counts.entry(id).or_default() += n);
    }
    counts.remove(&IGNORE_ID);
    let seconds = started.elapsed().as_secs_f64();
    if args.json {
        let summary = serde_json::json!({
            "out": args.out, "confidence": confidences, "masks": views.len(), "made": made, "classes": counts.len(),
            "seconds": seconds,
        });
        Ok(format!("{summary:#}"))
    } else {
        let kept = views.len() - made;
        let note = if kept > 0 { format!(" ({kept} were there already)") } else { String::new() };
        Ok(format!("{}: {} masks{note}, {} classes", args.out.display(), views.len(), counts.len()))
    }
}

/// Masks of one folder are made in one way: going on with another network or setting is refused.
fn check_recipe(args: &SegmentArgs) -> Result<(), CliError> {
    let path = args.out.join("segment.json");
    let model = args.model.canonicalize().unwrap_or_else(|_| args.model.clone());
    let recipe = Recipe { model, tiles: args.tiles, flip: args.flip };
    if path.is_file() && !args.overwrite {
        let before: Recipe = splat_io::files::read_json(&path)?;
        if before != recipe {
            let cure = "masks in this folder were made with another network or other settings: choose another --out, or say \
                        --overwrite to make them all anew";
            return Err(CliError::BadInput(format!("{}: {cure}", args.out.display())));
        }
    } else if !args.overwrite && holds_masks(&args.out)? {
        let cure =
            "holds masks that this command did not make: choose another --out, or say --overwrite to replace them";
        return Err(CliError::BadInput(format!("{}: {cure}", args.out.display())));
    }
    Ok(splat_io::files::write_json(&path, &recipe)?)
}

fn holds_masks(folder: &Path) -> Result<bool, CliError> {
    let mut entries = folder.read_dir().map_err(|e| IoError::read(folder, e))?;
    Ok(entries.any(|e| e.is_ok_and(|e| e.path().extension().is_some_and(|x| x == "png" || x == "npy"))))
}
