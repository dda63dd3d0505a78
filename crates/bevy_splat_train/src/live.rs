//! A trainer that both worlds hold: the main world gives orders and reads reports, the render world records steps.

use crate::budget::{Pacer, TrainingBudget};
use bevy::prelude::Component;
use bevy_splat_render::SharedScene;
use splat_core::Cloud;
use splat_gpu::wgpu::CommandEncoder;
use splat_train::{Finish, StepReport, TrainError, Trainer, Witnesses, finish};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, TryLockError};

/// Steps between two that are timed: often enough for the panel, seldom enough to cost nothing.
const TIMING_INTERVAL: u32 = 8;

/// A handle to a running training. Clones are the same training.
#[derive(Component, Clone)]
pub struct LiveTrainer {
    shared: Arc<Shared>,
}

struct Shared {
    engine: Mutex<Engine>,
    mail: Mutex<Mail>,
    scene: SharedScene,
    /// Device generation that the buffers belong to.
    generation: u32,
    is_cancelled: AtomicBool,
}

/// Locked while the GPU work of a frame is recorded, while a save reads the cloud back, and while classes are finished.
struct Engine {
    outcome: Outcome,
    pacer: Pacer,
    witnesses: Witnesses,
}

/// What there is so far.
#[expect(clippy::large_enum_variant, reason = "there is one for each run")]
enum Outcome {
    Open(Trainer),
    /// The trainer is gone: photographs and moments need no memory any more.
    Finished(Arc<Cloud>),
}

/// What a run comes to.
#[derive(Clone, Debug)]
pub struct Finished {
    /// The trained cloud, its classes finished.
    pub cloud: Arc<Cloud>,
    /// What was done to the classes, where anything was asked for.
    pub classes: Option<Finish>,
}

/// Locked for moments only.
#[derive(Default)]
struct Mail {
    is_running: bool,
    single_steps: u32,
    /// The last step is done.
    has_ended: bool,
    news: Progress,
}

/// What the render world has to tell since it was last asked.
#[derive(Debug, Default)]
pub struct Progress {
    /// Figures of steps, in order.
    pub reports: Vec<StepReport>,
    /// GPU milliseconds of a step, as far as known.
    pub step_ms: Option<f64>,
    /// Every step is done, and classes are being finished.
    pub is_finishing: bool,
    /// Classes are finished too.
    pub finished: Option<Finished>,
    /// Why it cannot go on.
    pub failure: Option<String>,
}

impl LiveTrainer {
    /// Wraps a trainer; witnesses are views whose labels it was not given, `generation` is that of the GPU it was made on.
    pub fn new(mut trainer: Trainer, witnesses: Witnesses, generation: u32) -> Self {
        // The pacing wants to know at once what a step costs.
        trainer.set_timing_interval(1);
        let scene = SharedScene::new();
        scene.set_background(trainer.settings().background.shown());
        scene.publish(trainer.rows());
        let engine = Mutex::new(Engine { outcome: Outcome::Open(trainer), pacer: Pacer::default(), witnesses });
        let mail = Mutex::default();
        let is_cancelled = AtomicBool::new(false);
        Self { shared: Arc::new(Shared { engine, mail, scene, generation, is_cancelled }) }
    }

    /// The Gaussians that are trained, as the display takes them.
    pub fn scene(&self) -> &SharedScene {
        &self.shared.scene
    }

    /// Train on, or hold.
    pub fn set_running(&self, is_running: bool) {
        self.mail().is_running = is_running;
    }

    /// Record one more step although held.
    pub fn add_single_step(&self) {
        self.mail().single_steps += 1;
    }

    /// Never record again: the run was restarted or despawned.
    pub fn cancel(&self) {
        self.shared.is_cancelled.store(true, Ordering::Relaxed);
    }

    /// What happened since the last call.
    pub fn take_progress(&self) -> Progress {
        std::mem::take(&mut self.mail().news)
    }

    /// Reads the cloud back. Waits for the GPU and keeps steps from being recorded meanwhile: call it on a thread of its own.
    pub fn download(&self) -> Result<Arc<Cloud>, TrainError> {
        let engine = self.engine();
        match &engine.outcome {
            Outcome::Open(trainer) => trainer.download().map(Arc::new),
            Outcome::Finished(cloud) => Ok(cloud.clone()),
        }
    }

    /// What a run from the command line does to its classes in the end (`splat_train::finish`), on a thread of its own, as it
    /// waits for the GPU; the display shows them as learnt meanwhile.
    fn start_finishing(&self) {
        let live = self.clone();
        let work = move || match live.finish() {
            Ok(finished) => live.mail().news.finished = finished,
            Err(e) => live.fail(e.to_string()),
        };
        if let Err(e) = std::thread::Builder::new().name("class finishing".to_owned()).spawn(work) {
            self.fail(format!("no thread could be started: {e}"));
        }
    }

    fn finish(&self) -> Result<Option<Finished>, TrainError> {
        let mut engine = self.engine();
        let Engine { outcome: Outcome::Open(trainer), witnesses, .. } = &mut *engine else { return Ok(None) };
        let (cloud, _, classes) = finish(trainer, witnesses)?;
        let cloud = Arc::new(cloud);
        engine.outcome = Outcome::Finished(cloud.clone());
        Ok(Some(Finished { cloud, classes }))
    }

    /// Records as many steps as the budget allows. Returns at once while a save holds the trainer.
    pub fn record(&self, encoder: &mut CommandEncoder, budget: &TrainingBudget, generation: u32) {
        let Some(mut engine) = self.try_engine() else { return };
        if generation != self.shared.generation {
            self.fail("the GPU device was lost; restart the run to train on the new one".to_owned());
            return;
        }
        let (is_running, mut single_steps) = {
            let mail = self.mail();
            (mail.is_running, mail.single_steps)
        };
        let Engine { outcome: Outcome::Open(trainer), pacer, .. } = &mut *engine else { return };
        pacer.begin_frame(budget);
        let mut recorded = false;
        while trainer.is_ready() {
            let may_single = single_steps > 0 && trainer.in_flight() == 0;
            if !may_single && !(is_running && pacer.may_step(budget, trainer.in_flight())) {
                break;
            }
            let before = trainer.iteration();
            if let Err(e) = trainer.record(encoder) {
                self.fail(e.to_string());
                break;
            }
            recorded = true;
            pacer.spend();
            // A densification that was due comes first and is not the step that was asked for.
            if may_single && trainer.iteration() > before {
                single_steps -= 1;
                let mut mail = self.mail();
                mail.single_steps = mail.single_steps.saturating_sub(1);
            }
        }
        if recorded {
            self.shared.scene.publish(trainer.rows());
        }
    }

    /// After submission: asks for the figures of what was recorded and takes those in that have arrived.
    pub fn collect(&self) {
        let Some(mut engine) = self.try_engine() else { return };
        let Engine { outcome: Outcome::Open(trainer), pacer, .. } = &mut *engine else { return };
        trainer.submitted();
        pacer.submitted(trainer.in_flight());
        let reports = match trainer.poll() {
            Ok(reports) => reports,
            Err(e) => return self.fail(e.to_string()),
        };
        let timed = reports.iter().filter_map(|r| r.stage_ms.as_ref());
        let timed_ms = timed.map(|stages| stages.iter().map(|(_, ms)| ms).sum::<f64>()).last();
        pacer.reported(reports.len(), timed_ms);
        if timed_ms.is_some() {
            trainer.set_timing_interval(TIMING_INTERVAL);
        }
        if trainer.in_flight() == 0 {
            pacer.landed();
        }
        if let Some(last) = reports.last() {
            self.shared.scene.set_extent(None, Some(last.gaussians));
        }
        let mut mail = self.mail();
        mail.news.reports.extend(reports);
        mail.news.step_ms = pacer.step_ms();
        if trainer.is_finished() && !mail.has_ended {
            (mail.has_ended, mail.is_running, mail.news.is_finishing) = (true, false, true);
            drop(mail);
            self.start_finishing();
        }
    }

    fn fail(&self, reason: String) {
        let mut mail = self.mail();
        mail.news.failure.get_or_insert(reason);
        mail.is_running = false;
        mail.single_steps = 0;
        drop(mail);
        self.cancel();
    }

    fn engine(&self) -> MutexGuard<'_, Engine> {
        self.shared.engine.lock().unwrap_or_else(|e| e.into_inner())
    }

    fn try_engine(&self) -> Option<MutexGuard<'_, Engine>> {
        if self.shared.is_cancelled.load(Ordering::Relaxed) {
            return None;
        }
        match self.shared.engine.try_lock() {
            Ok(engine) => Some(engine),
            Err(TryLockError::Poisoned(e)) => Some(e.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    fn mail(&self) -> MutexGuard<'_, Mail> {
        self.shared.mail.lock().unwrap_or_else(|e| e.into_inner())
    }
}
