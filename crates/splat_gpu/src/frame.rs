//! The images that Forward writes.

use crate::gpu::{Gpu, GpuError};
use crate::mirror::Mirror;
use splat_shaders::table::MirrorKind;

/// Colour, transmittance, depth and class channels of one view.
pub struct FrameBuffers {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W]` rgb without background, T_final.
    pub image: Mirror,
    /// `[planes, H, W]` blended class channels (s_hat, or S without normalisation).
    pub payload: Mirror,
    /// `[H, W]` sum of alpha T z: divide by 1 - T for the expected view depth.
    pub depth: wgpu::Buffer,
}

impl FrameBuffers {
    /// Images of `width` x `height` with `logit_planes` planes of class channels.
    pub fn new(gpu: &Gpu, width: u32, height: u32, logit_planes: u32) -> Result<Self, GpuError> {
        let pixels = width as u64 * height as u64;
        Ok(Self {
            width,
            height,
            image: Mirror::new(gpu, "image", pixels, MirrorKind::F32x4)?,
            payload: Mirror::new(gpu, "payload", pixels * logit_planes as u64, MirrorKind::F32x4)?,
            depth: gpu.zeroed("depth", 4 * pixels),
        })
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        self.width as u64 * self.height as u64
    }
}
