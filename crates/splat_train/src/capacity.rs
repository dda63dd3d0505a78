//! Buffers that grow without dropping work.
//!
//! Rows grow before a change, when their exact number is known. Tile lists and slots are checked after every step:
//! a step that overflowed has changed nothing (the flag is sticky on the GPU), so the lists grow and the step is repeated.

use crate::error::TrainError;
use splat_core::TrainSettings;
use splat_gpu::columns::persistent;
use splat_gpu::frame::most_packed_blocks;
use splat_gpu::passes::smoothing::SmoothingBuffers;
use splat_gpu::training::{LossBuffers, LossNeeds, SlotBuffer};
use splat_gpu::{FrameBuffers, Gpu, ListBuffers, PlaneLayout, Recorder, RowBuffers, TrainingBuffers};

/// Rows are packed tightly again when less than this share of the capacity is live: every step copies and walks it.
const ROW_SLACK: f64 = 0.9;
/// Lists are made larger than what was last needed by this factor.
const LIST_HEADROOM: f64 = 1.4;
/// Lists grow ahead of time when this share of them is used.
const LIST_PRESSURE: f64 = 0.85;

/// Transient buffers of a step.
pub struct StepBuffers {
    /// Splats and tile lists.
    pub lists: ListBuffers,
    /// Backward slots.
    pub slots: SlotBuffer,
    /// Images and loss images, one pair per image size in use.
    pub images: Vec<(FrameBuffers, LossBuffers)>,
    /// Neighbours and what they disagree on, where they are asked.
    pub smoothing: Option<SmoothingBuffers>,
}

impl StepBuffers {
    /// Buffers for these image sizes and rows, with a first guess at the lists' lengths.
    pub fn new(gpu: &Gpu, rows: &RowBuffers, sizes: &[[u32; 2]], settings: &TrainSettings) -> Result<Self, TrainError> {
        let layout = &rows.layout;
        let n = rows.upper_bound.max(1024);
        let tiles = sizes.iter().map(|s| splat_gpu::view::tiles(s[0], s[1])).map(|t| t[0] * t[1]).max().unwrap_or(1);
        let needs = LossNeeds::of(settings);
        let planes = layout.logit_planes();
        let image = |size: &[u32; 2]| -> Result<_, TrainError> {
            let blocks = class_blocks(gpu, *size, layout, settings);
            let frame = FrameBuffers::packed(gpu, size[0], size[1], planes, blocks)?;
            let loss = LossBuffers::new(gpu, &frame, planes, needs)?;
            Ok((frame, loss))
        };
        Ok(Self {
            lists: ListBuffers::new(gpu, rows.capacity, 6 * n, tiles)?,
            slots: SlotBuffer::new(gpu, layout, 12 * n)?,
            smoothing: (settings.loss.smoothing.weight > 0.0)
                .then(|| SmoothingBuffers::new(gpu, &settings.loss.smoothing)),
            images: sizes.iter().map(image).collect::<Result<_, _>>()?,
        })
    }

    /// The images of a size.
    pub fn images(&self, size: [u32; 2]) -> &(FrameBuffers, LossBuffers) {
        let found = self.images.iter().find(|(f, _)| [f.width, f.height] == size);
        found.expect("images of every view's size were made at the start")
    }

    /// Grows lists and slots where a view needed more than is comfortable. True where something grew.
    pub fn fit(&mut self, gpu: &Gpu, rows: &RowBuffers, entries: u32, hits: u32) -> Result<bool, TrainError> {
        let tight = |needed: u32, capacity: u32| needed as f64 > LIST_PRESSURE * capacity as f64;
        let roomy = |needed: u32| (needed as f64 * LIST_HEADROOM).min(u32::MAX as f64 / 2.0) as u32;
        let grow_lists = tight(entries, self.lists.entry_capacity);
        let grow_slots = tight(hits, self.slots.hit_capacity);
        if grow_lists {
            self.lists = ListBuffers::new(gpu, rows.capacity, roomy(entries), self.lists.tile_capacity)?;
        }
        if grow_slots {
            self.slots = SlotBuffer::new(gpu, &rows.layout, roomy(hits))?;
        }
        Ok(grow_lists || grow_slots)
    }
}

/// Blocks of an image whose classes a step compares: `None` for all. Fewer than the settings say where more have no room.
fn class_blocks(gpu: &Gpu, [width, height]: [u32; 2], layout: &PlaneLayout, settings: &TrainSettings) -> Option<u32> {
    let share = settings.class_share(layout.channels);
    let all = splat_gpu::frame::blocks(width, height);
    let wanted = (share as f64 * all as f64).ceil() as u32;
    let may_select = layout.channels > 0 && !settings.loss.self_training.enabled && !layout.holds_codes();
    let most = if may_select { most_packed_blocks(gpu, layout.logit_planes()) } else { all };
    let blocks = wanted.min(most);
    (blocks < all).then_some(blocks)
}

/// Most rows that the adapter can bind for this layout.
pub fn row_limit(gpu: &Gpu, layout: &PlaneLayout) -> u32 {
    let per_row = 16 * layout.planes() as u64;
    let whole_rows_of_texels = splat_gpu::mirror::WIDTH as u64 * 16;
    ((gpu.binding_limit().saturating_sub(whole_rows_of_texels)) / per_row).min(1 << 28) as u32 / 64 * 64
}

/// Rows to make room for before `live` rows become up to `most`, in a run that may hold `limit`.
pub fn wanted_capacity(live: u32, most: u32, limit: u32) -> u32 {
    most.min(limit).max(live).next_multiple_of(64)
}

/// True where rows should be packed tightly again.
pub fn is_loose(live: u32, capacity: u32) -> bool {
    (live.next_multiple_of(64) as f64) < ROW_SLACK * capacity as f64
}

/// Moves rows, moments and statistics into buffers of another stride, at least as wide as the live rows.
pub fn restride_rows(
    gpu: &Gpu,
    rows: &mut RowBuffers,
    training: &mut TrainingBuffers,
    capacity: u32,
) -> Result<(), TrainError> {
    let mut other = RowBuffers::empty(gpu, rows, capacity)?;
    let fresh = TrainingBuffers::new(gpu, &rows.layout, other.capacity)?;
    let mut encoder = gpu.device.create_command_encoder(&Default::default());
    let mut rec = Recorder::new(gpu, &mut encoder, None);
    let kept = rows.capacity.min(other.capacity) as u64;
    for (from, to) in persistent(rows, training).iter().zip(&persistent(&other, &fresh)) {
        from.copy_to(&mut rec, to, kept);
    }
    rec.finish();
    gpu.queue.submit([encoder.finish()]);
    other.upper_bound = rows.upper_bound;
    *rows = other;
    *training = fresh;
    Ok(())
}
