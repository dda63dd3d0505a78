//! Exposures of the photographs: their gradient (stage Loss) and a step of Adam on the view's own (stage Optimise).

use super::optimise::bias_corrections;
use super::row_groups;
use crate::gpu::{Gpu, GpuError};
use crate::recorder::Bind::{Buffer, Mirror};
use crate::training::LossBuffers;
use crate::{FrameBuffers, Recorder, readback};
use splat_core::Stage;
use splat_shaders::layout::{EXPOSURE_LANES, EXPOSURE_RUN, Exposure, ExposureUniforms, ROW_GROUP};
use splat_shaders::table;

/// An exposure per training view, with its moments, and where a view's gradient is summed.
pub struct ExposureBuffers {
    /// Training views.
    pub views: u32,
    /// `[views]` of [`Exposure`].
    pub values: wgpu::Buffer,
    /// `[views, 3, 2]` first and second moments of the rows.
    pub moments: wgpu::Buffer,
    /// `[64, 3]` parts of the gradient by the last view's exposure: their sum is it.
    pub lane_sums: wgpu::Buffer,
    run_sums: wgpu::Buffer,
    change: wgpu::Buffer,
}

impl ExposureBuffers {
    /// Identities for `views` views of at most `pixels` pixels.
    pub fn new(gpu: &Gpu, views: u32, pixels: u64) -> Self {
        let row = size_of::<[f32; 4]>() as u64;
        Self {
            views,
            values: gpu.storage("exposures", &vec![Exposure::IDENTITY; views as usize]),
            moments: gpu.zeroed("exposure moments", 6 * row * views as u64),
            run_sums: gpu.zeroed("exposure run sums", 3 * row * pixels.div_ceil(EXPOSURE_RUN as u64)),
            lane_sums: gpu.zeroed("exposure lane sums", 3 * row * EXPOSURE_LANES as u64),
            change: gpu.zeroed("exposure change", 3 * row),
        }
    }

    /// Reads the exposures back and waits for them.
    pub fn download(&self, gpu: &Gpu) -> Result<Vec<Exposure>, GpuError> {
        readback::read_now(gpu, &self.values, size_of::<Exposure>() as u64 * self.views as u64)
    }
}

/// What a step does to the exposure of the view that it sees.
#[derive(Clone, Copy)]
pub struct ExposureStep<'a> {
    /// All exposures.
    pub buffers: &'a ExposureBuffers,
    /// The view.
    pub view: u32,
    /// How often it was seen, this step included.
    pub visits: u32,
    /// Learning rate.
    pub rate: f32,
}

/// Records that the loss is to compare with this view's exposure.
pub(crate) fn record_choice(rec: &mut Recorder, loss: &LossBuffers, step: ExposureStep) {
    let bytes = size_of::<Exposure>() as u64;
    rec.copy((&step.buffers.values, bytes * step.view as u64), (&loss.exposure, 0), bytes);
}

/// Records the gradient's sums, and turns `d_image` from that of exposed into that of rendered colours.
pub(crate) fn record_gradient(
    rec: &mut Recorder,
    frame: &FrameBuffers,
    loss: &LossBuffers,
    uniform: &wgpu::Buffer,
    step: ExposureStep,
) {
    let binds = [
        Buffer(0, uniform),
        Buffer(1, &loss.exposure),
        Mirror(2, &frame.image),
        Buffer(3, &loss.d_image.buffer),
        Buffer(4, &step.buffers.run_sums),
        Buffer(5, &step.buffers.lane_sums),
    ];
    let runs = (frame.pixels() as u32).div_ceil(EXPOSURE_RUN);
    for (entry, groups) in [("exposure_runs", row_groups(runs)), ("exposure_lanes", 3 * EXPOSURE_LANES / ROW_GROUP)] {
        let kernel = rec.gpu.kernel(&table::LOSS_EXPOSURE, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, [groups, 1, 1]);
    }
}

/// Records Adam on the view's exposure; the mean of all stays the identity.
pub fn record(rec: &mut Recorder, counters: &wgpu::Buffer, step: ExposureStep) {
    rec.stage(Stage::Optimise);
    let ExposureStep { buffers, view, visits, rate } = step;
    let [correction1, correction2] = bias_corrections(visits);
    let uniforms =
        ExposureUniforms { view, views: buffers.views, rate, correction1, correction2, pad0: 0, pad1: 0, pad2: 0 };
    let uniform = rec.gpu.uniform("exposure", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &buffers.values),
        Buffer(2, &buffers.moments),
        Buffer(3, &buffers.lane_sums),
        Buffer(4, &buffers.change),
        Buffer(5, counters),
    ];
    for (entry, groups) in [("exposure_adam", 1), ("exposure_share", row_groups(3 * buffers.views))] {
        let kernel = rec.gpu.kernel(&table::OPTIMISE_EXPOSURE, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, [groups, 1, 1]);
    }
}
