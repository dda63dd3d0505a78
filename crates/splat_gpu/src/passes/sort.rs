//! Stage Sort: depth order of rows, then tile lists that inherit it.
//!
//! N depth keys are sorted in four stable 8-bit passes; rows then emit their tile entries in that order, and one or two
//! stable passes over the tile number finish the lists (how many, `Radix` says), whose ends are then found by halving. Intersections are never sorted by depth.

use super::row_groups;
use crate::radix::Digits;
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
    let by_depth =
        Keys { keys: lists.depth_keys.each_ref(), count_slot: COUNT_ROWS, most: n, digits: Digits::of_bits(32) };
    let ordered = radix_sort(rec, rows, lists, &by_depth, Load::Values(lists.depth_rows.each_ref()));
    let order = &lists.depth_rows[ordered];

    // Emitted where the last pass of sorting by tile leaves them in `listed`.
    let digits = rec.gpu.radix.digits_below(tiles);
    let (first, second) = match digits.passes % 2 {
        0 => (&lists.listed.buffer, &lists.entries),
        _ => (&lists.entries, &lists.listed.buffer),
    };
    let kernel = |entry| rec.gpu.kernel(&table::SORT_LISTS, entry, rec.gpu.shape);
    let (needs, limits, emit, ranges) = (kernel("ordered_needs"), kernel("limits"), kernel("emit"), kernel("ranges"));
    let binds = |keys| {
        [
            Buffer(0, view),
            Mirror(1, &lists.splats),
            Buffer(2, &rows.counters),
            Buffer(3, order),
            Buffer(4, &lists.starts),
            Buffer(5, keys),
            Buffer(6, first),
            Buffer(7, &lists.row_hits),
            Buffer(8, &lists.needs),
            Buffer(9, &lists.tile_ranges),
        ]
    };
    let emitted = binds(&lists.keys[0]);
    rec.run(&needs, &emitted, [row_groups(n), 1, 1]);
    scan(rec, rows, lists, &lists.starts, Column { stride: 2, offset: 0, total: COUNT_ENTRIES_NEEDED }, n);
    scan(rec, rows, lists, &lists.starts, Column { stride: 2, offset: 1, total: COUNT_HITS_NEEDED }, n);
    rec.run(&limits, &emitted, [1, 1, 1]);
    rec.run(&emit, &emitted, [row_groups(n), 1, 1]);

    let most = lists.entry_capacity;
    let by_tile = Keys { keys: lists.keys.each_ref(), count_slot: COUNT_ENTRIES, most, digits };
    let sorted = radix_sort(rec, rows, lists, &by_tile, Load::Entries([first, second]));
    rec.run(&ranges, &binds(&lists.keys[sorted]), [row_groups(tiles), 1, 1]);
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
        bins: 0,
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

/// Keys, two buffers of them, and how many there are.
struct Keys<'a> {
    keys: [&'a wgpu::Buffer; 2],
    count_slot: u32,
    most: u32,
    digits: Digits,
}

/// What goes with the keys.
enum Load<'a> {
    /// A word each.
    Values([&'a wgpu::Buffer; 2]),
    /// A tile entry each.
    Entries([&'a wgpu::Buffer; 2]),
}

/// Sorts keys, and what goes with them, by their digits. Returns which of the two buffers holds the result.
fn radix_sort(rec: &mut Recorder, rows: &RowBuffers, lists: &ListBuffers, keys: &Keys, load: Load) -> usize {
    let Digits { passes, bits, bins } = keys.digits;
    let per_lane = rec.gpu.radix.run(bins);
    let lanes = keys.most.div_ceil(per_lane);
    let (entry, [read, written], loads) = match load {
        Load::Values(buffers) => ("radix_scatter", [3, 6], buffers),
        Load::Entries(buffers) => ("radix_scatter_entries", [7, 8], buffers),
    };
    let count = rec.gpu.kernel(&table::SORT_RADIX, "radix_count", rec.gpu.shape);
    let scatter = rec.gpu.kernel(&table::SORT_RADIX, entry, rec.gpu.shape);
    let mut from = 0;
    for shift in (0..passes).map(|pass| pass * bits) {
        let uniforms = SortUniforms {
            count_slot: keys.count_slot,
            per_lane,
            shift,
            total_slot: 0,
            radix_per_lane: 0,
            stride: 1,
            offset: 0,
            bins,
        };
        let uniform = rec.gpu.uniform("radix", &uniforms);
        let to = 1 - from;
        let binds = [
            Buffer(0, &uniform),
            Buffer(1, &rows.counters),
            Buffer(2, keys.keys[from]),
            Buffer(4, &lists.histogram),
            Buffer(5, keys.keys[to]),
            Buffer(read, loads[from]),
            Buffer(written, loads[to]),
        ];
        rec.run(&count, &binds, [lanes.div_ceil(LANE_GROUP), 1, 1]);
        let histogram = SortUniforms {
            per_lane: rec.gpu.scan_per_lane,
            total_slot: NO_COUNTER,
            radix_per_lane: per_lane,
            ..uniforms
        };
        record_scan(rec, rows, lists, &lists.histogram, &histogram, bins * lanes);
        rec.run(&scatter, &binds, [lanes.div_ceil(LANE_GROUP), 1, 1]);
        from = to;
    }
    from
}
