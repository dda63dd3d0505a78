//! Stage Project: rows and a view to 2D splats, depth keys and the lists' needs.

use super::row_groups;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::{ListBuffers, Recorder, RowBuffers};
use splat_core::Stage;
use splat_shaders::layout::SPLAT_TEXELS;
use splat_shaders::{Shape, table};

/// Records the stage. `view` holds `ViewUniforms`.
pub fn record(rec: &mut Recorder, rows: &RowBuffers, lists: &ListBuffers, view: &wgpu::Buffer) {
    record_part(rec, rows, lists, view);
    record_sync(rec, lists, rows.upper_bound);
}

/// Records one cloud of several that share the lists; [`record_sync`] follows the last one.
pub fn record_part(rec: &mut Recorder, rows: &RowBuffers, lists: &ListBuffers, view: &wgpu::Buffer) {
    rec.stage(Stage::Project);
    let shape = Shape { sh_degree: rows.layout.sh_degree as u32, ..rec.gpu.shape };
    let kernel = rec.gpu.kernel(&table::PROJECT, "project", shape);
    let binds = [
        Buffer(0, view),
        Mirror(1, &rows.rows),
        Buffer(2, &rows.counters),
        Buffer(3, &lists.splats.buffer),
        Buffer(4, &lists.depth_keys[0]),
        Buffer(5, &lists.depth_rows[0]),
        Buffer(6, &lists.needs),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), 1, 1]);
}

/// Records what makes the splats of the first `rows` rows of the lists readable for the walks.
pub fn record_sync(rec: &mut Recorder, lists: &ListBuffers, rows: u32) {
    rec.sync(&lists.splats, rows as u64 * SPLAT_TEXELS as u64);
}
