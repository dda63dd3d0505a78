//! Stage Optimise, planes: Gaussians of a class are drawn to the planes of that class.

use super::row_groups;
use crate::gpu::{Gpu, GpuError};
use crate::plane_grid::PlaneGrid;
use crate::recorder::Bind::{Buffer, Mirror as Mirrored};
use crate::{Mirror, Recorder, RowBuffers, TrainingBuffers};
use splat_core::settings::PlaneSettings;
use splat_core::{ClassPlane, Stage};
use splat_shaders::layout::{self, PlaneUniforms};
use splat_shaders::table::{self, MirrorKind};

/// Sides of the grid's cells, as a share of the furthest reach.
const CELL_SHARE: f32 = 0.5;

/// The planes of a scene.
pub struct PlaneBuffer {
    /// 4 texels each.
    planes: Mirror,
    grid: PlaneGrid,
    /// `[cells + 1]` first entry of a cell, and the end.
    firsts: wgpu::Buffer,
    /// Plane and its class column.
    entries: Mirror,
    /// Distance up to which the pull grows, world units.
    width: f32,
}

impl PlaneBuffer {
    /// Uploads planes, one at least, of a scene of this extent (world units).
    pub fn new(gpu: &Gpu, planes: &[ClassPlane], extent: f32, settings: &PlaneSettings) -> Result<Self, GpuError> {
        let most = settings.reach * extent;
        let crossing = |p: &ClassPlane| layout::ClassPlane {
            normal: p.normal.to_array(),
            offset: p.offset,
            side0: p.sides[0].to_array(),
            middle0: p.middle.x,
            side1: p.sides[1].to_array(),
            middle1: p.middle.y,
            half: p.half.to_array(),
            reach: p.reach,
            strength: p.strength(most),
        };
        let crossing: Vec<_> = planes.iter().map(crossing).collect();
        let grid = PlaneGrid::new(planes, CELL_SHARE * most);
        let entries = bytemuck::cast_slice(&grid.entries);
        Ok(Self {
            planes: Mirror::holding(gpu, "class planes", bytemuck::cast_slice(&crossing), MirrorKind::F32x4)?,
            firsts: gpu.storage("first class planes", &grid.firsts),
            entries: Mirror::holding(gpu, "class planes by place", entries, MirrorKind::U32x2)?,
            grid,
            width: settings.width * extent,
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
        cell: planes.grid.cell,
        pad0: 0,
        pad1: 0,
        low: planes.grid.low.to_array(),
        pad2: 0,
        cells: planes.grid.counts.to_array(),
        pad3: 0,
    };
    let uniform = rec.gpu.uniform("planes", &uniforms);
    let binds = [
        Buffer(0, &uniform),
        Mirrored(1, &rows.rows),
        Buffer(2, &rows.counters),
        Mirrored(3, &planes.planes),
        Buffer(4, &training.d_rows.buffer),
        Buffer(5, &planes.firsts),
        Mirrored(6, &planes.entries),
    ];
    let kernel = rec.gpu.kernel(&table::OPTIMISE_PLANES, "pull_to_planes", rec.gpu.shape);
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}
