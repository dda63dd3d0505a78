// Stage Densify: decides per row (prune, keep, clone, split), builds the row map, and gathers every column through it.
// Where more rows want to grow than may, the allowance is spread evenly over the candidates: the same rows every time.

@group(0) @binding(0) var<uniform> densify: DensifyUniforms;
@group(0) @binding(1) var<storage, read_write> counters: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<vec4<f32>>;             // [planes, N]
@group(0) @binding(3) var<storage, read_write> growth: array<vec2<f32>>;     // [N]
@group(0) @binding(4) var<storage, read_write> decisions: array<vec2<u32>>;  // [N] kept, candidate (counts, then prefix sums)
@group(0) @binding(5) var<storage, read_write> fates: array<u32>;            // [N] FATE_*
@group(0) @binding(6) var<storage, read_write> row_map: array<u32>;          // [N'] parent | SOURCE_* << 30
@group(0) @binding(7) var<storage, read_write> offsets: array<u32>;          // [N] new rows of a row, then their prefix sum

const FATE_PRUNE: u32 = 0u;
const FATE_KEEP: u32 = 1u;
const FATE_CLONE: u32 = 2u;
const FATE_SPLIT: u32 = 3u;
// Too large to stay as it is: splits, or goes where it may not grow.
const FATE_SPLIT_OR_PRUNE: u32 = 4u;
const SOURCE_KEEP: u32 = 0u;
const SOURCE_CLONE: u32 = 1u;
const SOURCE_SPLIT: u32 = 2u;

@compute @workgroup_size(ROW_GROUP)
fn densify_decide(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let p0 = rows[row];
        let p1 = rows[densify.row_capacity + row];
        let p2 = rows[2u * densify.row_capacity + row];
        let scale = exp(max(max(p1.x, p1.y), p1.z));
        let opacity = 1.0 / (1.0 + exp(-p0.w));
        let g = growth[row];
        var sane = dot(p2, p2) > 1e-20;
        let planes = min(densify.planes, arrayLength(&rows));
        for (var plane = 0u; plane < planes; plane++) {
            sane = sane && is_finite4(rows[plane * densify.row_capacity + row]);
        }
        let grows = g.x > densify.gradient_threshold * max(g.y, 1.0);
        let splits = grows && scale > densify.clone_scale;
        // A row that splits is judged by its children's size.
        let size = select(scale, scale / 1.6, splits);
        let stays = sane && opacity >= densify.prune_opacity && size <= densify.prune_scale;
        let wants = stays && grows;
        let split = select(FATE_SPLIT, FATE_SPLIT_OR_PRUNE, scale > densify.prune_scale);
        let fate = select(FATE_KEEP, select(FATE_CLONE, split, splits), wants);
        fates[row] = select(FATE_PRUNE, fate, stays);
        decisions[row] = vec2<u32>(select(0u, 1u, stays), select(0u, 1u, wants));
    }
}

// floor(rank * allowed / candidates), exactly: an estimate in f32, mended by its remainder, which is small and so right
// even where the products wrap.
fn granted(rank: u32, allowed: u32, candidates: u32) -> u32 {
    let n = max(candidates, 1u);
    let estimate = u32(f32(rank) * (f32(allowed) / f32(n)));
    let remainder = i32(rank * allowed - estimate * n);
    return select(select(estimate, estimate + 1u, remainder >= i32(n)), estimate - 1u, remainder < 0);
}

// After the prefix sums of `decisions`: who of the candidates may grow, and how many rows each row becomes.
@compute @workgroup_size(ROW_GROUP)
fn densify_allow(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let kept = counters[COUNT_KEPT];
        let candidates = counters[COUNT_CANDIDATES];
        let room = select(0u, densify.row_limit - kept, densify.row_limit > kept);
        let allowed = min(candidates, room);
        let rank = decisions[row].y;
        let grows = granted(rank + 1u, allowed, candidates) > granted(rank, allowed, candidates);
        let fate = fates[row];
        let grown = min(fate, FATE_SPLIT);
        let denied = select(FATE_KEEP, FATE_PRUNE, fate == FATE_SPLIT_OR_PRUNE);
        let final_ = select(grown, denied, fate >= FATE_CLONE && !grows);
        fates[row] = final_;
        offsets[row] = select(select(1u, 2u, final_ >= FATE_CLONE), 0u, final_ == FATE_PRUNE);
    }
}

@compute @workgroup_size(ROW_GROUP)
fn densify_map(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let at = offsets[row];
        let fate = fates[row];
        if fate == FATE_KEEP { row_map[at] = row; }
        if fate == FATE_CLONE { row_map[at] = row; row_map[at + 1u] = row | (SOURCE_CLONE << 30u); }
        if fate == FATE_SPLIT {
            row_map[at] = row | (SOURCE_SPLIT << 30u);
            row_map[at + 1u] = row | (SOURCE_SPLIT << 30u);
        }
    }
}

@compute @workgroup_size(1)
fn densify_commit() {
    counters[COUNT_ROWS_BEFORE] = counters[COUNT_ROWS];
    counters[COUNT_ROWS] = counters[COUNT_ROWS_AFTER];
}
