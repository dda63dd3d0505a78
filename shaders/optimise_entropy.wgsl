// Stage Optimise, entropy: adds lambda_H / N dH(softmax(s))/ds to the logits' gradient, H = -sum p log p (Eq. 5, with the
// sign that the paper's text means): dH/ds_k = -p_k (log p_k + H).

@group(0) @binding(0) var<uniform> entropy: LogitUniforms;
@group(0) @binding(2) var<storage, read> counters: array<u32>;
@group(0) @binding(3) var<storage, read_write> d_rows: array<vec4<f32>>;   // [planes, N]

@compute @workgroup_size(ROW_GROUP)
fn optimise_entropy(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    let count = counters[COUNT_ROWS];
    for (var once = row < count; once; once = false) {
        let planes = min((entropy.channels + 3u) / 4u, arrayLength(&d_rows));
        var top = -3.4e38;
        for (var k = 0u; k < planes; k++) {
            let s = rows_at((entropy.first_plane + k) * entropy.row_capacity + row);
            top = max(top, plane_top(s, real_channels(k, entropy.channels)));
        }
        var sum = 0.0;
        var weighted = 0.0;
        for (var k = 0u; k < planes; k++) {
            let s = min(rows_at((entropy.first_plane + k) * entropy.row_capacity + row) - top, vec4<f32>(0.0));
            let e = exp(s) * real_channels(k, entropy.channels);
            sum += dot(e, vec4<f32>(1.0));
            weighted += dot(e, s);
        }
        // log p_k = s_k - top - log sum; H = log sum - sum p (s - top).
        let log_sum = log(sum);
        let h = log_sum - weighted / sum;
        for (var k = 0u; k < planes; k++) {
            let i = (entropy.first_plane + k) * entropy.row_capacity + row;
            let s = min(rows_at(i) - top, vec4<f32>(0.0));
            let p = exp(s) / sum * real_channels(k, entropy.channels);
            d_rows[i] += -entropy.weight / f32(count) * p * (s - log_sum + h);
        }
    }
}
