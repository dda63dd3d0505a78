// Lift, correct: one step of generalised iterative scaling (Darroch & Ratcliff 1972), further than its guarantee:
// s_c += rate log((H_c + a sum H) / (E_c + a sum H)). H is the weight that a row gave to pixels of class c in the second half
// of the views, E = H - G what it gives them by the logits of the first half; a grows with the share of contested pixels that
// those contradict: labels that contradict each other are followed less far. s is normalised: exp(s) are probabilities.

@group(0) @binding(0) var<uniform> lift_: LiftUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read> low: array<vec4<u32>>;            // [logit planes, N]
@group(0) @binding(3) var<storage, read> high: array<vec4<u32>>;           // [logit planes, N]
@group(0) @binding(4) var<storage, read_write> rows: array<vec4<f32>>;     // [planes, N]
@group(0) @binding(5) var<storage, read_write> totals: array<f32>;         // [N] sum over the columns of all of H, in pixels
@group(0) @binding(6) var<storage, read> residual: array<vec4<i32>>;       // [logit planes, N] G, in 2^-8 pixels
@group(0) @binding(7) var<storage, read> tally: array<u32>;                // pixels that were contested; that were contradicted

// Twice the step that never makes a lift less likely. One such step makes up most of what a lift lacks; three times swings too
// far on some scenes.
const RATE: f32 = 2.0;
const CAUTION: f32 = 0.25;

@compute @workgroup_size(ROW_GROUP)
fn lift_correct(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let planes = min((lift_.channels + 3u) / 4u, arrayLength(&low));
        let first = lift_.first_plane * lift_.row_capacity + row;
        var total = 0.0;
        for (var k = 0u; k < planes; k++) { total += dot(weights(k * lift_.row_capacity + row), vec4<f32>(1.0)); }
        let before = totals[row];
        totals[row] = before + total;
        // What no view of the second half shows stays as the first half has lifted it.
        if total == 0.0 { break; }
        let contradicted = f32(tally[1]) / max(f32(tally[0]), 1.0);
        let prior = total * max(CAUTION * contradicted, 1e-4);
        var top = -3.4e38;
        for (var k = 0u; k < planes; k++) {
            let at = k * lift_.row_capacity + row;
            let seen = weights(at);
            let expected = max(seen - vec4<f32>(residual[at]) * (1.0 / 256.0), vec4<f32>(0.0));
            let moved = rows[first + at - row] + RATE * log((seen + prior) / (expected + prior));
            let value = select(moved, log(seen / total + lift_.smoothing), before == 0.0);
            rows[first + at - row] = value;
            top = max(top, plane_top(value, real_channels(k, lift_.channels)));
        }
        var sum = 0.0;
        for (var k = 0u; k < planes; k++) {
            let value = rows[first + k * lift_.row_capacity];
            sum += dot(exp(min(value - top, vec4<f32>(0.0))), real_channels(k, lift_.channels));
        }
        for (var k = 0u; k < planes; k++) {
            let at = first + k * lift_.row_capacity;
            rows[at] = (rows[at] - top - log(sum)) * real_channels(k, lift_.channels);
        }
    }
}
