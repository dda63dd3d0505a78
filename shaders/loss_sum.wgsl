// Stage Loss, totals: the four partial sums of the image, row by row, then all rows; always in the same order.

@group(0) @binding(0) var<uniform> loss: LossUniforms;
@group(0) @binding(2) var<storage, read_write> row_sums: array<vec4<f32>>;   // [H]
@group(0) @binding(3) var<storage, read_write> totals: array<vec4<f32>>;     // [1] L1, SSIM, squared error, cross-entropy sums

@compute @workgroup_size(8)
fn loss_rows(@builtin(global_invocation_id) id: vec3<u32>) {
    for (var once = id.x < loss.size_px.y; once; once = false) {
        var sum = vec4<f32>(0.0);
        for (var x = 0u; x < loss.size_px.x; x++) { sum += partials_at(id.x * loss.size_px.x + x); }
        row_sums[id.x] = sum;
    }
}

@compute @workgroup_size(1)
fn loss_total() {
    var sum = vec4<f32>(0.0);
    for (var y = 0u; y < loss.size_px.y; y++) { sum += row_sums[y]; }
    totals[0] = sum;
}
