// Stage Sort, part 2: exclusive prefix sum of a u32 column (element i at i * stride + offset) in three dispatches:
// sums per lane, one workgroup over those sums, then each lane again.

@group(0) @binding(0) var<uniform> pass_: SortUniforms;
@group(0) @binding(1) var<storage, read_write> counters: array<u32>;
@group(0) @binding(2) var<storage, read_write> data: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<u32>;   // [lanes]

const TOTAL_LANES: u32 = 64u;
var<workgroup> shares: array<u32, 64>;

// Elements: a counter, or the size of the histogram of a radix pass over that counter.
fn elements() -> u32 {
    let count = counters[pass_.count_slot];
    let histogram = pass_.bins * ((count + max(pass_.radix_per_lane, 1u) - 1u) / max(pass_.radix_per_lane, 1u));
    return select(count, histogram, pass_.radix_per_lane > 0u);
}

@compute @workgroup_size(32)
fn scan_sums(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = elements();
    let first = id.x * pass_.per_lane;
    for (var once = first < count; once; once = false) {
        let end = min(first + pass_.per_lane, count);
        var sum = 0u;
        for (var i = first; i < end; i++) { sum += data[i * pass_.stride + pass_.offset]; }
        sums[id.x] = sum;
    }
}

@compute @workgroup_size(TOTAL_LANES)
fn scan_totals(@builtin(local_invocation_id) id: vec3<u32>) {
    let lanes = (elements() + pass_.per_lane - 1u) / pass_.per_lane;
    let share = (lanes + TOTAL_LANES - 1u) / TOTAL_LANES;
    let first = id.x * share;
    let end = min(first + share, lanes);
    var sum = 0u;
    for (var i = first; i < end; i++) { sum += sums[i]; }
    shares[id.x] = sum;
    workgroupBarrier();
    var before = 0u;
    for (var i = 0u; i < TOTAL_LANES; i++) { before += select(0u, shares[i], i < id.x); }
    for (var i = first; i < end; i++) {
        let own = sums[i];
        sums[i] = before;
        before += own;
    }
    if id.x == TOTAL_LANES - 1u && pass_.total_slot != NO_COUNTER { counters[pass_.total_slot] = before; }
}

@compute @workgroup_size(32)
fn scan_apply(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = elements();
    let first = id.x * pass_.per_lane;
    for (var once = first < count; once; once = false) {
        let end = min(first + pass_.per_lane, count);
        var before = sums[id.x];
        for (var i = first; i < end; i++) {
            let at = i * pass_.stride + pass_.offset;
            let own = data[at];
            data[at] = before;
            before += own;
        }
    }
}
