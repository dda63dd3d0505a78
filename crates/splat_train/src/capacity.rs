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
use std::collections::BTreeMap;

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
    /// Bytes that lists and slots may have together; `None`: as many as they need.
    pub room: Option<u64>,
}

impl StepBuffers {
    /// Buffers for these image sizes and rows, with a first guess at the lists' lengths.
    pub fn new(gpu: &Gpu, rows: &RowBuffers, sizes: &[[u32; 2]], settings: &TrainSettings) -> Result<Self, TrainError> {
        let layout = &rows.layout;
        let lengths = Lengths::guess(gpu, layout, rows.upper_bound, sizes, 0);
        Ok(Self {
            lists: ListBuffers::new(gpu, rows.capacity, lengths.entries, lengths.tiles)?,
            slots: SlotBuffer::new(gpu, layout, lengths.hits)?,
            smoothing: smoothing(gpu, layout, settings),
            images: images(gpu, layout, sizes, settings)?,
            room: None,
        })
    }

    /// Bytes of lists, of slots and of everything else, by label, with so many Gaussians that lie `depth` deep over all pixels
    /// at least.
    pub(crate) fn plan(
        gpu: &Gpu,
        layout: &PlaneLayout,
        gaussians: u32,
        sizes: &[[u32; 2]],
        settings: &TrainSettings,
        depth: u32,
    ) -> Result<[BTreeMap<String, u64>; 3], TrainError> {
        let lengths = Lengths::guess(gpu, layout, gaussians, sizes, depth);
        let rows = gaussians.next_multiple_of(64);
        Ok([
            gpu.plan(|gpu| ListBuffers::new(gpu, rows, lengths.entries, lengths.tiles))?,
            gpu.plan(|gpu| SlotBuffer::new(gpu, layout, lengths.hits))?,
            gpu.plan(|gpu| {
                images(gpu, layout, sizes, settings).map(|images| (images, smoothing(gpu, layout, settings)))
            })?,
        ])
    }

    /// The images of a size.
    pub fn images(&self, size: [u32; 2]) -> &(FrameBuffers, LossBuffers) {
        let found = self.images.iter().find(|(f, _)| [f.width, f.height] == size);
        found.expect("images of every view's size were made at the start")
    }

    /// Grows lists and slots where a view needed more than is comfortable. True where something grew.
    ///
    /// # Errors
    /// [`TrainError::Memory`] where not even what the view needs fits into [`Self::room`].
    pub fn fit(&mut self, gpu: &Gpu, rows: &RowBuffers, entries: u32, hits: u32) -> Result<bool, TrainError> {
        let (had_entries, had_hits) = (self.lists.entry_capacity, self.slots.hit_capacity);
        let tight = |needed: u32, capacity: u32| needed as f64 > LIST_PRESSURE * capacity as f64;
        let (grow_lists, grow_slots) = (tight(entries, had_entries), tight(hits, had_hits));
        if !grow_lists && !grow_slots {
            return Ok(false);
        }
        let grown = |needed: u32, by: f64| (needed as f64 * by).min(u32::MAX as f64 / 2.0) as u32;
        let lengths = |by: f64| {
            let entries = if grow_lists { grown(entries, by).max(had_entries) } else { had_entries };
            (entries, if grow_slots { grown(hits, by).max(had_hits) } else { had_hits })
        };
        let mut wanted = lengths(LIST_HEADROOM);
        if let Some(room) = self.room {
            let tiles = self.lists.tile_capacity;
            let fits = |(entries, hits): (u32, u32)| -> Result<bool, TrainError> {
                let lists = gpu.plan(|gpu| ListBuffers::new(gpu, rows.capacity, entries, tiles))?;
                let slots = gpu.plan(|gpu| SlotBuffer::new(gpu, &rows.layout, hits))?;
                Ok(lists.values().chain(slots.values()).sum::<u64>() <= room)
            };
            if !fits(wanted)? {
                wanted = lengths(1.0);
            }
            if !fits(wanted)? {
                return Err(TrainError::Memory { message: short_of_lists(rows.upper_bound, wanted, room) });
            }
        }
        if wanted.0 > had_entries {
            self.lists = ListBuffers::new(gpu, rows.capacity, wanted.0, self.lists.tile_capacity)?;
        }
        if wanted.1 > had_hits {
            self.slots = SlotBuffer::new(gpu, &rows.layout, wanted.1)?;
        }
        Ok(true)
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

fn short_of_lists(gaussians: u32, (entries, hits): (u32, u32), room: u64) -> String {
    format!(
        "a view of {gaussians} Gaussians needs {entries} tile entries and {hits} block hits, more than the {} MiB that the memory          limit leaves for them: allow it more (--memory-limit), scale photographs down (--downscale) or allow fewer Gaussians          (--max-gaussians)",
        room >> 20
    )
}

/// How long lists are made before any view was seen.
struct Lengths {
    entries: u32,
    hits: u32,
    tiles: u32,
}

impl Lengths {
    /// Six tile entries and twelve block hits a Gaussian: what a cloud of some 10,000 needs, with room; denser ones need less.
    /// Few and large ones cover all tiles `depth` deep. No more than can be bound.
    fn guess(gpu: &Gpu, layout: &PlaneLayout, gaussians: u32, sizes: &[[u32; 2]], depth: u32) -> Self {
        let n = gaussians.max(1024) as u64;
        let bindable = gpu.binding_limit() - 16 * splat_gpu::mirror::WIDTH as u64;
        let tiles = sizes.iter().map(|s| splat_gpu::view::tiles(s[0], s[1])).map(|t| t[0] * t[1]).max().unwrap_or(1);
        let deep = depth as u64 * tiles as u64;
        Self {
            entries: (6 * n).max(deep).min(bindable / 8) as u32,
            hits: (12 * n).max(4 * deep).min(bindable / (16 * SlotBuffer::texels_of(layout) as u64)) as u32,
            tiles,
        }
    }
}

/// Images and loss images of every size.
fn images(
    gpu: &Gpu,
    layout: &PlaneLayout,
    sizes: &[[u32; 2]],
    settings: &TrainSettings,
) -> Result<Vec<(FrameBuffers, LossBuffers)>, TrainError> {
    let (planes, needs) = (layout.logit_planes(), LossNeeds::of(settings));
    let image = |size: &[u32; 2]| -> Result<_, TrainError> {
        let blocks = class_blocks(gpu, *size, layout, settings);
        let frame = FrameBuffers::packed(gpu, size[0], size[1], planes, blocks)?;
        let loss = LossBuffers::new(gpu, &frame, planes, needs)?;
        Ok((frame, loss))
    };
    sizes.iter().map(image).collect()
}

fn smoothing(gpu: &Gpu, layout: &PlaneLayout, settings: &TrainSettings) -> Option<SmoothingBuffers> {
    // Without classes there is nothing that neighbours could agree on.
    let is_on = settings.loss.smoothing.weight > 0.0 && layout.channels > 0;
    is_on.then(|| SmoothingBuffers::new(gpu, &settings.loss.smoothing))
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
