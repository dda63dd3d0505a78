//! Gaussian Grouping's classifier on the GPU: a 1x1 convolution from codes to class logits, its moments, and what its gradient is
//! summed in.

use crate::gpu::{Gpu, GpuError};
use crate::mirror::Mirror;
use crate::readback::{read_now, write_now};
use splat_shaders::layout::{CLASSIFIER_PARTS, CLASSIFIER_PIXELS, CLASSIFIER_TEXELS, CODE_PLANES, NEIGHBOURS};
use splat_shaders::table::MirrorKind;

/// `[C, CLASSIFIER_TEXELS]` vec4: the weights of a class, then its bias and three unused numbers.
pub struct ClassifierBuffers {
    /// Classes C.
    pub classes: u32,
    /// Weights and biases.
    pub weights: Mirror,
    pub(crate) moment1: wgpu::Buffer,
    pub(crate) moment2: wgpu::Buffer,
    /// Per pixel: what the classifier's own gradient needs.
    pub(crate) terms: Mirror,
    /// `[pieces, C, CLASSIFIER_TEXELS]`: those of the image, then those of the neighbours.
    pub(crate) sums: wgpu::Buffer,
    /// `[samples, 1 + NEIGHBOURS, CODE_PLANES]` gradients of compared codes.
    pub(crate) d_codes: wgpu::Buffer,
}

impl ClassifierBuffers {
    /// Buffers for `classes` classes, images of up to `pixels` pixels and `samples` compared rows; everything zero.
    pub fn new(gpu: &Gpu, classes: u32, pixels: u64, samples: u32) -> Result<Self, GpuError> {
        let elements = classes as u64 * CLASSIFIER_TEXELS as u64;
        let pieces = pixels.div_ceil(CLASSIFIER_PIXELS as u64) + CLASSIFIER_PARTS as u64;
        gpu.check_binding("pieces of the classifier's gradient", 16 * elements * pieces)?;
        Ok(Self {
            classes,
            weights: Mirror::new(gpu, "classifier", elements, MirrorKind::F32x4)?,
            moment1: gpu.zeroed("classifier moment1", 16 * elements),
            moment2: gpu.zeroed("classifier moment2", 16 * elements),
            terms: Mirror::new(gpu, "classifier terms", pixels.max(classes as u64), MirrorKind::F32x4)?,
            sums: gpu.zeroed("classifier sums", 16 * elements * pieces),
            d_codes: gpu.zeroed("code gradients", 16 * (samples * (1 + NEIGHBOURS) * CODE_PLANES) as u64),
        })
    }

    /// vec4s of weights and biases.
    pub fn elements(&self) -> u64 {
        self.classes as u64 * CLASSIFIER_TEXELS as u64
    }

    /// What lives from step to step: weights and both moments, `3 x elements` vec4s. Waits for the GPU.
    pub fn read(&self, gpu: &Gpu) -> Result<Vec<[f32; 4]>, GpuError> {
        let mut all = Vec::new();
        for buffer in [&self.weights.buffer, &self.moment1, &self.moment2] {
            all.extend(read_now::<[f32; 4]>(gpu, buffer, 16 * self.elements())?);
        }
        Ok(all)
    }

    /// Takes back what [`Self::read`] gave, or weights alone (moments then are zero). Waits for the GPU.
    pub fn write(&self, gpu: &Gpu, values: &[[f32; 4]]) -> Result<(), GpuError> {
        let parts = values.chunks(self.elements().max(1) as usize);
        for (buffer, part) in [&self.weights.buffer, &self.moment1, &self.moment2].into_iter().zip(parts) {
            write_now(gpu, buffer, 0, bytemuck::cast_slice(part))?;
        }
        let mut encoder = gpu.device.create_command_encoder(&Default::default());
        self.weights.record_sync(&mut encoder, self.weights.elements);
        gpu.queue.submit([encoder.finish()]);
        Ok(())
    }
}
