//! The run folder: everything needed to evaluate, render or repeat a run.
//!
//! ```text
//! RUN/settings.json   what was asked for: capture, labels, seed, schedule
//! RUN/cloud.ply       the labelled cloud
//! RUN/classes.json    id, name, colour of every class column
//! RUN/remap.json      vocabulary id <-> column
//! RUN/codes.npy       objective grouping: [N, 16], one code a Gaussian, in the cloud's order
//! RUN/classifier.json objective grouping: W and b, from codes to class logits
//! RUN/poses.json      the training views' refined poses, where they were
//! RUN/exposures.json  the photographs' learned exposures, where they were compensated
//! RUN/label_map.json  what a label map did to the masks, and label_map.md for people; only where there was one
//! RUN/metrics.jsonl   figures along the way (one JSON object a line)
//! RUN/summary.json    what came out: Gaussians, seconds, adapter
//! RUN/checkpoint.bin  what a run that is under way needs to go on; gone when it is complete
//! ```

use crate::error::TrainError;
use crate::finish::Finish;
use crate::grouping::Codes;
use crate::memory::{Bound, MemoryPlan};
use serde::{Deserialize, Serialize};
use splat_core::{CODE_CHANNELS, Camera, Cloud, TrainSettings};
use splat_io::classes::{write_classes, write_remap};
use splat_io::cloud::arrays::write_rows;
use splat_io::cloud::{PlyFlavour, read_cloud, write_cloud};
use splat_io::files::{read_json, write_json};
use splat_labels::{LabelMapSource, MapReport};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What was asked for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunSettings {
    /// Version of the software that made the run.
    pub version: String,
    /// Capture folder.
    pub capture: PathBuf,
    /// `mesh`, `none` or a mask folder.
    pub labels: String,
    /// Class list, where one was given.
    pub vocabulary: Option<PathBuf>,
    /// How masks were brought to another class list, where that was asked for: `ade20k-to-scannetpp` or a CSV file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub label_map: Option<String>,
    /// Images were scaled down by this.
    pub downscale: f64,
    /// Everything else.
    pub train: TrainSettings,
}

impl RunSettings {
    /// How masks were brought to another class list.
    pub fn label_map(&self) -> Option<LabelMapSource> {
        self.label_map.as_ref().and_then(|text| text.parse().ok())
    }
}

/// What came out.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct RunSummary {
    /// Steps done.
    pub iterations: u32,
    /// Gaussians at the end.
    pub gaussians: u32,
    /// Wall seconds of training, preparation left out.
    pub train_seconds: f64,
    /// Steps after which it was stopped and resumed; the times are sums over all parts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub resumed_after: Vec<u32>,
    /// CPU seconds of the process while training; includes a software GPU's work.
    pub train_cpu_seconds: Option<f64>,
    /// Steps per second.
    pub its_per_s: f64,
    /// Mean milliseconds per stage of the timed steps, by stage stem.
    pub stage_ms: BTreeMap<String, f64>,
    /// Adapter name.
    pub adapter: String,
    /// What was done to the trained cloud's classes, and how far they contradicted their labels: borders alone make 1 to 3 %, the
    /// rest is noise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub finish: Option<Finish>,
    /// How much memory it was expected to take, and what that bounded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<MemoryPlan>,
    /// Most bytes that were resident in the process, where the system tells; a software GPU's are among them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_resident_bytes: Option<u64>,
    /// Warnings of preparation.
    pub warnings: Vec<String>,
}

/// The learned exposure of a photograph, an entry of `exposures.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PhotoExposure {
    /// Image file name.
    pub view: String,
    /// What makes the photograph's colour (sRGB, 0..1) of the rendered one: a row per channel, factors of r, g, b and an offset.
    pub photo_from_render: [[f32; 4]; 3],
}

/// The refined pose of a training view, an entry of `poses.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefinedPose {
    /// Image file name.
    pub view: String,
    /// Rows of the pose, view (OpenCV axes) to world: rotation, and the camera's centre behind it.
    pub world_from_view: [[f64; 4]; 3],
    /// How far the centre moved, world units.
    pub moved: f64,
    /// How far the view turned, degrees.
    pub turned_degrees: f64,
}

impl RefinedPose {
    /// A view's pose, and how far it is from the one that the capture gives.
    pub fn new(view: &str, given: &Camera, refined: &Camera) -> Self {
        let (a, b) = (given.world_from_view, refined.world_from_view);
        let cosine = 0.5 * ((0..3).map(|k| a.matrix3.col(k).dot(b.matrix3.col(k))).sum::<f64>() - 1.0);
        let row = |k: usize| {
            let r = b.matrix3.row(k);
            [r.x, r.y, r.z, b.translation[k]]
        };
        Self {
            view: view.to_owned(),
            world_from_view: [0, 1, 2].map(row),
            moved: a.translation.distance(b.translation),
            turned_degrees: cosine.clamp(-1.0, 1.0).acos().to_degrees(),
        }
    }
}

impl RunSummary {
    /// Says where the run would have grown further, had the adapter or its memory allowed it.
    pub fn budget_note(&self) -> Option<String> {
        let plan = self.memory.as_ref().filter(|plan| self.gaussians as f64 > 0.95 * plan.gaussian_limit as f64)?;
        let (why, limit) = match plan.bound {
            Bound::Settings => return None,
            Bound::Adapter => ("what the adapter can bind", plan.gaussian_limit),
            Bound::Memory => ("what fits into the memory limit", plan.gaussian_limit),
        };
        Some(format!("growth stopped at {limit} Gaussians, {why}; {} were allowed", plan.asked))
    }
}

/// A folder of one run.
#[derive(Clone, Debug)]
pub struct RunFolder {
    /// Where it lies.
    pub path: PathBuf,
}

impl RunFolder {
    /// Makes a new run folder. Refused where the folder holds something, unless `overwrite`, which sets the files of an
    /// earlier run aside in `previous/`, where they stay until the new run is complete: nothing is lost to a full disk.
    pub fn create(path: &Path, overwrite: bool) -> Result<Self, TrainError> {
        let run = Self { path: path.to_owned() };
        let refuse = |message: String| TrainError::Run { path: path.to_owned(), message };
        if path.exists() && !path.is_dir() {
            return Err(refuse("is a file, not a folder: choose another --out".to_owned()));
        }
        let holds_something = path.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if holds_something && !overwrite {
            return Err(refuse("holds something already: choose another --out, or say --overwrite".to_owned()));
        }
        // A run that was killed while an earlier one was set aside has nothing but that.
        let is_run = run.settings_path().exists() || run.previous_path().join("settings.json").exists();
        if holds_something && !is_run {
            let message = "holds something that is no training run: --overwrite replaces runs only".to_owned();
            return Err(refuse(message));
        }
        std::fs::create_dir_all(path).map_err(|e| splat_io::IoError::write(path, e))?;
        // A run that never got to a cloud must not push one aside that did: its diary just goes.
        if run.cloud_path().exists() {
            run.set_aside()?;
        } else {
            remove(&run.metrics_path())?;
            run.label_map_paths().iter().try_for_each(|path| remove(path))?;
        }
        remove(&run.checkpoint_path())?;
        run.sweep();
        Ok(run)
    }

    /// Opens a run that is to go on.
    pub fn reopen(path: &Path) -> Result<Self, TrainError> {
        let run = Self::open(path)?;
        run.sweep();
        Ok(run)
    }

    /// Removes what a killed process was just writing: temporary files of `splat_io::files`. What cannot be removed stays.
    fn sweep(&self) {
        let files = self.path.read_dir().into_iter().flatten().flatten();
        let is_left_over = |name: &str| name.starts_with('.') && name.ends_with(".part");
        for file in files.filter(|f| f.file_name().to_str().is_some_and(is_left_over)) {
            let _ = std::fs::remove_file(file.path());
        }
    }

    /// Moves this run's files to `previous/`: renames only, so it needs no room.
    fn set_aside(&self) -> Result<(), TrainError> {
        let previous = self.previous_path();
        std::fs::create_dir_all(&previous).map_err(|e| splat_io::IoError::write(&previous, e))?;
        let [label_map, label_map_text] = self.label_map_paths();
        let files = [
            label_map,
            label_map_text,
            self.settings_path(),
            self.cloud_path(),
            self.metrics_path(),
            self.summary_path(),
            self.classes_path(),
            self.remap_path(),
            self.codes_path(),
            self.classifier_path(),
            self.exposures_path(),
            self.poses_path(),
        ];
        for file in files.iter().filter(|f| f.exists()) {
            let target = previous.join(file.file_name().unwrap_or_default());
            std::fs::rename(file, &target).map_err(|e| splat_io::IoError::write(&target, e))?;
        }
        Ok(())
    }

    /// Opens a finished run.
    pub fn open(path: &Path) -> Result<Self, TrainError> {
        let run = Self { path: path.to_owned() };
        if run.settings_path().is_file() {
            return Ok(run);
        }
        let message = "is not a training run: it has no settings.json".to_owned();
        Err(TrainError::Run { path: path.to_owned(), message })
    }

    /// `cloud.ply`.
    pub fn cloud_path(&self) -> PathBuf {
        self.path.join("cloud.ply")
    }

    /// `metrics.jsonl`.
    pub fn metrics_path(&self) -> PathBuf {
        self.path.join("metrics.jsonl")
    }

    /// `classes.json`.
    pub fn classes_path(&self) -> PathBuf {
        self.path.join("classes.json")
    }

    /// `exposures.json`.
    pub fn exposures_path(&self) -> PathBuf {
        self.path.join("exposures.json")
    }

    /// `label_map.json` and `label_map.md`.
    fn label_map_paths(&self) -> [PathBuf; 2] {
        ["label_map.json", "label_map.md"].map(|name| self.path.join(name))
    }

    /// Writes what a label map did.
    pub fn write_label_map(&self, report: &MapReport) -> Result<(), TrainError> {
        Ok(report.write(&self.path, "label_map")?)
    }

    /// Reads what a label map did; `None` where there was none.
    pub fn label_map(&self) -> Result<Option<MapReport>, TrainError> {
        let [path, _] = self.label_map_paths();
        if path.is_file() { Ok(Some(read_json(&path)?)) } else { Ok(None) }
    }

    /// `checkpoint.bin`.
    pub fn checkpoint_path(&self) -> PathBuf {
        self.path.join("checkpoint.bin")
    }

    fn previous_path(&self) -> PathBuf {
        self.path.join("previous")
    }

    pub(crate) fn settings_path(&self) -> PathBuf {
        self.path.join("settings.json")
    }

    pub(crate) fn summary_path(&self) -> PathBuf {
        self.path.join("summary.json")
    }

    fn remap_path(&self) -> PathBuf {
        self.path.join("remap.json")
    }

    fn codes_path(&self) -> PathBuf {
        self.path.join("codes.npy")
    }

    fn classifier_path(&self) -> PathBuf {
        self.path.join("classifier.json")
    }

    /// Writes what the class logits of the cloud were made of.
    pub fn write_codes(&self, codes: &Codes) -> Result<(), TrainError> {
        write_rows(&self.codes_path(), &codes.codes, CODE_CHANNELS)?;
        Ok(write_json(&self.classifier_path(), &codes.classifier)?)
    }

    /// Writes what was asked for.
    pub fn write_settings(&self, settings: &RunSettings) -> Result<(), TrainError> {
        Ok(write_json(&self.settings_path(), settings)?)
    }

    /// Reads what was asked for.
    pub fn settings(&self) -> Result<RunSettings, TrainError> {
        Ok(read_json(&self.settings_path())?)
    }

    /// Writes the cloud and its classes.
    pub fn write_cloud(&self, cloud: &Cloud) -> Result<(), TrainError> {
        write_cloud(&self.cloud_path(), cloud, PlyFlavour::Labelled)?;
        write_classes(&self.classes_path(), &cloud.classes)?;
        Ok(write_remap(&self.remap_path(), &cloud.classes)?)
    }

    /// `poses.json`.
    pub fn poses_path(&self) -> PathBuf {
        self.path.join("poses.json")
    }

    /// Writes the training views' refined poses.
    pub fn write_poses(&self, poses: &[RefinedPose]) -> Result<(), TrainError> {
        Ok(write_json(&self.poses_path(), &poses)?)
    }

    /// Writes the photographs' exposures.
    pub fn write_exposures(&self, exposures: &[PhotoExposure]) -> Result<(), TrainError> {
        Ok(write_json(&self.exposures_path(), &exposures)?)
    }

    /// Reads the cloud; fails clearly for a run that has not got that far.
    pub fn cloud(&self) -> Result<Cloud, TrainError> {
        if !self.cloud_path().is_file() {
            let message =
                "the run has no cloud.ply: it did not finish; go on with --resume or train again with --overwrite"
                    .to_owned();
            return Err(TrainError::Run { path: self.path.clone(), message });
        }
        Ok(read_cloud(&self.cloud_path())?)
    }

    /// Writes what came out: the last file of a run. Its checkpoint and an earlier run that was set aside go now.
    pub fn write_summary(&self, summary: &RunSummary) -> Result<(), TrainError> {
        write_json(&self.summary_path(), summary)?;
        self.forget()
    }

    /// Removes what a finished run needs no more.
    pub fn forget(&self) -> Result<(), TrainError> {
        remove(&self.checkpoint_path())?;
        match std::fs::remove_dir_all(self.previous_path()) {
            Err(e) if e.kind() != std::io::ErrorKind::NotFound => {
                Err(splat_io::IoError::write(&self.previous_path(), e).into())
            }
            _ => Ok(()),
        }
    }

    /// Reads what came out.
    pub fn summary(&self) -> Result<RunSummary, TrainError> {
        Ok(read_json(&self.summary_path())?)
    }
}

/// Removes a file that may not be there.
fn remove(path: &Path) -> Result<(), TrainError> {
    match std::fs::remove_file(path) {
        Err(e) if e.kind() != std::io::ErrorKind::NotFound => Err(splat_io::IoError::write(path, e).into()),
        _ => Ok(()),
    }
}
