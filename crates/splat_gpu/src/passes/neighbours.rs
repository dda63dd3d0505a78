//! Neighbours: a random sample of the live rows, each with its nearest other rows. For losses that compare neighbours.

use super::row_groups;
use crate::gpu::Gpu;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::{Recorder, RowBuffers};
use splat_shaders::layout::{NEIGHBOURS, NeighbourUniforms};
use splat_shaders::table;

/// Candidates that one invocation looks at, about.
const SLICE: u32 = 4096;

/// Who is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NeighbourSampling {
    /// Rows to sample, without replacement; all of them where there are fewer.
    pub samples: u32,
    /// Rows that samples and neighbours are taken from: evenly spaced ones where there are more.
    pub most: u32,
    /// Another seed, other rows.
    pub seed: u32,
}

/// Samples and their neighbours.
pub struct NeighbourBuffers {
    /// `[samples, 1 + NEIGHBOURS]` rows: the sample, then the others, nearest first; `NO_COUNTER` where there is none.
    pub nearest: wgpu::Buffer,
    found: wgpu::Buffer,
    samples: u32,
    slices: u32,
}

impl NeighbourBuffers {
    /// Room for so many samples among at most so many rows.
    pub fn new(gpu: &Gpu, samples: u32, most: u32) -> Self {
        let slices = most.div_ceil(SLICE).clamp(1, 256);
        let lists = samples as u64 * NEIGHBOURS as u64;
        Self {
            nearest: gpu.zeroed("nearest", 4 * samples as u64 * (1 + NEIGHBOURS as u64)),
            found: gpu.zeroed("nearest by slice", 8 * slices as u64 * lists),
            samples,
            slices,
        }
    }
}

/// Records the search; `sampling` is not larger than what the buffers were made for. Reads means only.
pub fn record(rec: &mut Recorder, rows: &RowBuffers, buffers: &NeighbourBuffers, sampling: NeighbourSampling) {
    let samples = sampling.samples.min(buffers.samples);
    let most = rows.upper_bound.min(sampling.most).max(1);
    let slices = most.div_ceil(SLICE).clamp(1, buffers.slices);
    let uniforms = NeighbourUniforms { samples, most: sampling.most, slices, seed: sampling.seed };
    let uniform = rec.gpu.uniform("neighbours", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Mirror(1, &rows.rows),
        Buffer(2, &rows.counters),
        Buffer(3, &buffers.found),
        Buffer(4, &buffers.nearest),
    ];
    for (entry, slices) in [("neighbours_search", slices), ("neighbours_merge", 1)] {
        let kernel = rec.gpu.kernel(&table::NEIGHBOURS, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, [row_groups(samples), slices, 1]);
    }
}
