//! What a picture of a whole scene needs beside the stages: clouds under common classes, and depths where meshes hide splats.

use super::row_groups;
use crate::mirror::Mirror;
use crate::recorder::Bind::{Buffer, Mirror as Mirrored, Texture};
use crate::{Gpu, ListBuffers, Recorder, RowBuffers};
use splat_core::Objective;
use splat_shaders::layout::{
    FORM_ELLIPSOIDS, FORM_GAUSSIANS, FORM_POINTS, LimitUniforms, NO_COUNTER, RestyleUniforms, SharedChannelUniforms,
    objective_code,
};
use splat_shaders::{Shape, table};

/// Where a cloud's class channels go in a scene of several clouds.
pub struct Place<'a> {
    /// First row in the scene.
    pub first_row: u32,
    /// Row stride of the scene's channels.
    pub scene_capacity: u32,
    /// What the scene's channels hold.
    pub objective: Objective,
    /// The cloud's column of every class of the scene.
    pub own_columns: &'a [Option<u32>],
}

/// Writes a cloud's class channels into `channels` `[planes, scene_capacity]`; sync that mirror afterwards.
pub fn record_channels(rec: &mut Recorder, rows: &RowBuffers, channels: &Mirror, place: &Place) {
    let columns: Vec<u32> = place.own_columns.iter().map(|c| c.unwrap_or(NO_COUNTER)).collect();
    let uniforms = SharedChannelUniforms {
        row_capacity: rows.capacity,
        first_plane: rows.layout.first_logit_plane(),
        own_channels: rows.layout.channels,
        scene_capacity: place.scene_capacity,
        first_row: place.first_row,
        channels: columns.len() as u32,
        objective: objective_code(place.objective),
        pad: 0,
    };
    let uniform = rec.gpu.uniform("scene channels", &uniforms);
    let columns = rec.gpu.storage("own columns", &columns);
    let kernel = rec.gpu.kernel(&table::DISPLAY_CHANNELS, "display_channels", rec.gpu.shape);
    let binds = [
        Buffer(0, &uniform),
        Mirrored(1, &rows.rows),
        Buffer(2, &rows.counters),
        Buffer(3, &columns),
        Buffer(4, &channels.buffer),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}

/// What splats are drawn as.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum Form {
    /// Gaussians, which fade outwards.
    #[default]
    Gaussians,
    /// Discs around their centres, all of this radius in pixels.
    Points(f32),
    /// Solid ellipsoids that end where the Gaussian's alpha falls below this; fainter Gaussians are left out.
    Ellipsoids(f32),
}

impl Form {
    /// True where splats end at an edge, see [`splat_shaders::Shape::solid`].
    pub fn is_solid(self) -> bool {
        self != Self::Gaussians
    }

    fn code_and_size(self) -> (u32, f32) {
        match self {
            Self::Gaussians => (FORM_GAUSSIANS, 1.0),
            Self::Points(radius_px) => (FORM_POINTS, radius_px),
            Self::Ellipsoids(alpha) => (FORM_ELLIPSOIDS, alpha),
        }
    }
}

/// Changes the splats of one cloud, whose first row in the lists is `first_row`, between Project and Sort: their form, and
/// their opacity by `factors` of the cloud's class columns (empty: all 1). A row's class is that of its largest logit.
pub fn record_restyle(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    (first_row, size_px): (u32, [u32; 2]),
    form: Form,
    factors: &[f32],
) {
    let (form, size) = form.code_and_size();
    let uniforms = RestyleUniforms {
        row_capacity: rows.capacity,
        first_plane: rows.layout.first_logit_plane(),
        channels: rows.layout.channels.min(factors.len() as u32),
        first_row,
        size_px,
        form,
        size,
    };
    let uniform = rec.gpu.uniform("restyle", &uniforms);
    let factors = rec.gpu.storage("class factors", factors);
    let kernel = rec.gpu.kernel(&table::DISPLAY_RESTYLE, "display_restyle", rec.gpu.shape);
    let binds = [
        Buffer(0, &uniform),
        Mirrored(1, &rows.rows),
        Buffer(2, &rows.counters),
        Buffer(3, &factors),
        Buffer(4, &lists.splats.buffer),
        Buffer(5, &lists.depth_keys[0]),
        Buffer(6, &lists.needs),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}

/// A camera's depth buffer.
pub struct MeshDepth<'a> {
    /// The whole texture; reversed depth, 0 where nothing was drawn.
    pub view: &'a wgpu::TextureView,
    /// It has several samples a pixel.
    pub many_samples: bool,
    /// Viewport in it: x, y, width, height in pixels.
    pub viewport_px: [f32; 4],
    /// Clip depth of a view depth z: (x z + y) / (z z + w).
    pub clip_depth: [f32; 4],
}

/// Writes the view depths of what was drawn into `limits` `[H, W]`, `NO_LIMIT` where nothing was.
pub fn record_limits(
    gpu: &Gpu,
    encoder: &mut wgpu::CommandEncoder,
    depth: &MeshDepth,
    size: [u32; 2],
    limits: &wgpu::Buffer,
) {
    let (viewport_px, clip_depth) = (depth.viewport_px, depth.clip_depth);
    let uniform = gpu.uniform("limit", &LimitUniforms { size_px: size, pad: [0; 2], viewport_px, clip_depth });
    let shape = Shape { many_samples: depth.many_samples, ..gpu.shape };
    let kernel = gpu.kernel(&table::DISPLAY_LIMIT, "display_limit", shape);
    let mut rec = Recorder::new(gpu, encoder, None);
    let binds = [Buffer(0, &uniform), Texture(1, depth.view), Buffer(2, limits)];
    rec.run(&kernel, &binds, [row_groups(size[0] * size[1]), 1, 1]);
    rec.finish();
}
