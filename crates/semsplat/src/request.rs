//! What `train` and `demo` ask for: a run in a folder, new, instead of an earlier one, or going on.

use crate::checkpoints::Cadence;
use crate::error::CliError;
use crate::progress::{Progress, grouped};
use crate::training::{self, Job, TRAIN_ANEW, check_input};
use splat_gpu::{Gpu, GpuOptions};
use splat_labels::{LabelMapSource, LabelSource};
use splat_train::resume::differences;
use splat_train::{
    Checkpoint, MemoryPlan, PrepareOptions, PreparedRun, RunFolder, RunSettings, RunSummary, Standing, prepare,
};
use std::path::{Path, PathBuf};

/// What is to be trained, and where to.
pub struct Request<'a> {
    /// Capture folder.
    pub capture: &'a Path,
    /// Run folder.
    pub out: &'a Path,
    /// What becomes of what is in it.
    pub target: Target,
    /// How often a checkpoint is written.
    pub cadence: Cadence,
    /// Bytes that the run may take.
    pub memory_limit: Option<u64>,
    /// Labels, size and schedule.
    pub options: PrepareOptions,
    /// The device; `None`: one is looked for.
    pub gpu: Option<Gpu>,
}

/// What becomes of an earlier run in the folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// There must be none.
    New,
    /// It goes, once the new one is complete.
    Overwrite,
    /// It goes on.
    Resume,
}

impl Request<'_> {
    /// Prepares and trains; the GPU comes along with its kernels compiled, but where all was done already. Nothing is written
    /// before the input has proved good and there is a GPU.
    pub fn run(&self, progress: &Progress) -> Result<(RunSummary, Option<Gpu>), CliError> {
        let from = match self.standing(progress)? {
            Standing::Finished(summary) => {
                progress.note(&format!("{}: all {} steps are done already", self.out.display(), summary.iterations));
                RunFolder::reopen(self.out)?.forget()?;
                return Ok((summary, None));
            }
            Standing::Kept(checkpoint) => Some(checkpoint),
            Standing::Nothing | Standing::Begun => None,
        };
        let prepared = prepare(self.capture, &self.options, &|what, share| progress.stage(what, share))?;
        progress.warn(&prepared.warnings);
        from.iter().try_for_each(|checkpoint| check_input(checkpoint, &prepared))?;
        let gpu = self.gpu.clone().map_or_else(|| Gpu::headless(GpuOptions::default()), Ok)?;
        progress.note(&describe(&prepared, &gpu));
        let settings = &self.options.settings;
        let plan = MemoryPlan::of(&gpu, &prepared, settings, self.memory_limit)?;
        progress.note(&plan.line());
        let run = self.folder(from.as_ref(), &prepared)?;
        let job = Job { gpu: &gpu, settings, run: &run, cadence: self.cadence, from: from.as_ref(), plan, progress };
        Ok((training::train(&job, prepared)?, Some(gpu)))
    }

    /// What is in the folder already. Says no before the work, not after it.
    fn standing(&self, progress: &Progress) -> Result<Standing, CliError> {
        let is_filled = self.out.read_dir().is_ok_and(|mut entries| entries.next().is_some());
        if self.target != Target::Resume {
            if is_filled && self.target == Target::New {
                let cure = "holds something already: choose another --out, go on with an earlier run by --resume, or replace \
                            it by --overwrite";
                return Err(CliError::BadInput(format!("{}: {cure}", self.out.display())));
            }
            return Ok(Standing::Nothing);
        }
        let standing = RunFolder::standing(self.out)?;
        if !matches!(standing, Standing::Nothing) {
            self.refuse_other(&RunFolder::open(self.out)?.settings()?, progress)?;
        }
        if matches!(standing, Standing::Nothing | Standing::Begun) {
            progress
                .note(&format!("{}: there is no checkpoint to go on from: the run starts anew", self.out.display()));
        }
        Ok(standing)
    }

    /// Refuses to go on with a run that is not the one asked for.
    fn refuse_other(&self, run: &RunSettings, progress: &Progress) -> Result<(), CliError> {
        let mut now = self.run_settings(false);
        // Not said is what the capture offers: annotations, or nothing.
        if self.options.labels.is_none() && run.labels == LabelSource::None.to_string() {
            now.labels.clone_from(&run.labels);
        }
        let found = differences(run, &now);
        if !found.is_empty() {
            let cure =
                format!("a run goes on only with its own capture, settings and seed: ask for those, or {TRAIN_ANEW}");
            let out = self.out.display();
            return Err(CliError::BadInput(format!(
                "{out}: the run there is another one: {}; {cure}",
                found.join(", ")
            )));
        }
        if run.version != now.version {
            progress.warn(&[format!("the run was begun by version {}, this is {}", run.version, now.version)]);
        }
        Ok(())
    }

    /// The run's folder, with its settings.
    fn folder(&self, from: Option<&Checkpoint>, prepared: &PreparedRun) -> Result<RunFolder, CliError> {
        if from.is_some() {
            return Ok(RunFolder::reopen(self.out)?);
        }
        let run = RunFolder::create(self.out, self.target != Target::New)?;
        run.write_settings(&self.run_settings(prepared.cloud.classes.is_empty()))?;
        prepared.mapped.iter().try_for_each(|report| run.write_label_map(report))?;
        Ok(run)
    }

    fn run_settings(&self, has_no_classes: bool) -> RunSettings {
        let labels = match &self.options.labels {
            // A folder that is not found from here is one of the capture's own: its name stays as it is.
            Some(LabelSource::Folder(folder)) => absolute(folder).display().to_string(),
            Some(source) => source.to_string(),
            None if has_no_classes => LabelSource::None.to_string(),
            None => LabelSource::Mesh.to_string(),
        };
        RunSettings {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            capture: absolute(self.capture),
            labels,
            vocabulary: self.options.vocabulary.as_deref().map(absolute),
            label_map: self.options.label_map.as_ref().map(|map| match map {
                LabelMapSource::File(file) => absolute(file).display().to_string(),
                built_in => built_in.to_string(),
            }),
            downscale: self.options.downscale,
            train: self.options.settings.clone(),
        }
    }
}

/// The path from the root where it exists, else as it is.
fn absolute(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

fn describe(prepared: &PreparedRun, gpu: &Gpu) -> String {
    let size = prepared.views.first().map_or((0, 0), |v| (v.photo.width, v.photo.height));
    let planes = match prepared.planes.len() {
        0 => String::new(),
        n => format!(" with {} flat pieces", grouped(n as u64)),
    };
    format!(
        "{} training and {} held-out views of {} x {}, {} points, {} classes{planes}; {} ({}, {} lanes)",
        prepared.views.len(),
        prepared.held_out.len(),
        size.0,
        size.1,
        grouped(prepared.cloud.len() as u64),
        prepared.cloud.class_count(),
        gpu.adapter.name,
        gpu.adapter.backend,
        gpu.adapter.lanes,
    )
}
