// Stage Sort, part 3: from depth-ordered rows to tile lists. Rows emit their tile entries in depth order, so a stable sort
// by tile alone leaves every tile's list in depth order.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(2) var<storage, read_write> counters: array<u32>;
@group(0) @binding(3) var<storage, read> order: array<u32>;                  // [N] row of the v-th nearest splat
@group(0) @binding(4) var<storage, read_write> starts: array<vec2<u32>>;     // [N] in depth order: entries, hits (counts, then their prefix sums)
@group(0) @binding(5) var<storage, read_write> keys: array<u32>;             // [I] tile
@group(0) @binding(6) var<storage, read_write> entries: array<vec2<u32>>;    // [I] row | block mask << 28, first hit
@group(0) @binding(7) var<storage, read_write> row_hits: array<vec2<u32>>;   // [N] first hit, hits
@group(0) @binding(8) var<storage, read> needs: array<vec2<u32>>;            // [N] by row
@group(0) @binding(9) var<storage, read_write> tile_ranges: array<vec2<u32>>; // [T] first, end

@compute @workgroup_size(ROW_GROUP)
fn ordered_needs(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < counters[COUNT_ROWS]; once; once = false) {
        starts[id.x] = needs[order[id.x]];
    }
}

// What does not fit is noticed here: the flag is sticky, and a step that sees it changes no row.
@compute @workgroup_size(1)
fn limits() {
    let entries_needed = counters[COUNT_ENTRIES_NEEDED];
    let hits_needed = counters[COUNT_HITS_NEEDED];
    counters[COUNT_ENTRIES] = min(entries_needed, view.entry_capacity);
    counters[COUNT_HITS] = min(hits_needed, view.hit_capacity);
    if entries_needed > view.entry_capacity || hits_needed > view.hit_capacity { counters[COUNT_OVERFLOW] = 1u; }
}

@compute @workgroup_size(ROW_GROUP)
fn emit(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < counters[COUNT_ROWS]; once; once = false) {
        let row = order[id.x];
        let t0 = splats_at(SPLAT_TEXELS * row);
        let t1 = splats_at(SPLAT_TEXELS * row + 1u);
        let e = Ellipse(t0.xy, vec3<f32>(t0.zw, t1.x), t1.w);
        let visible = t1.y > 0.0;
        let span = select(vec2<i32>(1, 0), tile_rows(e, view.size_px), visible);
        let start = starts[id.x];
        var at = start.x;
        var hit = start.y;
        for (var tile_row = span.x; tile_row <= span.y; tile_row++) {
            let s = tile_row_spans(e, tile_row, view.size_px);
            for (var tile = s.tiles.x; tile <= s.tiles.y; tile++) {
                let left = 2 * tile;
                let mask = select(0u, 1u, left >= s.upper.x && left <= s.upper.y)
                    | select(0u, 2u, left + 1 >= s.upper.x && left + 1 <= s.upper.y)
                    | select(0u, 4u, left >= s.lower.x && left <= s.lower.y)
                    | select(0u, 8u, left + 1 >= s.lower.x && left + 1 <= s.lower.y);
                if at < view.entry_capacity {
                    keys[at] = u32(tile_row) * view.tiles.x + u32(tile);
                    entries[at] = vec2<u32>(row | (mask << 28u), hit);
                }
                at += 1u;
                hit += countOneBits(mask);
            }
        }
        row_hits[row] = vec2<u32>(start.y, hit - start.y);
    }
}

// The first entry whose tile is not before `tile`: where a tile's list begins, and where the list of the one before it ends.
fn first_of(tile: u32, count: u32) -> u32 {
    var low = 0u;
    var high = count;
    while low < high {
        let middle = (low + high) / 2u;
        let is_before = keys[middle] < tile;
        low = select(low, middle + 1u, is_before);
        high = select(middle, high, is_before);
    }
    return low;
}

// `keys` holds the tiles of the sorted entries here.
@compute @workgroup_size(ROW_GROUP)
fn ranges(@builtin(global_invocation_id) id: vec3<u32>) {
    let tile = id.x;
    for (var once = tile < min(view.tiles.x * view.tiles.y, arrayLength(&tile_ranges)); once; once = false) {
        let count = counters[COUNT_ENTRIES];
        tile_ranges[tile] = vec2<u32>(first_of(tile, count), first_of(tile + 1u, count));
    }
}
