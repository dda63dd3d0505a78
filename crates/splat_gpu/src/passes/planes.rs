//! Stage Optimise, planes: Gaussians of a flat class are drawn to the planes of that class.

use super::row_groups;
use crate::gpu::Gpu;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::{Recorder, RowBuffers, TrainingBuffers};
use splat_core::Stage;
use splat_core::settings::PlaneSettings;
use splat_shaders::layout::{ClassPlane, PlaneUniforms};
use splat_shaders::table;

/// The planes of a scene.
pub struct PlaneBuffer {
    planes: wgpu::Buffer,
    count: u32,
    /// Scene extent, world units: what the settings' lengths are shares of.
    extent: f32,
}

impl PlaneBuffer {
    /// Uploads planes of a scene of this extent (world units). There must be one at least.
    pub fn new(gpu: &Gpu, planes: &[splat_core::ClassPlane], extent: f32) -> Self {
        let crossing = |p: &splat_core::ClassPlane| ClassPlane {
            normal: p.normal.to_array(),
            offset: p.offset,
            side0: p.sides[0].to_array(),
            middle0: p.middle.x,
            side1: p.sides[1].to_array(),
            middle1: p.middle.y,
            half: p.half.to_array(),
            column: p.column as u32,
            pad0: 0,
        };
        let crossing: Vec<ClassPlane> = planes.iter().map(crossing).collect();
        Self { planes: gpu.storage("class planes", &crossing), count: planes.len() as u32, extent }
    }
}

/// Records the pull of one step: adds its gradient to that of means, scales and rotations in `d_rows`. Before Adam.
pub fn record(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    planes: &PlaneBuffer,
    settings: &PlaneSettings,
) {
    rec.stage(Stage::Optimise);
    let uniforms = PlaneUniforms {
        row_capacity: rows.capacity,
        first_plane: rows.layout.first_logit_plane(),
        channels: rows.layout.channels,
        class_planes: planes.count,
        weight: settings.weight,
        width: settings.width * planes.extent,
        reach: settings.reach * planes.extent,
        pad0: 0,
    };
    let uniform = rec.gpu.uniform("planes", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Mirror(1, &rows.rows),
        Buffer(2, &rows.counters),
        Buffer(3, &planes.planes),
        Buffer(4, &training.d_rows.buffer),
    ];
    let kernel = rec.gpu.kernel(&table::OPTIMISE_PLANES, "pull_to_planes", rec.gpu.shape);
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}
