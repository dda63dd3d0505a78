// Stage Forward, channels: what the walks blend where the objective is softmax before blending: p = softmax(s) of every row.

@group(0) @binding(0) var<uniform> logits: LogitUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read_write> probabilities: array<vec4<f32>>;   // [logit planes, N]

@compute @workgroup_size(ROW_GROUP)
fn forward_channels(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS]; once; once = false) {
        let planes = min((logits.channels + 3u) / 4u, arrayLength(&probabilities));
        let first = logits.first_plane * logits.row_capacity + row;
        var top = -3.4e38;
        for (var k = 0u; k < planes; k++) {
            top = max(top, plane_top(rows_at(first + k * logits.row_capacity), real_channels(k, logits.channels)));
        }
        var sum = 0.0;
        for (var k = 0u; k < planes; k++) {
            let s = min(rows_at(first + k * logits.row_capacity) - top, vec4<f32>(0.0));
            sum += dot(exp(s), real_channels(k, logits.channels));
        }
        for (var k = 0u; k < planes; k++) {
            let s = min(rows_at(first + k * logits.row_capacity) - top, vec4<f32>(0.0));
            probabilities[k * logits.row_capacity + row] = exp(s) / sum * real_channels(k, logits.channels);
        }
    }
}
