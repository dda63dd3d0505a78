//! Stage Forward: blends colour, transmittance, depth and class channels per pixel.

use super::row_groups;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::{Channels, FrameBuffers, Gpu, ListBuffers, Recorder, RowBuffers};
use splat_core::Stage;
use splat_shaders::layout::{BLOCK_PX, ChunkUniforms, LogitUniforms, NO_COUNTER};
use splat_shaders::{Shape, table};

/// How class channels are blended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blend {
    /// Eq. 2 (true) or Eq. 1.
    pub normalise: bool,
    /// kappa, used by the backward walk.
    pub geometry_gate: f32,
    /// Where, if the frame has no room for class channels of all blocks.
    pub selection: Selection,
}

/// Which blocks' class channels are blended, if not all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// One of each of as many equal parts of the image as there is room for.
    Random {
        /// Another seed, other blocks.
        seed: u32,
    },
    /// As many as there is room for, row by row, from this one on.
    From(u32),
}

impl Default for Blend {
    fn default() -> Self {
        Self { normalise: true, geometry_gate: 1.0, selection: Selection::From(0) }
    }
}

/// One walk of the tile lists: which channels it carries, and where.
pub(crate) struct Walk {
    pub shape: Shape,
    pub uniform: wgpu::Buffer,
    pub texels: u32,
    /// Workgroups: one per 8x8 block that is walked.
    pub groups: [u32; 3],
}

/// The walks that carry all of a layout's channels; the first one carries colour, and where they are `split`, or classes are
/// blended in some blocks only, nothing else.
pub(crate) fn walks(rec: &Recorder, channels: Channels, frame: &FrameBuffers, blend: Blend, split: bool) -> Vec<Walk> {
    let layout = channels.layout;
    let mut first = 0;
    let mut chunks = layout.chunks();
    let is_split = (split || frame.packed_blocks.is_some()) && layout.channels > 0;
    if is_split {
        chunks.insert(0, 0);
    }
    let walk = |(i, texels): (usize, u32)| {
        let packed = frame.packed_blocks.filter(|_| i > 0);
        let all = frame.blocks();
        let (blocks, first_block, block_seed) = match (packed, blend.selection) {
            (None, _) => (all, 0, 0),
            (Some(_), Selection::Random { seed }) => (all, 0, seed),
            (Some(count), Selection::From(first)) => (count.min(all.saturating_sub(first)), first, 0),
        };
        let selected_blocks = packed.map_or(all, |count| count.min(blocks));
        let uniforms = ChunkUniforms {
            first_row_plane: layout.first_logit_plane() + first,
            first_channel_plane: channels.first_plane + first,
            first_pixel_plane: first,
            normalise: blend.normalise as u32,
            geometry_gate: blend.geometry_gate,
            rest_plane: if is_split && i == 1 { layout.logit_planes() } else { NO_COUNTER },
            blocks,
            selected_blocks,
            first_block,
            block_seed,
            payload_stride: frame.class_pixels() as u32,
            is_packed: packed.is_some() as u32,
        };
        first += texels;
        let sh_degree = layout.sh_degree as u32;
        let shape = Shape { chunk_texels: texels, colour: i == 0, sh_degree, ..rec.gpu.shape };
        let groups = packed.map_or(block_groups(frame), |_| [selected_blocks, 1, 1]);
        Walk { shape, uniform: rec.gpu.uniform("chunk", &uniforms), texels, groups }
    };
    chunks.into_iter().enumerate().map(walk).collect()
}

/// Workgroups: one per 8x8 block.
fn block_groups(frame: &FrameBuffers) -> [u32; 3] {
    [frame.width.div_ceil(BLOCK_PX), frame.height.div_ceil(BLOCK_PX), 1]
}

/// Records the stage.
pub fn record(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    frame: &FrameBuffers,
    view: &wgpu::Buffer,
    blend: Blend,
) {
    record_probabilities(rec, rows);
    record_walks(rec, rows.channels(), lists, frame, view, blend, Look::default());
}

/// What differs between a training view and a picture.
#[derive(Clone, Copy, Default)]
pub struct Look<'a> {
    /// `[H, W]` view depths at which the splats of a pixel end.
    pub limits: Option<&'a wgpu::Buffer>,
    /// Write the depth of the surface, times 1 - T_final, instead of the mean's: where seven tenths of the light are spent.
    pub is_surface: bool,
    /// Splats end at an edge, see [`Shape::solid`].
    pub is_solid: bool,
}

/// Records the walks alone, over any rows' channels.
pub fn record_walks(
    rec: &mut Recorder,
    channels: Channels,
    lists: &ListBuffers,
    frame: &FrameBuffers,
    view: &wgpu::Buffer,
    blend: Blend,
    look: Look,
) {
    rec.stage(Stage::Forward);
    for walk in walks(rec, channels, frame, blend, false) {
        record_walk(rec, channels, lists, frame, view, &walk, look);
    }
}

/// Records class channels alone, of another selection of blocks of the view that was recorded before.
pub fn record_more_blocks(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    frame: &FrameBuffers,
    view: &wgpu::Buffer,
    blend: Blend,
) {
    rec.stage(Stage::Forward);
    for walk in walks(rec, rows.channels(), frame, blend, true).iter().skip(1) {
        record_walk(rec, rows.channels(), lists, frame, view, walk, Look::default());
    }
}

fn record_walk(
    rec: &mut Recorder,
    channels: Channels,
    lists: &ListBuffers,
    frame: &FrameBuffers,
    view: &wgpu::Buffer,
    walk: &Walk,
    look: Look,
) {
    let Look { limits, is_surface, is_solid } = look;
    let shape = Shape { limited: limits.is_some(), surface_depth: is_surface, solid: is_solid, ..walk.shape };
    let kernel = rec.gpu.kernel(&table::FORWARD, "forward", shape);
    let binds = [
        Buffer(0, view),
        Mirror(1, &lists.splats),
        Mirror(2, &lists.listed),
        Mirror(3, channels.mirror),
        Buffer(4, &lists.tile_ranges),
        Buffer(5, &frame.image.buffer),
        Buffer(6, &frame.payload.buffer),
        Buffer(7, &frame.depth),
        Buffer(8, &walk.uniform),
        // Not bound where nothing is limited: whatever stands here is passed over.
        Buffer(9, limits.unwrap_or(&frame.depth)),
    ];
    rec.run(&kernel, &binds, walk.groups);
}

/// Softmax of every row, where that is what is blended.
pub fn record_probabilities(rec: &mut Recorder, rows: &RowBuffers) {
    rec.stage(Stage::Forward);
    let planes = rows.layout.logit_planes() as u64;
    let Some(probabilities) = rows.probabilities.as_ref().filter(|_| planes > 0) else { return };
    let uniform = logit_uniform(rec.gpu, rows, 0.0);
    let kernel = rec.gpu.kernel(&table::FORWARD_CHANNELS, "forward_channels", rec.gpu.shape);
    let binds =
        [Buffer(0, &uniform), Mirror(1, &rows.rows), Buffer(2, &rows.counters), Buffer(3, &probabilities.buffer)];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
    rec.sync(probabilities, planes * rows.capacity as u64);
}

/// Where the logits of `rows` lie.
pub(crate) fn logit_uniform(gpu: &Gpu, rows: &RowBuffers, weight: f32) -> wgpu::Buffer {
    let uniforms = LogitUniforms {
        row_capacity: rows.capacity,
        first_plane: rows.layout.first_logit_plane(),
        channels: rows.layout.channels,
        weight,
    };
    gpu.uniform("logits", &uniforms)
}
