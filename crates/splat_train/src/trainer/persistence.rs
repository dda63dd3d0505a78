//! What of a trainer must survive it, and how it comes back: the sections `trainer` (counts and sizes, JSON) and one per
//! column of [`splat_gpu::columns::persistent`], live rows only.
//!
//! With the objective `grouping` also `classifier`: weights and both moments.
//!
//! A trainer is only ever kept between two steps, when nothing is on its way and nothing is due: then nothing else is to be
//! remembered. Buffers come back with the lengths they had; results do not depend on them, memory does.

use super::{Trainer, exposures, poses};
use crate::capacity::StepBuffers;
use crate::checkpoint::{Checkpoint, Section};
use crate::error::TrainError;
use serde::{Deserialize, Serialize};
use splat_core::Objective;
use splat_gpu::columns::persistent;
use splat_gpu::readback::read_now;
use splat_gpu::training::SlotBuffer;
use splat_gpu::{ListBuffers, PlaneLayout, RowBuffers, TrainingBuffers};
use splat_shaders::layout::{COUNT_ROWS, COUNTERS};

const SECTION: &str = "trainer";
const CLASSIFIER: &str = "classifier";

/// What is small.
#[derive(Debug, Serialize, Deserialize)]
struct State {
    /// Steps done.
    iteration: u32,
    /// GPU-side counts, live rows among them.
    counters: Vec<u32>,
    /// Rows may grow to this many.
    row_limit: u32,
    row_capacity: u32,
    entry_capacity: u32,
    hit_capacity: u32,
    sh_degree: u8,
    channels: u32,
    objective: Objective,
    antialiased: bool,
}

impl Trainer {
    /// True between two steps: everything recorded has reported, and nothing is due before the next step.
    pub fn is_between_steps(&self) -> bool {
        self.flights.is_empty() && !self.owes()
    }

    /// True where something is due before the next step: it must be recorded before the trainer can be kept.
    pub fn owes(&self) -> bool {
        self.change_due || self.lift_due
    }

    /// Everything that must be kept for the run to go on bit by bit the same; `None` where it is not
    /// [between two steps](Trainer::is_between_steps). The columns are read when the sections are written. Waits for the GPU.
    pub fn sections(&self) -> Result<Option<Vec<Section<'_>>>, TrainError> {
        if !self.is_between_steps() {
            return Ok(None);
        }
        // Field by field, so that whoever adds one decides whether it must be kept.
        let Self {
            gpu,
            settings: _,
            strategy: _,
            extent: _,
            order: _,
            views: _,
            rows,
            training,
            classifier,
            buffers,
            exposures,
            poses,
            planes: _,
            row_limit,
            iteration,
            change_due: _,
            lift_due: _,
            lifting: _,
            flights: _,
            generation: _,
            is_open: _,
            timing_interval: _,
        } = self;
        let StepBuffers { lists, slots, images: _, smoothing: _, room: _ } = buffers;
        let PlaneLayout { sh_degree, channels, objective, antialiased } = rows.layout;
        let counters: Vec<u32> = read_now(gpu, &rows.counters, 4 * COUNTERS as u64)?;
        let live = counters[COUNT_ROWS as usize];
        let state = State {
            iteration: *iteration,
            counters,
            row_limit: *row_limit,
            row_capacity: rows.capacity,
            entry_capacity: lists.entry_capacity,
            hit_capacity: slots.hit_capacity,
            sh_degree,
            channels,
            objective,
            antialiased,
        };
        let mut sections = vec![Section::json(SECTION, &state)];
        for column in persistent(rows, training) {
            let (name, bytes) = (column.name, column.packed_bytes(live));
            sections.push(Section::stream(name, bytes, move |sink| column.read(gpu, live, |bytes| sink(bytes))));
        }
        if let Some(classifier) = classifier {
            let values = classifier.buffers.read(gpu)?;
            sections.push(Section::bytes(CLASSIFIER, bytemuck::cast_slice(&values).to_vec()));
        }
        if let Some(poses) = poses {
            sections.extend(poses::sections(gpu, poses)?);
        }
        if let Some(exposures) = exposures {
            sections.extend(exposures::sections(gpu, exposures)?);
        }
        Ok(Some(sections))
    }

    /// Takes a checkpoint's state in, on a new trainer for the same capture and settings. Where that fails the trainer is
    /// of no use any more.
    pub fn restore(&mut self, checkpoint: &Checkpoint) -> Result<(), TrainError> {
        let state: State = checkpoint.json(SECTION)?;
        let layout = self.rows.layout;
        let State { sh_degree, channels, objective, antialiased, .. } = state;
        let kept = PlaneLayout { sh_degree, channels, objective, antialiased };
        let live = state.counters.get(COUNT_ROWS as usize).copied().unwrap_or(0);
        let is_odd = state.counters.len() != COUNTERS as usize || live > state.row_capacity;
        if kept != layout || is_odd || state.iteration > self.settings.iterations {
            return Err(checkpoint.unfit("the checkpoint is of another capture or of other settings"));
        }
        if state.row_limit > self.row_limit {
            let message = format!(
                "the run may grow to {} Gaussians, but only {} fit now: allow it the memory that it had",
                state.row_limit, self.row_limit
            );
            return Err(TrainError::Run { path: checkpoint.path().to_owned(), message });
        }
        let gpu = self.gpu.clone();
        self.rows = RowBuffers::empty(&gpu, &self.rows, state.row_capacity)?;
        self.training = TrainingBuffers::new(&gpu, &layout, self.rows.capacity)?;
        let tiles = self.buffers.lists.tile_capacity;
        self.buffers.lists = ListBuffers::new(&gpu, self.rows.capacity, state.entry_capacity, tiles)?;
        self.buffers.slots = SlotBuffer::new(&gpu, &layout, state.hit_capacity)?;
        for column in persistent(&self.rows, &self.training) {
            let mut reader = checkpoint.reader(column.name)?;
            if reader.left() != column.packed_bytes(live) {
                return Err(checkpoint.unfit(&format!("the column `{}` has not the length it should", column.name)));
            }
            column.write(&gpu, live, |bytes| reader.read(bytes))?;
        }
        if let Some(classifier) = &self.classifier {
            let bytes = checkpoint.bytes(CLASSIFIER)?;
            if bytes.len() as u64 != 3 * 16 * classifier.buffers.elements() {
                return Err(checkpoint.unfit("the classifier has not the size it should"));
            }
            classifier.buffers.write(&gpu, &bytemuck::pod_collect_to_vec(&bytes))?;
        }
        if let Some(poses) = &self.poses {
            poses::restore(&gpu, poses, checkpoint)?;
        }
        if let Some(exposures) = &self.exposures {
            exposures::restore(&gpu, exposures, checkpoint)?;
        }
        gpu.queue.write_buffer(&self.rows.counters, 0, bytemuck::cast_slice(&state.counters));
        self.rows.upper_bound = live;
        self.row_limit = state.row_limit;
        self.iteration = state.iteration;
        (self.change_due, self.lift_due) = (false, false);
        Ok(())
    }
}
