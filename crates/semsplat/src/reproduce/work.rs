//! Makes rows: trains, lifts and scores, and keeps what is finished.

use super::row::{self, Masks, Method, Recipe, Row};
use super::{Options, RowOf};
use crate::checkpoints::Cadence;
use crate::error::CliError;
use crate::evaluation::Evaluation;
use crate::labels::make_folder;
use crate::progress::Progress;
use crate::request::{Request, Target};
use crate::score::{Scope, score_masks};
use crate::segment::{self, SegmentArgs};
use splat_core::settings::Preset;
use splat_core::{Capture, Objective, Split, TrainSettings, View};
use splat_eval::Lpips;
use splat_gpu::{Gpu, GpuOptions};
use splat_io::{CaptureOptions, IoError, open_capture};
use splat_labels::{LabelMapSource, LabelRequest, LabelSource};
use splat_train::{LiftPlan, LiftSource, PrepareOptions, RunFolder, RunSettings, RunSummary, lift, prepare_lift};
use std::cell::OnceCell;
use std::path::{Path, PathBuf};

/// What all rows share.
pub struct Workshop<'a> {
    /// Folder of everything that is made.
    pub out: &'a Path,
    /// Folder of a segmenter's masks within a capture.
    pub masks: &'a str,
    /// A network that makes them where they are not there.
    pub model: Option<&'a Path>,
    /// How their classes become the scene's.
    pub label_map: &'a LabelMapSource,
    /// Weights for LPIPS, and where they came from.
    pub lpips: Option<(&'a Path, &'a Lpips)>,
    /// Steps of each training.
    pub iterations: Option<u32>,
    /// Photographs are scaled down by this.
    pub downscale: f64,
    /// Seed of everything random.
    pub seed: u64,
    /// Who is told.
    pub progress: &'a Progress,
    /// The GPU, once somebody needs it.
    pub gpu: OnceCell<Gpu>,
}

/// A scene that is worked on.
pub struct Scene {
    /// Its name.
    pub name: String,
    /// The capture.
    pub capture: Capture,
    /// A segmenter's masks, and how they come into the scene's classes.
    pub noisy: (PathBuf, Option<LabelMapSource>),
}

impl Scene {
    /// Whether true labels are known.
    pub fn has_mesh(&self) -> bool {
        self.capture.mesh.is_some()
    }
}

impl<'a> Workshop<'a> {
    /// As asked for, with the weights that were named.
    pub fn new(options: &'a Options, lpips: Option<&'a Lpips>, progress: &'a Progress) -> Self {
        Self {
            out: &options.out,
            masks: &options.masks,
            model: options.model.as_deref(),
            label_map: &options.label_map,
            lpips: options.lpips.as_deref().zip(lpips),
            iterations: options.iterations,
            downscale: options.downscale,
            seed: options.seed,
            progress,
            gpu: OnceCell::new(),
        }
    }

    /// Opens a scene of a data root; its noisy masks are made where they are not there and there is a network.
    ///
    /// # Errors
    /// If there is no such scene, or there are no masks and nothing that makes them.
    pub fn scene(&self, root: &Path, name: &str) -> Result<Scene, CliError> {
        let places = [root.join("data").join(name), root.join(name)];
        let dir = places
            .iter()
            .find(|p| p.is_dir())
            .ok_or_else(|| IoError::not_found(&places[0], "there is no such scene"))?;
        let capture = open_capture(dir, &CaptureOptions { downscale: self.downscale, seed: self.seed })?;
        let folders = [capture.root.join("dslr").join(self.masks), capture.root.join(self.masks)];
        let folder = match folders.iter().find(|f| f.is_dir()) {
            Some(folder) => {
                if self.model.is_some() {
                    let cure =
                        "these masks are taken; for the network's own name a folder that is not there with --masks";
                    self.progress.note(&format!("{}: {cure}", folder.display()));
                }
                folder.clone()
            }
            None => self.segment(&capture, name)?,
        };
        let own = splat_io::masks::folder_vocabulary(&folder)?;
        let scene = match capture.mesh.as_ref().and_then(|m| m.vocabulary.as_ref()) {
            Some(path) => Some(splat_io::masks::load_vocabulary(path)?),
            None => None,
        };
        let map = if own.is_some() && own == scene { None } else { Some(self.label_map.clone()) };
        Ok(Scene { name: name.to_owned(), capture, noisy: (folder, map) })
    }

    /// Masks of a scene's photographs by the given network.
    fn segment(&self, capture: &Capture, name: &str) -> Result<PathBuf, CliError> {
        let Some(model) = self.model else {
            let cure = "make masks with `semsplat labels segment`, name another folder with --masks, or a network with --model";
            let message = format!("has no folder `{}` of a segmenter's masks: {cure}", self.masks);
            return Err(CliError::BadInput(format!("{}: {message}", capture.root.display())));
        };
        let out = self.out.join("masks").join(name);
        segment::segment(&SegmentArgs::of(&capture.root, model, &out), self.progress)?;
        Ok(out)
    }

    /// The GPU.
    pub fn gpu(&self) -> Result<&Gpu, CliError> {
        if let Some(gpu) = self.gpu.get() {
            return Ok(gpu);
        }
        let gpu = Gpu::headless(GpuOptions::default())?;
        Ok(self.gpu.get_or_init(|| gpu))
    }

    /// Where a row's run lies.
    pub fn folder(&self, scene: &Scene, masks: Masks, method: Method) -> PathBuf {
        let name = match method {
            // Masks make no difference to colours.
            Method::Colour => "colour".to_owned(),
            _ => format!("{}_{}", masks.name(), method.name()),
        };
        self.out.join("runs").join(&scene.name).join(name)
    }

    /// Refuses to make a row in the place of one of another training.
    pub fn check(&self, scene: &Scene, row: &RowOf) -> Result<(), CliError> {
        match row.method {
            Method::Input => Ok(()),
            method => {
                let folder = self.folder(scene, row.masks, method);
                row::refuse_other_training(&folder, &self.recipe(scene, row.masks, method))
            }
        }
    }

    /// The row, made now unless it is finished.
    ///
    /// # Errors
    /// Whatever stops a training or an evaluation; what was made until then is kept.
    pub fn row(&self, scene: &Scene, masks: Masks, method: Method) -> Result<Row, CliError> {
        let folder = self.folder(scene, masks, method);
        let recipe = self.recipe(scene, masks, method);
        if let Some(row) = row::finished(&folder, &recipe)? {
            return Ok(Row { masks, ..row });
        }
        self.progress.note(&format!("{}, {} masks: {}", scene.name, masks.name(), method.name()));
        let empty = Row::new(&scene.name, masks, method);
        let row = match method {
            Method::Input => self.input(scene, masks, empty)?,
            Method::Lift => self.lift(scene, masks, empty)?,
            _ => self.train(scene, masks, method, empty)?,
        };
        make_folder(&folder)?;
        row::keep(&folder, recipe, &row)?;
        Ok(row)
    }

    fn recipe(&self, scene: &Scene, masks: Masks, method: Method) -> Recipe {
        let (labels, map) = labels(scene, masks, method);
        Recipe {
            labels: labels.to_string(),
            label_map: map.map(|m| m.to_string()),
            downscale: self.downscale as f32,
            lpips: self.lpips.map(|(path, _)| path.to_owned()),
            train: self.settings(method),
        }
    }

    /// Settings of a method's training.
    fn settings(&self, method: Method) -> TrainSettings {
        let entropy = match method {
            Method::LittleEntropy => 0.01,
            Method::MuchEntropy => 0.05,
            _ => 0.0,
        };
        let mut settings = match method {
            Method::Paper => Preset::Paper.settings(),
            Method::Softmax | Method::LittleEntropy | Method::MuchEntropy => {
                let mut settings = Preset::Paper.settings();
                (settings.loss.objective, settings.loss.entropy) = (Objective::Softmax, entropy);
                settings
            }
            // The baseline gets what colours gained since: the same budget of Gaussians.
            Method::Grouping => Preset::Quality.settings().into_grouping(),
            Method::Quality | Method::Colour | Method::Lift | Method::Input => Preset::Quality.settings(),
        };
        settings.iterations = self.iterations.unwrap_or(settings.iterations);
        settings.seed = self.seed;
        settings
    }

    fn train(&self, scene: &Scene, masks: Masks, method: Method, row: Row) -> Result<Row, CliError> {
        let folder = self.folder(scene, masks, method);
        let (labels, label_map) = labels(scene, masks, method);
        let settings = self.settings(method);
        let options =
            PrepareOptions { labels: Some(labels), vocabulary: None, label_map, downscale: self.downscale, settings };
        let target = if folder.join("settings.json").is_file() { Target::Resume } else { Target::New };
        let gpu = Some(self.gpu()?.clone());
        let request = Request {
            capture: &scene.capture.root,
            out: &folder,
            target,
            cadence: Cadence::of(None),
            memory_limit: None,
            options,
            gpu,
        };
        request.run(self.progress)?;
        self.evaluate(&RunFolder::open(&folder)?, row)
    }

    /// Classes for the cloud that was trained on colours alone.
    fn lift(&self, scene: &Scene, masks: Masks, row: Row) -> Result<Row, CliError> {
        let colour = self.row(scene, masks, Method::Colour)?;
        let run = RunFolder::open(&self.folder(scene, masks, Method::Colour))?;
        let (labels, label_map) = labels(scene, masks, Method::Lift);
        let source = LiftSource {
            labels: Some(labels.clone()),
            vocabulary: None,
            label_map: label_map.clone(),
            downscale: self.downscale,
        };
        let input = prepare_lift(&scene.capture.root, &source)?;
        let lifting = |share| self.progress.stage("lifting", share);
        let (cloud, lifted) = lift(self.gpu()?, run.cloud()?, &input, LiftPlan::default(), &lifting)?;
        let out = RunFolder::create(&self.folder(scene, masks, Method::Lift), true)?;
        let settings = run.settings()?;
        out.write_settings(&RunSettings {
            labels: labels.to_string(),
            label_map: label_map.map(|m| m.to_string()),
            ..settings
        })?;
        input.mapped.iter().try_for_each(|report| out.write_label_map(report))?;
        out.write_cloud(&cloud)?;
        out.write_summary(&RunSummary { train_seconds: lifted.seconds, ..run.summary()? })?;
        let row = self.evaluate(&out, row)?;
        Ok(Row { seconds: colour.seconds.map(|s| s + lifted.seconds), ..row })
    }

    fn evaluate(&self, run: &RunFolder, row: Row) -> Result<Row, CliError> {
        let out = run.path.join("eval");
        let lpips = self.lpips.map(|(_, lpips)| lpips);
        let request = Evaluation { run, labels: None, capture: None, lpips, out: &out };
        let evaluated = request.run(self.gpu()?, self.progress)?;
        evaluated.write(&out)?;
        Ok(row.with(&evaluated.report))
    }

    /// What the masks of held-out views score by themselves. Without true labels there is nothing to score them against.
    fn input(&self, scene: &Scene, masks: Masks, row: Row) -> Result<Row, CliError> {
        if !scene.has_mesh() {
            return Ok(row);
        }
        let (labels, map) = labels(scene, masks, Method::Input);
        let [train, test] = [Split::Train, Split::Test].map(|split| scene.capture.split(split).collect::<Vec<&View>>());
        let request = LabelRequest { source: &LabelSource::Mesh, vocabulary: None, map: map.as_ref() };
        // Scored on the same classes as what is trained on them: those that training views know.
        let scope = Scope { views: &test, known: &train };
        let scores = score_masks(&scene.capture, &labels, &request, &scope)?;
        Ok(Row {
            miou_dataset: scores.miou_dataset,
            miou_image: scores.miou_image,
            accuracy: scores.accuracy,
            boundary_iou: scores.boundary_iou,
            classes: Some(scores.classes),
            true_labels: scores.true_labels,
            ..row
        })
    }
}

/// Where a method's labels come from.
fn labels(scene: &Scene, masks: Masks, method: Method) -> (LabelSource, Option<LabelMapSource>) {
    match (method, masks) {
        (Method::Colour, _) => (LabelSource::None, None),
        (_, Masks::Exact) => (LabelSource::Mesh, None),
        (_, Masks::Noisy) => (LabelSource::Folder(scene.noisy.0.clone()), scene.noisy.1.clone()),
    }
}
