// Stage Backward, growth: the densification statistic as the walks so far leave it, for runs whose class channels come in
// walks of their own and are not to count: the norm of dL/d(projected mean) in NDC, from the splat sums.

@group(0) @binding(0) var<uniform> view: ViewUniforms;
@group(0) @binding(2) var<storage, read> splat_sums: array<vec4<f32>>;        // [N, 3]
@group(0) @binding(3) var<storage, read> row_hits: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> counters: array<u32>;
@group(0) @binding(6) var<storage, read_write> growth: array<vec2<f32>>;      // [N] sum of NDC gradient norms, views seen

@compute @workgroup_size(ROW_GROUP)
fn backward_growth(@builtin(global_invocation_id) id: vec3<u32>) {
    let row = id.x;
    let is_open = row < counters[COUNT_ROWS] && counters[COUNT_OVERFLOW] == 0u;
    for (var once = is_open && row_hits[row].y > 0u; once; once = false) {
        let own0 = splats_at(SPLAT_TEXELS * row);
        let conic = vec3<f32>(own0.zw, splats_at(SPLAT_TEXELS * row + 1u).x);
        let v = splat_sums[SPLAT_TEXELS * row].yz;
        let d_mean_px = vec2<f32>(conic.x * v.x + conic.y * v.y, conic.y * v.x + conic.z * v.y);
        let norm = length(d_mean_px * 0.5 * vec2<f32>(view.size_px));
        growth[row] += select(vec2<f32>(0.0), vec2<f32>(norm, 1.0), is_finite(norm));
    }
}
