//! The outcome of an evaluation, as a program reads it (`report.json`). For people see [`crate::markdown`].

use crate::confusion::{Segmentation, mean};
use crate::object_boxes::ObjectScore;
use crate::{EvalError, markdown};
use image::{DynamicImage, RgbImage};
use serde::{Deserialize, Serialize};
use splat_core::{IGNORE_ID, LabelSet, Stage, Vocabulary};
use std::collections::BTreeMap;
use std::io::Cursor;
use std::path::Path;

/// Everything measured about a trained cloud on views that it did not see. What could not be measured is `null`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// Name of the scene.
    pub scene: String,
    /// Mean over views of the PSNR over the whole image, in dB; `null` where it is infinite.
    pub psnr: Option<f64>,
    /// Mean over views of the SSIM.
    pub ssim: Option<f64>,
    /// Mean over views of LPIPS on pictures scaled to -1..1; lower is better. `null` where no network was given.
    pub lpips: Option<f64>,
    /// The same on pictures in 0..1, as the metrics of 3D Gaussian splatting have it.
    pub lpips_unnormalised: Option<f64>,
    /// Which network LPIPS was measured with.
    pub lpips_network: Option<String>,
    /// Mean IoU over ground-truth classes, one confusion matrix over all pixels of all views (protocol `dataset`).
    pub miou_dataset: Option<f64>,
    /// Mean over views of the view's mean IoU over classes in prediction or truth (protocol `paper`).
    pub miou_image: Option<f64>,
    /// Share of all labelled pixels whose class is right.
    pub accuracy: Option<f64>,
    /// Mean over views of the view's accuracy (protocol `paper`).
    pub accuracy_image: Option<f64>,
    /// Mean over ground-truth classes of the IoU near their outlines (2 % of the diagonal), all views together.
    pub boundary_iou: Option<f64>,
    /// Expected calibration error of the rendered class probabilities, 15 bins; 0 = certainty comes true.
    pub ece: Option<f64>,
    /// Share of surface points whose rendered label changes between neighbouring frames.
    pub flicker: Option<f64>,
    /// The same of the masks that the run was trained on, over the same frames.
    pub flicker_input: Option<f64>,
    /// Mean IoU over the labelled vertices of the annotated mesh, one confusion matrix; each takes the class of its nearest Gaussians.
    pub miou_3d: Option<f64>,
    /// Share of those vertices whose class is right.
    pub accuracy_3d: Option<f64>,
    /// Share of the held-out views' pixels whose surface is off the mesh's by 2 % of the distance at most.
    pub depth_near: Option<f64>,
    /// What the middle pixel's surface is off by, as a share of the distance.
    pub depth_median: Option<f64>,
    /// Mean over the annotated objects of the IoU of their 3D boxes.
    pub box_iou: Option<f64>,
    /// One entry per annotated object of a class that the cloud has.
    pub objects: Vec<ObjectScore>,
    /// Mean over views of the PSNR over valid pixels, where the capture has anonymisation masks.
    pub psnr_masked: Option<f64>,
    /// Mean over views of the PSNR but for the photograph's exposure: an affine colour transform fitted on one half of the view
    /// and scored on the other, both ways. `psnr` remains the figure to compare by.
    pub psnr_exposed: Option<f64>,
    /// One entry per class of the truth, or that was predicted, by id.
    pub per_class: Vec<ClassReport>,
    /// Gaussians in the cloud.
    pub gaussians: u64,
    /// Training steps.
    pub iterations: u32,
    /// Training steps per second of training.
    pub its_per_s: Option<f64>,
    /// Mean milliseconds per training step and stage; empty where the adapter has no timers.
    pub stage_ms: BTreeMap<Stage, f64>,
    /// What the GPU is called.
    pub adapter: Option<String>,
    /// Seconds of training.
    pub train_seconds: Option<f64>,
    /// Most bytes that were resident in the training's process.
    pub peak_resident_bytes: Option<u64>,
    /// Seconds from the first to the last byte: loading, training, evaluation, pictures.
    pub total_seconds: Option<f64>,
    /// Where the true labels came from: `mesh`, a folder, `none`.
    pub true_labels: String,
    /// Where the labels of the training came from.
    pub trained_on: String,
    /// One entry per evaluated view, in name order.
    pub per_view: Vec<ViewReport>,
    /// What was odd.
    pub warnings: Vec<String>,
}

/// How one class fared over all views.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ClassReport {
    /// Vocabulary id.
    pub id: u16,
    /// Name.
    pub name: String,
    /// Intersection over union, 0..1.
    pub iou: f64,
    /// IoU near its outline, 0..1; `null` for a false alarm.
    #[serde(default)]
    pub boundary_iou: Option<f64>,
    /// Pixels that are of this class; 0 for a false alarm, which counts in no `dataset` mean.
    pub truth_pixels: u64,
    /// Labelled pixels that were said to be.
    pub predicted_pixels: u64,
    /// Pixels that are and were said to be.
    pub correct_pixels: u64,
    /// What it is mostly taken for instead, `none` for no label.
    pub confused_with: Option<String>,
    /// The share of its pixels that go there, 0..1.
    pub confused_share: Option<f64>,
}

/// How one view fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ViewReport {
    /// Image file name.
    pub name: String,
    /// PSNR in dB; `null` where it is infinite.
    pub psnr: Option<f64>,
    /// SSIM.
    pub ssim: Option<f64>,
    /// LPIPS on pictures scaled to -1..1.
    pub lpips: Option<f64>,
    /// LPIPS on pictures in 0..1.
    pub lpips_unnormalised: Option<f64>,
    /// PSNR over valid pixels.
    pub psnr_masked: Option<f64>,
    /// PSNR but for the photograph's exposure, over valid pixels.
    pub psnr_exposed: Option<f64>,
    /// Mean IoU over classes in this view's prediction or truth.
    pub miou: Option<f64>,
    /// Share of this view's labelled pixels whose class is right.
    pub accuracy: Option<f64>,
}

/// Pictures that a report shows, as paths relative to its folder, with `/`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pictures {
    /// (view name, panel).
    pub panels: Vec<(String, String)>,
    /// Colour per class.
    pub legend: Option<String>,
    /// What true classes are taken for.
    pub confusion: Option<String>,
    /// Training curves.
    pub curves: Option<String>,
    /// Other things worth a link: (what it is, path).
    pub links: Vec<(String, String)>,
}

impl Report {
    /// Fills the means over views from `per_view`.
    pub fn summarise_views(&mut self) {
        let over = |value: fn(&ViewReport) -> Option<f64>| mean(self.per_view.iter().filter_map(value));
        (self.psnr, self.ssim) = (over(|v| v.psnr), over(|v| v.ssim));
        self.psnr_exposed = over(|v| v.psnr_exposed);
        (self.lpips, self.lpips_unnormalised) = (over(|v| v.lpips), over(|v| v.lpips_unnormalised));
        // A view without hidden pixels counts with its whole image.
        let is_masked = self.per_view.iter().any(|v| v.psnr_masked.is_some());
        self.psnr_masked = if is_masked { over(|v| v.psnr_masked.or(v.psnr)) } else { None };
    }

    /// Fills the class scores.
    pub fn summarise_classes(&mut self, scores: &Segmentation, vocabulary: &Vocabulary) {
        self.miou_dataset = scores.miou_dataset();
        self.miou_image = scores.miou_image();
        self.accuracy = scores.accuracy();
        self.accuracy_image = scores.accuracy_image();
        self.boundary_iou = scores.boundary.mean_iou();
        let name = |id| if id == IGNORE_ID { "none".to_owned() } else { vocabulary.name(id) };
        let class = |tally: crate::confusion::ClassTally| {
            let confused = scores.total.most_confused(tally.id);
            ClassReport {
                id: tally.id,
                name: name(tally.id),
                iou: tally.iou(),
                boundary_iou: scores.boundary.iou(tally.id),
                truth_pixels: tally.truth_pixels,
                predicted_pixels: tally.predicted_pixels,
                correct_pixels: tally.correct_pixels,
                confused_with: confused.map(|(id, _)| name(id)),
                confused_share: confused.map(|(_, share)| share),
            }
        };
        self.per_class = scores.total.classes().into_iter().map(class).collect();
    }

    /// IoU by vocabulary id, of classes that are in the truth: what a legend shows.
    pub fn iou_by_id(&self) -> BTreeMap<u16, f64> {
        self.per_class.iter().filter(|c| c.truth_pixels > 0).map(|c| (c.id, c.iou)).collect()
    }
}

/// Writes `report.json` and `report.md` into a folder, which is made where it is not there.
///
/// # Errors
/// If a file cannot be written.
pub fn write_report(folder: &Path, report: &Report, pictures: &Pictures, classes: &LabelSet) -> Result<(), EvalError> {
    std::fs::create_dir_all(folder).map_err(|e| splat_io::IoError::write(folder, e))?;
    splat_io::write_json(&folder.join("report.json"), report)?;
    let text = markdown::render(report, pictures, classes);
    Ok(splat_io::write_atomic(&folder.join("report.md"), text.as_bytes())?)
}

/// Writes a colour picture as PNG, in one piece; the folder is made where it is not there.
///
/// # Errors
/// If it cannot be encoded or written.
pub fn save_png(path: &Path, picture: &RgbImage) -> Result<(), EvalError> {
    save_dynamic_png(path, &DynamicImage::ImageRgb8(picture.clone()))
}

/// [`save_png`] for any kind of picture, e.g. 16-bit depth.
///
/// # Errors
/// If it cannot be encoded or written.
pub fn save_dynamic_png(path: &Path, picture: &DynamicImage) -> Result<(), EvalError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|e| splat_io::IoError::write(folder, e))?;
    }
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).map_err(|e| EvalError::drawing(path, e))?;
    Ok(splat_io::write_atomic(path, bytes.get_ref())?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use splat_core::LabelImage;

    fn report() -> Report {
        let mut scores = Segmentation::default();
        let image = |ids: &[u16]| LabelImage { width: 4, height: 1, ids: ids.to_vec() };
        scores.add(&image(&[0, 0, 1, 1]), &image(&[0, 1, 1, IGNORE_ID])).unwrap();
        let view = |psnr, ssim| ViewReport { name: "a|b.JPG".into(), psnr, ssim, ..ViewReport::default() };
        let mut report = Report {
            scene: "sample".into(),
            per_view: vec![view(Some(20.0), Some(0.5)), view(Some(30.0), Some(0.7))],
            stage_ms: BTreeMap::from([(Stage::Sort, 2.0), (Stage::Project, 1.0)]),
            ..Report::default()
        };
        report.summarise_views();
        report.summarise_classes(&scores, &Vocabulary::from_lines("wall\nchair"));
        report
    }

    #[test]
    fn the_json_has_its_keys_at_the_top_and_reads_back() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("new/folder");
        write_report(&folder, &report(), &Pictures::default(), &LabelSet::default()).unwrap();
        let text = std::fs::read_to_string(folder.join("report.json")).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        for key in [
            "psnr",
            "ssim",
            "miou_dataset",
            "miou_image",
            "accuracy",
            "per_class",
            "gaussians",
            "iterations",
            "its_per_s",
        ] {
            assert!(json.get(key).is_some(), "{key}");
        }
        assert_eq!(json["psnr"], 25.0);
        assert_eq!(json["stage_ms"]["sort"], 2.0);
        assert!(text.find("\"project\"") < text.find("\"sort\""), "stages in the order of the step");
        assert!(json["psnr_masked"].is_null());
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report());
    }

    #[test]
    fn classes_say_what_they_are_taken_for() {
        let report = report();
        assert_eq!(report.per_class[0].confused_with.as_deref(), Some("chair"));
        assert_eq!(report.per_class[1].confused_with.as_deref(), Some("none"));
        assert_eq!(report.per_class[1].confused_share, Some(0.5));
        assert_eq!(report.iou_by_id(), BTreeMap::from([(0, 0.5), (1, 1.0 / 3.0)]));
    }

    #[test]
    fn views_without_hidden_pixels_count_whole_in_the_masked_mean() {
        let mut report = report();
        report.per_view[0].psnr_masked = Some(24.0);
        report.summarise_views();
        assert_eq!(report.psnr_masked, Some(27.0));
    }

    #[test]
    fn without_views_and_labels_there_are_no_scores() {
        let mut report = Report::default();
        report.summarise_views();
        report.summarise_classes(&Segmentation::default(), &Vocabulary::default());
        assert_eq!((report.psnr, report.miou_dataset, report.accuracy), (None, None, None));
    }

    #[test]
    fn pictures_are_written_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a/b.png");
        save_png(&path, &RgbImage::from_pixel(3, 2, image::Rgb([9, 8, 7]))).unwrap();
        assert_eq!(image::open(&path).unwrap().into_rgb8().get_pixel(2, 1).0, [9, 8, 7]);
    }
}
