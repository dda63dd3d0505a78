// Lift, logits: a row's sums H to class logits: the logarithm of its smoothed shares,
// s_c = log((H_c / sum H + smoothing) / (1 + C smoothing)). A row that no labelled pixel saw gets zeros: it abstains.

@group(0) @binding(0) var<uniform> lift_: LiftUniforms;
@group(0) @binding(1) var<storage, read> counters: array<u32>;
@group(0) @binding(2) var<storage, read> low: array<vec4<u32>>;            // [logit planes, N]
@group(0) @binding(3) var<storage, read> high: array<vec4<u32>>;           // [logit planes, N]
@group(0) @binding(4) var<storage, read_write> rows: array<vec4<f32>>;     // [planes, N]
@group(0) @binding(5) var<storage, read_write> totals: array<f32>;         // [N] sum over the columns of H, in pixels

@compute @workgroup_size(ROW_GROUP)
fn lift_logits(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    for (var once = row < counters[COUNT_ROWS] && counters[COUNT_OVERFLOW] == 0u; once; once = false) {
        let planes = min((lift_.channels + 3u) / 4u, arrayLength(&low));
        var total = 0.0;
        var top = 0.0;
        for (var k = 0u; k < planes; k++) {
            let h = weights(k * lift_.row_capacity + row);
            total += h.x + h.y + h.z + h.w;
            top = max(top, max(max(h.x, h.y), max(h.z, h.w)));
        }
        totals[row] = total;
        let is_seen = total > 0.0;
        let per_weight = 1.0 / max(total, 1e-30);
        let scale = 1.0 / (1.0 + f32(lift_.channels) * lift_.smoothing);
        // Hard: the whole share goes to the first of the largest columns.
        var is_free = true;
        for (var k = 0u; k < planes; k++) {
            let h = weights(k * lift_.row_capacity + row);
            let columns = vec4<u32>(4u * k) + vec4<u32>(0u, 1u, 2u, 3u);
            let is_real = columns < vec4<u32>(lift_.channels);
            let is_top = h == vec4<f32>(top);
            let winner = vec4<bool>(
                is_free && is_top.x,
                is_free && is_top.y && !is_top.x,
                is_free && is_top.z && !is_top.x && !is_top.y,
                is_free && is_top.w && !is_top.x && !is_top.y && !is_top.z,
            );
            is_free = is_free && !any(is_top);
            let share = select(h * per_weight, select(vec4<f32>(0.0), vec4<f32>(1.0), winner), lift_.is_hard == 1u);
            let logit = log((share + lift_.smoothing) * scale);
            let value = select(vec4<f32>(0.0), logit, is_real);
            rows[(lift_.first_plane + k) * lift_.row_capacity + row] = select(vec4<f32>(0.0), value, is_seen);
        }
    }
}
