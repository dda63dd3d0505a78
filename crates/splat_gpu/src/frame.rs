//! The images that Forward writes.

use crate::gpu::{Gpu, GpuError};
use crate::mirror::Mirror;
use splat_shaders::layout::BLOCK_PX;
use splat_shaders::table::MirrorKind;

/// Colour, transmittance, depth and class channels of one view.
pub struct FrameBuffers {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// `[H, W]` rgb without background, T_final.
    pub image: Mirror,
    /// `[planes, H, W]` blended class channels (s_hat, or S without normalisation); `[planes, blocks, 8, 8]` where classes are
    /// blended in some blocks only.
    pub payload: Mirror,
    /// `[H, W]` sum of alpha T z: divide by 1 - T for the expected view depth.
    pub depth: wgpu::Buffer,
    /// 8x8 blocks whose class channels `payload` holds at a time; `None`: all, as an image.
    pub packed_blocks: Option<u32>,
}

impl FrameBuffers {
    /// Images of `width` x `height` with `logit_planes` planes of class channels.
    pub fn new(gpu: &Gpu, width: u32, height: u32, logit_planes: u32) -> Result<Self, GpuError> {
        Self::packed(gpu, width, height, logit_planes, None)
    }

    /// Images whose class channels are blended in only so many blocks at a time, at most all of them: for more classes than
    /// an image of them would leave room or time for.
    pub fn packed(
        gpu: &Gpu,
        width: u32,
        height: u32,
        logit_planes: u32,
        packed_blocks: Option<u32>,
    ) -> Result<Self, GpuError> {
        let pixels = width as u64 * height as u64;
        let packed_blocks = packed_blocks.map(|n| n.clamp(1, blocks(width, height).min(MOST_PACKED_BLOCKS)));
        let class_pixels = packed_blocks.map_or(pixels, |n| BLOCK_PIXELS * n as u64);
        Ok(Self {
            width,
            height,
            image: Mirror::new(gpu, "image", pixels, MirrorKind::F32x4)?,
            payload: Mirror::new(gpu, "blended class channels", class_pixels * logit_planes as u64, MirrorKind::F32x4)?,
            depth: gpu.zeroed("depth", 4 * pixels),
            packed_blocks,
        })
    }

    /// Number of pixels.
    pub fn pixels(&self) -> u64 {
        self.width as u64 * self.height as u64
    }

    /// Number of 8x8 blocks.
    pub fn blocks(&self) -> u32 {
        blocks(self.width, self.height)
    }

    /// The pixel whose class channels lie at `at` in a plane of `payload`, when it holds blocks from `first_block` on; `None`
    /// beyond the image.
    pub fn pixel_of(&self, first_block: u32, at: usize) -> Option<usize> {
        if self.packed_blocks.is_none() {
            return Some(at);
        }
        let (block, within) = (first_block + (at as u64 / BLOCK_PIXELS) as u32, (at as u64 % BLOCK_PIXELS) as u32);
        let across = self.width.div_ceil(BLOCK_PX);
        let (x, y) = (BLOCK_PX * (block % across) + within % BLOCK_PX, BLOCK_PX * (block / across) + within / BLOCK_PX);
        (x < self.width && y < self.height).then_some(y as usize * self.width as usize + x as usize)
    }

    /// Pixels of one plane of `payload`.
    pub fn class_pixels(&self) -> u64 {
        self.packed_blocks.map_or(self.pixels(), |n| BLOCK_PIXELS * n as u64)
    }
}

/// Pixels of a block.
const BLOCK_PIXELS: u64 = (BLOCK_PX * BLOCK_PX) as u64;
/// Workgroups of one dimension of a dispatch.
const MOST_PACKED_BLOCKS: u32 = 65_535;

/// 8x8 blocks of an image.
pub fn blocks(width: u32, height: u32) -> u32 {
    width.div_ceil(BLOCK_PX) * height.div_ceil(BLOCK_PX)
}

/// Most blocks whose class channels, and one plane more, can be bound at once.
pub fn most_packed_blocks(gpu: &Gpu, logit_planes: u32) -> u32 {
    let a_block = 16 * BLOCK_PIXELS * (logit_planes as u64 + 1);
    // A mirror is made of whole texture rows.
    let room = gpu.binding_limit().saturating_sub(16 * crate::mirror::WIDTH as u64);
    (room / a_block).clamp(1, MOST_PACKED_BLOCKS as u64) as u32
}
