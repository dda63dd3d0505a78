//! The trainer: records steps into anybody's encoder and reads their figures back later.
//!
//! ```text
//! while !trainer.is_finished() {
//!     if trainer.is_ready() { trainer.record(&mut encoder)?; submit; trainer.submitted(); }
//!     for report in trainer.poll()? { .. }
//! }
//! ```
//!
//! A step never waits for the GPU. A change of rows or a lift is recorded only once the reports of all steps before it have
//! arrived (`is_ready` says so), because it needs the exact number of rows and a proof that no step before it overflowed.

use crate::capacity::{StepBuffers, is_loose};
use crate::error::TrainError;
use crate::grouping::{Codes, LiveClassifier};
use crate::order::ViewOrder;
use crate::strategies::Strategy;
use splat_core::settings::LearningRates;
use splat_core::{Cloud, Stage, TrainSettings};
use splat_gpu::passes::codes::ClassifierStep;
use splat_gpu::passes::exposure::ExposureBuffers;
use splat_gpu::passes::forward::{Blend, Selection};
use splat_gpu::passes::loss::LossStep;
use splat_gpu::passes::optimise::AdamStep;
use splat_gpu::passes::planes::PlaneBuffer;
use splat_gpu::passes::pose::PoseBuffers;
use splat_gpu::passes::{self, backward};
use splat_gpu::timer::StageTimes;
use splat_gpu::view::view_uniforms;
use splat_gpu::{FrameBuffers, Gpu, Readback, Recorder, RowBuffers, StageTimer, TrainingBuffers, wgpu};
use splat_shaders::layout::{COUNT_ENTRIES_NEEDED, COUNT_HITS_NEEDED, COUNT_OVERFLOW, COUNT_ROWS, COUNTERS};
use std::collections::VecDeque;
use std::sync::Arc;

mod changing;
mod creation;
mod exposures;
mod lifting;
mod persistence;
mod poses;
mod views;
mod words;

pub(crate) use creation::{exposures, has_codes, planes, poses};
use lifting::Lifting;
use views::TargetView;
pub use words::{StepReport, TrainerOptions};

/// What was recorded and has not reported yet.
struct Flight {
    kind: Recorded,
    readback: Readback,
    times: Option<StageTimes>,
    /// Recordings of a generation before the last overflow changed nothing.
    generation: u32,
}

#[derive(Clone, Copy, PartialEq)]
enum Recorded {
    Step {
        iteration: u32,
        view: usize,
    },
    /// Rows came, went or moved.
    Change,
    /// One view of the lift after a step.
    Lift {
        iteration: u32,
        view: usize,
    },
}

/// A run on the GPU.
pub struct Trainer {
    gpu: Gpu,
    settings: TrainSettings,
    strategy: Arc<dyn Strategy>,
    extent: f32,
    order: ViewOrder,
    views: Vec<TargetView>,
    rows: RowBuffers,
    training: TrainingBuffers,
    /// Gaussian Grouping: rows hold codes, and this finds classes in them.
    classifier: Option<LiveClassifier>,
    buffers: StepBuffers,
    /// The photographs' exposures, where they are compensated.
    exposures: Option<ExposureBuffers>,
    /// The views' poses, where they are refined.
    poses: Option<PoseBuffers>,
    /// Planes and patches of classes, where there are any.
    planes: Option<PlaneBuffer>,
    row_limit: u32,
    /// Steps recorded so far.
    iteration: u32,
    /// Rows are to change before the next step.
    change_due: bool,
    /// Views are still to be lifted before the next step.
    lift_due: bool,
    /// The lift under way, until its last view has reported.
    lifting: Option<Lifting>,
    flights: VecDeque<Flight>,
    generation: u32,
    /// Something was recorded that was not submitted: its figures must not be looked for yet.
    is_open: bool,
    /// Time every n-th step; 0 = never.
    timing_interval: u32,
}

impl Trainer {
    /// Times every n-th step (0: none). Default 50.
    pub fn set_timing_interval(&mut self, steps: u32) {
        self.timing_interval = steps;
    }

    /// Steps recorded so far.
    pub fn iteration(&self) -> u32 {
        self.iteration
    }

    /// True once every step was recorded and has reported.
    pub fn is_finished(&self) -> bool {
        self.iteration >= self.settings.iterations && self.is_between_steps()
    }

    /// True where something can be recorded now.
    pub fn is_ready(&self) -> bool {
        if self.change_due || (self.lift_due && self.lifting.is_none()) {
            self.flights.is_empty()
        } else {
            self.lift_due || self.iteration < self.settings.iterations
        }
    }

    /// Recordings that have not reported yet.
    pub fn in_flight(&self) -> usize {
        self.flights.len()
    }

    /// The Gaussians, live; with the objective `grouping` their class channels are codes.
    pub fn rows(&self) -> &RowBuffers {
        &self.rows
    }

    /// The GPU that it trains on.
    pub fn gpu(&self) -> &Gpu {
        &self.gpu
    }

    /// The run's settings.
    pub fn settings(&self) -> &TrainSettings {
        &self.settings
    }

    /// Reads the cloud back and waits for it.
    pub fn download(&self) -> Result<Cloud, TrainError> {
        Ok(self.download_with_codes()?.0)
    }

    /// The same, and the codes that its class logits were made of, with the objective `grouping`.
    pub fn download_with_codes(&self) -> Result<(Cloud, Option<Codes>), TrainError> {
        let mut cloud = self.rows.download(&self.gpu)?;
        let codes = self.classifier.as_ref().map(|c| c.decode(&self.gpu, &mut cloud)).transpose()?;
        Ok((cloud, codes))
    }

    /// Records what is next, a step, a change of rows or a view of a lift, if [`Trainer::is_ready`]; else nothing.
    pub fn record(&mut self, encoder: &mut wgpu::CommandEncoder) -> Result<(), TrainError> {
        self.gpu.check()?;
        if !self.is_ready() {
            return Ok(());
        }
        self.is_open = true;
        match (self.change_due, self.lift_due) {
            (true, _) => self.record_change(encoder),
            (false, true) => self.record_lift(encoder),
            (false, false) => self.record_step(encoder),
        }
    }

    /// Call after the encoder that holds recordings was submitted.
    pub fn submitted(&mut self) {
        self.is_open = false;
        for flight in &mut self.flights {
            flight.readback.request();
            if let Some(times) = &mut flight.times {
                times.readback.request();
            }
        }
    }

    /// Reports that have arrived, in order. Never blocks. Says nothing between `record` and `submitted`.
    pub fn poll(&mut self) -> Result<Vec<StepReport>, TrainError> {
        let mut reports = Vec::new();
        if self.is_open {
            return Ok(reports);
        }
        self.gpu.poll();
        self.gpu.check()?;
        while let Some(flight) = self.flights.front_mut() {
            let times_done = flight.times.as_ref().is_none_or(|t| t.readback.is_done());
            if !flight.readback.is_done() || !times_done {
                break;
            }
            let mut flight = self.flights.pop_front().expect("looked at just now");
            let figures: Vec<u32> = flight
                .readback
                .take()
                .ok_or_else(|| splat_gpu::GpuError::Lost("a step's figures could not be read".to_owned()))?;
            let stage_ms = flight.times.as_mut().and_then(StageTimes::milliseconds);
            if flight.generation != self.generation {
                continue;
            }
            reports.extend(self.land(flight.kind, &figures, stage_ms)?);
        }
        Ok(reports)
    }

    fn record_step(&mut self, encoder: &mut wgpu::CommandEncoder) -> Result<(), TrainError> {
        let iteration = self.iteration + 1;
        let view = self.order.view(iteration);
        let is_timed = self.timing_interval > 0 && iteration.is_multiple_of(self.timing_interval);
        let mut timer = if is_timed { StageTimer::new(&self.gpu) } else { None };
        let mut rec = Recorder::new(&self.gpu, encoder, timer.as_mut());
        self.record_stages(&mut rec, iteration, view);
        rec.finish();
        let times = timer.map(|t| t.read(&self.gpu, encoder));
        let (_, loss) = self.buffers.images(self.size(view));
        let readback = self.figures(encoder, Some(&loss.totals));
        let kind = Recorded::Step { iteration, view };
        self.flights.push_back(Flight { kind, readback, times, generation: self.generation });
        self.iteration = iteration;
        self.change_due = self.strategy.changes_after(&self.run_step(iteration));
        self.lift_due = self.settings.lifts_after(iteration);
        Ok(())
    }

    fn record_stages(&self, rec: &mut Recorder, iteration: u32, view: usize) {
        let Self { settings, rows, training, buffers, .. } = self;
        let classifier = self.classifier.as_ref().map(|c| &c.buffers);
        let target = &self.views[view];
        let (frame, loss) = buffers.images(self.size(view));
        let degree = settings.active_sh_degree(iteration);
        let background = settings.background.at(settings.seed, iteration);
        let mut uniforms = view_uniforms(
            &target.camera,
            background,
            degree,
            rows,
            buffers.lists.entry_capacity,
            buffers.slots.hit_capacity,
        );
        uniforms.counts_growth = !loss.counts_colour_only as u32;
        let uniform = self.gpu.uniform("view", &uniforms);
        let pose = self.pose_step(iteration, view);
        if let Some(pose) = pose {
            pose.buffers.record_choice(rec, pose.view, &uniform);
        }
        let block_seed = (settings.seed as u32).wrapping_mul(0xc2b2_ae35) ^ iteration;
        let blend = Blend {
            normalise: settings.normalises(),
            geometry_gate: settings.loss.geometry_gate,
            selection: Selection::Random { seed: block_seed },
        };
        passes::project::record(rec, rows, &buffers.lists, &uniform);
        passes::sort::record(rec, rows, &buffers.lists, &uniform, uniforms.tiles[0] * uniforms.tiles[1]);
        passes::forward::record(rec, rows, &buffers.lists, frame, &uniform, blend);
        let compared = LossStep {
            settings: &settings.loss,
            background,
            relabels: settings.relabels(iteration),
            block_seed,
            classifier,
            exposure: self.exposure_step(iteration, view),
        };
        passes::loss::record(rec, rows, frame, loss, &target.image(&self.gpu), compared);
        let inputs = backward::Inputs {
            lists: &buffers.lists,
            frame,
            loss,
            slots: &buffers.slots,
            view: &uniform,
            poses: self.poses.as_ref(),
            fast_atomics: settings.fast_atomics && self.gpu.has_float_atomics,
        };
        backward::record(rec, rows, training, &inputs, blend);
        self.record_terms_of_rows(rec, frame, iteration);
        let rate = settings.mean_rate(iteration, self.extent);
        let logits = settings.logit_rate(rows.layout.channels);
        let rates = LearningRates { logits, ..settings.rates.clone() };
        let rates = passes::optimise::plane_rates(&rows.layout, &rates, rate);
        let rates = self.gpu.storage("rates", &rates);
        let adam = AdamStep { step: iteration, entropy_weight: settings.entropy_weight(iteration) };
        passes::optimise::record(rec, rows, training, &rates, &adam);
        if let Some(pose) = pose {
            passes::pose::record(rec, &rows.counters, pose);
        }
        if let Some(exposure) = compared.exposure {
            passes::exposure::record(rec, &rows.counters, exposure);
        }
        self.strategy.after_optimise(rec, rows, training, &self.run_step(iteration));
    }

    /// What the loss says of rows without a picture: gradients on top of those of Backward.
    fn record_terms_of_rows(&self, rec: &mut Recorder, frame: &FrameBuffers, iteration: u32) {
        let Self { settings, rows, training, buffers, .. } = self;
        let classifier = self.classifier.as_ref().map(|c| &c.buffers);
        let seed = (settings.seed as u32).wrapping_mul(0x9e37_79b9) ^ iteration;
        let smoothing = buffers.smoothing.as_ref().filter(|_| settings.smooths(iteration));
        let smoothing = smoothing.map(|buffers| (buffers, &settings.loss.smoothing, seed));
        match (classifier, smoothing) {
            (Some(classifier), neighbours) => {
                let rate = settings.rates.classifier;
                let step = ClassifierStep { frame, neighbours, rate, step: iteration };
                passes::codes::record_step(rec, rows, training, classifier, &step);
            }
            (None, Some((buffers, settings, seed))) => {
                passes::smoothing::record(rec, rows, training, buffers, settings, seed);
            }
            (None, None) => {}
        }
        if let Some(planes) = &self.planes {
            passes::planes::record(rec, rows, training, planes, settings.plane_weight(iteration));
        }
        self.strategy.add_gradients(rec, rows, training, &self.run_step(iteration));
    }

    /// Counters and, for a step, the four loss sums.
    fn figures(&self, encoder: &mut wgpu::CommandEncoder, totals: Option<&wgpu::Buffer>) -> Readback {
        let mut sources = vec![(&self.rows.counters, 4 * COUNTERS as u64)];
        sources.extend(totals.map(|t| (t, 16)));
        Readback::record_many(&self.gpu, encoder, &sources)
    }

    /// Takes the figures of a recording in.
    fn land(
        &mut self,
        kind: Recorded,
        figures: &[u32],
        stage_ms: Option<Vec<(Stage, f64)>>,
    ) -> Result<Option<StepReport>, TrainError> {
        let count = |slot: u32| figures[slot as usize];
        let gaussians = count(COUNT_ROWS);
        let (iteration, view) = match kind {
            Recorded::Step { iteration, view } => (iteration, view),
            Recorded::Lift { iteration, view } => {
                self.land_lift(iteration, view, figures)?;
                return Ok(None);
            }
            Recorded::Change => {
                self.rows.upper_bound = gaussians;
                if is_loose(gaussians, self.rows.capacity) {
                    self.restride(gaussians)?;
                }
                return Ok(None);
            }
        };
        let (entries, hits) = (count(COUNT_ENTRIES_NEEDED), count(COUNT_HITS_NEEDED));
        let (buffers, rows) = (&mut self.buffers, &self.rows);
        self.gpu.allocate("the tile lists of a view", |gpu| buffers.fit(gpu, rows, entries, hits))?;
        if count(COUNT_OVERFLOW) != 0 {
            self.go_back(iteration - 1);
            return Ok(None);
        }
        let totals: Vec<f32> = figures[COUNTERS as usize..].iter().map(|&bits| f32::from_bits(bits)).collect();
        let size = self.size(view);
        let values = 3.0 * size[0] as f32 * size[1] as f32;
        let (l1, ssim_loss, mse) = (totals[0] / values, 1.0 - totals[1] / values, totals[2] / values);
        let w = self.settings.loss.ssim;
        Ok(Some(StepReport {
            iteration,
            view,
            loss: (1.0 - w) * l1 + w * ssim_loss + totals[3],
            l1,
            ssim_loss,
            semantic: totals[3],
            psnr: -10.0 * mse.max(1e-10).log10(),
            gaussians,
            tile_entries: entries,
            stage_ms,
        }))
    }

    /// A recording overflowed: it and those after it changed nothing, so what follows `iteration` is recorded again, with
    /// longer lists. The flag is cleared ahead of whatever is submitted next.
    fn go_back(&mut self, iteration: u32) {
        self.iteration = iteration;
        (self.change_due, self.lift_due) = (false, false);
        self.generation += 1;
        self.gpu.queue.write_buffer(&self.rows.counters, 4 * COUNT_OVERFLOW as u64, &[0; 4]);
    }

    fn size(&self, view: usize) -> [u32; 2] {
        self.views[view].size
    }
}
