//! Stage Densify: clone, split, prune and opacity reset on the GPU, all columns through one row map.

use super::optimise::sync_rows;
use super::row_groups;
use super::sort::{Column, scan};
use crate::recorder::Bind::Buffer;
use crate::{ListBuffers, Recorder, RowBuffers, TrainingBuffers};
use splat_core::Stage;
use splat_shaders::layout::{COUNT_CANDIDATES, COUNT_KEPT, COUNT_ROWS_AFTER, DensifyUniforms};
use splat_shaders::table;

/// Thresholds of one densification, in world units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Mean NDC gradient norm above which a row grows.
    pub gradient: f32,
    /// Largest scale that is cloned; larger ones split.
    pub clone_scale: f32,
    /// Opacity under which a row is dropped.
    pub prune_opacity: f32,
    /// Scale above which a row is dropped.
    pub prune_scale: f32,
    /// Rows that may exist afterwards; at most the row capacity.
    pub row_limit: u32,
    /// Seed of the split samples.
    pub seed: u32,
}

/// Records the stage. `lists` lends its scan buffers; afterwards the live row count is known to the GPU only, so
/// `rows.upper_bound` becomes the limit until the host has read it.
pub fn record(
    rec: &mut Recorder,
    rows: &mut RowBuffers,
    training: &TrainingBuffers,
    lists: &ListBuffers,
    thresholds: &Thresholds,
) {
    rec.stage(Stage::Densify);
    let n = rows.upper_bound;
    let limit = thresholds.row_limit.min(rows.capacity);
    let uniform = rec.gpu.uniform(
        "densify",
        &DensifyUniforms {
            gradient_threshold: thresholds.gradient,
            clone_scale: thresholds.clone_scale,
            prune_opacity: thresholds.prune_opacity,
            prune_scale: thresholds.prune_scale,
            row_capacity: rows.capacity,
            planes: rows.layout.planes(),
            row_limit: limit,
            seed: thresholds.seed,
        },
    );
    let binds = [
        Buffer(0, &uniform),
        Buffer(1, &rows.counters),
        Buffer(2, &rows.rows.buffer),
        Buffer(3, &training.growth),
        Buffer(4, &training.decisions),
        Buffer(5, &training.fates),
        Buffer(6, &training.row_map),
        Buffer(7, &training.offsets),
    ];
    let groups = [row_groups(n), 1, 1];
    let kernel = |rec: &Recorder, entry| rec.gpu.kernel(&table::DENSIFY, entry, rec.gpu.shape);
    rec.run(&kernel(rec, "densify_decide"), &binds, groups);
    scan(rec, rows, lists, &training.decisions, Column { stride: 2, offset: 0, total: COUNT_KEPT }, n);
    scan(rec, rows, lists, &training.decisions, Column { stride: 2, offset: 1, total: COUNT_CANDIDATES }, n);
    rec.run(&kernel(rec, "densify_allow"), &binds, groups);
    // Not into COUNT_ROWS at once: the prefix sum itself still goes over the old rows.
    scan(rec, rows, lists, &training.offsets, Column { stride: 1, offset: 0, total: COUNT_ROWS_AFTER }, n);
    rec.run(&kernel(rec, "densify_map"), &binds, groups);
    commit(rec, rows);

    rows.upper_bound = limit.min(2 * n);
    gather(rec, rows, training, &uniform, "gather_rows", &rows.rows.buffer);
    gather_moments(rec, rows, training);
}

/// The rows of the map are the live ones from here on.
pub(super) fn commit(rec: &mut Recorder, rows: &RowBuffers) {
    let kernel = rec.gpu.kernel(&table::DENSIFY, "densify_commit", rec.gpu.shape);
    rec.run(&kernel, &[Buffer(1, &rows.counters)], [1, 1, 1]);
}

/// Moments through the row map, and what else follows rows that have just been gathered: statistics start anew, mirrors are
/// brought up to date.
pub(super) fn gather_moments(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers) {
    let shape = DensifyUniforms { row_capacity: rows.capacity, ..bytemuck::Zeroable::zeroed() };
    let uniform = rec.gpu.uniform("gather", &shape);
    for moment in [&training.moment1.buffer, &training.moment2.buffer] {
        gather(rec, rows, training, &uniform, "gather_moments", moment);
    }
    rec.clear(&training.growth, 8 * rows.capacity as u64);
    sync_rows(rec, rows, training);
}

/// A column through the row map: into scratch (the gradients, which a new step overwrites anyway), then back.
fn gather(
    rec: &mut Recorder,
    rows: &RowBuffers,
    training: &TrainingBuffers,
    uniform: &wgpu::Buffer,
    entry: &'static str,
    column: &wgpu::Buffer,
) {
    let scratch = &training.d_rows.buffer;
    let kernel = rec.gpu.kernel(&table::DENSIFY_GATHER, entry, rec.gpu.shape);
    let binds = [
        Buffer(0, uniform),
        Buffer(1, &rows.counters),
        Buffer(2, column),
        Buffer(3, &training.row_map),
        Buffer(4, scratch),
    ];
    rec.run(&kernel, &binds, [row_groups(rows.upper_bound), rows.layout.planes(), 1]);
    rec.copy((scratch, 0), (column, 0), 16 * rows.elements());
}

/// Records an opacity reset: o to min(o, 0.01), moments of the opacity to zero.
pub fn record_opacity_reset(rec: &mut Recorder, rows: &RowBuffers, training: &TrainingBuffers) {
    rec.stage(Stage::Densify);
    let columns = [
        ("reset_opacity", &rows.rows.buffer),
        ("reset_opacity_moment", &training.moment1.buffer),
        ("reset_opacity_moment", &training.moment2.buffer),
    ];
    for (entry, column) in columns {
        let kernel = rec.gpu.kernel(&table::DENSIFY_GATHER, entry, rec.gpu.shape);
        rec.run(&kernel, &[Buffer(1, &rows.counters), Buffer(4, column)], [row_groups(rows.upper_bound), 1, 1]);
    }
    sync_rows(rec, rows, training);
}
