// Stage Sort, part 1: one stable radix pass over keys and what goes with them: rows, or tile entries. Each lane owns a run of
// keys and a private column of the histogram: no barrier, no atomic, the same bytes on every adapter. How long a run is and
// how many bins there are decides the shape: long runs and few passes suit a software GPU, short runs and few bins a wide GPU.

@group(0) @binding(0) var<uniform> pass_: SortUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read> keys_in: array<u32>;
@group(0) @binding(3) var<storage, read> values_in: array<u32>;
@group(0) @binding(4) var<storage, read_write> histogram: array<u32>;   // [bins, lanes]
@group(0) @binding(5) var<storage, read_write> keys_out: array<u32>;
@group(0) @binding(6) var<storage, read_write> values_out: array<u32>;
@group(0) @binding(7) var<storage, read> entries_in: array<vec2<u32>>;
@group(0) @binding(8) var<storage, read_write> entries_out: array<vec2<u32>>;

// A lane's keys, and its column of the histogram.
struct Run {
    first: u32,
    end: u32,   // first and end are alike for lanes without keys
    lane: u32,
    lanes: u32,
    mask: u32,  // the digit of a pass: as many bits of the key as its bins need
}

fn run_of(lane: u32) -> Run {
    let count = counters[pass_.count_slot];
    let lanes = (count + pass_.per_lane - 1u) / pass_.per_lane;
    let mask = (1u << (32u - countLeadingZeros(pass_.bins - 1u))) - 1u;
    return Run(min(lane * pass_.per_lane, count), min((lane + 1u) * pass_.per_lane, count), lane, lanes, mask);
}

// Where a key's digit is counted.
fn slot_of(key: u32, run: Run) -> u32 { return ((key >> pass_.shift) & run.mask) * run.lanes + run.lane; }

@compute @workgroup_size(32)
fn radix_count(@builtin(global_invocation_id) id: vec3<u32>) {
    let run = run_of(id.x);
    for (var once = run.first < run.end; once; once = false) {
        // No loop's end may hang on uniforms alone, see `compose`.
        let bins = min(pass_.bins, arrayLength(&histogram));
        for (var bin = 0u; bin < bins; bin++) { histogram[bin * run.lanes + run.lane] = 0u; }
        for (var i = run.first; i < run.end; i++) {
            let slot = slot_of(keys_in[i], run);
            histogram[slot] = histogram[slot] + 1u;
        }
    }
}

// Moves a key and returns its place, the next of its digit: the histogram holds its exclusive prefix sum now.
fn move_key(i: u32, run: Run) -> u32 {
    let key = keys_in[i];
    let slot = slot_of(key, run);
    let place = histogram[slot];
    histogram[slot] = place + 1u;
    keys_out[place] = key;
    return place;
}

@compute @workgroup_size(32)
fn radix_scatter(@builtin(global_invocation_id) id: vec3<u32>) {
    let run = run_of(id.x);
    for (var i = run.first; i < run.end; i++) {
        let place = move_key(i, run);
        values_out[place] = values_in[i];
    }
}

@compute @workgroup_size(32)
fn radix_scatter_entries(@builtin(global_invocation_id) id: vec3<u32>) {
    let run = run_of(id.x);
    for (var i = run.first; i < run.end; i++) {
        let place = move_key(i, run);
        entries_out[place] = entries_in[i];
    }
}
