//! Rows that come, go and move between two steps, as the run's strategy says.

use super::{Flight, Recorded, Trainer};
use crate::capacity::{restride_rows, wanted_capacity};
use crate::error::TrainError;
use crate::strategies::RunStep;
use splat_gpu::{ListBuffers, Recorder, wgpu};

impl Trainer {
    /// Where the run stands at a step.
    pub(super) fn run_step(&self, iteration: u32) -> RunStep<'_> {
        RunStep { settings: &self.settings, iteration, extent: self.extent, row_limit: self.row_limit }
    }

    /// The change after the last recorded step. All its steps have reported: `upper_bound` is exact.
    pub(super) fn record_change(&mut self, encoder: &mut wgpu::CommandEncoder) -> Result<(), TrainError> {
        self.change_due = false;
        let live = self.rows.upper_bound;
        let most = self.strategy.most_rows(&self.run_step(self.iteration), live);
        let capacity = wanted_capacity(live, most, self.row_limit);
        if capacity > self.rows.capacity {
            self.restride(capacity)?;
        }
        let Self { gpu, settings, strategy, rows, training, buffers, .. } = self;
        let (iteration, extent, row_limit) = (self.iteration, self.extent, self.row_limit);
        let step = RunStep { settings, iteration, extent, row_limit };
        let mut rec = Recorder::new(gpu, encoder, None);
        strategy.change(&mut rec, rows, training, &buffers.lists, &step);
        rec.finish();
        let readback = self.figures(encoder, None);
        let (kind, generation) = (Recorded::Change, self.generation);
        self.flights.push_back(Flight { kind, readback, times: None, generation });
        Ok(())
    }

    /// Gives rows and everything that is sized by them another capacity.
    pub(super) fn restride(&mut self, capacity: u32) -> Result<(), TrainError> {
        restride_rows(&self.gpu, &mut self.rows, &mut self.training, capacity)?;
        let lists = &self.buffers.lists;
        let (entries, tiles) = (lists.entry_capacity, lists.tile_capacity);
        self.buffers.lists = ListBuffers::new(&self.gpu, self.rows.capacity, entries, tiles)?;
        Ok(())
    }
}
