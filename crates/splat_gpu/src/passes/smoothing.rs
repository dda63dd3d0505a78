//! Stage Optimise, smoothing: neighbours in space should agree on their class.

use super::neighbours::{self, NeighbourBuffers, NeighbourSampling};
use super::row_groups;
use crate::gpu::Gpu;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::{Recorder, RowBuffers, TrainingBuffers};
use splat_core::Stage;
use splat_core::settings::SmoothingSettings;
use splat_shaders::layout::{NEIGHBOURS, SmoothingUniforms};
use splat_shaders::table;

/// A sample, its neighbours, and how far they disagree.
pub struct SmoothingBuffers {
    pub(super) neighbours: NeighbourBuffers,
    pub(super) terms: wgpu::Buffer,
}

impl SmoothingBuffers {
    /// Room for the samples of these settings.
    pub fn new(gpu: &Gpu, settings: &SmoothingSettings) -> Self {
        Self {
            neighbours: NeighbourBuffers::new(gpu, settings.samples, settings.most),
            terms: gpu.zeroed("smoothing terms", 8 * settings.samples as u64 * (1 + NEIGHBOURS as u64)),
        }
    }
}

/// Records the term of one step: adds its gradient to the logits' in `d_rows`. Before Adam.
pub fn record(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    buffers: &SmoothingBuffers,
    settings: &SmoothingSettings,
    seed: u32,
) {
    rec.stage(Stage::Optimise);
    let layout = &rows.layout;
    let sampling = NeighbourSampling { samples: settings.samples, most: settings.most, seed };
    neighbours::record(rec, rows, &buffers.neighbours, sampling);
    let uniforms = SmoothingUniforms {
        row_capacity: rows.capacity,
        first_plane: layout.first_logit_plane(),
        channels: layout.channels,
        samples: settings.samples,
        most: settings.most,
        weight: settings.weight,
        first_sum: 0,
        pad1: 0,
    };
    let uniform = rec.gpu.uniform("smoothing", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Mirror(1, &rows.rows),
        Buffer(2, &rows.counters),
        Buffer(3, &buffers.neighbours.nearest),
        Buffer(4, &buffers.terms),
        Buffer(5, &training.d_rows.buffer),
    ];
    let pairs = settings.samples * (1 + NEIGHBOURS);
    for (entry, groups) in
        [("smoothing_terms", [row_groups(pairs), 1, 1]), ("smoothing_gradient", [1, layout.logit_planes(), 1])]
    {
        let kernel = rec.gpu.kernel(&table::OPTIMISE_SMOOTHING, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, groups);
    }
}
