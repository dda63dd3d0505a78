// Stage Optimise, smoothing: neighbours in space should agree on their class. Adds the gradient of
// weight / pairs x sum over sampled rows i and their nearest others j of KL(p_i || p_j), p = softmax(s), to the logits'
// gradient: d/ds_i = p_i (log p_i - log p_j - KL), d/ds_j = p_j - p_i. Positions have no part in it.

@group(0) @binding(0) var<uniform> smoothing: SmoothingUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read> nearest: array<u32>;               // [samples, SLOTS] rows
@group(0) @binding(4) var<storage, read_write> terms: array<vec2<f32>>;     // [samples, SLOTS] log of the softmax's sum, KL
@group(0) @binding(5) var<storage, read_write> d_rows: array<vec4<f32>>;    // [planes, N]

fn logits_at(plane: u32, row: u32) -> vec4<f32> {
    return rows_at((smoothing.first_plane + plane) * smoothing.row_capacity + row);
}

fn log_sum(row: u32, planes: u32) -> f32 {
    var top = -3.4e38;
    for (var k = 0u; k < planes; k++) { top = max(top, plane_top(logits_at(k, row), real_channels(k, smoothing.channels))); }
    var sum = 0.0;
    for (var k = 0u; k < planes; k++) {
        sum += dot(exp(min(logits_at(k, row) - top, vec4<f32>(0.0))), real_channels(k, smoothing.channels));
    }
    return top + log(sum);
}

// One invocation a pair: its KL, and the logarithms of both softmax sums. Slot 0 is the sample itself, whose KL is 0.
@compute @workgroup_size(ROW_GROUP)
fn smoothing_terms(@builtin(global_invocation_id) id: vec3<u32>) {
    let pair = id.x;
    for (var once = pair < smoothing.samples * SLOTS; once; once = false) {
        let row = nearest[pair - pair % SLOTS];
        let other = nearest[pair];
        var term = vec2<f32>(0.0);
        for (var both = row != NO_COUNTER && other != NO_COUNTER; both; both = false) {
            let planes = min((smoothing.channels + 3u) / 4u, arrayLength(&d_rows));
            let own_sum = log_sum(row, planes);
            let other_sum = log_sum(other, planes);
            var kl = 0.0;
            for (var k = 0u; k < planes; k++) {
                let log_p = logits_at(k, row) - own_sum;
                let p = exp(min(log_p, vec4<f32>(0.0))) * real_channels(k, smoothing.channels);
                kl += dot(p, log_p - logits_at(k, other) + other_sum);
            }
            term = vec2<f32>(other_sum, kl);
        }
        terms[pair] = term;
    }
}

// Rows are shared by several pairs, so one invocation takes all pairs in order, for one plane and one row in PARTS.
@compute @workgroup_size(PARTS)
fn smoothing_gradient(@builtin(global_invocation_id) id: vec3<u32>) {
    let part = id.x;
    let plane = id.y;
    let count = min(min(counters[COUNT_ROWS], smoothing.most), smoothing.samples);
    let scale = smoothing.weight / f32(max(count, 1u) * NEIGHBOURS);
    let real = real_channels(plane, smoothing.channels);
    for (var pair = 0u; pair < count * SLOTS; pair++) {
        let row = nearest[pair - pair % SLOTS];
        let other = nearest[pair];
        let term = terms[pair];
        let sums = vec2<f32>(terms[pair - pair % SLOTS].x, term.x);
        // A row that holds no numbers pulls nobody.
        let is_pair = pair % SLOTS > 0u && other != NO_COUNTER && is_finite(sums.x) && is_finite(sums.y) && is_finite(term.y);
        for (var once = is_pair && (row % PARTS == part || other % PARTS == part); once; once = false) {
            let log_p = logits_at(plane, row) - sums.x;
            let log_q = logits_at(plane, other) - sums.y;
            let p = exp(min(log_p, vec4<f32>(0.0))) * real;
            let q = exp(min(log_q, vec4<f32>(0.0))) * real;
            let first = (smoothing.first_plane + plane) * smoothing.row_capacity;
            for (var own = row % PARTS == part; own; own = false) {
                d_rows[first + row] += scale * p * (log_p - log_q - term.y);
            }
            for (var own = other % PARTS == part; own; own = false) { d_rows[first + other] += scale * (q - p); }
        }
    }
}
