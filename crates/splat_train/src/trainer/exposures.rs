//! The photographs' exposures in a run: which one a step learns, how they are read and kept.

use super::Trainer;
use crate::checkpoint::{Checkpoint, Section};
use crate::error::TrainError;
use splat_gpu::passes::exposure::{ExposureBuffers, ExposureStep};
use splat_gpu::readback::read_now;
use splat_gpu::{Gpu, wgpu};

impl Trainer {
    /// What a step does to the exposure of its view; `None` without compensation.
    pub(super) fn exposure_step(&self, iteration: u32, view: usize) -> Option<ExposureStep<'_>> {
        let buffers = self.exposures.as_ref()?;
        // Epochs are whole: every view was seen once in each of those before.
        let visits = iteration.div_ceil(buffers.views.max(1));
        let rate = self.settings.exposure_rate(iteration);
        Some(ExposureStep { buffers, view: view as u32, visits, rate })
    }

    /// Per training view the rows of \[A | b\], which make A c + b, the photograph's colour, of the rendered colour c; `None`
    /// without compensation. Waits for the GPU.
    pub fn exposures(&self) -> Result<Option<Vec<[[f32; 4]; 3]>>, TrainError> {
        let Some(buffers) = &self.exposures else { return Ok(None) };
        let values = buffers.download(&self.gpu)?;
        Ok(Some(values.iter().map(|e| e.rows).collect()))
    }
}

/// What of the exposures lives from step to step, by section.
fn columns(buffers: &ExposureBuffers) -> [(&'static str, &wgpu::Buffer); 2] {
    let ExposureBuffers { values, moments, .. } = buffers;
    [("exposures", values), ("exposure moments", moments)]
}

/// The exposures' sections of a checkpoint.
pub(super) fn sections(gpu: &Gpu, buffers: &ExposureBuffers) -> Result<Vec<Section<'static>>, TrainError> {
    whole_buffers(gpu, &columns(buffers))
}

/// A section per buffer, all of it.
pub(super) fn whole_buffers(
    gpu: &Gpu,
    columns: &[(&'static str, &wgpu::Buffer)],
) -> Result<Vec<Section<'static>>, TrainError> {
    let section = |&(name, buffer): &(&'static str, &wgpu::Buffer)| {
        Ok(Section::bytes(name, read_now::<u8>(gpu, buffer, buffer.size())?))
    };
    columns.iter().map(section).collect()
}

/// Takes the exposures' sections in.
pub(super) fn restore(gpu: &Gpu, buffers: &ExposureBuffers, checkpoint: &Checkpoint) -> Result<(), TrainError> {
    restore_buffers(gpu, &columns(buffers), checkpoint)
}

/// Fills whole buffers from their sections.
pub(super) fn restore_buffers(
    gpu: &Gpu,
    columns: &[(&'static str, &wgpu::Buffer)],
    checkpoint: &Checkpoint,
) -> Result<(), TrainError> {
    for &(name, buffer) in columns {
        let mut reader = checkpoint.reader(name)?;
        if reader.left() != buffer.size() {
            return Err(checkpoint.unfit(&format!("the section `{name}` has not the length it should")));
        }
        let mut bytes = vec![0; buffer.size() as usize];
        reader.read(&mut bytes)?;
        gpu.queue.write_buffer(buffer, 0, &bytes);
    }
    Ok(())
}
