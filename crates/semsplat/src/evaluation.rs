//! Scores a run on its held-out views and writes the report: what `eval` and `demo` do.

use crate::clouds::{colour_image, label_image};
use crate::consistency::{load_mesh, measure_depths, measure_flicker, measure_vertices};
use crate::error::CliError;
use crate::progress::Progress;
use crate::truth::Truth;
use image::RgbImage;
use splat_core::settings::Background;
use splat_core::{Capture, Cloud, LabelImage, LabelSet, Split, Stage, View};
use splat_eval::{
    Calibration, Lpips, Panel, Pictures, Report, Segmentation, ViewReport, compose_panel, confusion_picture, legend,
    photo_rgb, photo_validity, psnr, psnr_exposed, read_metrics, save_png, ssim, training_curves, write_report,
};
use splat_gpu::Gpu;
use splat_io::{CaptureOptions, load_photo, open_capture};
use splat_labels::LabelSource;
use splat_train::{Renderer, RunFolder, RunSettings};
use std::path::Path;

/// Views that get a panel; more would make a report that nobody scrolls through.
const MOST_PANELS: usize = 12;

/// What is to be evaluated.
pub struct Evaluation<'a> {
    /// The finished run.
    pub run: &'a RunFolder,
    /// Where true labels come from; `None`: the mesh where there is one, else what the training had.
    pub labels: Option<LabelSource>,
    /// Another place for the capture than the run remembers.
    pub capture: Option<&'a Path>,
    /// The network for LPIPS; `None`: it is not measured.
    pub lpips: Option<&'a Lpips>,
    /// Folder of the report.
    pub out: &'a Path,
}

/// A report that is not written yet.
pub struct Evaluated {
    /// Figures.
    pub report: Report,
    /// Pictures that were written.
    pub pictures: Pictures,
    /// Classes of the legend.
    pub classes: LabelSet,
    /// The capture, opened.
    pub capture: Capture,
    /// The cloud.
    pub cloud: Cloud,
}

impl Evaluated {
    /// Writes `report.json` and `report.md`.
    pub fn write(&self, out: &Path) -> Result<(), CliError> {
        Ok(write_report(out, &self.report, &self.pictures, &self.classes)?)
    }
}

impl Evaluation<'_> {
    /// Renders, compares and draws; the report itself is the caller's to write.
    pub fn run(&self, gpu: &Gpu, progress: &Progress) -> Result<Evaluated, CliError> {
        progress.stage("opening the run", 0.0);
        let (settings, cloud) = (self.run.settings()?, self.run.cloud()?);
        let options = CaptureOptions { downscale: settings.downscale.max(1.0), seed: settings.train.seed };
        let capture = open_capture(self.capture.unwrap_or(&settings.capture), &options)?;
        let views: Vec<&View> = capture.split(Split::Test).collect();
        if views.is_empty() {
            let message = "has no held-out view to evaluate on: name some in its split lists";
            return Err(CliError::BadInput(format!("{}: {message}", capture.root.display())));
        }
        progress.stage("gathering true labels", 0.0);
        let mapped = self.run.label_map()?;
        let labels = self.labels.clone();
        let truth = Truth::gather(&capture, labels, &settings, mapped.as_ref(), &cloud.classes, &views)?;
        let mut scoring = Scoring {
            renderer: Renderer::new(gpu, &cloud, settings.train.background.shown())?,
            background: settings.train.background,
            cloud: &cloud,
            classes: truth.shown_classes(&cloud.classes),
            truth: &truth,
            scores: Segmentation::default(),
            calibration: Calibration::default(),
            lpips: self.lpips,
            out: self.out,
        };
        let mut report = self.head(&settings, &capture, &cloud, &truth);
        let mut pictures = Pictures::default();
        let every = views.len().div_ceil(MOST_PANELS);
        for (i, view) in views.iter().enumerate() {
            progress.stage("evaluating", i as f32 / views.len() as f32);
            let (scored, panel) = scoring.view(i, view, i % every == 0)?;
            report.per_view.push(scored);
            pictures.panels.extend(panel.map(|p| (view.name.clone(), p)));
        }
        report.summarise_views();
        if scoring.scores.total.labelled() > 0 {
            let vocabulary = truth.vocabulary(&cloud.classes);
            report.summarise_classes(&scoring.scores, &vocabulary);
            report.ece = scoring.calibration.ece();
            save_png(&self.out.join("confusion.png"), &confusion_picture(&scoring.scores.total, &vocabulary))?;
            pictures.confusion = Some("confusion.png".to_owned());
        }
        measure_flicker(&capture, &settings, &cloud, &mut scoring.renderer, &mut report, progress)?;
        if let Some(mesh) = load_mesh(&capture, &truth, &mut report)? {
            measure_depths(&mesh, &views, &mut scoring.renderer, &mut report, progress)?;
            measure_vertices(&mesh, &cloud, &truth, &mut report, progress)?;
        }
        let classes = scoring.classes;
        if !classes.is_empty() {
            save_png(&self.out.join("legend.png"), &legend(&classes, &report.iou_by_id()))?;
            pictures.legend = Some("legend.png".to_owned());
        }
        if self.run.metrics_path().is_file() {
            training_curves(&self.out.join("curves.png"), &read_metrics(&self.run.metrics_path())?)?;
            pictures.curves = Some("curves.png".to_owned());
        }
        Ok(Evaluated { report, pictures, classes, capture, cloud })
    }

    /// The report's figures that are known before any view is rendered.
    fn head(&self, settings: &RunSettings, capture: &Capture, cloud: &Cloud, truth: &Truth) -> Report {
        // A run that was stopped while it wrote its summary can still be evaluated.
        let summary = self.run.summary().unwrap_or_default();
        let stage = |stem: &str| Stage::ALL.into_iter().find(|s| s.stem() == stem);
        let mut warnings = capture.warnings.clone();
        warnings.extend(summary.warnings.iter().filter(|w| !capture.warnings.contains(w)).cloned());
        warnings.extend(truth.labelling.warnings.iter().cloned());
        warnings.extend(truth.notes());
        warnings.dedup();
        let known = summary.iterations > 0;
        Report {
            scene: capture.name.clone(),
            gaussians: cloud.len() as u64,
            iterations: if known { summary.iterations } else { settings.train.iterations },
            its_per_s: known.then_some(summary.its_per_s),
            train_seconds: known.then_some(summary.train_seconds),
            peak_resident_bytes: summary.peak_resident_bytes,
            adapter: known.then(|| summary.adapter.clone()),
            stage_ms: summary.stage_ms.iter().filter_map(|(s, ms)| Some((stage(s)?, *ms))).collect(),
            true_labels: truth.source.to_string(),
            lpips_network: self.lpips.map(|l| l.name().to_owned()),
            trained_on: settings.labels.clone(),
            warnings,
            ..Report::default()
        }
    }
}

/// Scores views one by one.
struct Scoring<'a> {
    renderer: Renderer,
    background: Background,
    cloud: &'a Cloud,
    truth: &'a Truth,
    classes: LabelSet,
    scores: Segmentation,
    calibration: Calibration,
    lpips: Option<&'a Lpips>,
    out: &'a Path,
}

impl Scoring<'_> {
    /// Figures of a view and, where asked for, the path of its panel within `out`.
    fn view(&mut self, index: usize, view: &View, draws: bool) -> Result<(ViewReport, Option<String>), CliError> {
        let photo = load_photo(view)?;
        let seen = self.renderer.render(&view.camera)?;
        let (photo, validity, render) =
            (photo_rgb(&photo, self.background.shown()), photo_validity(&photo), colour_image(&seen));
        let finite = |v: f64| v.is_finite().then_some(v);
        let mut report = ViewReport {
            name: view.name.clone(),
            psnr: finite(psnr(&photo, &render, None)?),
            ssim: finite(ssim(&photo, &render)?),
            psnr_exposed: finite(psnr_exposed(&photo, &render, validity.as_deref())?),
            ..ViewReport::default()
        };
        if let Some(lpips) = self.lpips {
            let distances = lpips.distances(&photo, &render)?;
            (report.lpips, report.lpips_unnormalised) = (finite(distances.normalised), finite(distances.unnormalised));
        }
        // A mask that hides nothing in this view still makes the masked figure one that is known.
        if view.valid_mask_path.is_some() || validity.is_some() {
            report.psnr_masked = finite(psnr(&photo, &render, validity.as_deref())?);
        }
        let mut labels = (!self.cloud.classes.is_empty()).then(|| label_image(&seen, self.cloud));
        // A cloud without classes has no scores rather than bad ones.
        if let Some(prediction) = &labels
            && let Some(scored) = self.truth.score(index, prediction, &mut self.scores)?
        {
            report.miou = scored.counts.miou_image();
            report.accuracy = scored.counts.accuracy();
            self.calibration.add(&scored.truth, &scored.prediction, &seen.confidence)?;
            labels = Some(scored.prediction);
        }
        let panel = if draws { Some(self.panel(index, &report, &photo, &render, labels.as_ref())?) } else { None };
        Ok((report, panel))
    }

    fn panel(
        &self,
        index: usize,
        report: &ViewReport,
        photo: &RgbImage,
        render: &RgbImage,
        labels: Option<&LabelImage>,
    ) -> Result<String, CliError> {
        let note = |value: Option<f64>, text: &dyn Fn(f64) -> String| value.map_or(String::new(), text);
        let panel = Panel {
            photo,
            render,
            rendered_classes: labels,
            true_classes: self.truth.labelling.images[index].as_ref(),
            classes: &self.classes,
            render_note: &note(report.psnr, &|v| format!("{v:.1} dB")),
            classes_note: &note(report.miou, &|v| format!("mIoU {v:.2}")),
        };
        let path = format!("panels/{}.png", report.name);
        save_png(&self.out.join(&path), &compose_panel(&panel))?;
        Ok(path)
    }
}
