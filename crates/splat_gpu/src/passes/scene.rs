//! What a picture of a whole scene needs beside the stages: clouds under common classes, and depths where meshes hide splats.

use super::row_groups;
use crate::mirror::Mirror;
use crate::recorder::Bind::{Buffer, Mirror as Mirrored, Texture};
use crate::{Gpu, Recorder, RowBuffers};
use splat_core::Objective;
use splat_shaders::layout::{LimitUniforms, NO_COUNTER, SharedChannelUniforms, objective_code};
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
