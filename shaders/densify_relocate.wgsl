// Stage Densify, relocation (3DGS-MCMC): dead rows (nearly transparent ones, and such that are no numbers) go, and rows are
// drawn from the live ones in proportion to opacity until there are as many as wanted. A row that is drawn k times becomes
// k + 1 rows that together look as it did (Eq. 9).
//
// Draws are stratified: of D draws the j-th falls anywhere in the j-th of D equal parts of the summed opacities. So how often
// a row is drawn follows from two prefix sums, in whole numbers: the same rows every time.

@group(0) @binding(0) var<uniform> relocate: RelocateUniforms;
@group(0) @binding(1) var<storage, read_write> counters: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<vec4<f32>>;             // [planes, N]
@group(0) @binding(4) var<storage, read_write> decisions: array<vec2<u32>>;  // [N] weight, live (then prefix sums)
@group(0) @binding(5) var<storage, read_write> fates: array<u32>;            // [N] rows that a row becomes; 0: it is dead
@group(0) @binding(6) var<storage, read_write> row_map: array<u32>;          // [N'] parent | SOURCE_* << 30
@group(0) @binding(7) var<storage, read_write> offsets: array<u32>;          // [N] the same, then their prefix sum

const SOURCE_KEEP: u32 = 0u;
const SOURCE_CLONE: u32 = 1u;

@compute @workgroup_size(ROW_GROUP)
fn relocate_weigh(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let p0 = rows[row];
        let p2 = rows[2u * relocate.row_capacity + row];
        let opacity = sigmoid(p0.w);
        var sane = dot(p2, p2) > 1e-20;
        let planes = min(relocate.planes, arrayLength(&rows));
        for (var plane = 0u; plane < planes; plane++) {
            sane = sane && is_finite4(rows[plane * relocate.row_capacity + row]);
        }
        let is_live = sane && opacity > relocate.dead_opacity;
        let weight = max(u32(opacity * relocate.weight_unit + 0.5), 1u);
        decisions[row] = select(vec2<u32>(0u), vec2<u32>(weight, 1u), is_live);
    }
}

// Draws that fall below `sum` of `total`, of `draws` in all: draw j lies at (j total + random_j) / draws, random_j < total.
fn draws_below(sum: u32, draws: u32, total: u32) -> u32 {
    let n = max(total, 1u);
    // floor(sum draws / total), exactly: an estimate in f32, mended twice by its remainder, which is small and so right even
    // where the products wrap.
    var j = u32(f32(sum) * (f32(draws) / f32(n)));
    var rest = i32(sum * draws - j * n);
    j = select(select(j, j + 1u, rest >= i32(n)), j - 1u, rest < 0);
    rest = i32(sum * draws - j * n);
    j = select(select(j, j + 1u, rest >= i32(n)), j - 1u, rest < 0);
    let left = sum * draws - j * n;
    let random = hash(relocate.seed ^ hash(j + 1u)) % n;
    return j + select(0u, 1u, j < draws && random < left);
}

// After the prefix sums of `decisions`.
@compute @workgroup_size(ROW_GROUP)
fn relocate_share(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let total = counters[COUNT_CANDIDATES];
        let live = counters[COUNT_KEPT];
        let draws = select(0u, relocate.row_target - live, relocate.row_target > live);
        let is_last = row + 1u == counters[COUNT_ROWS];
        let first = decisions[row].x;
        var last = total;
        for (var once_more = !is_last; once_more; once_more = false) { last = decisions[row + 1u].x; }
        let drawn = draws_below(last, draws, total) - draws_below(first, draws, total);
        // Where all are dead there is nobody to move to.
        let becomes = select(select(0u, 1u + drawn, last > first), 1u, total == 0u);
        fates[row] = becomes;
        offsets[row] = becomes;
    }
}

@compute @workgroup_size(ROW_GROUP)
fn relocate_map(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let at = offsets[row];
        let becomes = fates[row];
        let source = row | (select(SOURCE_KEEP, SOURCE_CLONE, becomes > 1u) << 30u);
        for (var i = 0u; i < becomes; i++) { row_map[at + i] = source; }
    }
}
