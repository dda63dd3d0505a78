// Stage Optimise, Gaussian Grouping's 3D loss: neighbours in space should agree on their class. As the smoothing of logits, of
// the classes that the classifier finds in a row's code: with z = W s + b, p = softmax(z) and
// L = weight / pairs x sum KL(p_i || p_j), dL/dz_i = p_i (log p_i - log p_j - KL) and dL/dz_j = p_j - p_i go on to both codes
// (dL/ds = W^T dL/dz) and to the classifier (dL/dW = dL/dz s^T). Positions have no part in it.

@group(0) @binding(0) var<uniform> smoothing: SmoothingUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read> nearest: array<u32>;               // [samples, SLOTS] rows
@group(0) @binding(4) var<storage, read_write> terms: array<vec2<f32>>;     // [samples, SLOTS] log of the softmax's sum, KL
@group(0) @binding(5) var<storage, read_write> d_rows: array<vec4<f32>>;    // [planes, N]
@group(0) @binding(8) var<storage, read_write> d_codes: array<vec4<f32>>;   // [samples, SLOTS, CODE_PLANES]
@group(0) @binding(10) var<storage, read_write> sums: array<vec4<f32>>;     // [pieces, C, CLASSIFIER_TEXELS]

fn code_of(row: u32) -> Code {
    var code: Code;
    for (var k = 0u; k < CODE_PLANES; k++) { code.s[k] = rows_at((smoothing.first_plane + k) * smoothing.row_capacity + row); }
    return code;
}

fn classes() -> u32 { return min(smoothing.channels, arrayLength(&sums)); }
fn sampled() -> u32 { return min(min(counters[COUNT_ROWS], smoothing.most), smoothing.samples); }
fn scale() -> f32 { return smoothing.weight / f32(max(sampled(), 1u) * NEIGHBOURS); }

fn log_sum(code: Code) -> f32 {
    var top = -3.4e38;
    var sum = 0.0;
    let count = classes();
    for (var c = 0u; c < count; c++) {
        let z = class_logit(code, c);
        let higher = max(top, z);
        sum = sum * exp(top - higher) + exp(z - higher);
        top = higher;
    }
    return top + log(sum);
}

// dL/dz_i and dL/dz_j of one class and pair, from log p_i and log p_j.
fn pair_gradient(log_p: f32, log_q: f32, kl: f32) -> vec2<f32> {
    let p = exp(min(log_p, 0.0));
    return scale() * vec2<f32>(p * (log_p - log_q - kl), exp(min(log_q, 0.0)) - p);
}

// Whether a slot is a pair of rows that hold numbers: other rows pull nobody.
fn is_pair(sample: u32, slot: u32) -> bool {
    let term = terms[sample * SLOTS + slot];
    return nearest[sample * SLOTS + slot] != NO_COUNTER && is_finite(terms[sample * SLOTS].x) && is_finite(term.x) && is_finite(term.y);
}

// One invocation a pair. Slot 0 is the sample itself, whose KL is 0.
@compute @workgroup_size(ROW_GROUP)
fn code_terms(@builtin(global_invocation_id) id: vec3<u32>) {
    let pair = id.x;
    for (var once = pair < smoothing.samples * SLOTS; once; once = false) {
        let row = nearest[pair - pair % SLOTS];
        let other = nearest[pair];
        var term = vec2<f32>(0.0);
        for (var both = row != NO_COUNTER && other != NO_COUNTER; both; both = false) {
            let own = code_of(row);
            let theirs = code_of(other);
            let own_sum = log_sum(own);
            let other_sum = log_sum(theirs);
            var kl = 0.0;
            let count = classes();
            for (var c = 0u; c < count; c++) {
                let log_p = class_logit(own, c) - own_sum;
                kl += exp(min(log_p, 0.0)) * (log_p - class_logit(theirs, c) + other_sum);
            }
            term = vec2<f32>(other_sum, kl);
        }
        terms[pair] = term;
    }
}

// One invocation a sample: the gradient of its code and of its neighbours' codes.
@compute @workgroup_size(ROW_GROUP)
fn code_gradient(@builtin(global_invocation_id) id: vec3<u32>) {
    let sample = id.x;
    for (var once = sample < smoothing.samples; once; once = false) {
        let row = nearest[sample * SLOTS];
        let own = code_of(select(0u, row, row != NO_COUNTER));
        let own_sum = terms[sample * SLOTS].x;
        var d_own = Code();
        for (var j = 1u; j < SLOTS; j++) {
            var d_other = Code();
            for (var both = row != NO_COUNTER && is_pair(sample, j); both; both = false) {
                let theirs = code_of(nearest[sample * SLOTS + j]);
                let term = terms[sample * SLOTS + j];
                let count = classes();
                for (var c = 0u; c < count; c++) {
                    let d = pair_gradient(class_logit(own, c) - own_sum, class_logit(theirs, c) - term.x, term.y);
                    d_own = add_weights(d_own, c, d.x);
                    d_other = add_weights(d_other, c, d.y);
                }
            }
            for (var k = 0u; k < CODE_PLANES; k++) { d_codes[(sample * SLOTS + j) * CODE_PLANES + k] = d_other.s[k]; }
        }
        for (var k = 0u; k < CODE_PLANES; k++) { d_codes[sample * SLOTS * CODE_PLANES + k] = d_own.s[k]; }
    }
}

// Rows are shared by several pairs, so one invocation takes all slots in order, for one plane and one row in PARTS.
@compute @workgroup_size(PARTS)
fn code_scatter(@builtin(global_invocation_id) id: vec3<u32>) {
    let first = (smoothing.first_plane + id.y) * smoothing.row_capacity;
    let count = sampled() * SLOTS;
    for (var slot = 0u; slot < count; slot++) {
        let row = nearest[slot];
        for (var own = row != NO_COUNTER && row % PARTS == id.x; own; own = false) {
            d_rows[first + row] += d_codes[slot * CODE_PLANES + id.y];
        }
    }
}

// dL/dW_c and dL/db_c over one of PARTS parts of the samples: one invocation a class and part.
@compute @workgroup_size(ROW_GROUP)
fn code_classifier(@builtin(global_invocation_id) id: vec3<u32>) {
    let c = id.x;
    for (var once = c < smoothing.channels; once; once = false) {
        let count = sampled();
        let share = (count + PARTS - 1u) / PARTS;
        let end = min((id.y + 1u) * share, count);
        var weights = Code();
        var bias = 0.0;
        for (var sample = id.y * share; sample < end; sample++) {
            let own = code_of(nearest[sample * SLOTS]);
            let log_p = class_logit(own, c) - terms[sample * SLOTS].x;
            for (var j = 1u; j < SLOTS; j++) {
                for (var both = is_pair(sample, j); both; both = false) {
                    let theirs = code_of(nearest[sample * SLOTS + j]);
                    let term = terms[sample * SLOTS + j];
                    let d = pair_gradient(log_p, class_logit(theirs, c) - term.x, term.y);
                    for (var k = 0u; k < CODE_PLANES; k++) { weights.s[k] += d.x * own.s[k] + d.y * theirs.s[k]; }
                    bias += d.x + d.y;
                }
            }
        }
        let at = ((smoothing.first_sum + id.y) * smoothing.channels + c) * CLASSIFIER_TEXELS;
        for (var k = 0u; k < CODE_PLANES; k++) { sums[at + k] = weights.s[k]; }
        sums[at + CODE_PLANES] = vec4<f32>(bias, 0.0, 0.0, 0.0);
    }
}
