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
        let Self { gpu, rows, training, buffers, .. } = self;
        gpu.allocate("a larger cloud", |gpu| {
            restride_rows(gpu, rows, training, capacity)?;
            let (entries, tiles) = (buffers.lists.entry_capacity, buffers.lists.tile_capacity);
            buffers.lists = ListBuffers::new(gpu, rows.capacity, entries, tiles)?;
            Ok(())
        })
    }
}
