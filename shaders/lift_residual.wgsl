// Lift, residual walk: how far a lifted cloud is from the labels where classes meet: G[row, column] += sum of alpha_i T_i
// ([label = column] - pi_column), pi the softmax of the blended logits among the labels of the pixel's own block. Blocks of one
// label have nobody to compete with and add nothing. Two walks of lift's shape: the first blends, the second shares out. G is
// summed in whole numbers of 2^-8 pixels, so the order of additions does not matter.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(3) var<storage, read> labels: array<u32>;                   // a factor; then [H, W] label words, or one for all
@group(0) @binding(4) var<storage, read> tile_ranges: array<vec2<u32>>;
@group(0) @binding(5) var<storage, read> counters: array<u32>;
@group(0) @binding(6) var<storage, read_write> residual: array<atomic<i32>>;   // [logit planes, N, 4]
@group(0) @binding(7) var<storage, read_write> tally: array<atomic<u32>>;      // pixels that were contested; that were contradicted
@group(0) @binding(8) var<uniform> lift_: LiftUniforms;

const WHOLE: f32 = 256.0;
const RIVALS: u32 = 4u;   // labels of a block that compete; pixels of further ones stay as lifted

fn add(row: u32, column: u32, sum: f32) {
    let whole = i32(round(sum * WHOLE));
    let at = ((column / 4u) * view.row_capacity + row) * 4u + column % 4u;
    for (var once = whole != 0; once; once = false) { atomicAdd(&residual[at], whole); }
}

// Of a row in the competing columns.
fn rival_logits(row: u32, columns: vec4<u32>) -> vec4<f32> {
    let first = lift_.first_plane * view.row_capacity + row;
    var value: vec4<f32>;
    for (var s = 0u; s < RIVALS; s++) {
        let column = min(columns[s], lift_.channels - 1u);
        value[s] = rows_at(first + (column / 4u) * view.row_capacity)[column % 4u];
    }
    return value;
}

@compute @workgroup_size(LANES)
fn lift_residual(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let block = block_of(group.xy, view.tiles.x);
    let range = tile_ranges[block.tile];
    let origin = vec2<f32>(block.first_px + block_pixel(lane, 0u)) + 0.5;
    let is_whole = counters[COUNT_OVERFLOW] == 0u;

    var label: array<u32, PIXELS_PER_LANE>;
    var slot: array<u32, PIXELS_PER_LANE>;     // which of the block's rivals a pixel carries
    for (var p = 0u; p < PIXELS_PER_LANE; p++) {
        label[p] = select(NO_COLUMN, pixel_column(block, lane, p), is_whole);
        slot[p] = NO_COLUMN;
    }
    var columns = vec4<u32>(NO_COLUMN);
    var count = 0u;
    for (var s = 0u; s < RIVALS; s++) {
        var least = f32(NO_COLUMN);
        for (var p = 0u; p < PIXELS_PER_LANE; p++) { least = min(least, f32(label[p])); }
        for (var bit = 1u; bit < LANES; bit *= 2u) { least = min(least, lane_exchange(least, bit)); }
        let column = u32(least);
        if column == NO_COLUMN { break; }
        columns[s] = column;
        for (var p = 0u; p < PIXELS_PER_LANE; p++) {
            slot[p] = select(slot[p], s, label[p] == column);
            label[p] = select(label[p], NO_COLUMN, label[p] == column);
        }
        count = s + 1u;
    }
    let is_rival = vec4<u32>(0u, 1u, 2u, 3u) < vec4<u32>(count);

    var blended: array<vec4<f32>, PIXELS_PER_LANE>;   // in the second walk: [label = column] - pi_column
    for (var p = 0u; p < PIXELS_PER_LANE; p++) { blended[p] = vec4<f32>(0.0); }
    let end = select(range.x, range.y, count > 1u);
    for (var walk = 0u; walk < 2u; walk++) {
        var t: array<f32, PIXELS_PER_LANE>;
        var is_open: array<f32, PIXELS_PER_LANE>;
        for (var p = 0u; p < PIXELS_PER_LANE; p++) { t[p] = 1.0; is_open[p] = select(0.0, 1.0, slot[p] != NO_COLUMN); }
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
                for (var once = walk == 0u; once; once = false) {
                    let logits = rival_logits(row, columns);
                    for (var p = 0u; p < PIXELS_PER_LANE; p++) { blended[p] += weight[p] * logits; }
                }
                for (var once = walk == 1u; once; once = false) {
                    var own = vec4<f32>(0.0);
                    for (var p = 0u; p < PIXELS_PER_LANE; p++) { own += weight[p] * blended[p]; }
                    for (var s = 0u; s < count; s++) {
                        let sum = lane_sum(own[s]);
                        for (var first_only = lane == 0u; first_only; first_only = false) { add(row, columns[s], sum); }
                    }
                }
            }
            var open = 0.0;
            for (var p = 0u; p < PIXELS_PER_LANE; p++) { open += is_open[p]; }
            let still = lane_ballot(open > 0.0);
            if (still.x | still.y) == 0u { break; }
        }
        for (var once = walk == 0u && count > 1u; once; once = false) {
            var contested = 0.0;
            var contradicted = 0.0;
            for (var p = 0u; p < PIXELS_PER_LANE; p++) {
                let covered = 1.0 - t[p];
                let shown = select(vec4<f32>(-3.4e38), blended[p] / max(covered, 1e-4), is_rival);
                let top = max(max(shown.x, shown.y), max(shown.z, shown.w));
                let power = exp(shown - top);
                let own = vec4<u32>(slot[p]) == vec4<u32>(0u, 1u, 2u, 3u);
                let counts = slot[p] != NO_COLUMN && covered >= 1e-4;
                let error = select(vec4<f32>(0.0), vec4<f32>(1.0), own) - power / dot(power, vec4<f32>(1.0));
                blended[p] = select(vec4<f32>(0.0), error, counts);
                contested += select(0.0, 1.0, counts);
                contradicted += select(0.0, 1.0, counts && !any(own & (shown == vec4<f32>(top))));
            }
            let sums = vec2<f32>(lane_sum(contested), lane_sum(contradicted));
            for (var first_only = lane == 0u; first_only; first_only = false) {
                atomicAdd(&tally[0], u32(sums.x));
                atomicAdd(&tally[1], u32(sums.y));
            }
        }
    }
}
