//! What training adds to rows, lists and frame: gradients, moments, statistics.

use crate::frame::FrameBuffers;
use crate::gpu::{Gpu, GpuError};
use crate::mirror::Mirror;
use crate::rows::PlaneLayout;
use splat_core::TrainSettings;
use splat_shaders::layout::{COLOUR_SLOT_TEXELS, Exposure, SPLAT_TEXELS};
use splat_shaders::table::MirrorKind;

/// Columns that follow the rows, sized by the row capacity.
pub struct TrainingBuffers {
    /// `[planes, N]` gradients.
    pub d_rows: Mirror,
    /// `[planes, N]` first moments.
    pub moment1: Mirror,
    /// `[planes, N]` second moments.
    pub moment2: Mirror,
    /// `[N, 3]` geometry and colour sums of the current view.
    pub splat_sums: Mirror,
    /// `[N]` sum of NDC gradient norms, views seen.
    pub growth: wgpu::Buffer,
    /// `[planes]` vec4 learning rates.
    pub rates: wgpu::Buffer,
    pub(crate) decisions: wgpu::Buffer,
    pub(crate) fates: wgpu::Buffer,
    pub(crate) offsets: wgpu::Buffer,
    pub(crate) row_map: wgpu::Buffer,
    /// Row stride of the planes.
    pub row_capacity: u32,
}

impl TrainingBuffers {
    /// Zeroed buffers for `capacity` rows.
    pub fn new(gpu: &Gpu, layout: &PlaneLayout, capacity: u32) -> Result<Self, GpuError> {
        let elements = layout.planes() as u64 * capacity as u64;
        let n = capacity as u64;
        Ok(Self {
            d_rows: Mirror::new(gpu, "d_rows", elements, MirrorKind::F32x4)?,
            moment1: Mirror::new(gpu, "moment1", elements, MirrorKind::F32x4)?,
            moment2: Mirror::new(gpu, "moment2", elements, MirrorKind::F32x4)?,
            splat_sums: Mirror::new(gpu, "splat sums", n * SPLAT_TEXELS as u64, MirrorKind::F32x4)?,
            growth: gpu.zeroed("growth", 8 * n),
            rates: gpu.zeroed("rates", 16 * layout.planes() as u64),
            decisions: gpu.zeroed("decisions", 8 * n),
            fates: gpu.zeroed("fates", 4 * n),
            offsets: gpu.zeroed("offsets", 4 * n),
            row_map: gpu.zeroed("row map", 4 * n),
            row_capacity: capacity,
        })
    }
}

/// What a run's settings ask of [`LossBuffers`].
#[derive(Clone, Copy, Debug, Default)]
pub struct LossNeeds {
    /// Keep classes out of the densification statistic.
    pub splits: bool,
    /// Some steps train on rendered labels.
    pub relabels: bool,
}

impl LossNeeds {
    /// Of a run.
    pub fn of(settings: &TrainSettings) -> Self {
        Self { splits: settings.splits_classes(), relabels: settings.loss.self_training.enabled }
    }
}

/// Images that the loss works in, and the slots of the backward walk: sized by the largest view.
pub struct LossBuffers {
    /// `[H, W]` dL/drgb and the pixel's remainder.
    pub d_image: Mirror,
    /// `[planes, H, W]` dL/dS; one more plane, the pixels' semantic remainders, where walks are split.
    pub d_payload: Mirror,
    /// Class channels have walks of their own, after the colour's.
    pub splits: bool,
    /// The densification statistic is taken before them.
    pub counts_colour_only: bool,
    pub(crate) relabelled: Option<wgpu::Buffer>,
    pub(crate) blur: [Mirror; 2],
    pub(crate) partials: Mirror,
    pub(crate) row_sums: wgpu::Buffer,
    /// The exposure that the view is compared with: a copy, the identity where there is no compensation.
    pub(crate) exposure: wgpu::Buffer,
    /// L1, SSIM, squared error and cross-entropy sums of the view.
    pub totals: wgpu::Buffer,
}

impl LossBuffers {
    /// Buffers for the images of a frame.
    ///
    /// # Errors
    /// If class channels have no room; panics where rendered labels are wanted and the frame holds some blocks only.
    pub fn new(gpu: &Gpu, frame: &FrameBuffers, logit_planes: u32, needs: LossNeeds) -> Result<Self, GpuError> {
        let (pixels, rows_px) = (frame.pixels(), frame.height);
        assert!(!needs.relabels || frame.packed_blocks.is_none(), "rendered labels need class channels of all blocks");
        let counts_colour_only = needs.splits && logit_planes > 0;
        let splits = (needs.splits || frame.packed_blocks.is_some()) && logit_planes > 0;
        let planes = logit_planes as u64 + splits as u64;
        let relabels = needs.relabels && logit_planes > 0;
        Ok(Self {
            relabelled: relabels.then(|| gpu.zeroed("relabelled", 4 * (1 + pixels))),
            d_image: Mirror::new(gpu, "d_image", pixels, MirrorKind::F32x4)?,
            d_payload: Mirror::new(
                gpu,
                "gradients of class channels",
                frame.class_pixels() * planes,
                MirrorKind::F32x4,
            )?,
            splits,
            counts_colour_only,
            blur: [
                Mirror::new(gpu, "ssim maps", 4 * pixels, MirrorKind::F32x4)?,
                Mirror::new(gpu, "ssim maps", 3 * pixels, MirrorKind::F32x4)?,
            ],
            partials: Mirror::new(gpu, "partial losses", pixels, MirrorKind::F32x4)?,
            exposure: gpu.uniform("exposure", &Exposure::IDENTITY),
            row_sums: gpu.zeroed("row sums", 16 * rows_px as u64),
            totals: gpu.zeroed("loss totals", 16),
        })
    }
}

/// One slot per (splat, block) hit: what a block adds to a splat's gradient.
pub struct SlotBuffer {
    /// `[hits, texels]` vec4.
    pub slots: Mirror,
    /// Hits it can hold.
    pub hit_capacity: u32,
    /// vec4s of the widest slot.
    pub texels: u32,
}

impl SlotBuffer {
    /// Room for `hits` slots of the widest chunk of `layout`.
    pub fn new(gpu: &Gpu, layout: &PlaneLayout, hits: u32) -> Result<Self, GpuError> {
        let texels = Self::texels_of(layout);
        let slots = Mirror::new(gpu, "slots", hits as u64 * texels as u64, MirrorKind::F32x4)?;
        Ok(Self { slots, hit_capacity: hits, texels })
    }

    /// vec4s of the widest slot of `layout`.
    pub fn texels_of(layout: &PlaneLayout) -> u32 {
        COLOUR_SLOT_TEXELS + layout.chunks().into_iter().max().unwrap_or(0)
    }
}
