//! `semsplat labels score`: how right a folder of masks is by itself, without any training.

use crate::error::CliError;
use crate::progress::{Progress, say};
use crate::truth::Truth;
use clap::{Args, ValueEnum};
use serde::Serialize;
use splat_core::{Capture, Split, View};
use splat_eval::{ClassReport, Report, Segmentation};
use splat_io::{CaptureOptions, open_capture};
use splat_labels::mapping::Translation;
use splat_labels::{LabelMapSource, LabelRequest, LabelSource, MapReport, gather};
use std::path::{Path, PathBuf};

/// Score a folder of masks against true labels.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  semsplat labels score semantic_ade20k scans/living_room
      a segmenter's masks of the held-out views against the annotated mesh: what a run on them has to beat
  semsplat labels score captures/kitchen/masks captures/kitchen --labels captures/kitchen/painted --views all --json

Masks of another class list are brought to the true labels' list by --label-map, else by name; a mask class counts as right
wherever it may stand for the true class, and only classes that both sides know are scored.")]
pub struct ScoreArgs {
    /// Folder of masks (<image file name>.png, classes.txt), from here or inside the capture
    masks: PathBuf,
    /// Capture folder: ScanNet++, COLMAP, nerfstudio or instant-ngp
    capture: PathBuf,
    /// True labels: `mesh` or a folder of masks
    #[arg(long, default_value = "mesh", value_name = "mesh|DIR")]
    labels: LabelSource,
    /// Class list of the true labels, one name a line, instead of the scene's or the folder's own
    #[arg(long, value_name = "FILE")]
    vocabulary: Option<PathBuf>,
    /// How the masks' classes become those of the true labels: the built-in table or a CSV file, as in `train`
    #[arg(long, value_name = "ade20k-to-scannetpp|FILE.csv")]
    label_map: Option<LabelMapSource>,
    /// Which views count
    #[arg(long, default_value = "test", value_name = "test|train|all")]
    views: Which,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

/// Which views count.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// Held-out views.
    Test,
    /// Training views.
    Train,
    /// All views.
    All,
}

/// What masks score.
#[derive(Debug, Serialize)]
pub struct MaskScores {
    /// Name of the scene.
    pub scene: String,
    /// The folder.
    pub masks: String,
    /// Where the true labels came from.
    pub true_labels: String,
    /// Views that have both a mask and a true label.
    pub views: usize,
    /// Mean IoU over ground-truth classes, one confusion matrix.
    pub miou_dataset: Option<f64>,
    /// Mean over views of the view's mean IoU.
    pub miou_image: Option<f64>,
    /// Share of the labelled pixels that are right.
    pub accuracy: Option<f64>,
    /// Mean over views of the view's accuracy.
    pub accuracy_image: Option<f64>,
    /// Mean over ground-truth classes of the IoU near their outlines.
    pub boundary_iou: Option<f64>,
    /// Classes that were scored.
    pub classes: usize,
    /// One entry per class, by id.
    pub per_class: Vec<ClassReport>,
    /// What the label map did, where there was one.
    pub label_map: Option<MapReport>,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// Runs the command.
pub fn run(args: &ScoreArgs) -> Result<(), CliError> {
    let progress = Progress::new(args.json);
    let scores = score(args, &progress);
    progress.finish();
    let scores = scores?;
    progress.warn(&scores.warnings);
    if args.json {
        say(&serde_json::to_string_pretty(&scores).unwrap_or_default());
        return Ok(());
    }
    let [dataset, image] = [scores.miou_dataset, scores.miou_image].map(Option::unwrap_or_default);
    say(&format!("mIoU          {dataset:.3} (whole set)"));
    say(&format!("mIoU          {image:.3} (per image)"));
    say(&format!("accuracy      {:.1} %", 100.0 * scores.accuracy.unwrap_or_default()));
    say(&format!("scored        {} views, {} classes", scores.views, scores.classes));
    for class in scores.per_class.iter().filter(|c| c.truth_pixels > 0) {
        say(&format!("  {:.3}  {}", class.iou, class.name));
    }
    Ok(())
}

fn score(args: &ScoreArgs, progress: &Progress) -> Result<MaskScores, CliError> {
    progress.stage("opening the capture", 0.0);
    let capture = open_capture(&args.capture, &CaptureOptions::default())?;
    let views: Vec<&View> = match args.views {
        Which::Test => capture.split(Split::Test).collect(),
        Which::Train => capture.split(Split::Train).collect(),
        Which::All => capture.views.iter().collect(),
    };
    progress.stage("gathering labels", 0.0);
    let request =
        LabelRequest { source: &args.labels, vocabulary: args.vocabulary.as_deref(), map: args.label_map.as_ref() };
    let masks = LabelSource::Folder(args.masks.clone());
    score_masks(&capture, &masks, &request, &Scope { views: &views, known: &views })
}

/// What is scored.
pub struct Scope<'a> {
    /// These views ...
    pub views: &'a [&'a View],
    /// ... on the classes that the masks of these know.
    pub known: &'a [&'a View],
}

/// Scores masks on some views. The request says where true labels come from and in which list they are; its map
/// goes for the masks.
pub fn score_masks(
    capture: &Capture,
    masks: &LabelSource,
    request: &LabelRequest,
    scope: &Scope,
) -> Result<MaskScores, CliError> {
    let labelling = gather(capture, &LabelRequest { map: None, ..*request }, scope.views)?;
    let said = gather(capture, &LabelRequest::of(masks), scope.views)?;
    let known = gather(capture, &LabelRequest::of(masks), scope.known)?.histogram();
    let mut warnings = labelling.warnings.clone();
    warnings.extend(said.warnings.iter().cloned());
    let translation = Translation::between(request.map, &said.vocabulary, &labelling.vocabulary)?;
    let mut truth = Truth { source: request.source.clone(), labelling, mapping: None };
    let mut label_map = None;
    if let Some(translation) = translation {
        truth.map_predictions(&translation.map, known.keys().copied());
        let report = MapReport::new(&translation, Path::new(&masks.to_string()), &said.histogram());
        warnings.extend(translation.warnings);
        warnings.extend(report.loss());
        label_map = Some(report);
    }
    let mut scores = Segmentation::default();
    let mut scored = 0;
    for (i, mask) in said.images.iter().enumerate() {
        let Some(mask) = mask else { continue };
        scored += usize::from(truth.score(i, mask, &mut scores)?.is_some());
    }
    if scores.total.labelled() == 0 {
        let cure = "no view has both a mask and a true label of a class that both sides know";
        return Err(CliError::BadInput(format!("{masks}: {cure}")));
    }
    let mut report = Report::default();
    report.summarise_classes(&scores, &truth.labelling.vocabulary);
    Ok(MaskScores {
        scene: capture.name.clone(),
        masks: masks.to_string(),
        true_labels: request.source.to_string(),
        views: scored,
        miou_dataset: report.miou_dataset,
        miou_image: report.miou_image,
        accuracy: report.accuracy,
        accuracy_image: report.accuracy_image,
        boundary_iou: report.boundary_iou,
        classes: report.per_class.iter().filter(|c| c.truth_pixels > 0).count(),
        per_class: report.per_class,
        label_map,
        warnings,
    })
}
