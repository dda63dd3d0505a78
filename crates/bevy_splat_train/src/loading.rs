//! Reads a capture and sets a trainer up, on a thread of its own.
//!
//! Bevy's task pools are left alone: on a small machine they have a single thread, which is wanted for compiling pipelines
//! meanwhile.

use crate::live::LiveTrainer;
use crate::run::{TrainingRun, TrainingScene, TrainingStrategy};
use bevy::prelude::Component;
use bevy_splat_render::SplatGpu;
use splat_train::{PrepareOptions, PreparedRun, Strategy, TrainError, Trainer, TrainerOptions, Witnesses, prepare};
use std::sync::{Arc, Mutex, MutexGuard};

/// A capture that is being read.
#[derive(Component, Clone)]
pub(crate) struct Loading {
    shared: Arc<Mutex<Status>>,
}

#[derive(Default)]
struct Status {
    what: String,
    share: f32,
    result: Option<Result<Loaded, LoadingFailed>>,
}

/// Why nothing was brought.
pub(crate) struct LoadingFailed {
    pub reason: String,
    pub is_bad_input: bool,
}

/// What loading brings.
pub(crate) struct Loaded {
    pub trainer: LiveTrainer,
    pub scene: TrainingScene,
    pub warnings: Vec<String>,
}

impl Loading {
    /// Starts reading what `run` asks for.
    pub fn start(run: &TrainingRun, strategy: Option<&TrainingStrategy>, gpu: &SplatGpu) -> Self {
        let loading = Self { shared: Arc::default() };
        let (thread, run, gpu) = (loading.clone(), run.clone(), gpu.clone());
        let strategy = strategy.map(|own| own.0.clone());
        let work = move || {
            let result = load(&run, strategy, &gpu, &|what, share| thread.note(what, share));
            thread.status().result =
                Some(result.map_err(|e| LoadingFailed { reason: e.to_string(), is_bad_input: e.is_bad_input() }));
        };
        if let Err(e) = std::thread::Builder::new().name("capture loading".to_owned()).spawn(work) {
            let reason = format!("no thread could be started: {e}");
            loading.status().result = Some(Err(LoadingFailed { reason, is_bad_input: false }));
        }
        loading
    }

    /// What is being done, and the share of it that is done.
    pub fn progress(&self) -> (String, f32) {
        let status = self.status();
        (status.what.clone(), status.share)
    }

    /// The result, once.
    pub fn take(&self) -> Option<Result<Loaded, LoadingFailed>> {
        self.status().result.take()
    }

    fn note(&self, what: &str, share: f32) {
        let mut status = self.status();
        what.clone_into(&mut status.what);
        status.share = share;
    }

    fn status(&self) -> MutexGuard<'_, Status> {
        self.shared.lock().unwrap_or_else(|e| e.into_inner())
    }
}

fn load(
    run: &TrainingRun,
    strategy: Option<Arc<dyn Strategy>>,
    gpu: &SplatGpu,
    progress: &(dyn Fn(&str, f32) + Sync),
) -> Result<Loaded, TrainError> {
    let options = PrepareOptions {
        labels: run.labels.clone(),
        vocabulary: run.vocabulary.clone(),
        label_map: run.label_map.clone(),
        downscale: run.downscale,
        settings: run.settings.clone(),
    };
    let mut prepared = prepare(&run.capture, &options, progress)?;
    let witnesses = Witnesses::withhold(&mut prepared.views, &run.settings.loss);
    progress("uploading", 0.0);
    let lost = || splat_gpu::GpuError::Lost("it is being replaced; restart the run".to_owned());
    let (gpu, generation) = gpu.get_with_generation().ok_or_else(lost)?;
    let own = TrainerOptions { strategy, ..TrainerOptions::default() };
    let mut trainer = Trainer::with(&gpu, &prepared, run.settings.clone(), own)?;
    if !run.starts_paused {
        // The first step compiles the pipelines: here it keeps nobody waiting.
        progress("compiling kernels", 0.5);
        trainer.set_timing_interval(1);
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        trainer.record(&mut encoder)?;
        gpu.queue.submit([encoder.finish()]);
        trainer.submitted();
    }
    Ok(describe(prepared, LiveTrainer::new(trainer, witnesses, generation)))
}

fn describe(prepared: PreparedRun, trainer: LiveTrainer) -> Loaded {
    trainer.scene().set_extent(prepared.cloud.bounds(), None);
    let named = |views: Vec<splat_train::TrainingView>| views.into_iter().map(|v| (v.name, v.camera)).collect();
    let scene = TrainingScene {
        views: named(prepared.views),
        held_out: named(prepared.held_out),
        classes: prepared.cloud.classes,
        extent: prepared.extent,
    };
    Loaded { trainer, scene, warnings: prepared.warnings }
}
