//! A row of a table: one scene, one kind of masks, one method.

use crate::error::CliError;
use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use splat_core::TrainSettings;
use splat_eval::Report;
use std::path::{Path, PathBuf};

/// Which masks a method was given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Masks {
    /// The annotated mesh, projected.
    #[default]
    Exact,
    /// A segmenter's.
    Noisy,
}

/// What was done with them.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// Joint training as published.
    Paper,
    /// Joint training with the settings that measure best.
    Quality,
    /// Gaussian Grouping, the paper's baseline.
    Grouping,
    /// Colour alone, then classes in one pass.
    Lift,
    /// Colour alone.
    Colour,
    /// Nothing: the masks themselves.
    Input,
    /// Table 2: softmax before blending.
    Softmax,
    /// Table 2: with it, entropy of weight 0.01.
    #[serde(rename = "entropy_0.01")]
    #[value(name = "entropy_0.01")]
    LittleEntropy,
    /// Table 2: of weight 0.05.
    #[serde(rename = "entropy_0.05")]
    #[value(name = "entropy_0.05")]
    MuchEntropy,
}

impl Masks {
    /// As in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Noisy => "noisy",
        }
    }
}

impl Method {
    /// As in files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Quality => "quality",
            Self::Grouping => "grouping",
            Self::Lift => "lift",
            Self::Colour => "colour",
            Self::Input => "input",
            Self::Softmax => "softmax",
            Self::LittleEntropy => "entropy_0.01",
            Self::MuchEntropy => "entropy_0.05",
        }
    }
}

/// Figures of one row; what cannot be measured is `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Scene.
    pub scene: String,
    /// Masks.
    pub masks: Masks,
    /// Method: a [`Method`]'s name, or `original` for Table 2's first row.
    pub method: String,
    /// PSNR in dB.
    pub psnr: Option<f64>,
    /// SSIM.
    pub ssim: Option<f64>,
    /// LPIPS of pictures in -1..1.
    pub lpips: Option<f64>,
    /// LPIPS of pictures in 0..1.
    pub lpips_unnormalised: Option<f64>,
    /// Mean IoU, one confusion matrix.
    pub miou_dataset: Option<f64>,
    /// Mean IoU per image.
    pub miou_image: Option<f64>,
    /// Share of labelled pixels that are right.
    pub accuracy: Option<f64>,
    /// IoU near outlines.
    pub boundary_iou: Option<f64>,
    /// Calibration error.
    pub ece: Option<f64>,
    /// Flicker of the rendered classes.
    pub flicker: Option<f64>,
    /// Flicker of the masks that went in.
    pub flicker_input: Option<f64>,
    /// Mean IoU at the mesh's vertices.
    pub miou_3d: Option<f64>,
    /// Classes that were scored.
    pub classes: Option<usize>,
    /// What the masks' true labels were.
    pub true_labels: String,
    /// Gaussians.
    pub gaussians: Option<u64>,
    /// Steps of training.
    pub iterations: Option<u32>,
    /// Seconds of training; for `lift` those of the colours and of the lift.
    pub seconds: Option<f64>,
}

impl Row {
    /// An empty row.
    pub fn new(scene: &str, masks: Masks, method: Method) -> Self {
        Self { scene: scene.to_owned(), masks, method: method.name().to_owned(), ..Self::default() }
    }

    /// With everything that an evaluation measured.
    pub fn with(self, report: &Report) -> Self {
        let classes = report.per_class.iter().filter(|c| c.truth_pixels > 0).count();
        Self {
            psnr: report.psnr,
            ssim: report.ssim,
            lpips: report.lpips,
            lpips_unnormalised: report.lpips_unnormalised,
            miou_dataset: report.miou_dataset,
            miou_image: report.miou_image,
            accuracy: report.accuracy,
            boundary_iou: report.boundary_iou,
            ece: report.ece,
            flicker: report.flicker,
            flicker_input: report.flicker_input,
            miou_3d: report.miou_3d,
            classes: report.miou_dataset.map(|_| classes),
            true_labels: report.true_labels.clone(),
            gaussians: Some(report.gaussians),
            iterations: Some(report.iterations),
            seconds: report.train_seconds,
            ..self
        }
    }
}

/// What a finished row was made with: another way of scoring scores it anew, another training is refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// Labels, `none` for colour alone.
    pub labels: String,
    /// Label map.
    pub label_map: Option<String>,
    /// Downscale factor.
    pub downscale: f32,
    /// Weights for LPIPS.
    pub lpips: Option<PathBuf>,
    /// Settings of the training.
    pub train: TrainSettings,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    recipe: Recipe,
    row: Row,
}

fn path(folder: &Path) -> PathBuf {
    folder.join("row.json")
}

/// The finished row in a folder, if it was made by this recipe.
pub fn finished(folder: &Path, recipe: &Recipe) -> Result<Option<Row>, CliError> {
    if !path(folder).is_file() {
        return Ok(None);
    }
    let kept: Kept = splat_io::read_json(&path(folder))?;
    Ok((kept.recipe == *recipe).then_some(kept.row))
}

/// Refuses a folder whose finished row was trained otherwise than by this recipe.
pub fn refuse_other_training(folder: &Path, recipe: &Recipe) -> Result<(), CliError> {
    if !path(folder).is_file() {
        return Ok(());
    }
    let kept: Kept = splat_io::read_json(&path(folder))?;
    if (Recipe { lpips: recipe.lpips.clone(), ..kept.recipe }) == *recipe {
        return Ok(());
    }
    let cure = "was made with other settings: choose another --out for these, or remove this folder";
    Err(CliError::BadInput(format!("{}: {cure}", folder.display())))
}

/// Keeps a finished row.
pub fn keep(folder: &Path, recipe: Recipe, row: &Row) -> Result<(), CliError> {
    Ok(splat_io::write_json(&path(folder), &Kept { recipe, row: row.clone() })?)
}

/// All finished rows below `runs/`, whichever scene or process made them.
pub fn all(runs: &Path) -> Result<Vec<Row>, CliError> {
    let folders = |path: &Path| {
        let mut found: Vec<PathBuf> = path.read_dir().into_iter().flatten().flatten().map(|e| e.path()).collect();
        found.sort();
        found
    };
    let mut rows = Vec::new();
    for folder in folders(runs).iter().flat_map(|scene| folders(scene)).filter(|f| path(f).is_file()) {
        rows.push(splat_io::read_json::<Kept>(&path(&folder))?.row);
    }
    Ok(rows)
}
