// Stage Sort, part 1: one stable radix pass of 8 bits over (key, value) pairs. Each lane owns a run of keys and a private
// column of the histogram: no barrier, no atomic, the same bytes on every adapter. How long a run is decides the
// shape: long runs suit a software GPU, short ones a wide GPU.

@group(0) @binding(0) var<uniform> pass_: SortUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read> keys_in: array<u32>;
@group(0) @binding(3) var<storage, read> values_in: array<u32>;
@group(0) @binding(4) var<storage, read_write> histogram: array<u32>;   // [256, lanes]
@group(0) @binding(5) var<storage, read_write> keys_out: array<u32>;
@group(0) @binding(6) var<storage, read_write> values_out: array<u32>;

@compute @workgroup_size(32)
fn radix_count(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = counters[pass_.count_slot];
    let lanes = (count + pass_.per_lane - 1u) / pass_.per_lane;
    let lane = id.x;
    for (var once = lane < lanes; once; once = false) {
        for (var bin = 0u; bin < 256u; bin++) { histogram[bin * lanes + lane] = 0u; }
        let end = min((lane + 1u) * pass_.per_lane, count);
        for (var i = lane * pass_.per_lane; i < end; i++) {
            let slot = ((keys_in[i] >> pass_.shift) & 255u) * lanes + lane;
            histogram[slot] = histogram[slot] + 1u;
        }
    }
}

// The histogram holds its exclusive prefix sum now: where each lane's next key of a bin goes.
@compute @workgroup_size(32)
fn radix_scatter(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = counters[pass_.count_slot];
    let lanes = (count + pass_.per_lane - 1u) / pass_.per_lane;
    let lane = id.x;
    for (var once = lane < lanes; once; once = false) {
        let end = min((lane + 1u) * pass_.per_lane, count);
        for (var i = lane * pass_.per_lane; i < end; i++) {
            let key = keys_in[i];
            let slot = ((key >> pass_.shift) & 255u) * lanes + lane;
            let target_ = histogram[slot];
            histogram[slot] = target_ + 1u;
            keys_out[target_] = key;
            values_out[target_] = values_in[i];
        }
    }
}
