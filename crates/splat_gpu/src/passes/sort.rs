//! Stage Sort: depth order of rows, then tile lists that inherit it.
//!
//! N depth keys are sorted in four stable 8-bit passes; rows then emit their tile entries in that order, and one or two
//! stable passes over the tile number finish the lists. Intersections are never sorted by depth.

use super::row_groups;
use crate::recorder::Bind::{Buffer, Mirror};
use crate::{ListBuffers, Recorder, RowBuffers};
use splat_core::Stage;
use splat_shaders::layout::{
    COUNT_ENTRIES, COUNT_ENTRIES_NEEDED, COUNT_HITS_NEEDED, COUNT_ROWS, NO_COUNTER, SortUniforms,
};
use splat_shaders::table;

/// Lanes per workgroup of the lane-serial kernels.
const LANE_GROUP: u32 = 32;

/// Records the stage for an image of `tiles` tiles.
pub fn record(rec: &mut Recorder, rows: &RowBuffers, lists: &ListBuffers, view: &wgpu::Buffer, tiles: u32) {
    rec.stage(Stage::Sort);
    let n = rows.upper_bound;
    let depth = [(&lists.depth_keys[0], &lists.depth_rows[0]), (&lists.depth_keys[1], &lists.depth_rows[1])];
    let order = radix_sort(rec, rows, lists, depth, COUNT_ROWS, n, 32);

    let kernel = |entry| rec.gpu.kernel(&table::SORT_LISTS, entry, rec.gpu.shape);
    let (needs, limits, emit, finish) = (kernel("ordered_needs"), kernel("limits"), kernel("emit"), kernel("finish"));
    let binds = |order, keys, values| {
        [
            Buffer(0, view),
            Mirror(1, &lists.splats),
            Buffer(2, &rows.counters),
            Buffer(3, order),
            Buffer(4, &lists.starts),
            Buffer(5, keys),
            Buffer(6, values),
            Buffer(7, &lists.entries),
            Buffer(8, &lists.row_hits),
            Buffer(9, &lists.needs),
            Buffer(10, &lists.listed.buffer),
            Buffer(11, &lists.tile_ranges),
        ]
    };
    let by_depth = binds(depth[order].1, &lists.keys[0], &lists.values[0]);
    rec.run(&needs, &by_depth, [row_groups(n), 1, 1]);
    scan(rec, rows, lists, &lists.starts, Column { stride: 2, offset: 0, total: COUNT_ENTRIES_NEEDED }, n);
    scan(rec, rows, lists, &lists.starts, Column { stride: 2, offset: 1, total: COUNT_HITS_NEEDED }, n);
    rec.run(&limits, &by_depth, [1, 1, 1]);
    rec.run(&emit, &by_depth, [row_groups(n), 1, 1]);

    let bits = 32 - (tiles.max(2) - 1).leading_zeros();
    let entries = [(&lists.keys[0], &lists.values[0]), (&lists.keys[1], &lists.values[1])];
    let sorted = radix_sort(rec, rows, lists, entries, COUNT_ENTRIES, lists.entry_capacity, bits);
    rec.clear(&lists.tile_ranges, 8 * tiles as u64);
    let by_tile = binds(entries[sorted].1, entries[sorted].0, entries[1 - sorted].1);
    rec.run(&finish, &by_tile, [row_groups(lists.entry_capacity), 1, 1]);
    rec.sync(&lists.listed, lists.entry_capacity as u64);
}

/// A column inside a buffer and the counter that takes its sum.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    pub stride: u32,
    pub offset: u32,
    pub total: u32,
}

/// Exclusive prefix sum in place over the live rows' values; `most` rows at most.
pub(crate) fn scan(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    data: &wgpu::Buffer,
    column: Column,
    most: u32,
) {
    let Column { stride, offset, total } = column;
    let uniforms = SortUniforms {
        count_slot: COUNT_ROWS,
        per_lane: rec.gpu.scan_per_lane,
        shift: 0,
        total_slot: total,
        radix_per_lane: 0,
        stride,
        offset,
        pad: 0,
    };
    record_scan(rec, rows, lists, data, &uniforms, most);
}

fn record_scan(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    data: &wgpu::Buffer,
    uniforms: &SortUniforms,
    most: u32,
) {
    let uniform = rec.gpu.uniform("scan", uniforms);
    let binds = [Buffer(0, &uniform), Buffer(1, &rows.counters), Buffer(2, data), Buffer(3, &lists.sums)];
    let lanes = most.div_ceil(uniforms.per_lane).div_ceil(LANE_GROUP);
    for (entry, groups) in [("scan_sums", lanes), ("scan_totals", 1), ("scan_apply", lanes)] {
        let kernel = rec.gpu.kernel(&table::SORT_SCAN, entry, rec.gpu.shape);
        rec.run(&kernel, &binds, [groups, 1, 1]);
    }
}

/// Sorts (key, value) pairs by the lowest `bits` of the key. Returns which of the two buffer pairs holds the result.
fn radix_sort(
    rec: &mut Recorder,
    rows: &RowBuffers,
    lists: &ListBuffers,
    pairs: [(&wgpu::Buffer, &wgpu::Buffer); 2],
    count_slot: u32,
    most: u32,
    bits: u32,
) -> usize {
    let per_lane = rec.gpu.radix_per_lane;
    let lanes = most.div_ceil(per_lane);
    let count = rec.gpu.kernel(&table::SORT_RADIX, "radix_count", rec.gpu.shape);
    let scatter = rec.gpu.kernel(&table::SORT_RADIX, "radix_scatter", rec.gpu.shape);
    let mut from = 0;
    for shift in (0..bits).step_by(8) {
        let uniforms = SortUniforms {
            count_slot,
            per_lane,
            shift,
            total_slot: 0,
            radix_per_lane: 0,
            stride: 1,
            offset: 0,
            pad: 0,
        };
        let uniform = rec.gpu.uniform("radix", &uniforms);
        let to = 1 - from;
        let binds = [
            Buffer(0, &uniform),
            Buffer(1, &rows.counters),
            Buffer(2, pairs[from].0),
            Buffer(3, pairs[from].1),
            Buffer(4, &lists.histogram),
            Buffer(5, pairs[to].0),
            Buffer(6, pairs[to].1),
        ];
        rec.run(&count, &binds, [lanes.div_ceil(LANE_GROUP), 1, 1]);
        let histogram = SortUniforms {
            per_lane: rec.gpu.scan_per_lane,
            total_slot: NO_COUNTER,
            radix_per_lane: per_lane,
            ..uniforms
        };
        record_scan(rec, rows, lists, &lists.histogram, &histogram, 256 * lanes);
        rec.run(&scatter, &binds, [lanes.div_ceil(LANE_GROUP), 1, 1]);
        from = to;
    }
    from
}
