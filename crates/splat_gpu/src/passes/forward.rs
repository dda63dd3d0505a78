//! Stage Forward: blends colour, transmittance, depth and class channels per pixel.

use crate::recorder::Bind::{Buffer, Mirror};
use crate::{FrameBuffers, ListBuffers, Recorder, RowBuffers};
use splat_core::Stage;
use splat_shaders::layout::{BLOCK_PX, ChunkUniforms};
use splat_shaders::{Shape, table};

/// How class channels are blended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Blend {
    /// Eq. 2 (true) or Eq. 1.
    pub normalise: bool,
    /// kappa, used by the backward walk.
    pub geometry_gate: f32,
}

impl Default for Blend {
    fn default() -> Self {
        Self { normalise: true, geometry_gate: 1.0 }
    }
}

/// One walk of the tile lists: which channels it carries.
pub(crate) struct Walk {
    pub shape: Shape,
    pub uniform: wgpu::Buffer,
    pub texels: u32,
}

/// The walks that carry all of a layout's channels; the first one carries colour.
pub(crate) fn walks(rec: &Recorder, rows: &RowBuffers, blend: Blend) -> Vec<Walk> {
    let mut first = 0;
    let chunks = rows.layout.chunks();
    let walk = |(i, texels): (usize, u32)| {
        let uniforms = ChunkUniforms {
            first_row_plane: rows.layout.first_logit_plane() + first,
            first_pixel_plane: first,
            normalise: blend.normalise as u32,
            geometry_gate: blend.geometry_gate,
        };
        first += texels;
        let sh_degree = rows.layout.sh_degree as u32;
        let shape = Shape { chunk_texels: texels, colour: i == 0, sh_degree, ..rec.gpu.shape };
        Walk { shape, uniform: rec.gpu.uniform("chunk", &uniforms), texels }
    };
    chunks.into_iter().enumerate().map(walk).collect()
}

/// Workgroups: one per 8x8 block.
pub(crate) fn block_groups(frame: &FrameBuffers) -> [u32; 3] {
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
    rec.stage(Stage::Forward);
    for walk in walks(rec, rows, blend) {
        let kernel = rec.gpu.kernel(&table::FORWARD, "forward", walk.shape);
        let binds = [
            Buffer(0, view),
            Mirror(1, &lists.splats),
            Mirror(2, &lists.listed),
            Mirror(3, &rows.rows),
            Buffer(4, &lists.tile_ranges),
            Buffer(5, &frame.image.buffer),
            Buffer(6, &frame.payload.buffer),
            Buffer(7, &frame.depth),
            Buffer(8, &walk.uniform),
        ];
        rec.run(&kernel, &binds, block_groups(frame));
    }
}
