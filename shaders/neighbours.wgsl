// Neighbours: rows sampled without replacement, and for each its nearest other rows by distance of means. Brute force over
// evenly spaced candidates, in slices that are merged in order: the same rows every time. Everything follows from the seed
// and the live count, which only the GPU knows.

@group(0) @binding(0) var<uniform> neighbours: NeighbourUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read_write> found: array<vec2<u32>>;    // [slices, samples, NEIGHBOURS] row, bits of the squared distance
@group(0) @binding(4) var<storage, read_write> nearest: array<u32>;        // [samples, 1 + NEIGHBOURS] the sample, then others by distance

const FAR: f32 = 3.4e38;

fn candidates() -> u32 { return min(counters[COUNT_ROWS], neighbours.most); }

// Evenly spaced rows, turned by a random number.
fn row_of_candidate(j: u32) -> u32 {
    let n = max(counters[COUNT_ROWS], 1u);
    let stride = max(n / max(candidates(), 1u), 1u);
    return (j * stride + hash(neighbours.seed) % n) % n;
}

// One candidate from each of as many equal parts as there are samples, turned by a random number; NO_COUNTER beyond them.
fn sampled_row(s: u32) -> u32 {
    let m = candidates();
    let part = max(m / max(min(neighbours.samples, m), 1u), 1u);
    let j = s * part + hash(neighbours.seed ^ hash(s + 1u)) % part;
    let turned = (j + hash(neighbours.seed + 0x51ed270bu) % max(m, 1u)) % max(m, 1u);
    return select(NO_COUNTER, row_of_candidate(turned), s < min(neighbours.samples, m));
}

@compute @workgroup_size(ROW_GROUP)
fn neighbours_search(@builtin(global_invocation_id) id: vec3<u32>) {
    let s = id.x;
    let row = sampled_row(s);
    for (var once = s < neighbours.samples; once; once = false) {
        let own = rows_at(select(0u, row, row != NO_COUNTER)).xyz;
        let m = candidates();
        let share = (m + neighbours.slices - 1u) / neighbours.slices;
        let first = min(id.y * share, m);
        let end = select(first, min(first + share, m), row != NO_COUNTER);
        var rows: array<u32, NEIGHBOURS>;
        var squares: array<f32, NEIGHBOURS>;
        for (var i = 0u; i < NEIGHBOURS; i++) { rows[i] = NO_COUNTER; squares[i] = FAR; }
        for (var j = first; j < end; j++) {
            let other = row_of_candidate(j);
            let d = rows_at(other).xyz - own;
            let square = dot(d, d);
            // Not entered where nothing is nearer; a NaN is never nearer.
            for (var nearer = square < squares[NEIGHBOURS - 1u] && other != row; nearer; nearer = false) {
                var moved_row = other;
                var moved_square = square;
                for (var i = 0u; i < NEIGHBOURS; i++) {
                    let goes = moved_square < squares[i];
                    let kept_row = rows[i];
                    let kept_square = squares[i];
                    rows[i] = select(kept_row, moved_row, goes);
                    squares[i] = select(kept_square, moved_square, goes);
                    moved_row = select(moved_row, kept_row, goes);
                    moved_square = select(moved_square, kept_square, goes);
                }
            }
        }
        for (var i = 0u; i < NEIGHBOURS; i++) {
            found[(id.y * neighbours.samples + s) * NEIGHBOURS + i] = vec2<u32>(rows[i], bitcast<u32>(squares[i]));
        }
    }
}

// The slices' lists to one. Squares are not negative, so their bits are in order; of equal ones the earlier candidate comes first.
@compute @workgroup_size(ROW_GROUP)
fn neighbours_merge(@builtin(global_invocation_id) id: vec3<u32>) {
    let s = id.x;
    for (var once = s < neighbours.samples; once; once = false) {
        var rows: array<u32, NEIGHBOURS>;
        var squares: array<u32, NEIGHBOURS>;
        for (var i = 0u; i < NEIGHBOURS; i++) { rows[i] = NO_COUNTER; squares[i] = bitcast<u32>(FAR); }
        let slices = min(neighbours.slices, arrayLength(&found));
        for (var slice = 0u; slice < slices; slice++) {
            for (var k = 0u; k < NEIGHBOURS; k++) {
                let entry = found[(slice * neighbours.samples + s) * NEIGHBOURS + k];
                var moved_row = entry.x;
                var moved_square = entry.y;
                for (var i = 0u; i < NEIGHBOURS; i++) {
                    let goes = moved_square < squares[i];
                    let kept_row = rows[i];
                    let kept_square = squares[i];
                    rows[i] = select(kept_row, moved_row, goes);
                    squares[i] = select(kept_square, moved_square, goes);
                    moved_row = select(moved_row, kept_row, goes);
                    moved_square = select(moved_square, kept_square, goes);
                }
            }
        }
        nearest[s * (NEIGHBOURS + 1u)] = sampled_row(s);
        for (var i = 0u; i < NEIGHBOURS; i++) { nearest[s * (NEIGHBOURS + 1u) + 1u + i] = rows[i]; }
    }
}
