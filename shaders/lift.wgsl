// Lift, walk: labels of a view to its rows without training: H[row, column] += sum of alpha_i T_i over the pixels that
// carry the column's label (closed-form lifting; FlashSplat, Shen et al. 2024). The same walk as forward's, but what a block
// carries are its few distinct labels instead of all C channels: a round takes LANES of them, and blocks with more are
// walked again. H is summed as whole numbers of 2^-24 in two words, so the order of additions does not matter.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(3) var<storage, read> labels: array<u32>;                   // a factor; then [H, W] label words, or one for all
@group(0) @binding(4) var<storage, read> tile_ranges: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> counters: array<u32>;
@group(0) @binding(6) var<storage, read_write> low: array<atomic<u32>>;        // [logit planes, N, 4]
@group(0) @binding(7) var<storage, read_write> high: array<atomic<u32>>;       // [logit planes, N, 4]
@group(0) @binding(8) var<uniform> lift_: LiftUniforms;

const WHOLE: f32 = 16777216.0;   // 2^24: a block's 64 pixels stay below 2^30

fn add(row: u32, column: u32, sum: f32) {
    let whole = u32(sum * WHOLE + 0.5);
    let at = ((column / 4u) * view.row_capacity + row) * 4u + column % 4u;
    for (var once = whole > 0u; once; once = false) {
        let before = atomicAdd(&low[at], whole);
        for (var carry = before + whole < before; carry; carry = false) { atomicAdd(&high[at], 1u); }
    }
}

@compute @workgroup_size(LANES)
fn lift(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let block = block_of(group.xy, view.tiles.x);
    let range = tile_ranges[block.tile];
    let origin = vec2<f32>(block.first_px + block_pixel(lane, 0u)) + 0.5;
    // Lists that were too short would lift something else: the view is repeated with longer ones.
    let is_whole = counters[COUNT_OVERFLOW] == 0u;

    var label: array<u32, PIXELS_PER_LANE>;    // NO_COLUMN where there is none, or once a round has taken it
    for (var p = 0u; p < PIXELS_PER_LANE; p++) {
        label[p] = select(NO_COLUMN, pixel_column(block, lane, p), is_whole);
    }

    for (var more = true; more; ) {
        // Lane s holds the s-th label of the round.
        var own_column = NO_COLUMN;
        var slot: array<u32, PIXELS_PER_LANE>;
        for (var p = 0u; p < PIXELS_PER_LANE; p++) { slot[p] = NO_COLUMN; }
        var count = 0u;
        for (var s = 0u; s < LANES; s++) {
            var least = NO_COLUMN;
            for (var p = 0u; p < PIXELS_PER_LANE; p++) { least = min(least, label[p]); }
            let pending = lane_ballot(least != NO_COLUMN);
            if (pending.x | pending.y) == 0u { break; }
            let column = lane_shuffle_u32(least, first_lane(pending));
            own_column = select(own_column, column, lane == s);
            for (var p = 0u; p < PIXELS_PER_LANE; p++) {
                slot[p] = select(slot[p], s, label[p] == column);
                label[p] = select(label[p], NO_COLUMN, label[p] == column);
            }
            count = s + 1u;
        }
        more = count == LANES;

        var t: array<f32, PIXELS_PER_LANE>;
        var is_open: array<f32, PIXELS_PER_LANE>;
        for (var p = 0u; p < PIXELS_PER_LANE; p++) { t[p] = 1.0; is_open[p] = select(0.0, 1.0, slot[p] != NO_COLUMN); }
        let end = select(range.x, range.y, count > 0u);
        for (var first = range.x; first < end; first += LANES) {
            let k = first + lane;
            let listed = listed_at(min(k, range.y - 1u));
            let row_ = listed.x & 0x0fffffffu;
            var hits = lane_ballot(k < range.y && ((listed.x >> (28u + block.bit)) & 1u) == 1u);
            let own0 = splats_at(SPLAT_TEXELS * row_);
            let own1 = splats_at(SPLAT_TEXELS * row_ + 1u);
            while (hits.x | hits.y) != 0u {
                let j = first_lane(hits);
                hits = without_first(hits);
                let splat = splat_of_lane(own0, own1, j);
                let row = lane_shuffle_u32(row_, j);
                let alphas = splat_alphas(origin - splat.mean, splat.conic, splat.opacity, lane);
                var weight: array<f32, PIXELS_PER_LANE>;
                for (var p = 0u; p < PIXELS_PER_LANE; p++) {
                    let on = passed(alphas[p], t[p], is_open[p]);
                    weight[p] = on.weight;
                    t[p] = on.t;
                    is_open[p] = on.is_open;
                }
                for (var s = 0u; s < count; s++) {
                    let column = lane_shuffle_u32(own_column, s);
                    var own = 0.0;
                    for (var p = 0u; p < PIXELS_PER_LANE; p++) { own += select(0.0, weight[p], slot[p] == s); }
                    let sum = lane_sum(own);
                    for (var once = lane == 0u; once; once = false) { add(row, column, sum); }
                }
            }
            var open = 0.0;
            for (var p = 0u; p < PIXELS_PER_LANE; p++) { open += is_open[p]; }
            let still = lane_ballot(open > 0.0);
            if (still.x | still.y) == 0u { break; }
        }
    }
}
