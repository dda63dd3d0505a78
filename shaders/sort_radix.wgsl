// Stage Sort, part 1: one stable radix pass over keys and what goes with them: rows, or tile entries. Each lane owns a run of keys and a private column of the
// histogram: no barrier, no atomic, the same bytes on every adapter. How long a run is and how many bins there are decides
// the shape: long runs and few passes suit a software GPU, short runs and few bins a wide GPU.

@group(0) @binding(0) var<uniform> pass_: SortUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read> keys_in: array<u32>;
@group(0) @binding(3) var<storage, read> values_in: array<u32>;
@group(0) @binding(4) var<storage, read_write> histogram: array<u32>;   // [bins, lanes]
@group(0) @binding(5) var<storage, read_write> keys_out: array<u32>;
@group(0) @binding(6) var<storage, read_write> values_out: array<u32>;
@group(0) @binding(7) var<storage, read> entries_in: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> entries_out: array<vec2<u32>>;

// The digit of a pass: as many bits of the key as its bins need.
fn digit_mask() -> u32 { return (1u << (32u - countLeadingZeros(pass_.bins - 1u))) - 1u; }

@compute @workgroup_size(32)
fn radix_count(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = counters[pass_.count_slot];
    let lanes = (count + pass_.per_lane - 1u) / pass_.per_lane;
    let lane = id.x;
    for (var once = lane < lanes; once; once = false) {
        // No loop's end may hang on uniforms alone, see `compose`.
        let bins = min(pass_.bins, arrayLength(&histogram));
        let mask = digit_mask();
        for (var bin = 0u; bin < bins; bin++) { histogram[bin * lanes + lane] = 0u; }
        let end = min((lane + 1u) * pass_.per_lane, count);
        for (var i = lane * pass_.per_lane; i < end; i++) {
            let slot = ((keys_in[i] >> pass_.shift) & mask) * lanes + lane;
            histogram[slot] = histogram[slot] + 1u;
        }
    }
}

// Where a lane's next key of a digit goes. The histogram holds its exclusive prefix sum now.
fn next_place(digit: u32, lanes: u32, lane: u32) -> u32 {
    let slot = digit * lanes + lane;
    let place = histogram[slot];
    histogram[slot] = place + 1u;
    return place;
}

@compute @workgroup_size(32)
fn radix_scatter(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = counters[pass_.count_slot];
    let lanes = (count + pass_.per_lane - 1u) / pass_.per_lane;
    let lane = id.x;
    for (var once = lane < lanes; once; once = false) {
        let mask = digit_mask();
        let end = min((lane + 1u) * pass_.per_lane, count);
        for (var i = lane * pass_.per_lane; i < end; i++) {
            let key = keys_in[i];
            let place = next_place((key >> pass_.shift) & mask, lanes, lane);
            keys_out[place] = key;
            values_out[place] = values_in[i];
        }
    }
}

@compute @workgroup_size(32)
fn radix_scatter_entries(@builtin(global_invocation_id) id: vec3<u32>) {
    let count = counters[pass_.count_slot];
    let lanes = (count + pass_.per_lane - 1u) / pass_.per_lane;
    let lane = id.x;
    for (var once = lane < lanes; once; once = false) {
        let mask = digit_mask();
        let end = min((lane + 1u) * pass_.per_lane, count);
        for (var i = lane * pass_.per_lane; i < end; i++) {
            let key = keys_in[i];
            let place = next_place((key >> pass_.shift) & mask, lanes, lane);
            keys_out[place] = key;
            entries_out[place] = entries_in[i];
        }
    }
}
