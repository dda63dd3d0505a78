//! Stage Optimise, planes: Gaussians of a class are drawn to the planes of that class.

use super::row_groups;
use crate::gpu::{Gpu, GpuError};
use crate::recorder::Bind::{Buffer, Mirror as Mirrored};
use crate::{Mirror, Recorder, RowBuffers, TrainingBuffers};
use splat_core::settings::PlaneSettings;
use splat_core::{ClassPlane, Stage};
use splat_shaders::layout::{self, PlaneUniforms};
use splat_shaders::table;

/// The planes of a scene.
pub struct PlaneBuffer {
    /// By class column, 4 texels each.
    planes: Mirror,
    /// `[C + 1]` first plane of a class, and the end.
    firsts: wgpu::Buffer,
    /// Distance up to which the pull grows, world units.
    width: f32,
    /// Distance beyond which no plane pulls, world units.
    reach: f32,
}

impl PlaneBuffer {
    /// Uploads planes, one at least, of a scene of this extent (world units) and number of classes.
    pub fn new(
        gpu: &Gpu,
        planes: &[ClassPlane],
        classes: u32,
        extent: f32,
        settings: &PlaneSettings,
    ) -> Result<Self, GpuError> {
        let mut planes = planes.to_vec();
        planes.sort_by_key(|p| p.column);
        let firsts: Vec<u32> =
            (0..=classes).map(|c| planes.partition_point(|p| u32::from(p.column) < c) as u32).collect();
        let crossing = |p: &ClassPlane| layout::ClassPlane {
            normal: p.normal.to_array(),
            offset: p.offset,
            side0: p.sides[0].to_array(),
            middle0: p.middle.x,
            side1: p.sides[1].to_array(),
            middle1: p.middle.y,
            half: p.half.to_array(),
            reach: p.reach,
            strength: p.strength(settings.reach * extent),
        };
        let crossing: Vec<_> = planes.iter().map(crossing).collect();
        Ok(Self {
            planes: Mirror::holding(gpu, "class planes", bytemuck::cast_slice(&crossing))?,
            firsts: gpu.storage("first class planes", &firsts),
            width: settings.width * extent,
            reach: settings.reach * extent,
        })
    }
}

/// Records the pull of one step: adds its gradient to that of means, scales and rotations in `d_rows`. Before Adam.
pub fn record(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers, planes: &PlaneBuffer, weight: f32) {
    rec.stage(Stage::Optimise);
    let uniforms = PlaneUniforms {
        row_capacity: rows.capacity,
        first_plane: rows.layout.first_logit_plane(),
        channels: rows.layout.channels,
        weight,
        width: planes.width,
        reach: planes.reach,
        pad1: 0,
        pad2: 0,
    };
    let uniform = rec.gpu.uniform("planes", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Mirrored(1, &rows.rows),
        Buffer(2, &rows.counters),
        Mirrored(3, &planes.planes),
        Buffer(4, &training.d_rows.buffer),
        Buffer(5, &planes.firsts),
    ];
    let kernel = rec.gpu.kernel(&table::OPTIMISE_PLANES, "pull_to_planes", rec.gpu.shape);
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}
