// Stage Backward, channels: where probabilities were blended, from their gradient to that of the logits, in place:
// dL/ds_k = p_k (dL/dp_k - sum_j p_j dL/dp_j).

@group(0) @binding(0) var<uniform> logits: LogitUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read_write> d_rows: array<vec4<f32>>;   // [planes, N]
@group(0) @binding(4) var<storage, read> row_hits: array<vec2<u32>>;

@compute @workgroup_size(ROW_GROUP)
fn backward_channels(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    // Rows that no block saw have no gradient, and may hold anything.
    for (var once = row < counters[COUNT_ROWS] && row_hits[row].y > 0u; once; once = false) {
        let planes = min((logits.channels + 3u) / 4u, arrayLength(&d_rows));
        let first = logits.first_plane * logits.row_capacity + row;
        var inner = 0.0;
        for (var k = 0u; k < planes; k++) {
            inner += dot(probabilities_at(k * logits.row_capacity + row), d_rows[first + k * logits.row_capacity]);
        }
        for (var k = 0u; k < planes; k++) {
            let i = first + k * logits.row_capacity;
            d_rows[i] = probabilities_at(k * logits.row_capacity + row) * (d_rows[i] - inner);
        }
    }
}
